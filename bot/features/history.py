"""What somebody asked for, with the way back to it: the addresses of messages, asked of Slack."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from bot.core.job import ChannelId, Job, TeamId, UserId
from bot.services import Services
from bot.slack.errors import SlackError
from bot.store import threads
from bot.views.history import Entry

NEWEST = 10  # requests that are listed


async def history(
    services: Services, team: TeamId, channel: ChannelId, user: UserId
) -> tuple[Entry, ...]:
    """A person's requests in a channel, newest first."""
    async with services.db.read() as tx:
        found = await threads.history(tx, team, channel, user, NEWEST)
    return await linked(services, found)


async def linked(services: Services, found: Iterable[Job]) -> tuple[Entry, ...]:
    """Each with the address of its root message, where it has one and Slack says it in time."""
    jobs = list(found)
    links = await asyncio.gather(*(_link(services, job) for job in jobs))
    return tuple(Entry(job, link) for job, link in zip(jobs, links, strict=True))


async def _link(services: Services, job: Job) -> str | None:
    if job.root is None or job.deleted:
        return None
    try:
        async with asyncio.timeout(services.pace.link):
            return await services.slack.permalink(job.place.channel, job.root)
    except (SlackError, TimeoutError):
        return None
