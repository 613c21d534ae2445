"""Showing somebody an answer that had to wait."""

from __future__ import annotations

import logging

from bot.core.job import Place, UserId
from bot.services import Services
from bot.slack.errors import SlackError, SlackLost
from bot.views.kit import Message

log = logging.getLogger(__name__)


async def show(
    services: Services,
    place: Place | None,
    user: UserId,
    reply_url: str,
    message: Message,
    *,
    replace: bool,
) -> None:
    """Show a message to one person: through the interaction's address, else as an ephemeral.

    `replace` puts it in the place of the card that was clicked. What does not replace anything is
    shown in the thread it was asked for in, where that address does not lead, if Easel can post
    there. Where neither leads anywhere it goes to their direct message with Easel. A failure
    is only logged: what was decided stands, and the next click shows it.
    """
    slack = services.slack

    async def by_address() -> bool:
        return await slack.respond(reply_url, message, replace=replace)

    async def beside() -> bool:
        if place is None:
            return False
        await slack.ephemeral(place.channel, user, message, thread=place.thread)
        return True

    async def directly() -> bool:
        await slack.direct(user, message)
        return True

    ways = [by_address, beside]
    if place is not None and place.thread is not None and not replace:
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
