"""A picture that is paid for and that Slack does not take: kept, told of, tried again.

The dispatcher tries again, with waits of up to a minute, until Slack takes it.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from bot.core.errors import HITCHES
from bot.core.job import WAITS, Job, Picture
from bot.core.notice import Notice, Topic
from bot.jobs.run import Run
from bot.pixapi.answers import Image
from bot.pixapi.errors import PictureError
from bot.store import jobs, notices
from bot.store.db import Tx

log = logging.getLogger(__name__)

MOST_KEPT = 32 * 1024 * 1024
"""Bytes of a picture that waits; a larger one is not kept but fetched again."""


async def wait(run: Run, job: Job, code: str) -> Job:
    """Write why a job's pictures wait, and that the admins hear of it today."""

    async def write(tx: Tx) -> Job:
        now = run.services.clock()
        key = f"provider:{code}:{run.services.rules.calendar.day(now)}"
        notice = Notice(job.place.team, key, Topic.PROVIDER, {"fault": code})
        await notices.add(tx, notice, now)
        run.services.notifier.soon(tx)
        return await jobs.record(tx, job, doing=f"{WAITS}:{code}")

    log.warning("job %s waits: %s %s", job.id, code, HITCHES[code].sentence)
    return await run.write(write)


async def keep(run: Run, job: Job) -> Job:
    """Keep the bytes of pictures that wait: an address of the provider's may not live that long."""
    for picture in job.pictures:
        if picture.source == jobs.STORED or picture.shared:
            continue
        try:
            content = await _content(run, picture)
        except PictureError as error:  # the delivery meets it as well, and goes on trying
            log.warning("job %s: picture %d is not kept: %s", job.id, picture.number, error)
            continue
        if content is not None:
            job = await _keep(run, job, picture, content)
    return job


async def _keep(run: Run, job: Job, picture: Picture, content: bytes) -> Job:
    return await run.write(lambda tx: jobs.keep_content(tx, job, picture.number, content))


async def _content(run: Run, picture: Picture) -> bytes | None:
    """A picture's bytes; None for one that is too large to be kept."""
    found = bytearray()
    async with run.services.pixapi.open(Image(url=picture.source)) as opened:
        async for chunk in opened.chunks:
            found += chunk
            if len(found) > MOST_KEPT:
                return None
    return bytes(found)


def waiting(job: Job, code: str) -> Job:
    """The job as its root message shows it while it waits."""
    return replace(job, doing=f"{WAITS}:{code}")
