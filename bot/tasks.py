"""Background work with an owner: every task is kept, awaited at the end, and its failure logged."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

T = TypeVar("T")

log = logging.getLogger(__name__)

ACK_SECONDS = 3.0  # how long Slack waits for an answer


class Tasks:
    """Short work that follows an answer to Slack; `open_tasks` owns it."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run it in the background. A failure is logged, for nobody is there to be told."""
        task = asyncio.create_task(_supervised(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def drain(self, seconds: float) -> None:
        """Let what runs come to its end, for so long; then cancel it."""
        await end_tasks(self._running, seconds)


async def end_tasks(tasks: Collection[asyncio.Task[Any]], seconds: float) -> None:
    """Let these come to their end, for so long; then cancel what is left of them."""
    if tasks:
        await asyncio.wait(tasks, timeout=seconds)
    left = list(tasks)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


@asynccontextmanager
async def open_tasks(grace: float = 5.0) -> AsyncIterator[Tasks]:
    """A set of tasks that is empty in the end; `grace` in seconds."""
    tasks = Tasks()
    try:
        yield tasks
    finally:
        await tasks.drain(grace)


@asynccontextmanager
async def run_in_background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Let something run for as long as the block lasts."""
    task = asyncio.create_task(_supervised(work))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _supervised(work: Coroutine[Any, Any, Any]) -> None:
    try:
        await work
    except Exception:  # the supervisor of background work: nothing above it could react
        log.exception("background work failed")


async def uninterrupted(work: Coroutine[Any, Any, T]) -> T:
    """Let a COMMIT, or what ends a transaction, come to its end, and only then be cancelled.

    Cut off, nobody would know what became of it.
    """
    task = asyncio.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is None:
        return task.result()
    task.exception()  # seen; the cancellation says more
    raise cancelled
