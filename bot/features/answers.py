"""What one person is shown once Slack has its answer: a message, or a form."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from bot.core.errors import Refused
from bot.core.job import Place, TeamId, UserId
from bot.services import Services
from bot.slack.client import Opened
from bot.slack.errors import CUT_OFF, SlackError, SlackLost, SlackRefused, describe
from bot.views.kit import Message

log = logging.getLogger(__name__)

TOO_LATE = "The form could not be opened: Slack allows three seconds for it, and they were over."
NOT_TOLD = "Slack did not tell whether the form is open. If you do not see it, please try again."
TROUBLE = "Slack does not open forms for Easel at the moment."
UNCHANGED = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class Sender:
    """Who is answered, and where: what of it is empty is no way to them."""

    user: UserId
    place: Place | None = None  # None: in the direct message with Easel
    reply_url: str = ""  # five uses in 30 minutes; changes the very message that was clicked
    replaces: bool = False  # the address is of a card, which is replaced
    home: TeamId | None = None  # what they do is done in App Home, which then shows it


async def show(services: Services, sender: Sender, message: Message) -> None:
    """Show a message to one person: through the interaction's address, else as an ephemeral.

    What replaces no card is shown in the thread it was asked for in, where that address does not
    lead, if Easel can post there. Where neither leads anywhere it goes to their direct message with
    Easel. A failure is only logged: what was decided stands, and the next click shows it.
    """
    slack, place = services.slack, sender.place

    async def by_address() -> bool:
        return await slack.respond(sender.reply_url, message, replace=sender.replaces)

    async def beside() -> bool:
        if place is None:
            return False
        await slack.ephemeral(place.channel, sender.user, message, thread=place.thread)
        return True

    async def directly() -> bool:
        await slack.direct(sender.user, message)
        return True

    ways = [by_address, beside]
    if place is not None and place.thread is not None and not sender.replaces:
        ways.reverse()
    for way in (*ways, directly):
        try:
            if await way():
                return
        except SlackLost as error:  # it may stand there all the same
            log.warning("whether an answer was shown is not known: %s", error)
            return
        except SlackError as error:
            log.warning("an answer could not be shown: %s", error)


@dataclass(frozen=True, slots=True)
class Opener:
    """Who opens a form, and by what."""

    team: TeamId
    user: UserId
    trigger: str  # opens one form, within three seconds


async def open_form(
    services: Services, trigger: str, view: dict[str, Any], nothing: str = "Nothing was held."
) -> Opened:
    """Open a form. Raises `Refused`, with a sentence that ends in `nothing`, if Slack does not."""
    try:
        return await services.slack.open_view(trigger, view)
    except SlackLost as error:
        raise Refused(f"{NOT_TOLD} {nothing}") from error
    except SlackRefused as error:
        sentence = TOO_LATE if "trigger" in error.code else TROUBLE
        if error.code in CUT_OFF:
            sentence = describe(error)
        raise Refused(f"{sentence} {nothing} Please try again.") from error
    except SlackError as error:
        raise Refused(f"{TROUBLE} {nothing} Please try again.") from error


async def redraw_form(services: Services, form: str, view: dict[str, Any], at: str) -> None:
    """Show an open form as it is since an action at this time; one that is lost is only logged."""
    try:
        await services.slack.redraw_view(form, view, at)
    except SlackError as error:
        log.info("a form was not drawn anew: %s", error)
