"""Showing somebody an answer that had to wait."""

from __future__ import annotations

import logging

from bot.blocks.kit import Message
from bot.core.job import Place, UserId
from bot.services import Services
from bot.slack.errors import SlackError

log = logging.getLogger(__name__)


async def show(
    services: Services,
    place: Place,
    user: UserId,
    reply_url: str,
    message: Message,
    *,
    replace: bool,
) -> None:
    """Show a message to one person: through the interaction's address, else as an ephemeral.

    `replace` puts it in the place of the card that was clicked. A failure is only logged: what was
    decided stands, and the next click shows it.
    """
    try:
        if reply_url and await services.slack.respond(reply_url, message, replace=replace):
            return
        await services.slack.ephemeral(place.channel, user, message, thread=place.thread)
    except SlackError as error:
        log.warning("an answer could not be shown: %s", error)
