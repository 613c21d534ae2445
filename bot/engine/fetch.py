"""A paid picture whose address fails on its way to Slack: asked for again, and not for ever."""

from __future__ import annotations

import logging
from datetime import timedelta

from bot import metrics
from bot.core.job import Job, JobState, Step
from bot.engine import provider
from bot.engine.run import Run
from bot.pixapi.answers import Outcome
from bot.pixapi.errors import PictureError, PixapiError
from bot.store import jobs, pictures
from bot.store.db import Tx

log = logging.getLogger(__name__)

TRYING = timedelta(hours=24)
"""How long after its request a picture is fetched again: outages pass, addresses do not come back
after days."""


def is_lost(run: Run, job: Job, error: PictureError) -> bool:
    """Whether trying once more is of no use: it is no picture for Slack, or it has been a day."""
    if error.code == "too_large" or job.submitted is None:
        return True
    return run.services.clock() >= job.submitted + TRYING


async def renew(run: Run, job: Job) -> Job:
    """Ask Pixapi where the pictures are now; the job with the addresses that it names."""
    if job.task is None:  # a sync answer names them once
        return job
    try:
        answer = await run.services.pixapi.poll(job.task)
    except PixapiError as error:
        log.info("job %s: no fresh address: %s", job.id, error)
        return job
    if not isinstance(answer, Outcome) or len(answer.images) != len(job.pictures):
        return job  # where one was given up, nobody can tell which is which
    for picture, image in zip(job.pictures, answer.images, strict=True):
        source, number = image.url, picture.number
        if source is not None and source != picture.source != pictures.STORED:

            async def write(tx: Tx, job: Job = job, number: int = number, to: str = source) -> Job:
                return await pictures.moved(tx, job, number, to)

            job = await run.write(write)
    return job


async def give_up(run: Run, job: Job) -> Job:
    """The job ends without its picture, which was charged as it arrived: its asker is told so."""

    async def write(tx: Tx) -> Job:
        fault = "picture_lost"
        lost = await jobs.record(tx, job, JobState.FAILED, pending_step=Step.TELL, fault=fault)
        await provider.tell_fault(run.services, tx, lost)
        return lost

    lost = await run.write(write)
    metrics.jobs.labels("failed").inc()
    log.warning("job %s: its paid picture is given up", job.id)
    return lost
