"""Transactions that share a COMMIT: each whole or not at all, answered once it is on disk."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.core.job import TeamId
from bot.pace import LIVE
from bot.store import budget, sqlite
from bot.store.db import Database, Tx, open_beside
from bot.store.errors import Busy, Stuck
from bot.store.tables import workspaces
from tests.store.other import locked, nobody_reads, rows
from tests.store.world import NOW, REFUSED, TEAM, fresh, process, tell, url

ON_SQLITE = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


async def mark(tx: Tx, team: str = TEAM) -> str:
    """Write a workspace's row; its name."""
    await budget.lock(tx, TeamId(team), NOW)
    return team


async def refused(tx: Tx) -> None:
    """Write a row, and break a rule of the schema."""
    await mark(tx, "half")
    await tx.run(workspaces.insert(), {"team": TEAM, "since": None})


async def broken(tx: Tx) -> None:
    """Write a row, and stumble."""
    await mark(tx, "half")
    raise LookupError


async def test_what_waits_is_committed_together(db: Database, address: str) -> None:
    """One that fails takes nothing of the others with it, and leaves nothing of itself."""
    async with db.write() as tx:  # meanwhile the others wait
        await mark(tx, "first")
        works: list[Any] = [lambda tx, n=n: mark(tx, f"T{n}") for n in range(5)]
        works[2:2] = [refused, broken]
        waiting = [asyncio.create_task(db.transact(work)) for work in works]
        await asyncio.sleep(0)
    done = await asyncio.gather(*waiting, return_exceptions=True)

    assert [one for one in done if isinstance(one, str)] == [f"T{n}" for n in range(5)]
    assert isinstance(done[2], REFUSED)
    assert isinstance(done[3], LookupError)
    assert [rows(address, f"T{n}") for n in range(5)] == [1] * 5
    assert rows(address, "half") == 0


async def test_after_runs_when_it_is_on_disk(db: Database, address: str) -> None:
    """What waits for the commit sees the rows on disk, and never runs for what was taken back."""
    seen: list[int] = []

    async def written(tx: Tx) -> None:
        tx.after.append(lambda: seen.append(rows(address)))
        await mark(tx)

    async def stumbles(tx: Tx) -> None:
        tx.after.append(lambda: seen.append(-1))
        await broken(tx)

    await asyncio.gather(db.transact(written), db.transact(stumbles), return_exceptions=True)

    assert seen == [1]


async def test_what_stumbles_after_the_commit_holds_nobody_up(db: Database, address: str) -> None:
    """What waits for the commit and fails is its caller's trouble: the others are answered."""

    def broken_callback() -> None:
        raise KeyError

    async def stumbles(tx: Tx) -> None:
        tx.after.append(broken_callback)
        await mark(tx)

    async with db.write():
        waiting: list[asyncio.Task[Any]] = [
            asyncio.create_task(db.transact(stumbles)),
            asyncio.create_task(db.transact(lambda tx: mark(tx, "next"))),
        ]
        await asyncio.sleep(0)
    done = await asyncio.gather(*waiting, return_exceptions=True)

    assert isinstance(done[0], KeyError)
    assert done[1] == "next"
    assert rows(address) == rows(address, "next") == 1


@pytest.mark.parametrize("promptly", [False, True])
async def test_a_locked_database_is_busy(db: Database, address: str, promptly: bool) -> None:  # noqa: FBT001 -- a parameter
    """Behind somebody else's write lock it ends as `Busy`, and nothing was written."""
    db._pace = replace(LIVE, busy=0.05)
    with locked(address), pytest.raises(Busy):
        await db.transact(mark, promptly=promptly)

    assert rows(address) == 0

    db._pace = LIVE
    await db.transact(mark, promptly=promptly)

    assert rows(address) == 1


@ON_SQLITE
async def test_who_waits_for_a_turn_is_told_in_time(db: Database, address: str) -> None:
    """Behind a long write of our own, somebody who waits hears `Busy`, and nothing was written."""
    db._pace = replace(LIVE, busy=0.05)
    async with db.write():
        with pytest.raises(Busy):
            await db.transact(mark, promptly=True)

    assert rows(address) == 0


@ON_SQLITE
async def test_who_is_cancelled_before_the_turn_writes_nothing(db: Database, address: str) -> None:
    """A task that waits behind another write and is cancelled has written nothing."""
    async with db.write():
        waiting = asyncio.create_task(db.transact(mark))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
    await db.transact(lambda tx: mark(tx, "next"))

    assert waiting.cancelled()
    assert rows(address) == 0


async def test_who_is_cancelled_later_has_written_all_or_nothing(
    db: Database, address: str
) -> None:
    """Wherever a task is cancelled, again and again: all is written and `after` ran, or nothing."""
    for steps in range(12):
        team, ran = f"T{steps}", list[int]()

        async def written(tx: Tx, team: str = team, ran: list[int] = ran) -> None:
            tx.after.append(lambda: ran.append(1))
            await mark(tx, team)

        task = asyncio.create_task(db.transact(written))
        for _ in range(steps):
            await asyncio.sleep(0)
        while not task.done():
            task.cancel()
            await asyncio.sleep(0)

        assert rows(address, team) == len(ran)
    await db.transact(lambda tx: mark(tx, "next"))

    assert rows(address, "next") == 1
    assert nobody_reads(address)


@ON_SQLITE
async def test_without_a_connection_everybody_is_told(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no connection can be made, not even its thread, nobody waits for ever."""

    async def no_thread(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    async with open_beside(address) as beside:  # which connects when it is asked
        with monkeypatch.context() as lacking:
            lacking.setattr(sqlite, "connect", no_thread)
            async with asyncio.timeout(30):
                with pytest.raises(RuntimeError):
                    await beside.transact(mark)
        await beside.transact(mark)

    assert rows(address) == 1


@ON_SQLITE
async def test_a_full_disk_writes_none_of_them(db: Database, address: str) -> None:
    """Where there is no room for a batch everybody hears so, and nothing was written."""
    async with db.write() as tx:
        await mark(tx, "first")
        [(pages,)] = await tx.rows(sa.text("PRAGMA page_count"))
        await tx.rows(sa.text(f"PRAGMA max_page_count = {pages}"))
    long = "x" * 100_000
    async with db.write():
        works: list[Any] = [lambda tx, n=n: mark(tx, f"{n}{long}") for n in range(3)]
        waiting = [asyncio.create_task(db.transact(work)) for work in works]
        await asyncio.sleep(0)
    done = await asyncio.gather(*waiting, return_exceptions=True)

    assert [type(one) for one in done] == [Stuck] * 3
    assert [rows(address, f"{n}{long}") for n in range(3)] == [0] * 3
    assert rows(address, "first") == 1


async def test_a_transaction_that_waits_for_something_else_is_a_mistake(db: Database) -> None:
    """On SQLite a transaction awaits its statements alone: it holds up nobody."""

    async def sleeps(tx: Tx) -> None:
        await mark(tx)
        await asyncio.sleep(0.01)

    if db._batches is None:
        await db.transact(sleeps)
    else:
        with pytest.raises((AssertionError, RuntimeError)):
            await db.transact(sleeps)
        await db.transact(mark)


async def test_a_reader_sees_one_picture(db: Database) -> None:
    """What is written while somebody reads does not change what they see."""

    async def twice(tx: Tx) -> tuple[list[Any], list[Any]]:
        return await tx.rows(sa.select(workspaces)), await tx.rows(sa.select(workspaces))

    reading = asyncio.create_task(db.query(twice))
    await db.transact(mark)
    before, after = await reading

    assert before == after
    assert len(await db.query(lambda tx: tx.rows(sa.select(workspaces)))) == 1


@pytest.mark.parametrize("answers", [1, 7, 40, 150])
async def test_what_was_answered_survives_a_kill(tmp_path: Path, answers: int) -> None:
    """Of a process that is killed among its writes everything is there that it was answered."""
    address = url(await fresh(tmp_path))
    async with process("write", address) as child:
        assert child.stdout is not None
        tell(child)
        said = [(await child.stdout.readline()).decode().strip() for _ in range(answers)]
        child.kill()
        said += (await child.stdout.read()).decode().split("\n")[:-1]
        await child.wait()

    assert len(said) >= answers
    assert [rows(address, team) for team in said] == [1] * len(said)
