"""What somebody asked for in a channel, with the way back to it."""

from __future__ import annotations

import asyncio

from bot.blocks.history import Entry
from bot.core.job import ChannelId, Job, TeamId, UserId
from bot.services import Services
from bot.slack.errors import SlackError
from bot.store import threads

NEWEST = 10  # requests that are listed
LINK_SECONDS = 3.0  # a list without a link is better than no list


async def history(
    services: Services, team: TeamId, channel: ChannelId, user: UserId
) -> list[Entry]:
    """A person's requests in a channel, newest first; their addresses are asked of Slack."""
    async with services.db.read() as tx:
        found = await threads.history(tx, team, channel, user, NEWEST)
    links = await asyncio.gather(*(_link(services, job) for job in found))
    return [Entry(job, link) for job, link in zip(found, links, strict=True)]


async def _link(services: Services, job: Job) -> str | None:
    """The address of a root message; None where there is none, or Slack does not say in time."""
    if job.root is None or job.deleted:
        return None
    try:
        async with asyncio.timeout(LINK_SECONDS):
            return await services.slack.permalink(job.place.channel, job.root)
    except (SlackError, TimeoutError):
        return None
