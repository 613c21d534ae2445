"""START HERE: what Slack sends → the function that answers it.

A listener answers at once from the database alone; whatever has to ask Slack first runs `later`,
in a task that Easel owns. A mistake becomes its own sentence, for the sender's eyes only.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.blocks import card, names
from bot.blocks.kit import Message
from bot.core.errors import EaselError
from bot.flows import reply
from bot.listeners import ask, budget, incoming, result
from bot.listeners import card as cards
from bot.listeners.incoming import Answer, Click, Command
from bot.services import Services

log = logging.getLogger(__name__)

SORRY = (
    "Something went wrong inside Easel, and it was logged. "
    "You can try again: a request is never held twice."
)

COMMANDS: dict[str, Callable[[Services, Command], Awaitable[Answer]]] = {
    "/image": ask.image,
    "/image-quota": budget.image_quota,
}

ON_CARD: dict[str, Callable[[Services, Click], Awaitable[Answer]]] = {
    names.GENERATE: cards.generate,
    names.CHOOSE: cards.choose,
    names.CANCEL: cards.cancel,
    names.JOIN: cards.join,
}
"""Buttons of an ephemeral card, by the beginning of their action: the answer replaces the card."""

ON_RESULT: dict[str, Callable[[Services, Click], Awaitable[Answer]]] = {
    names.STOP: result.stop,
    names.DETAILS: result.details,
}
"""Buttons of a root message: the answer is shown to whoever clicked, beside the message."""


def register(app: AsyncApp, services: Services) -> None:
    """Tell Bolt who answers what. The most frequent first: Bolt tries them in this order."""
    for name, on_command in COMMANDS.items():
        app.command(name)(_command(services, on_command))
    for name, on_click in ON_CARD.items():
        app.action(re.compile(f"^{name}"))(_click(services, on_click, replace=True))
    for name, on_click in ON_RESULT.items():
        app.action(re.compile(f"^{name}"))(_click(services, on_click, replace=False))


def _command(
    services: Services, listener: Callable[[Services, Command], Awaitable[Answer]]
) -> Callable[..., Awaitable[None]]:
    async def handle(ack: AsyncAck, body: dict[str, Any]) -> None:
        command = incoming.command(body)
        try:
            answer = await listener(services, command)
        except EaselError as error:
            answer = Answer(ack=card.closed(error.sentence))
        await _answer(services, ack, answer, command, replace=False)

    return handle


def _click(
    services: Services,
    listener: Callable[[Services, Click], Awaitable[Answer]],
    *,
    replace: bool,
) -> Callable[..., Awaitable[None]]:
    async def handle(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = incoming.click(body)
        answer = await listener(services, click)
        await _answer(services, ack, answer, click, replace=replace)

    return handle


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
        services.tasks.spawn(_later(services, answer.later, sender, replace=replace))


async def _later(
    services: Services,
    work: Callable[[], Awaitable[Message | None]],
    sender: Command | Click,
    *,
    replace: bool,
) -> None:
    """Do what had to wait for the ack, and show how it went to whoever asked."""
    try:
        message = await work()
    except EaselError as error:
        message, replace = card.closed(error.sentence), False  # the card stays as it is
    except Exception:  # the end of the line: a person waits for an answer, whatever happened
        log.exception("answering a click or a command failed")
        message, replace = card.closed(SORRY), False
    if message is not None:
        await reply.show(
            services, sender.place, sender.user, sender.reply_url, message, replace=replace
        )
