"""Asking the admins for more, and the buttons and forms with which they decide."""

from __future__ import annotations

from bot.core.job import JobId
from bot.core.petition import MAX_WHY, PetitionId, amount
from bot.features import asking, deciding
from bot.services import Services
from bot.slack_in import home
from bot.slack_in.answering import Later
from bot.slack_in.forms import Form, FormAnswer, Sender
from bot.slack_in.incoming import Answer, Click
from bot.views import petition_forms
from bot.views.kit import Message
from bot.views.petition_forms import CREDITS, TARGET, WHY, Asking, Deciding


async def more(services: Services, click: Click) -> Answer:
    """*Ask for more*, on a price card (its value: the job) or on a budget's card."""
    place, job = click.place, JobId(click.value) if click.value else None
    note = Asking(place.channel, place.thread, job, click.reply_url)
    return Answer(
        later=lambda: asking.open_asking(services, click.trigger, place.team, click.user, note)
    )


async def ask(services: Services, form: Form) -> FormAnswer:
    """The form of *Ask for more*: written before Slack hears of it."""
    note = petition_forms.read_asking(form.note)
    wanted, why = amount(form.text(CREDITS)), form.text(WHY).strip()
    wrong = _too_long(why)
    if not why:
        wrong[WHY] = petition_forms.NO_REASON
    if wanted is None or wrong:
        wrong |= {CREDITS: petition_forms.WRONG_AMOUNT} if wanted is None else {}
        return FormAnswer(errors=wrong)
    told = await asking.ask(services, form.team, form.user, form.view, note, wanted, why)

    async def later() -> Message:
        return told

    return FormAnswer(later=later, sender=Sender(form.user, note.place(form.team), note.reply_url))


async def grant_once(services: Services, click: Click) -> Answer:
    """*Grant once*: what the picture lacks at this moment."""
    team, petition = click.place.team, PetitionId(click.value)
    return Answer(later=lambda: deciding.grant_once(services, team, petition, click.user))


async def approve(services: Services, click: Click) -> Answer:
    """*Approve*: the waiting picture is made."""
    team, petition = click.place.team, PetitionId(click.value)
    return Answer(later=lambda: deciding.approve(services, team, petition, click.user))


async def open_grant(services: Services, click: Click) -> Answer:
    """*Grant for this period…*: its form."""
    note = Deciding(PetitionId(click.value), click.reply_url)
    return Answer(
        later=lambda: deciding.open_grant(
            services, click.trigger, click.place.team, click.user, note
        )
    )


async def open_decline(services: Services, click: Click) -> Answer:
    """*Decline…*: its form."""
    note = Deciding(PetitionId(click.value), click.reply_url)
    return Answer(
        later=lambda: deciding.open_decline(
            services, click.trigger, click.place.team, click.user, note
        )
    )


async def grant(services: Services, form: Form) -> FormAnswer:
    """The form of *Grant for this period…*. Slack is asked who sends it, so it is closed first."""
    note = petition_forms.read_deciding(form.note)
    extra, reason = amount(form.text(CREDITS)), form.text(WHY).strip()
    wrong = _too_long(reason)
    if extra is None or wrong:
        wrong |= {CREDITS: petition_forms.WRONG_AMOUNT} if extra is None else {}
        return FormAnswer(errors=wrong)
    target = form.chosen(TARGET) or ""
    return _decided(
        services,
        form,
        note,
        lambda: deciding.grant(
            services, form.team, note.petition, form.user, extra, target, reason
        ),
    )


async def decline(services: Services, form: Form) -> FormAnswer:
    """The form of *Decline…*; closed first, as above."""
    note = petition_forms.read_deciding(form.note)
    reason = form.text(WHY).strip()
    if wrong := _too_long(reason):
        return FormAnswer(errors=wrong)
    return _decided(
        services,
        form,
        note,
        lambda: deciding.decline(services, form.team, note.petition, form.user, reason),
    )


def _decided(services: Services, form: Form, note: Deciding, later: Later) -> FormAnswer:
    """The answer goes where the form was opened: at a message, or (without an address) in Home."""
    if not note.reply_url:
        return FormAnswer(later=home.then_shown(services, form.team, form.user, later))
    return FormAnswer(later=later, sender=Sender(form.user, None, note.reply_url))


def _too_long(reason: str) -> dict[str, str]:
    return {WHY: petition_forms.LONG_REASON} if len(reason) > MAX_WHY else {}
