"""A transaction is written as a whole or not at all, whatever interrupts it, and says which."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import sqlalchemy as sa

from bot.core.job import TeamId
from bot.pace import LIVE
from bot.store import budget, sqlite
from bot.store import db as store
from bot.store.db import Database, Tx, open_database
from bot.store.errors import Busy
from bot.store.tables import jobs, workspaces
from tests.store.other import connected, lock_is_free, locked, nobody_reads, rows
from tests.store.world import NOW, REFUSED, TEAM, Steps, at

KINDS = ["write", "promptly"]
Opening = Callable[[], AbstractAsyncContextManager[Tx]]


def opening(db: Database, kind: str) -> Opening:
    """`db.write` or `db.promptly`."""
    result: Opening = getattr(db, kind)
    return result


def cancelled_at(work: Coroutine[Any, Any, None], first: int, last: int) -> asyncio.Task[None]:
    """A task that is cancelled whenever it waits, from the `first` to the `last` time."""
    loop = asyncio.get_running_loop()

    async def run() -> None:
        await Steps(work, hit, first, last)

    def hit() -> None:
        loop.call_soon(task.cancel)

    task = asyncio.create_task(run())
    return task


async def test_a_look_does_not_end_the_trouble(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    """That the database can be written again is said once something is written, not read."""
    async with open_database(address, replace(LIVE, busy=0.1)) as db:
        with locked(address), pytest.raises(Busy):
            async with db.write() as tx:
                await budget.lock(tx, TEAM, NOW)
        async with db.write() as tx:
            await tx.rows(sa.select(workspaces))

        assert "can be written again" not in caplog.text

        async with db.write() as tx:
            await budget.lock(tx, TEAM, NOW)

        assert caplog.text.count("can be written again") == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_an_exception_rolls_back(db: Database, address: str, kind: str) -> None:
    """What was written before an exception is gone, and the writer works on."""
    ran: list[str] = []

    async def fails() -> None:
        async with opening(db, kind)() as tx:
            tx.after.append(lambda: ran.append("after"))
            await budget.lock(tx, TEAM, NOW)
            raise LookupError

    with pytest.raises(LookupError):
        await fails()

    assert rows(address) == 0
    assert ran == []
    assert lock_is_free(address)

    async with db.write() as tx:
        await budget.lock(tx, TEAM, NOW)

    assert rows(address) == 1


@pytest.mark.parametrize("patience", ["once", "again and again"])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_cancelled_write_is_whole_or_nothing(
    db: Database, address: str, kind: str, patience: str
) -> None:
    """Wherever a task is cancelled: all is written and `after` ran, or nothing; nothing is locked.

    The exceptions are kept, as a log or a supervisor may do: they must not keep a lock.
    """
    seen: list[BaseException] = []
    written: set[bool] = set()
    for step in range(1, 1000):
        team = TeamId(f"T{step}")
        ran: list[str] = []

        async def work(team: TeamId = team, ran: list[str] = ran) -> None:
            async with opening(db, kind)() as tx:
                tx.after.append(lambda: ran.append("after"))
                await budget.lock(tx, team, NOW)

        task = cancelled_at(work(), step, step if patience == "once" else 1000)
        await asyncio.wait([task])

        assert lock_is_free(address)
        assert rows(address, team) == len(ran)

        if not task.cancelled():
            break
        with pytest.raises(asyncio.CancelledError) as caught:
            task.result()
        seen.append(caught.value)
        written.add(bool(ran))

    assert written == {False, True}  # before the commit and within it
    assert len(seen) > 3


async def test_a_cancelled_read_leaves_nothing_open(db: Database, address: str) -> None:
    """Wherever a reading task is cancelled, the reader is free again and holds no old picture."""
    seen: list[BaseException | None] = []
    for step in range(1, 1000):

        async def work() -> None:
            async with db.read() as tx:
                await tx.rows(sa.select(workspaces))
                await tx.rows(sa.select(workspaces))

        task = cancelled_at(work(), step, step)
        await asyncio.wait([task])
        if not task.cancelled():
            break
        with pytest.raises(asyncio.CancelledError) as caught:
            task.result()
        seen.append(caught.value)
    async with db.write() as tx:
        await budget.lock(tx, TEAM, NOW)

    assert nobody_reads(address)  # who has an old picture would be in the way
    assert len(seen) >= 3  # on each statement and between them


class Clock(asyncio.SelectorEventLoop):
    """An event loop whose time a test can put forward."""

    ahead = 0.0

    def time(self) -> float:
        """The loop's time."""
        return super().time() + self.ahead


def test_busy_means_that_nothing_was_written(dialect: str, tmp_path: Path) -> None:
    """Wherever the time runs out: `Busy` and nothing, or all written and `after` run."""
    pace = replace(LIVE, busy=1000)  # only the test's clock gets there

    async def story() -> set[str]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Clock)
        kept: list[BaseException] = []
        outcomes: set[str] = set()
        async with at(dialect, tmp_path) as address, store.open_database(address, pace) as db:
            for step in range(1, 1000):
                team = TeamId(f"T{step}")
                ran: list[str] = []

                async def work(team: TeamId = team, ran: list[str] = ran) -> None:
                    async with db.promptly() as tx:
                        tx.after.append(lambda: ran.append("after"))
                        await budget.lock(tx, team, NOW)

                def forward() -> None:
                    loop.ahead += pace.busy + 1

                steps = Steps(work(), forward, step, step)
                try:
                    await steps
                except Busy as busy:
                    kept.append(busy)
                    outcomes.add("busy")

                    assert rows(address, team) == 0
                    assert ran == []
                else:
                    if steps.waits >= step:
                        outcomes.add("written, for the commit had begun")

                    assert rows(address, team) == 1
                    assert ran == ["after"]
                assert lock_is_free(address)
                if steps.waits < step:
                    break
        return outcomes

    with asyncio.Runner(loop_factory=Clock) as runner:
        assert runner.run(story()) == {"busy", "written, for the commit had begun"}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_locked_database_is_busy(db: Database, address: str, kind: str) -> None:
    """Behind somebody else's write lock a transaction ends as `Busy`, and nothing was written."""
    db._pace = replace(LIVE, busy=0.05)
    with locked(address), pytest.raises(Busy):
        async with opening(db, kind)() as tx:
            await budget.lock(tx, TEAM, NOW)

    assert rows(address) == 0

    db._pace = LIVE
    async with opening(db, kind)() as tx:
        await budget.lock(tx, TEAM, NOW)

    assert rows(address) == 1


async def test_a_lock_that_is_given_back_is_waited_for(db: Database, address: str) -> None:
    """A write that finds the lock taken waits, and goes on once it is free."""
    with locked(address), looks_for_the_lock() as looks:
        writing = asyncio.create_task(_mark(db))
        while len(looks) < 3 and not is_waited_for(address):
            async with db.read() as tx:
                await tx.rows(sa.select(workspaces))

        assert not writing.done()

    await writing

    assert rows(address) == 1


async def test_a_cancelled_wait_ends_under_the_lock(db: Database, address: str) -> None:
    """Who is cancelled while he waits for the lock is let go before it is given back."""
    db._pace = replace(LIVE, busy=1000)
    with locked(address), looks_for_the_lock() as looks:
        writing = asyncio.create_task(_mark(db))
        while not looks and not is_waited_for(address):
            async with db.read() as tx:
                await tx.rows(sa.select(workspaces))
        writing.cancel()
        await asyncio.wait([writing])

        assert writing.cancelled()

    assert rows(address) == 0


@contextmanager
def looks_for_the_lock() -> Iterator[list[str]]:
    """Each time that SQLite found its write lock taken."""
    seen: list[str] = []
    is_locked = sqlite.is_locked

    def noted(error: BaseException | None) -> bool:
        seen.append(str(error))
        return is_locked(error)

    with mock.patch.object(sqlite, "is_locked", noted):
        yield seen


def is_waited_for(address: str) -> bool:
    """Whether PostgreSQL lets somebody wait for a lock; SQLite does not know."""
    if not address.startswith("postgresql"):
        return False
    with connected(address) as other:
        query = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        return bool(other.exec_driver_sql(query).scalar_one())


async def _mark(db: Database) -> None:
    async with db.write() as tx:
        await budget.lock(tx, TEAM, NOW)


async def test_who_waits_for_a_turn_is_told_in_time(db: Database, address: str) -> None:
    """Behind a long write of our own, somebody who waits hears `Busy`, and nothing was written."""
    db._pace = replace(LIVE, busy=0.05)
    async with AsyncExitStack() as all_turns:
        for _ in range(db._kind.WRITERS):
            await all_turns.enter_async_context(db.write())
        with pytest.raises(Busy):
            async with db.promptly() as tx:
                await budget.lock(tx, TEAM, NOW)

    assert rows(address) == 0


async def test_after_runs_once_and_only_when_committed(db: Database, address: str) -> None:
    """What waits for the commit sees the rows on disk."""
    seen: list[int] = []
    async with db.write() as tx:
        tx.after.append(lambda: seen.append(rows(address)))
        await budget.lock(tx, TEAM, NOW)

        assert seen == []

    assert seen == [1]


async def test_writers_take_turns(db: Database) -> None:
    """Under the lock no write begins before the one before it has ended; each waits its turn."""
    inside: list[int] = []

    async def write() -> None:
        async with db.write() as tx:
            await budget.lock(tx, TEAM, NOW)
            inside.append(1)
            await tx.rows(sa.select(workspaces))

            assert inside == [1]

            inside.clear()

    await asyncio.gather(*(write() for _ in range(20)))


async def test_no_reader_left_is_busy(db: Database) -> None:
    """Who finds every reader taken hears `Busy`, and reading works again afterwards."""
    db._pace = replace(LIVE, busy=0.01)
    async with db.read(), db.read(), db.read(), db.read():
        with pytest.raises(Busy):
            async with db.read():
                pass
    async with db.read() as tx:
        assert await tx.rows(sa.select(workspaces)) == []


async def test_a_reader_sees_one_picture(db: Database) -> None:
    """What is written while somebody reads does not change what they see."""
    async with db.read() as tx:
        before = await tx.rows(sa.select(workspaces))
        await _mark(db)

        assert await tx.rows(sa.select(workspaces)) == before == []


async def test_an_error_of_the_database_keeps_its_name(db: Database) -> None:
    """A broken rule of the schema is no "busy": it reaches the caller as what it is."""

    async def twice() -> None:
        async with db.write() as tx:
            for _ in range(2):
                await tx.run(workspaces.insert(), {"team": TEAM, "since": NOW})

    with pytest.raises(REFUSED) as caught:
        await twice()

    assert caught.value.__cause__ is None


async def test_an_error_does_not_tell_the_prompt(db: Database) -> None:
    """What the database says of a statement that failed holds none of its values."""
    with pytest.raises(REFUSED) as failed:
        async with db.write() as tx:
            await tx.run(jobs.insert(), {"team": "T0", "id": "a secret prompt"})

    assert "a secret prompt" not in str(failed.value)
