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
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status
from procrastinate.worker import Worker

from bot import metrics
from bot.core.job import JobId, TeamId
from bot.engine.dispatcher import until_ended
from bot.engine.run import Run, Submits
from bot.services import Services
from bot.store import queue
from bot.store.db import Tx
from bot.store.errors import Busy

log = logging.getLogger(__name__)

TASK = "run"
BESIDE = 4  # jobs that a process has in hand, for each that it may have at Pixapi at once
AT_ONCE = 100  # entries that are written in one transaction
OTHERS = 2  # connections for procrastinate, beside the one on which it is told of entries


class Queue:
    """Runs the jobs whose entries this process is first to take."""

    def __init__(self, conninfo: str) -> None:
        """`conninfo` is libpq's: `postgresql://user:password@host/name`."""
        self.app = App(connector=PsycopgConnector(conninfo=conninfo, min_size=1, max_size=OTHERS))
        self._queues = [queue.QUEUE]  # that workers take entries from
        self._running: set[asyncio.Task[None]] = set()
        self._submits = Submits()
        self._run: Run  # what runs of the present worker stand on

    async def enqueue(self, tx: Tx, team: TeamId, job: JobId) -> None:
        """Let some process run a job once the transaction is committed; a run under way is stale.

        Nothing happens where an entry waits already.
        """

        async def write(connection: Any) -> None:
            entry = self.app.configure_task(
                TASK, queue=queue.QUEUE, queueing_lock=queue.lock(team, job), connection=connection
            )
            try:
                async with connection.transaction():  # a savepoint: a refusal undoes only this
                    await entry.defer_async(team=team, job=job)
            except AlreadyEnqueued:
                return

        await tx.beside(write)

    async def attend(self, services: Services) -> None:
        """Give an entry to every open job that has none, and forget the entries of the dead.

        Two processes may do this at once.
        """
        await self.forget_stalled(services.pace.lease)
        while True:
            async with services.db.write() as tx:
                found = await queue.orphans(tx, AT_ONCE)
                for team, job in found:
                    await self.enqueue(tx, team, job)
            if len(found) < AT_ONCE:
                return

    async def forget_stalled(self, lease: float) -> None:
        """Delete the entries whose worker has given no sign of life for so many seconds.

        They are not tried again as they are (`retry_job`): nobody is told of such an entry, and its
        job may have another by now. What has none is an orphan. Raises `Busy`.
        """
        manager = self.app.job_manager
        try:
            stalled = await manager.get_stalled_jobs(
                queue=queue.QUEUE, seconds_since_heartbeat=lease
            )
        except ConnectorException as error:
            raise Busy(str(error)) from error
        for entry in stalled:
            try:
                await manager.finish_job(entry, Status.ABORTED, delete_job=True)
            except ConnectorException:  # another process, or its worker after all, was first
                continue
            log.warning("job %s of a process that is gone is taken over", entry.queueing_lock)

    @asynccontextmanager
    async def serving(self, services: Services, at_once: int) -> AsyncIterator[None]:
        """Run what is enqueued, `at_once` jobs at Pixapi; in the end as the embedded dispatcher.

        What is left then has no entry, and is another process's.
        """
        metrics.open_jobs.set_function(lambda: len(self._running))

        @self.app.task(name=TASK)
        async def one(team: str, job: str) -> None:
            """Run a job. It goes on when its worker breaks: it may know what nobody else does."""
            task = asyncio.create_task(until_ended(self._run, TeamId(team), JobId(job)))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            await asyncio.shield(task)

        self._run = Run(services, asyncio.Semaphore(at_once), self._submits)
        async with self.app.open_async():
            working = asyncio.create_task(self._working(at_once))
            try:
                yield
            finally:
                self._run.stop()
                self._queues.clear()  # nothing more is taken; signs of life are given to the end
                await self._submits.settled(set(self._running), services.pace)
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)

    async def _working(self, at_once: int) -> None:
        """Take entries, with another worker where one broke: the database may have been away."""
        pace = self._run.services.pace
        while True:
            worker = _Worker(
                self.app,
                queues=self._queues,
                name="easel",
                concurrency=at_once * BESIDE,
                fetch_job_polling_interval=pace.entries,
                shutdown_graceful_timeout=pace.grace,
                delete_jobs="always",
                install_signal_handlers=False,
                update_heartbeat_interval=pace.heartbeat,
                stalled_worker_timeout=pace.lease,
            )
            worker.of = self._run
            try:
                await worker.run()  # type: ignore[no-untyped-call]  # procrastinate's
            except Exception as error:  # noqa: BLE001 -- the supervisor of workers; one line is enough
                log.warning("the queue is out of reach for now: %s", error)
            await asyncio.sleep(pace.worker_retry)
            self._run = self._run.anew()


class _Worker(Worker):
    """Procrastinate's, whose runs end with it: it stops when its signs of life do not arrive.

    Its jobs are another's then.
    """

    of: Run

    def stop(self) -> None:
        """Take nothing more, and let what is under way end at its next step."""
        self.of.stop()
        super().stop()  # type: ignore[no-untyped-call]  # procrastinate's
