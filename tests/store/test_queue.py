"""The entries that say who runs a job: a hint, written with the job and made again when lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from bot.engine.queue import Queue
from bot.store import queue
from bot.store.db import Database
from bot.store.postgres import conninfo
from bot.store.tables import workspaces
from tests import postgres
from tests.store.world import NOW, TEAM, queued

DEAD = 10.0  # seconds


@pytest.fixture(name="dialect")
def _dialect() -> str:
    postgres.needed()
    return "postgresql"


async def entries(db: Database) -> list[tuple[Any, ...]]:
    """Each entry's job and how far it is."""
    query = "SELECT queueing_lock, status::text FROM procrastinate_jobs ORDER BY id"
    async with db.read() as tx:
        return [tuple(row) for row in await tx.rows(sa.text(query))]


async def changed(db: Database, sql: str) -> None:
    """Change procrastinate's tables, past the product."""
    async with db.write() as tx:
        await tx.run(sa.text(sql))


async def test_enqueued_twice_is_one_entry(db: Database, address: str) -> None:
    """A job that waits already is refused an entry, and the rest of the transaction stands."""
    job, hands = await queued(db), Queue(conninfo(address))
    async with db.write() as tx:
        await hands.enqueue(tx, TEAM, job.id)
    async with db.write() as tx:
        await hands.enqueue(tx, TEAM, job.id)
        await tx.run(workspaces.insert().values(team="T2", since=NOW))
    async with db.read() as tx:
        [found] = await tx.rows(sa.select(workspaces.c.team).where(workspaces.c.team == "T2"))

    assert await entries(db) == [(f"{TEAM}/{job.id}", "todo")]
    assert found.team == "T2"


async def test_an_entry_is_there_with_its_job(db: Database, address: str) -> None:
    """What is rolled back leaves no entry."""
    job, hands = await queued(db), Queue(conninfo(address))

    async def confirmed_in_vain() -> None:
        async with db.write() as tx:
            await hands.enqueue(tx, TEAM, job.id)
            raise LookupError

    with pytest.raises(LookupError):
        await confirmed_in_vain()

    assert await entries(db) == []


async def test_what_has_no_entry_is_found(db: Database, address: str) -> None:
    """An open job without an entry is an orphan; with one that waits or runs it is none."""
    job, hands = await queued(db), Queue(conninfo(address))
    async with db.write() as tx:
        before = await queue.orphans(tx, 10)
        await hands.enqueue(tx, TEAM, job.id)
        waiting = await queue.orphans(tx, 10)
    await changed(db, "UPDATE procrastinate_jobs SET status = 'doing'")
    async with db.read() as tx:
        running = await queue.orphans(tx, 10)

    assert (before, waiting, running) == ([(TEAM, job.id)], [], [])


async def test_two_that_look_at_once_give_one_entry(db: Database, address: str) -> None:
    """An orphan that one process has given an entry, another that looked meanwhile does not see."""
    job, hands = await queued(db), Queue(conninfo(address))

    async def look() -> int:
        async with db.write() as tx:
            found = await queue.orphans(tx, 10)
            for team, one in found:
                await hands.enqueue(tx, team, one)
        await changed(db, "UPDATE procrastinate_jobs SET status = 'doing'")  # taken at once
        return len(found)

    found = await asyncio.gather(look(), look(), look())

    assert sorted(found) == [0, 0, 1]
    assert await entries(db) == [(f"{TEAM}/{job.id}", "doing")]


@pytest.mark.parametrize(
    ("beat", "gone"),
    [("interval '9 seconds'", 0), ("interval '11 seconds'", 1), (None, 1)],
)
async def test_only_the_dead_lose_their_entries(
    db: Database, address: str, beat: str | None, gone: int
) -> None:
    """An entry goes when its process has not beaten for ten seconds, or is not known at all."""
    job, hands = await queued(db), Queue(conninfo(address))
    async with db.write() as tx:
        await hands.enqueue(tx, TEAM, job.id)
    await changed(db, "UPDATE procrastinate_jobs SET status = 'doing'")
    if beat is not None:
        await changed(
            db,
            "WITH one AS (INSERT INTO procrastinate_workers (last_heartbeat) "  # noqa: S608 -- ours
            f"VALUES (now() - {beat}) RETURNING id) "
            "UPDATE procrastinate_jobs SET worker_id = one.id FROM one",
        )
    async with hands.app.open_async():
        await hands.forget_stalled(DEAD)

    assert len(await entries(db)) == 1 - gone
