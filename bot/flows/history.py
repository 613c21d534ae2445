"""What somebody asked for in a channel, with the way back to it."""

from __future__ import annotations

from bot.blocks.history import Entry
from bot.core.job import ChannelId, TeamId, UserId
from bot.jobs.links import linked
from bot.services import Services
from bot.store import threads

NEWEST = 10  # requests that are listed


async def history(
    services: Services, team: TeamId, channel: ChannelId, user: UserId
) -> tuple[Entry, ...]:
    """A person's requests in a channel, newest first; their addresses are asked of Slack."""
    async with services.db.read() as tx:
        found = await threads.history(tx, team, channel, user, NEWEST)
    return await linked(services, found)
