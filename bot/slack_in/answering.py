"""How somebody is answered, whatever goes wrong: before the acknowledgement or after it.

Trouble is a sentence for whoever asked, in the way that their payload has: behind a command, at a
form's fields or on top of it, else through the interaction's address, as an ephemeral or by direct
message. Mistakes name themselves; what nobody foresaw is logged, and is told as `SORRY`.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn, TypeVar

from bot.core.errors import EaselError
from bot.core.payload import Unreadable
from bot.features import forms as opened_forms
from bot.features import reply
from bot.services import Services
from bot.slack_in import forms
from bot.slack_in.forms import Form, Sender
from bot.views import card
from bot.views.kit import Message

log = logging.getLogger(__name__)

SORRY = (
    "Something went wrong inside Easel, and it was logged. "
    "You can try again: a request is never held twice."
)

T = TypeVar("T")
Later = Callable[[], Awaitable[Message | None]]


def sentence(error: Exception) -> str:
    """What somebody reads of it; what nobody foresaw is logged, in a line with its traceback."""
    if isinstance(error, Unreadable):
        log.warning("a button or a form of an earlier Easel was used: its value cannot be read")
    if isinstance(error, EaselError):
        return error.sentence
    log.error("answering somebody failed", exc_info=error)
    return SORRY


async def tried(listener: Awaitable[T], otherwise: Callable[[Exception], T]) -> T:
    """What a listener says; of trouble before the acknowledgement, what is said of that."""
    try:
        return await listener
    except Exception as error:  # noqa: BLE001 -- the end of the line: somebody waits for an answer
        return otherwise(error)


def afterwards(error: Exception) -> Later:
    """Trouble that cannot be told in the acknowledgement: it is told as if it came later."""

    async def later() -> NoReturn:
        raise error

    return later


async def follow(services: Services, work: Later, sender: Sender) -> None:
    """Do what had to wait for the acknowledgement, and show how it went to whoever asked."""
    try:
        message, replace = await work(), sender.replace
    except Exception as error:  # noqa: BLE001 -- as above
        message, replace = card.closed(sentence(error)), False  # the card stays as it is
    if message is not None:
        await reply.show(
            services, sender.place, sender.user, sender.reply_url, message, replace=replace
        )


async def follow_in_form(services: Services, work: Later, form: Form) -> None:
    """The same for a control of a form: how it went is seen in the form, trouble on top of it."""
    try:
        await work()
    except Exception as error:  # noqa: BLE001 -- as above
        view = forms.with_trouble(form, sentence(error))
        await opened_forms.drawn_anew(services, form.view, view, form.at)
