"""One run of one job: the only way by which a job does anything outside.

Every outside effect that must not happen twice passes `Run.effect`: its intent is written, the
call is made, its outcome is written, both fenced by the run's attempt. A run that finds an intent
without an outcome (the process died in between) looks whether the effect took place first.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from typing import TypeVar, Unpack

from bot.core.job import Job, JobState, Step
from bot.pace import Pace
from bot.services import Services
from bot.slack.errors import SlackLost
from bot.store import jobs
from bot.store.db import Tx
from bot.store.errors import Busy, Unsure
from bot.store.jobs import Changes
from bot.tasks import end_tasks

T = TypeVar("T")

log = logging.getLogger(__name__)


class Submits:
    """The runs of this process whose submit has left: what it costs, they alone will hear."""

    def __init__(self) -> None:
        self._out: set[asyncio.Task[None]] = set()

    @contextmanager
    def out(self) -> Iterator[None]:
        """The present run's submit is out, until its answer is written."""
        task: asyncio.Task[None] | None = asyncio.current_task()
        if task is None:
            raise AssertionError("a run is a task")
        self._out.add(task)
        try:
            yield
        finally:
            self._out.discard(task)

    async def settled(self, runs: Collection[asyncio.Task[None]], pace: Pace) -> None:
        """Let runs that are to stop come to their end: within `pace.grace`, submits within more."""
        if self._out:
            log.info("%d submits that have left for Pixapi are waited for", len(self._out))
        if runs:
            await asyncio.wait(runs, timeout=pace.grace)
        for run in runs:
            if run not in self._out:
                run.cancel()
        await end_tasks(runs, pace.submit - pace.grace)


class Stopping(Exception):
    """The run ends at this step; the next start goes on with it."""


class Run:
    """The present run of a job: what it stands on, and when it must stop."""

    def __init__(self, services: Services, slots: asyncio.Semaphore, submits: Submits) -> None:
        self.services = services
        self.slots = slots
        self.submits = submits
        self._stop = asyncio.Event()

    def anew(self) -> Run:
        """Another like it, which goes on when this one is to stop."""
        return Run(self.services, self.slots, self.submits)

    def stop(self) -> None:
        """End at the next step."""
        self._stop.set()

    async def write(self, work: Callable[[Tx], Awaitable[Job]]) -> Job:
        """Do this in a transaction, again for as long as the database cannot; the job afterwards.

        What an outside call has led to (a task's id, a refusal, pictures) is known to this run
        alone until it is written: a run that gave up here would lose what is paid for. So it does
        not, even when the process is asked to stop: `Submits.settled` has its limit.
        """
        pace = self.services.pace
        wait = pace.write_retry
        unsure: Job | None = None  # what may be written already
        result: Job | None = None

        async def written(tx: Tx) -> Job:
            nonlocal result
            result = None
            if unsure is not None and await _is_written(tx, unsure):
                result = unsure
            else:
                result = await work(tx)
            return result

        while True:
            try:
                return await self.services.db.transact(written)
            except (Busy, Unsure) as error:
                unsure = result if isinstance(error, Unsure) else unsure
            await asyncio.sleep(wait)
            wait = min(wait * 2, pace.write_retry_most)

    async def record(
        self, job: Job, state: JobState | None = None, **changes: Unpack[Changes]
    ) -> Job:
        """Write what has happened, fenced; raises `Stale` when a newer run has taken over."""
        return await self.write(lambda tx: jobs.record(tx, job, state, **changes))

    async def effect(
        self,
        job: Job,
        step: Step,
        *,
        act: Callable[[], Awaitable[T]],
        look: Callable[[], Awaitable[T | None]],
        intend: Callable[[Tx], Awaitable[Job]] | None = None,
    ) -> tuple[Job, T]:
        """Do something outside that must happen once; what it has led to, for the caller to write.

        `look` answers what an earlier, doubtful `act` has led to, or None if it led to nothing.
        `intend` writes `pending_step` together with what else has to be on disk before `act`; one
        that the run began with is written already.
        """
        doubtful = job.in_doubt
        if job.pending_step is not step:
            doubtful = False
            write = intend or (lambda tx: jobs.record(tx, job, pending_step=step, waits_for=None))
            job = await self.write(write)
        while True:
            found = await look() if doubtful else None
            try:
                result = await act() if found is None else found
            except SlackLost:
                doubtful = True
                await self.pause(self.services.pace.doubt)
            else:
                return job, result

    async def pause(self, seconds: float) -> None:
        """Wait; raises `Stopping` at once when the process is asked to stop."""
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            return
        raise Stopping

    def check(self) -> None:
        """Between two steps: raises `Stopping` when the process is asked to stop."""
        if self._stop.is_set():
            raise Stopping


async def _is_written(tx: Tx, job: Job) -> bool:
    """Whether a transaction whose COMMIT was not answered has made the job what it is here."""
    return await jobs.get(tx, job.place.team, job.id) == job
