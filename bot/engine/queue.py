"""Who runs jobs where several processes share a PostgreSQL database: procrastinate's workers.

The jobs table is the truth here too. An entry in procrastinate's tables wakes a process and says
who runs a job; it is written in the transaction that confirms the job. What has no entry any more
(its process died or stopped, somebody emptied the tables) is given one by `attend`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.worker import Worker

from bot import metrics
from bot.core.job import JobId, TeamId
from bot.engine.dispatch import until_ended
from bot.engine.run import Run, Submits
from bot.services import Services
from bot.store import queue
from bot.store.db import Tx

log = logging.getLogger(__name__)

TASK = "run"
BESIDE = 4  # jobs that a process has in hand, for each that it may have at Pixapi at once
AT_ONCE = 100  # entries that are written in one transaction
OTHERS = 2  # connections for procrastinate, beside the one on which it is told of entries


class Queue:
    """Runs the jobs whose entries this process is first to take."""

    def __init__(self, conninfo: str) -> None:
        """`conninfo` is libpq's: `postgresql://user:password@host/name`."""
        self._app = App(connector=PsycopgConnector(conninfo=conninfo, min_size=1, max_size=OTHERS))
        self._running: set[asyncio.Task[None]] = set()
        self._submits = Submits()
        self._run: Run  # what runs of the present worker stand on

    async def enqueue(self, tx: Tx, team: TeamId, job: JobId) -> None:
        """Let some process run a job once the transaction is committed; a run under way is stale.

        Nothing happens where an entry waits already.
        """

        async def write(connection: Any) -> None:
            entry = self._app.configure_task(
                TASK, queue=queue.QUEUE, queueing_lock=queue.lock(team, job), connection=connection
            )
            try:
                async with connection.transaction():  # a savepoint: a refusal undoes only this
                    await entry.defer_async(team=team, job=job)
            except AlreadyEnqueued:
                return

        await tx.beside(write)

    async def attend(self, services: Services) -> None:
        """Give an entry to every open job that has none, and forget the entries of the dead."""
        async with services.db.write() as tx:
            gone = await queue.clear(tx, services.pace.lease)
        if gone:
            log.warning("%d jobs of a process that is gone are taken over", gone)
        while True:
            async with services.db.write() as tx:
                found = await queue.orphans(tx, AT_ONCE)
                for team, job in found:
                    await self.enqueue(tx, team, job)
            if len(found) < AT_ONCE:
                return

    @asynccontextmanager
    async def serving(self, services: Services, at_once: int) -> AsyncIterator[None]:
        """Run what is enqueued, `at_once` jobs at Pixapi; in the end as the embedded dispatcher.

        What is left then has no entry, and is another process's.
        """
        metrics.open_jobs.set_function(lambda: len(self._running))

        @self._app.task(name=TASK)
        async def one(team: str, job: str) -> None:
            """Run a job. It goes on when its worker breaks: it may know what nobody else does."""
            task = asyncio.create_task(until_ended(self._run, TeamId(team), JobId(job)))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            await asyncio.shield(task)

        self._run = Run(services, asyncio.Semaphore(at_once), self._submits)
        async with self._app.open_async():
            worker = asyncio.create_task(self._working(at_once))
            try:
                yield
            finally:
                self._run.stop()
                worker.cancel()  # it gives signs of life for as long as one of its runs goes on
                await self._submits.settled(set(self._running), services.pace)
                await asyncio.gather(worker, return_exceptions=True)

    async def _working(self, at_once: int) -> None:
        """Take entries, with another worker where one broke: the database may have been away."""
        pace = self._run.services.pace
        while True:
            run = self._run
            worker = Worker(
                self._app,
                queues=[queue.QUEUE],
                name="easel",
                concurrency=at_once * BESIDE,
                fetch_job_polling_interval=pace.entries,
                shutdown_graceful_timeout=pace.grace,
                delete_jobs="always",
                install_signal_handlers=False,
                update_heartbeat_interval=pace.heartbeat,
                stalled_worker_timeout=pace.lease,
            )
            beating = asyncio.create_task(self._beating(worker, run, pace.heartbeat))
            try:
                await _until_cancelled(worker)
            except Exception as error:  # noqa: BLE001 -- the supervisor of workers; one line is enough
                log.warning("the queue is out of reach for now: %s", error)
            finally:
                beating.cancel()
                await asyncio.gather(beating, return_exceptions=True)
            await asyncio.sleep(pace.worker_retry)
            self._run = run.anew()

    async def _beating(self, worker: Worker, run: Run, seconds: float) -> None:
        """See that a worker's signs of life arrive: procrastinate goes on without them.

        Without them its jobs are another's: runs end at their next step.
        """
        while True:
            await asyncio.sleep(seconds)
            if worker.worker_id is None:
                continue
            try:
                await self._app.job_manager.update_heartbeat(worker.worker_id)
            except Exception as error:  # noqa: BLE001 -- whatever it is, others think it dead
                log.warning("this process gives no sign of life: %s", error)
                run.stop()
                worker.stop()  # type: ignore[no-untyped-call]  # procrastinate's


async def _until_cancelled(worker: Worker) -> None:
    """Let a worker work; cancelled, it takes nothing more, and ends with the last of its runs."""
    working = asyncio.create_task(worker.run())  # type: ignore[no-untyped-call]  # procrastinate's
    try:
        await asyncio.shield(working)
    except asyncio.CancelledError:
        worker.shutdown_graceful_timeout = None  # whoever has cancelled us sees to the runs' end
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        raise
