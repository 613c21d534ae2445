"""What one process does at a time, of all that share a database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from bot.pace import Pace
from bot.store.errors import NotOurs
from bot.store.kind import Ours, kind
from bot.tasks import background

log = logging.getLogger(__name__)


@asynccontextmanager
async def in_turn(
    url: str, pace: Pace, work: Callable[[Ours], Coroutine[Any, Any, None]]
) -> AsyncIterator[None]:
    """Let one process of all that share a database do this at a time, as long as the block lasts.

    `work` is cancelled when its turn is over, and begun anew when it comes again. It is handed a
    function that raises `NotOurs` then: to be asked right before what two must not do.
    """
    async with background(_in_turns(sa.make_url(url), pace, work)):
        yield


async def _in_turns(
    address: sa.URL, pace: Pace, work: Callable[[Ours], Coroutine[Any, Any, None]]
) -> None:
    while True:
        try:
            async with kind(address).turn(address, pace) as ours:
                await _while_ours(ours, pace, work)
        except (DBAPIError, NotOurs) as error:
            log.warning("what one process does at a time may be another's now: %s", error)
        except Exception:  # the supervisor: without it nothing lapses and nobody is told
            log.exception("what one process does at a time failed; it is begun anew")
        await asyncio.sleep(pace.turn_retry)


async def _while_ours(
    ours: Ours, pace: Pace, work: Callable[[Ours], Coroutine[Any, Any, None]]
) -> None:
    working = asyncio.create_task(work(ours))
    try:
        while not working.done():
            await asyncio.wait([working], timeout=pace.turn)
            await ours()
        await working
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
