"""A notice is told to a target by the process whose claim stands."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from bot.core.job import ChannelId, Ts
from bot.core.notices import Notice, Trouble
from bot.store import notices
from bot.store.db import Database, Tx, open_database
from bot.store.errors import NotClaimed
from bot.store.notices import Delivery, Posted
from tests.store.world import ADA, NOW, TEAM

NOTICE = Notice(TEAM, "provider:rejected", Trouble("rejected"))
POSTED = Posted(ChannelId("D1"), Ts("1.5"))
several = pytest.mark.parametrize(
    "dialect", ["postgresql"], indirect=True
)  # SQLite has one process


@pytest.fixture(autouse=True)
async def _written(db: Database) -> None:
    async with db.write() as tx:
        await notices.add(tx, NOTICE, NOW)


async def test_a_sender_hears_of_what_is_written(db: Database) -> None:
    """A written notice is news as soon as its transaction is committed, and never without it."""

    async def work(tx: Tx) -> None:
        await notices.renew(tx, TEAM, NOTICE.key)

    async def failing(tx: Tx) -> None:
        await work(tx)
        raise LookupError

    heard = []
    for transaction in (failing, work):
        db.news.clear()
        with suppress(LookupError):
            async with db.write() as tx:
                await transaction(tx)
        heard.append(db.news.is_set())
        db.news.clear()
        with suppress(LookupError):
            await db.transact(transaction)
        heard.append(db.news.is_set())

    assert heard == [False, False, True, True]


async def claim(db: Database, process: str, seconds: float = 60) -> Delivery | None:
    """A process claims Ada for the notice; None where it does not get the claim."""
    try:
        async with db.write() as tx:
            return await notices.claim(tx, NOTICE, ADA, process, seconds)
    except NotClaimed:
        return None


async def stands(db: Database) -> Delivery | None:
    """How far the notice came on its way to Ada."""
    async with db.read() as tx:
        return await notices.delivery(tx, NOTICE, ADA)


@several
async def test_one_of_several_has_the_claim(db: Database, address: str) -> None:
    """Of many that claim a target at once, over several connections, one has it, and keeps it."""
    async with open_database(address) as other:
        names = [f"process {number}" for number in range(12)]
        found = await asyncio.gather(
            *(claim(one, name) for one, name in zip((db, other) * 6, names, strict=True))
        )
        again = [await claim(db, name) for name in names]

    assert [one is not None for one in found] == [one is not None for one in again]
    assert [one.is_new for one in found if one is not None] == [True]
    assert [one.is_new for one in again if one is not None] == [False]


@several
async def test_a_claim_lapses(db: Database) -> None:
    """When its time is over another process has it, and the first one's word counts no more."""
    await claim(db, "slow", -1)
    taken = await claim(db, "quick")
    async with db.write() as tx:
        await notices.settle(tx, NOTICE, ADA, "slow", POSTED)
    in_doubt = await stands(db)
    async with db.write() as tx:
        await notices.settle(tx, NOTICE, ADA, "quick", POSTED)
    settled = await stands(db)

    assert taken is not None
    assert not taken.is_new
    assert in_doubt is not None
    assert (in_doubt.ts, in_doubt.version) == (None, 0)
    assert settled is not None
    assert (settled.ts, settled.version) == (POSTED.ts, 1)
    assert await claim(db, "third") is None


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_a_start_waits_for_no_claim(db: Database) -> None:
    """With SQLite, whose file one process has, a claim of another is of one that is dead."""
    await claim(db, "dead")
    taken = await claim(db, "alive")

    assert taken is not None
    assert not taken.is_new
