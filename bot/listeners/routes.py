"""START HERE: what Slack sends → the function that answers it.

A payload is read once, into a value; what cannot be read is refused, with a line in the log that
says nothing of what it holds.

A listener answers at once from the database alone; whatever has to ask Slack first runs `later`,
in a task that Easel owns. A mistake becomes its own sentence, for the sender's eyes only, and so
does other trouble, before the acknowledgement too: `answering`.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.blocks import budget_form as budget_blocks
from bot.blocks import card, composer, composer_fields, names, petition_forms
from bot.blocks import settings as settings_form
from bot.core.errors import EaselError
from bot.core.payload import Part, Unreadable, payload
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


@dataclass(frozen=True, slots=True)
class Reply:
    """What Slack is answered at once. Over a socket anything but 200 is no answer."""

    status: int = 200
    body: Mapping[str, Any] | None = None


HEARD = Reply()
"""Nothing more to say. Without any answer Slack would deliver it again."""

KINDS = (
    "block_actions",
    "event_callback",
    "message_action",
    "shortcut",
    "url_verification",
    "view_submission",
)
"""What is named in the log when it cannot be read."""

Work = Coroutine[Any, Any, Reply]
T = TypeVar("T")


async def answer(services: Services, raw: object) -> Reply:
    """Answer what Slack sent, whichever way it came; 400 for what cannot be read."""
    try:
        body = payload(raw)
        work = _command(services, body) if "command" in body.raw else _read(services, body)
    except Unreadable:
        log.warning("a payload of Slack's cannot be read and is refused: %s", _kind(raw))
        return Reply(400)
    return HEARD if work is None else await work


def _read(services: Services, body: Part) -> Work | None:
    """Who answers which value; None for what is none of our business."""
    match body.text("type"):
        case "event_callback":
            return _event(services, body)
        case "block_actions":
            return _action(services, body)
        case "shortcut" | "message_action":
            on_shortcut = SHORTCUTS.get(body.text("callback_id"))
            return on_shortcut and _shortcut(services, on_shortcut, incoming.shortcut(body))
        case "view_submission":
            on_submit = FORMS.get(body.part("view").text("callback_id"))
            return on_submit and _submit(services, on_submit, forms.submitted(body))
        case "url_verification":
            return _challenged(body.text("challenge"))
        case "":
            if "ssl_check" in body.raw:
                return None
            raise Unreadable
        case _:
            return None


def _kind(raw: object) -> str:
    """What a payload is, in words of ours: nothing of it reaches the log."""
    if not isinstance(raw, dict):
        return "no object"
    if "command" in raw:
        return "a command"
    return next((one for one in KINDS if one == raw.get("type")), "of no kind that is known")


def _action(services: Services, body: Part) -> Work | None:
    """A control. A menu that is read with the next button needs no answer."""
    action = incoming.acted(body)
    name = action.text("action_id")
    if on_control := _by_beginning(ON_FORM, name):
        return _control(services, on_control, forms.form(body))
    on_card, on_result = _by_beginning(ON_CARD, name), _by_beginning(ON_RESULT, name)
    on_click = on_card or on_result or (_outdated if action.text("type") == "button" else None)
    return on_click and _click(services, on_click, incoming.click(body), replace=bool(on_card))


async def _outdated(_services: Services, _click: Click) -> Answer:
    """A button of an earlier Easel, which nobody answers any more."""
    raise Unreadable


def _by_beginning(table: Mapping[str, T], name: str) -> T | None:
    return next((found for begin, found in table.items() if name.startswith(begin)), None)


async def _challenged(challenge: str) -> Reply:
    """https://docs.slack.dev/reference/events/url_verification."""
    return Reply(body={"challenge": challenge})


def _command(services: Services, body: Part) -> Work | None:
    listener = COMMANDS.get(body.text("command"))
    return listener and _commanded(services, listener, incoming.command(body))


async def _commanded(
    services: Services,
    listener: Callable[[Services, Command], Awaitable[Answer]],
    command: Command,
) -> Reply:
    answer = await answering.tried(
        listener(services, command),
        lambda error: Answer(ack=card.closed(answering.sentence(error))),
    )
    return _answer(services, answer, command, replace=False)


def _event(services: Services, body: Part) -> Work | None:
    kind = body.part("event").word("type", str)
    if kind == "app_home_opened":
        opened = incoming.home_opened(body)
        return _heard(services, home.opened(services, opened)) if opened else None
    listener = EVENTS.get(kind)
    event = listener and incoming.event(body)
    if listener is None or event is None:
        return None
    sender = Sender(event.user, event.place) if isinstance(event, Post) else None
    return _heard(services, listener(services, event), sender)


async def _heard(
    services: Services, work: Awaitable[Answer], sender: Sender | None = None
) -> Reply:
    """Take an event, and later answer whoever sent it.

    Nobody is told of trouble before that: most events are no wish of anybody's.
    """
    try:
        answer = await work
    except EaselError:
        log.warning("an event was not taken: the database did not answer; Slack sends it again")
        return Reply(503)
    if answer.later is not None and sender is not None:
        services.tasks.spawn(answering.follow(services, answer.later, sender))
    return HEARD


async def _click(
    services: Services,
    listener: Callable[[Services, Click], Awaitable[Answer]],
    click: Click,
    *,
    replace: bool,
) -> Reply:
    answer = await answering.tried(listener(services, click), _afterwards)
    if not click.place.channel:
        answer = home.clicked(services, click, answer)
    return _answer(services, answer, click, replace=replace)


async def _shortcut(
    services: Services,
    listener: Callable[[Services, Shortcut], Awaitable[Answer]],
    shortcut: Shortcut,
) -> Reply:
    answer = await answering.tried(listener(services, shortcut), _afterwards)
    if answer.later is not None:
        sender = Sender(shortcut.user, shortcut.seen_at, shortcut.reply_url)
        services.tasks.spawn(answering.follow(services, answer.later, sender))
    return HEARD


async def _submit(
    services: Services, listener: Callable[[Services, Form], Awaitable[FormAnswer]], form: Form
) -> Reply:
    answer = await answering.tried(
        listener(services, form),
        lambda error: FormAnswer(errors={"": answering.sentence(error)}),
    )
    if answer.later is not None:
        sender = answer.sender or Sender(form.user)
        services.tasks.spawn(answering.follow(services, answer.later, sender))
    if answer.errors:
        wrong = forms.at_fields(form, answer.errors)
        return Reply(body={"response_action": "errors", "errors": wrong})
    if answer.view is not None:
        return Reply(body={"response_action": "update", "view": answer.view})
    return Reply(body={"response_action": "clear"})


async def _control(
    services: Services, listener: Callable[[Services, Form], Awaitable[FormAnswer]], form: Form
) -> Reply:
    answer = await answering.tried(
        listener(services, form),
        lambda error: FormAnswer(later=answering.afterwards(error)),
    )
    if answer.later is not None:
        services.tasks.spawn(answering.follow_in_form(services, answer.later, form))
    return HEARD


def _afterwards(error: Exception) -> Answer:
    return Answer(later=answering.afterwards(error))


def _answer(services: Services, answer: Answer, sender: Command | Click, *, replace: bool) -> Reply:
    if answer.later is not None:
        place = sender.place if sender.place.channel else None  # App Home is no conversation
        whom = Sender(sender.user, place, sender.reply_url, replace)
        services.tasks.spawn(answering.follow(services, answer.later, whom))
    if answer.ack is None:
        return HEARD
    return Reply(body={"text": answer.ack.text, "blocks": list(answer.ack.blocks)})
