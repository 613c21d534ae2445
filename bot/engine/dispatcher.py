"""Who runs jobs: here, asyncio tasks over the open rows of the jobs table, in one process.

The table is the truth; this is only what wakes and repeats. A run that meets trouble which passes
(Slack down, the database busy) is tried again with growing waits until the job is at its end.
Where several processes share a database, `bot.engine.queue` does this.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot import metrics
from bot.core.job import Job, JobId, JobState, Step, TeamId
from bot.engine import messages, steps
from bot.engine.deliver import OUT_OF_REACH, deliver, redirect
from bot.engine.run import Run, Stopping, Submits
from bot.services import Services
from bot.slack.errors import SlackBusy, SlackError, SlackRefused
from bot.store import jobs
from bot.store.db import Tx
from bot.store.errors import Stale

log = logging.getLogger(__name__)


class Embedded:
    """Runs every open job as a task of this process."""

    def __init__(self) -> None:
        self._running: dict[asyncio.Task[None], tuple[TeamId, JobId]] = {}
        self._run: Run  # once it serves

    def _start(self, team: TeamId, job: JobId, begun: Job | None = None) -> None:
        task = asyncio.create_task(until_ended(self._run, team, job, begun))
        self._running[task] = (team, job)
        task.add_done_callback(self._running.pop)

    async def enqueue(self, tx: Tx, team: TeamId, job: JobId) -> None:
        """Run a job once the transaction is committed; a run under way ends as stale.

        The run begins in this very transaction. Where nobody knows whether it was committed, the
        run looks.
        """
        begun = await jobs.begin(tx, team, job)
        if begun is not None:
            tx.after.append(lambda: self._start(team, job, None if tx.unsure else begun))

    async def attend(self, services: Services) -> None:
        """Go on with what is left to do for jobs at their end: a shell may have decided one."""
        left = await services.db.query(jobs.unattended)
        for team, job in left:
            if (team, job) not in self._running.values():
                self._start(team, job)

    @asynccontextmanager
    async def serving(self, services: Services, at_once: int) -> AsyncIterator[None]:
        """Go on with every open job, then run what is enqueued, `at_once` of them at Pixapi.

        In the end no new work begins; outside calls under way may end (`Submits.settled`), and what
        is still open waits for the next start.
        """
        self._run = run = Run(services, asyncio.Semaphore(at_once), Submits())
        metrics.open_jobs.set_function(lambda: len(self._running))
        left = await services.db.query(jobs.open_jobs)
        for team, job in left:
            self._start(team, job)
        log.info("going on with %d open jobs", len(left))
        try:
            yield
        finally:
            run.stop()
            await run.submits.settled(set(self._running), services.pace)


async def until_ended(run: Run, team: TeamId, job_id: JobId, begun: Job | None = None) -> None:
    """Run a job to its end, again after trouble with growing waits; ends quietly when stale.

    `begun` is the job of a run that was begun by the transaction that has confirmed it.
    """
    wait = run.services.pace.job_retry
    try:
        while True:
            run.check()
            try:
                job, begun = begun or await _begin(run, team, job_id), None
                if job is not None:
                    await _run_once(run, job)
            except (Stale, Stopping):
                raise
            except SlackError as error:
                if isinstance(error, SlackBusy):
                    wait = max(wait, error.retry_after)
                log.warning("job %s: Slack: %s; tried again in %.0f s", job_id, error, wait)
            except Exception:  # the supervisor of jobs: a paid job is never dropped
                log.exception("job %s met trouble; tried again in %.0f s", job_id, wait)
            else:
                return
            await run.pause(wait)
            wait = min(wait * 2, run.services.pace.job_retry_most)
    except Stale:
        log.info("job %s was taken over", job_id)
    except Stopping:
        return


async def _begin(run: Run, team: TeamId, job: JobId) -> Job | None:
    return await run.services.db.transact(lambda tx: jobs.begin(tx, team, job))


async def _run_once(run: Run, job: Job) -> None:
    """One run: from wherever the row says that the job stands, to its end."""
    if job.state is JobState.SUBMITTING:
        job = await steps.in_doubt(run, job)
    if job.state is JobState.QUEUED and job.root is None:
        try:
            job = await messages.announce(run, job)
        except SlackRefused as error:
            log.info("job %s cannot be announced: %s", job.id, error)
            job = await steps.fail(run, job, messages.fault_of(error), None)
    if job.state in {JobState.QUEUED, JobState.RUNNING}:
        job = await _at_pixapi(run, job)
    run.check()
    if job.pending_step is Step.LOOK:
        async with run.slots:
            run.check()
            job = await steps.look_again(run, job)
    if job.state is JobState.DELIVERING:
        job = await _delivered(run, job)
    if job.pending_step in {Step.TELL, Step.TELL_ROOT}:
        await messages.announce_outcome(run, job)
    if job.pending_step is Step.RETELL:
        await messages.follow_deletion(run, job)


async def _delivered(run: Run, job: Job) -> Job:
    """Deliver, and where Slack does not let us any more, to the asker's direct message."""
    if job.root is None:
        job = await messages.announce(run, job)
    try:
        return await deliver(run, job)
    except SlackRefused as refusal:
        if refusal.code not in OUT_OF_REACH:
            raise
        moved = await redirect(run, job, refusal.code)
    return await deliver(run, await messages.announce(run, moved))


async def _at_pixapi(run: Run, job: Job) -> Job:
    """Submit and poll, within the number of jobs that may be at Pixapi at once."""
    async with run.slots:
        run.check()
        if job.state is JobState.QUEUED:
            job = await steps.submit(run, job)
            run.check()
        if job.state is JobState.RUNNING:
            job = await steps.poll(run, job)
        return job
