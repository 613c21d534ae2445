"""START HERE: what Slack sends → the function that answers it.

A listener answers at once from the database alone; whatever has to ask Slack first runs `later`,
in a task that Easel owns. A mistake becomes its own sentence, for the sender's eyes only, and so
does other trouble, before the acknowledgement too: `answering`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.blocks import budget_form as budget_blocks
from bot.blocks import card, composer, composer_fields, names, petition_forms
from bot.blocks import settings as settings_form
from bot.core.errors import EaselError
from bot.core.post import Post
from bot.listeners import (
    answering,
    ask,
    budget,
    budget_form,
    compose,
    forms,
    home,
    incoming,
    petitions,
    replies,
    result,
    settings,
    unknown,
)
from bot.listeners import card as cards
from bot.listeners.forms import Form, FormAnswer, Sender
from bot.listeners.incoming import Answer, Click, Command, Deleted, Shortcut
from bot.services import Services

log = logging.getLogger(__name__)

COMMANDS: dict[str, Callable[[Services, Command], Awaitable[Answer]]] = {
    "/image": ask.image,
    "/image-quota": budget.image_quota,
}

EVENTS: dict[str, Callable[[Services, Post | Deleted], Awaitable[Answer]]] = {
    "message": replies.message,
    "app_mention": replies.message,
}
"""Both tell of a message that mentions Easel, in any order: it is answered once."""

ON_CARD: dict[str, Callable[[Services, Click], Awaitable[Answer]]] = {
    names.GENERATE: cards.generate,
    names.CHOOSE: cards.choose,
    names.CANCEL: cards.cancel,
    names.JOIN: cards.join,
    names.MOVE: cards.move,
    names.CHANGE: compose.change,
    names.PAUSE: budget.pause,
    names.RESUME: budget.resume,
}
"""Buttons of an ephemeral card, by the beginning of their action: the answer replaces the card."""

ON_RESULT: dict[str, Callable[[Services, Click], Awaitable[Answer]]] = {
    names.SHOW: cards.show,
    names.STOP: result.stop,
    names.VARY: result.vary,
    names.AGAIN: result.again,
    names.INSTEAD: result.again,
    names.REWORD: result.reword,
    names.EDIT: result.edit,
    names.FINALISE: result.finalise,
    names.DETAILS: result.details,
    names.DELETE: result.delete,
    names.CHART: budget.draw,
    names.BUDGET: budget_form.show,
    names.MORE: petitions.more,
    names.GRANT_ONCE: petitions.grant_once,
    names.GRANT: petitions.open_grant,
    names.DECLINE: petitions.open_decline,
    names.APPROVE: petitions.approve,
    names.RELEASE: unknown.release,
    names.CHARGE: unknown.charge,
    names.SETTINGS: settings.open_form,
    names.CREATE: compose.from_home,
}
"""Buttons of a root message or of the history: the answer is shown beside it, to who clicked."""

SHORTCUTS: dict[str, Callable[[Services, Shortcut], Awaitable[Answer]]] = {
    "create_image": compose.create,
    "edit_image": compose.edit,
}

FORMS: dict[str, Callable[[Services, Form], Awaitable[FormAnswer]]] = {
    composer.CALLBACK: compose.submit,
    budget_blocks.CALLBACK: budget_form.submit,
    petition_forms.ASK: petitions.ask,
    petition_forms.GRANT: petitions.grant,
    petition_forms.DECLINE: petitions.decline,
    settings_form.CALLBACK: settings.submit,
}
"""Modals that are submitted, by their callback_id. Answered from the database alone."""

ON_FORM: dict[str, Callable[[Services, Form], Awaitable[FormAnswer]]] = {
    composer_fields.ACTION: compose.choose,
    budget_blocks.ACTION: budget_form.choose,
}
"""Controls inside modals, by the beginning of their action; only `later` is of use here."""


def register(app: AsyncApp, services: Services) -> None:
    """Tell Bolt who answers what. The most frequent first: Bolt tries them in this order."""
    for name, on_command in COMMANDS.items():
        app.command(name)(_command(services, on_command))
    for name, on_event in EVENTS.items():
        app.event(name)(_event(services, on_event))
    app.event("app_home_opened")(_home_opened(services))
    for name, on_click in ON_CARD.items():
        app.action(re.compile(f"^{name}"))(_click(services, on_click, replace=True))
    for name, on_click in ON_RESULT.items():
        app.action(re.compile(f"^{name}"))(_click(services, on_click, replace=False))
    for name, on_shortcut in SHORTCUTS.items():
        app.shortcut(name)(_shortcut(services, on_shortcut))
    for name, on_submit in FORMS.items():
        app.view(name)(_submit(services, on_submit))
    for name, on_control in ON_FORM.items():
        app.action(re.compile(f"^{name}"))(_control(services, on_control))


def _command(
    services: Services, listener: Callable[[Services, Command], Awaitable[Answer]]
) -> Callable[..., Awaitable[None]]:
    async def handle(ack: AsyncAck, body: dict[str, Any]) -> None:
        command = incoming.command(body)
        answer = await answering.tried(
            listener(services, command),
            lambda error: Answer(ack=card.closed(answering.sentence(error))),
        )
        await _answer(services, ack, answer, command, replace=False)

    return handle


def _event(
    services: Services, listener: Callable[[Services, Post | Deleted], Awaitable[Answer]]
) -> Callable[..., Awaitable[BoltResponse | None]]:
    async def handle(body: dict[str, Any]) -> BoltResponse | None:
        event = incoming.event(body)
        if event is None:
            return None
        sender = Sender(event.user, event.place) if isinstance(event, Post) else None
        return await _heard(services, listener(services, event), sender)

    return handle


def _home_opened(services: Services) -> Callable[..., Awaitable[None]]:
    async def handle(body: dict[str, Any]) -> None:
        event = incoming.home_opened(body)
        if event is not None:
            home.opened(services, event)

    return handle


async def _heard(
    services: Services, work: Awaitable[Answer], sender: Sender | None = None
) -> BoltResponse | None:
    """Take an event, and later answer whoever sent it; None acknowledges it.

    Nobody is told of trouble before that: most events are no wish of anybody's.
    """
    try:
        answer = await work
    except EaselError as error:
        log.warning("an event was not taken, so Slack sends it again: %s", error)
        return BoltResponse(status=503)
    if answer.later is not None and sender is not None:
        services.tasks.spawn(answering.follow(services, answer.later, sender))
    return None


def _click(
    services: Services,
    listener: Callable[[Services, Click], Awaitable[Answer]],
    *,
    replace: bool,
) -> Callable[..., Awaitable[None]]:
    async def handle(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = incoming.click(body)
        answer = await answering.tried(listener(services, click), _afterwards)
        if answer.later is not None and not click.place.channel:  # in App Home
            later = home.then_shown(services, click.place.team, click.user, answer.later)
            answer = Answer(answer.ack, later)
        await _answer(services, ack, answer, click, replace=replace)

    return handle


def _shortcut(
    services: Services, listener: Callable[[Services, Shortcut], Awaitable[Answer]]
) -> Callable[..., Awaitable[None]]:
    async def handle(ack: AsyncAck, body: dict[str, Any]) -> None:
        shortcut = incoming.shortcut(body)
        answer = await answering.tried(listener(services, shortcut), _afterwards)
        await ack()
        if answer.later is not None:
            sender = Sender(shortcut.user, shortcut.seen_at, shortcut.reply_url)
            services.tasks.spawn(answering.follow(services, answer.later, sender))

    return handle


def _submit(
    services: Services, listener: Callable[[Services, Form], Awaitable[FormAnswer]]
) -> Callable[..., Awaitable[None]]:
    async def handle(ack: AsyncAck, body: dict[str, Any]) -> None:
        form = forms.form(body)
        answer = await answering.tried(
            listener(services, form),
            lambda error: FormAnswer(errors={"": answering.sentence(error)}),
        )
        if answer.errors:
            await ack(response_action="errors", errors=forms.at_fields(form, answer.errors))
        elif answer.view is not None:
            await ack(response_action="update", view=answer.view)
        else:
            await ack(response_action="clear")
        if answer.later is not None:
            sender = answer.sender or Sender(form.user)
            services.tasks.spawn(answering.follow(services, answer.later, sender))

    return handle


def _control(
    services: Services, listener: Callable[[Services, Form], Awaitable[FormAnswer]]
) -> Callable[..., Awaitable[None]]:
    async def handle(ack: AsyncAck, body: dict[str, Any]) -> None:
        form = forms.form(body)
        answer = await answering.tried(
            listener(services, form),
            lambda error: FormAnswer(later=answering.afterwards(error)),
        )
        await ack()
        if answer.later is not None:
            services.tasks.spawn(answering.follow_in_form(services, answer.later, form))

    return handle


def _afterwards(error: Exception) -> Answer:
    return Answer(later=answering.afterwards(error))


async def _answer(
    services: Services,
    ack: AsyncAck,
    answer: Answer,
    sender: Command | Click,
    *,
    replace: bool,
) -> None:
    if answer.ack is None:
        await ack()
    else:
        await ack(text=answer.ack.text, blocks=list(answer.ack.blocks))
    if answer.later is not None:
        place = sender.place if sender.place.channel else None  # App Home is no conversation
        whom = Sender(sender.user, place, sender.reply_url, replace)
        services.tasks.spawn(answering.follow(services, answer.later, whom))
