"""A statement comes to its end before a task that was cancelled is let go."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def whole(
    work: Coroutine[Any, Any, T], interrupt: Callable[[], Awaitable[None]] | None = None
) -> T:
    """Let a statement come to its end, and only then let go of a task that was cancelled.

    Cut off, a statement's cursor lives on in the traceback and keeps the transaction open, and with
    it the write lock, until it is collected; and nobody would know what became of a COMMIT.
    `interrupt` hurries a statement whose answer nobody waits for any more.
    """
    task = asyncio.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            if cancelled is None and interrupt is not None and not task.done():
                # Not awaited by itself: a second cancellation must not get between.
                task = asyncio.create_task(_hurried(task, interrupt))
            cancelled = error
    if cancelled is None:
        return task.result()
    task.exception()  # seen; the cancellation says more
    raise cancelled


async def _hurried(task: asyncio.Task[T], interrupt: Callable[[], Awaitable[None]]) -> T:
    try:
        await interrupt()
    finally:
        result = await task
    return result
