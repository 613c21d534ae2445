"""Asking the admins for more, and the buttons and forms with which admins decide."""

from __future__ import annotations

from bot.core.job import JobId
from bot.core.payload import unpack
from bot.core.requests import MAX_WHY, RequestId, amount
from bot.features import requests
from bot.features.answers import Sender
from bot.services import Services
from bot.slack_in.payloads import Click, Form, FormAnswer, Later
from bot.views.kit import Message
from bot.views.requests import (
    CREDITS,
    LONG_REASON,
    NO_REASON,
    TARGET,
    WHY,
    WRONG_AMOUNT,
    AskNote,
    DecideNote,
)


async def more(services: Services, click: Click) -> Message | None:
    """*Ask for more*, on a price card (its value: the job) or on a budget's card."""
    place, job = click.place, JobId(click.value) if click.value else None
    note = AskNote(place.channel, place.thread, job, click.reply_url)
    return await requests.open_ask(services, click.trigger, place.team, click.user, note)


async def ask(services: Services, form: Form) -> FormAnswer:
    """The form of *Ask for more*: written before Slack hears of it."""
    note = unpack(AskNote, form.note)
    wanted, why = amount(form.text(CREDITS)), form.text(WHY).strip()
    wrong = _too_long(why)
    if not why:
        wrong[WHY] = NO_REASON
    if wanted is None or wrong:
        wrong |= {CREDITS: WRONG_AMOUNT} if wanted is None else {}
        return FormAnswer(errors=wrong)
    told = await requests.ask(services, form.team, form.user, form.view, note, wanted, why)

    async def later() -> Message:
        return told

    return FormAnswer(later=later, sender=Sender(form.user, note.place(form.team), note.reply_url))


async def grant_once(services: Services, click: Click) -> Message:
    """*Grant once*: what the picture lacks at this moment."""
    team, request = click.place.team, RequestId(click.value)
    return await requests.grant_once(services, team, request, click.user)


async def approve(services: Services, click: Click) -> Message:
    """*Approve*: the waiting picture is made."""
    team, request = click.place.team, RequestId(click.value)
    return await requests.approve(services, team, request, click.user)


async def open_grant(services: Services, click: Click) -> Message | None:
    """*Grant for this period…*: its form."""
    note = DecideNote(RequestId(click.value), click.reply_url)
    return await requests.open_grant(services, click.trigger, click.place.team, click.user, note)


async def open_decline(services: Services, click: Click) -> Message | None:
    """*Decline…*: its form."""
    note = DecideNote(RequestId(click.value), click.reply_url)
    return await requests.open_decline(services, click.trigger, click.place.team, click.user, note)


async def grant(services: Services, form: Form) -> FormAnswer:
    """The form of *Grant for this period…*. Slack is asked who sends it, so it is closed first."""
    note = unpack(DecideNote, form.note)
    extra, reason = amount(form.text(CREDITS)), form.text(WHY).strip()
    wrong = _too_long(reason)
    if extra is None or wrong:
        wrong |= {CREDITS: WRONG_AMOUNT} if extra is None else {}
        return FormAnswer(errors=wrong)
    target = form.chosen(TARGET) or ""
    return _decided(
        form,
        note,
        lambda: requests.grant(services, form.team, note.request, form.user, extra, target, reason),
    )


async def decline(services: Services, form: Form) -> FormAnswer:
    """The form of *Decline…*; closed first, as above."""
    note = unpack(DecideNote, form.note)
    reason = form.text(WHY).strip()
    if wrong := _too_long(reason):
        return FormAnswer(errors=wrong)
    return _decided(
        form,
        note,
        lambda: requests.decline(services, form.team, note.request, form.user, reason),
    )


def _decided(form: Form, note: DecideNote, later: Later) -> FormAnswer:
    """The answer goes where the form was opened: at a message, or (without an address) in Home."""
    if not note.reply_url:
        return FormAnswer(later=later, sender=Sender(form.user, home=form.team))
    return FormAnswer(later=later, sender=Sender(form.user, reply_url=note.reply_url))


def _too_long(reason: str) -> dict[str, str]:
    return {WHY: LONG_REASON} if len(reason) > MAX_WHY else {}
