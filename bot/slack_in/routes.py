"""START HERE: what Slack sends → the function that answers it.

A payload is read once, into a value; what cannot be read is refused, with a line in the log that
says nothing of what it holds.

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
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.error import BoltUnhandledRequestError

from bot.core.errors import EaselError
from bot.core.payload import Part, Unreadable, payload
from bot.core.post import Post
from bot.services import Services
from bot.slack_in import (
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
from bot.slack_in import card as cards
from bot.slack_in.forms import Form, FormAnswer, Sender
from bot.slack_in.incoming import Answer, Click, Command, Deleted, Shortcut
from bot.views import budget_form as budget_blocks
from bot.views import card, composer, composer_fields, names, petition_forms
from bot.views import settings as settings_form

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


Hear = Callable[[object], Awaitable[BoltResponse]]
"""What answers a payload of Slack's, whatever that is. Over a socket only 200 is an answer."""

KINDS = (
    "block_actions",
    "event_callback",
    "message_action",
    "shortcut",
    "url_verification",
    "view_submission",
)
"""What is named in the log when it cannot be read."""

Handler = Callable[[dict[str, Any]], Awaitable[BoltResponse]]
"""A listener as Bolt calls it: it reads the payload into a value, first of all."""


def hearing(app: AsyncApp) -> Hear:
    """Both ways in end here: what can be read goes through Bolt, what cannot is refused (400)."""

    async def hear(raw: object) -> BoltResponse:
        try:
            body = payload(raw)
            if not (kind := body.text("type")) and not body.text("command"):
                return heard() if "ssl_check" in body.raw else refused(raw)
            if kind == "url_verification":
                # https://docs.slack.dev/reference/events/url_verification
                return heard({"challenge": body.text("challenge")})
            request = AsyncBoltRequest(mode="socket_mode", body=body.raw)
            answered = await app.async_dispatch(request)
        except Exception:  # noqa: BLE001 -- Bolt looks into a payload before a listener reads it
            return refused(raw)
        return answered

    return hear


def heard(body: dict[str, Any] | None = None) -> BoltResponse:
    """Acknowledged, with nothing or with this. Without an answer Slack would deliver it again."""
    return BoltResponse(status=200, body=body or "")


def refused(raw: object) -> BoltResponse:
    """What nobody can read. The log has a line in words of ours: nothing of it gets there."""
    kind = "of no kind that is known"
    if not isinstance(raw, dict):
        kind = "no object"
    elif "command" in raw:
        kind = "a command"
    else:
        kind = next((one for one in KINDS if one == raw.get("type")), kind)
    log.warning("a payload of Slack's cannot be read and is refused: %s", kind)
    return BoltResponse(status=400)


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
    app.action(re.compile(""))(_left(services))

    app.error(_not_taken)


async def _not_taken(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """Bolt has no listener for it, or stumbled over it on the way to one."""
    return heard() if isinstance(error, BoltUnhandledRequestError) else refused(body)


def _own(handle: Handler) -> Handler:
    """A listener whose trouble is told apart from Bolt's: what it cannot read is refused."""

    async def own(body: dict[str, Any]) -> BoltResponse:
        try:
            return await handle(body)
        except Unreadable:
            return refused(body)
        except Exception:  # the end of the line; `answering` has told of all that can be foreseen
            log.exception("a listener failed")
            return heard({"text": answering.SORRY})

    return own


def _command(
    services: Services, listener: Callable[[Services, Command], Awaitable[Answer]]
) -> Handler:
    async def handle(body: dict[str, Any]) -> BoltResponse:
        command = incoming.command(Part(body))
        answer = await answering.tried(
            listener(services, command),
            lambda error: Answer(ack=card.closed(answering.sentence(error))),
        )
        return _answer(services, answer, command, replace=False)

    return _own(handle)


def _event(
    services: Services, listener: Callable[[Services, Post | Deleted], Awaitable[Answer]]
) -> Handler:
    async def handle(body: dict[str, Any]) -> BoltResponse:
        event = incoming.event(Part(body))
        if event is None:
            return heard()
        sender = Sender(event.user, event.place) if isinstance(event, Post) else None
        return await _heard(services, listener(services, event), sender)

    return _own(handle)


def _home_opened(services: Services) -> Handler:
    async def handle(body: dict[str, Any]) -> BoltResponse:
        opened = incoming.home_opened(Part(body))
        if opened is not None:
            home.opened(services, opened)
        return heard()

    return _own(handle)


async def _heard(
    services: Services, work: Awaitable[Answer], sender: Sender | None = None
) -> BoltResponse:
    """Take an event, and later answer whoever sent it.

    Nobody is told of trouble before that: most events are no wish of anybody's.
    """
    try:
        answer = await work
    except EaselError as error:
        log.warning("an event was not taken, so Slack sends it again: %s", error)
        return BoltResponse(status=503)
    if answer.later is not None and sender is not None:
        services.tasks.spawn(answering.follow(services, answer.later, sender))
    return heard()


def _click(
    services: Services,
    listener: Callable[[Services, Click], Awaitable[Answer]],
    *,
    replace: bool,
) -> Handler:
    async def handle(body: dict[str, Any]) -> BoltResponse:
        click = incoming.click(Part(body))
        answer = await answering.tried(listener(services, click), _afterwards)
        if answer.later is not None and not click.place.channel:  # in App Home
            later = home.then_shown(services, click.place.team, click.user, answer.later)
            answer = Answer(answer.ack, later)
        return _answer(services, answer, click, replace=replace)

    return _own(handle)


def _left(services: Services) -> Handler:
    """Nobody's: a menu that is read with the next button, or a button of an earlier Easel."""

    async def outdated(_services: Services, _click: Click) -> Answer:
        raise Unreadable

    told = _click(services, outdated, replace=False)

    async def handle(body: dict[str, Any]) -> BoltResponse:
        if incoming.acted(Part(body)).text("type") == "button":
            return await told(body)
        return heard()

    return _own(handle)


def _shortcut(
    services: Services, listener: Callable[[Services, Shortcut], Awaitable[Answer]]
) -> Handler:
    async def handle(body: dict[str, Any]) -> BoltResponse:
        shortcut = incoming.shortcut(Part(body))
        answer = await answering.tried(listener(services, shortcut), _afterwards)
        if answer.later is not None:
            sender = Sender(shortcut.user, shortcut.seen_at, shortcut.reply_url)
            services.tasks.spawn(answering.follow(services, answer.later, sender))
        return heard()

    return _own(handle)


def _submit(
    services: Services, listener: Callable[[Services, Form], Awaitable[FormAnswer]]
) -> Handler:
    async def handle(body: dict[str, Any]) -> BoltResponse:
        form = forms.submitted(Part(body))
        answer = await answering.tried(
            listener(services, form),
            lambda error: FormAnswer(errors={"": answering.sentence(error)}),
        )
        if answer.later is not None:
            sender = answer.sender or Sender(form.user)
            services.tasks.spawn(answering.follow(services, answer.later, sender))
        if answer.errors:
            wrong = forms.at_fields(form, answer.errors)
            return heard({"response_action": "errors", "errors": wrong})
        if answer.view is not None:
            return heard({"response_action": "update", "view": answer.view})
        return heard({"response_action": "clear"})

    return _own(handle)


def _control(
    services: Services, listener: Callable[[Services, Form], Awaitable[FormAnswer]]
) -> Handler:
    async def handle(body: dict[str, Any]) -> BoltResponse:
        form = forms.form(Part(body))
        answer = await answering.tried(
            listener(services, form),
            lambda error: FormAnswer(later=answering.afterwards(error)),
        )
        if answer.later is not None:
            services.tasks.spawn(answering.follow_in_form(services, answer.later, form))
        return heard()

    return _own(handle)


def _afterwards(error: Exception) -> Answer:
    return Answer(later=answering.afterwards(error))


def _answer(
    services: Services, answer: Answer, sender: Command | Click, *, replace: bool
) -> BoltResponse:
    if answer.later is not None:
        place = sender.place if sender.place.channel else None  # App Home is no conversation
        whom = Sender(sender.user, place, sender.reply_url, replace)
        services.tasks.spawn(answering.follow(services, answer.later, whom))
    if answer.ack is None:
        return heard()
    return heard({"text": answer.ack.text, "blocks": list(answer.ack.blocks)})
