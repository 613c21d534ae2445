"""The root message of a job, with what the price list adds to it."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bot.core.choices import Choice, others
from bot.core.job import Job, JobState, ThreadSum
from bot.engine.run import Run
from bot.slack.errors import SlackRefused
from bot.views import result
from bot.views.kit import Message

log = logging.getLogger(__name__)


def of(run: Run, job: Job, *, pictures: bool = False, thread: ThreadSum | None = None) -> Message:
    """A job's root message as it is in its present state."""
    catalogue = run.services.catalogue
    instead: Sequence[Choice] = ()
    if job.state is JobState.FAILED and job.request.prompt:
        instead = others(catalogue, job.request)
    label = catalogue.label(job.request.model)
    return result.render_root(job, label, pictures=pictures, thread=thread, instead=instead)


async def say(run: Run, job: Job) -> None:
    """Say in the root message how it stands, if Slack lets it be edited."""
    if job.root is None:
        return
    try:
        await run.services.edits.final(job.place.channel, job.root, of(run, job))
    except SlackRefused as error:
        log.info("job %s: the root message cannot be edited: %s", job.id, error)
