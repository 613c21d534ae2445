"""What two processes do to the same rows at the same moment, on PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.core.job import JobState
from bot.store import jobs
from bot.store.db import Database, open_beside
from tests.store.world import NOW, TODAY, an_offer, offered, present

pytestmark = pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)

LATER = NOW + timedelta(days=1)


async def blocked(db: Database) -> None:
    """Wait until somebody waits for a lock."""
    waiting = sa.text("SELECT 1 FROM pg_locks WHERE NOT granted")
    async with asyncio.timeout(90):
        while True:
            async with db.read() as tx:
                if await tx.rows(waiting):
                    return


async def test_an_old_offer_is_confirmed_while_prompts_are_erased(
    db: Database, address: str
) -> None:
    """An offer that the look for old prompts has found, and that is confirmed then, keeps its."""
    [offer] = await offered(db, an_offer())

    async def erase() -> int:
        async with other.write() as tx:
            return await jobs.erase_prompts(tx, LATER, 10, LATER)

    async with open_beside(address) as other:
        async with db.write() as tx:
            await jobs.admit(tx, offer, TODAY, None)
            erasing = asyncio.create_task(erase())
            await blocked(db)
        erased = await erasing
    confirmed = await present(db, offer)

    assert erased == 0
    assert (confirmed.state, confirmed.request.prompt) == (
        JobState.QUEUED,
        offer.request.prompt,
    )
