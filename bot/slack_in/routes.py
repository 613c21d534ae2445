"""START HERE: what Slack sends → the function that answers it.

A payload is read once, into a value; what cannot be read is refused, with a line in the log that
says nothing of what it holds. A click or a shortcut is acknowledged first; a command, a submitted
form and an event are answered from the database alone, and whatever has to ask Slack runs `later`.
What follows an acknowledgement is a task that Easel owns.

Trouble is a sentence for whoever asked, in the way that their payload has: behind a command, at a
form's fields or on top of it, else where the `Sender` is answered. Mistakes name themselves; what
nobody foresaw is logged, and is told as `SORRY`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.error import BoltUnhandledRequestError

from bot.core.errors import EaselError
from bot.core.payload import Part, Unreadable, read_payload
from bot.core.post import Post
from bot.features import answers, home
from bot.features.answers import Sender
from bot.services import Services
from bot.slack_in import (
    budget,
    buttons,
    commands,
    forms,
    payloads,
    replies,
    requests,
)
from bot.slack_in.payloads import (
    Answer,
    Click,
    Command,
    Deleted,
    Form,
    FormAnswer,
    Later,
    Shortcut,
)
from bot.views import card, names
from bot.views.kit import Message
from bot.views.requests import ASK_FORM, DECLINE_FORM, GRANT_FORM

log = logging.getLogger(__name__)

OnClick = Callable[[Services, Click], Awaitable[Message | None]]
OnShortcut = Callable[[Services, Shortcut], Awaitable[Message | None]]

COMMANDS: dict[str, Callable[[Services, Command], Awaitable[Answer]]] = {
    "/image": commands.image,
    "/image-quota": budget.image_quota,
}

EVENTS: dict[str, Callable[[Services, Post | Deleted], Awaitable[Later | None]]] = {
    "message": replies.message,
    "app_mention": replies.message,
}
"""Both tell of a message that mentions Easel, in any order: it is answered once."""

ON_CARD: dict[str, OnClick] = {
    names.GENERATE: buttons.generate,
    names.CHOOSE: buttons.choose,
    names.CANCEL: buttons.cancel,
    names.JOIN: buttons.join,
    names.MOVE: buttons.move,
    names.CHANGE: buttons.change,
    names.PAUSE: budget.pause,
    names.RESUME: budget.resume,
}
"""Buttons of an ephemeral card, by the beginning of their action: the answer replaces the card."""

ON_RESULT: dict[str, OnClick] = {
    names.SHOW: buttons.show,
    names.STOP: buttons.stop,
    names.VARY: buttons.vary,
    names.AGAIN: buttons.again,
    names.INSTEAD: buttons.again,
    names.REWORD: buttons.reword,
    names.EDIT: buttons.edit,
    names.FINALISE: buttons.finalise,
    names.DETAILS: buttons.details,
    names.DELETE: buttons.delete,
    names.BUDGET: budget.open_form,
    names.MORE: requests.more,
    names.GRANT_ONCE: requests.grant_once,
    names.GRANT: requests.open_grant,
    names.DECLINE: requests.open_decline,
    names.APPROVE: requests.approve,
    names.RELEASE: buttons.release,
    names.CHARGE: buttons.charge,
    names.SETTINGS: forms.open_settings,
    names.CREATE: buttons.create_from_home,
}
"""Buttons of a root message or of the history: the answer is shown beside it, to who clicked."""

SHORTCUTS: dict[str, OnShortcut] = {
    "create_image": buttons.create,
    "edit_image": buttons.edit_message,
}

FORMS: dict[str, Callable[[Services, Form], Awaitable[FormAnswer]]] = {
    names.COMPOSER: forms.compose,
    names.BUDGET_FORM: budget.submit_form,
    ASK_FORM: requests.ask,
    GRANT_FORM: requests.grant,
    DECLINE_FORM: requests.decline,
    names.SETTINGS_FORM: forms.save_settings,
}
"""Modals that are submitted, by their callback_id. Answered from the database alone."""

ON_FORM: dict[str, Callable[[Services, Form], Awaitable[None]]] = {
    names.COMPOSE: forms.compose_choose,
    names.LIMIT: budget.redraw_form,
}
"""Controls inside modals, by the beginning of their action: the form itself shows the answer."""

SORRY = (
    "Something went wrong inside Easel, and it was logged. "
    "You can try again: a request is never held twice."
)

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


def hearing(app: AsyncApp) -> Hear:
    """Both ways in end here: what can be read goes through Bolt, what cannot is refused (400)."""

    async def hear(raw: object) -> BoltResponse:
        try:
            body = read_payload(raw)
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
        app.command(name)(_listener(_answer_command, services, on_command))
    for name, on_event in EVENTS.items():
        app.event(name)(_listener(_take_event, services, on_event))
    app.event("app_home_opened")(_listener(_show_home, services))
    for name, on_click in ON_CARD.items():
        on_card = _listener(_act, services, payloads.read_click, on_click, replaces=True)
        app.action(re.compile(f"^{name}"))(on_card)
    for name, on_click in ON_RESULT.items():
        on_result = _listener(_act, services, payloads.read_click, on_click)
        app.action(re.compile(f"^{name}"))(on_result)
    for name, on_shortcut in SHORTCUTS.items():
        app.shortcut(name)(_listener(_act, services, payloads.read_shortcut, on_shortcut))
    for name, on_submit in FORMS.items():
        app.view(name)(_listener(_answer_form, services, on_submit))
    for name, on_control in ON_FORM.items():
        app.action(re.compile(f"^{name}"))(_listener(_act_in_form, services, on_control))
    app.action(re.compile(""))(_listener(_refuse_outdated, services))

    app.error(_not_taken)


async def _not_taken(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """Bolt has no listener for it, or stumbled over it on the way to one."""
    return heard() if isinstance(error, BoltUnhandledRequestError) else refused(body)


def _listener(
    answer: Callable[..., Awaitable[BoltResponse]], *given: Any, **more: Any
) -> Callable[[dict[str, Any]], Awaitable[BoltResponse]]:
    """A listener as Bolt calls it, whose trouble is told apart from Bolt's."""

    async def listen(body: dict[str, Any]) -> BoltResponse:
        try:
            return await answer(*given, Part(body), **more)
        except Unreadable:
            return refused(body)
        except Exception:  # the end of the line: all that can be foreseen has been told of
            log.exception("a listener failed")
            return heard({"text": SORRY})

    return listen


async def _answer_command(
    services: Services, answer: Callable[[Services, Command], Awaitable[Answer]], body: Part
) -> BoltResponse:
    command = payloads.read_command(body)
    try:
        said = await answer(services, command)
    except Exception as error:  # noqa: BLE001 -- the end of the line: somebody waits for an answer
        said = Answer(card.render_sentence(_sentence(error)))
    if said.later is not None:
        services.tasks.spawn(_follow(services, said.later, command.sender))
    if said.ack is None:
        return heard()
    return heard({"text": said.ack.text, "blocks": list(said.ack.blocks)})


async def _take_event(
    services: Services,
    take: Callable[[Services, Post | Deleted], Awaitable[Later | None]],
    body: Part,
) -> BoltResponse:
    """Nobody is told of trouble before it is taken: most events are no wish of anybody's."""
    event = payloads.read_event(body)
    if event is None:
        return heard()
    try:
        later = await take(services, event)
    except EaselError as error:
        log.warning("an event was not taken, so Slack sends it again: %s", error)
        return BoltResponse(status=503)
    if later is not None and isinstance(event, Post):
        services.tasks.spawn(_follow(services, later, Sender(event.user, event.place)))
    return heard()


async def _show_home(services: Services, body: Part) -> BoltResponse:
    opened = payloads.read_home_opened(body)
    if opened is not None:
        services.tasks.spawn(home.publish(services, opened.team, opened.user))
    return heard()


Used = TypeVar("Used", Click, Shortcut)


async def _act(
    services: Services,
    read: Callable[[Part], Used],
    act: Callable[[Services, Used], Awaitable[Message | None]],
    body: Part,
    *,
    replaces: bool = False,
) -> BoltResponse:
    """A button or a shortcut: acknowledged first."""
    used = read(body)
    sender = replace(used.sender, replaces=replaces)
    services.tasks.spawn(_follow(services, partial(act, services, used), sender))
    return heard()


async def _refuse_outdated(services: Services, body: Part) -> BoltResponse:
    """Nobody's: a menu that is read with the next button, or a button of an earlier Easel."""

    async def outdated(_services: Services, _click: Click) -> Message | None:
        raise Unreadable

    if payloads.read_control(body).text("type") == "button":
        return await _act(services, payloads.read_click, outdated, body)
    return heard()


async def _answer_form(
    services: Services, answer: Callable[[Services, Form], Awaitable[FormAnswer]], body: Part
) -> BoltResponse:
    form = payloads.read_submitted(body)
    try:
        said = await answer(services, form)
    except Exception as error:  # noqa: BLE001 -- as above
        said = FormAnswer(errors={"": _sentence(error)})
    if said.later is not None:
        services.tasks.spawn(_follow(services, said.later, said.sender or Sender(form.user)))
    if said.errors:
        return heard({"response_action": "errors", "errors": form.at_fields(said.errors)})
    if said.view is not None:
        return heard({"response_action": "update", "view": said.view})
    return heard({"response_action": "clear"})


async def _act_in_form(
    services: Services, act: Callable[[Services, Form], Awaitable[None]], body: Part
) -> BoltResponse:
    form = payloads.read_form(body)
    services.tasks.spawn(_follow_in_form(services, partial(act, services, form), form))
    return heard()


async def _follow(services: Services, work: Later, sender: Sender) -> None:
    """Do what had to wait for the acknowledgement, and show how it went to whoever asked."""
    try:
        message = await work()
    except Exception as error:  # noqa: BLE001 -- as above
        message = card.render_sentence(_sentence(error))
        sender = replace(sender, replaces=False)  # the card stays as it is
    if sender.home is not None:
        services.tasks.spawn(home.publish(services, sender.home, sender.user))
    if message is not None:
        await answers.show(services, sender, message)


async def _follow_in_form(
    services: Services, work: Callable[[], Awaitable[None]], form: Form
) -> None:
    """The same for a control of a form: how it went is seen in the form, trouble on top of it."""
    try:
        await work()
    except Exception as error:  # noqa: BLE001 -- as above
        view = form.with_trouble(_sentence(error))
        await answers.redraw_form(services, form.view, view, form.at)


def _sentence(error: Exception) -> str:
    """What somebody reads of it; what nobody foresaw is logged, in a line with its traceback."""
    if isinstance(error, Unreadable):
        log.warning("a button or a form of an earlier Easel was used: its value cannot be read")
    if isinstance(error, EaselError):
        return error.sentence
    log.error("answering somebody failed", exc_info=error)
    return SORRY
