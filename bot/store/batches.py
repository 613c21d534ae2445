"""SQLite: whole transactions in the connection's thread, and those that wait committed together.

A transaction's work awaits its statements alone, so here it is driven to its end in the thread: one
way there and back instead of one for each statement. Everything that comes while the disk is busy
shares the next COMMIT, each behind a savepoint of its own; nobody is answered before it.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from bot.pace import Pace
from bot.store.kind import Connection
from bot.store.sqlite import DIALECT, is_locked
from bot.store.statements import Values
from bot.store.tx import Tx

T = TypeVar("T")
MOST = 64  # transactions in one COMMIT: the last does not wait long for the first


class InThread:
    """The connection as a transaction sees it that is driven in its thread: nothing waits."""

    dialect: sa.Dialect = DIALECT

    def __init__(self, driver: sqlite3.Connection) -> None:
        self.driver = driver

    async def fetch(self, sql: str, values: Values) -> Sequence[Sequence[Any]]:
        """Run a statement."""
        return self.driver.execute(sql, values).fetchall()

    async def pages(
        self, sql: str, values: Values, size: int
    ) -> AsyncGenerator[Sequence[Sequence[Any]], None]:
        """A statement's rows, so many at a time."""
        cursor = self.driver.execute(sql, values)
        while page := cursor.fetchmany(size):
            yield page


def driven(work: Awaitable[T]) -> T:
    """What a transaction's work comes to; it has nothing to wait for."""
    steps = work.__await__()
    try:
        next(steps)
    except StopIteration as end:
        result: T = end.value
        return result
    steps.throw(AssertionError("a transaction awaits its statements, and nothing else"))
    raise AssertionError  # it went on


def read(driver: sqlite3.Connection, work: Callable[[Tx], Awaitable[T]]) -> T:
    """A whole reading transaction."""
    driver.execute("BEGIN")
    try:
        return driven(work(Tx(InThread(driver))))
    finally:
        driver.execute("COMMIT")


@dataclass(eq=False, slots=True)
class Waiting(Generic[T]):
    """A transaction that waits for its turn, and for the COMMIT."""

    work: Callable[[Tx], Awaitable[T]]
    until: float | None  # by the loop's clock; from then on its caller no longer waits
    done: asyncio.Future[T]
    begun: bool = False
    tx: Tx = field(init=False)
    result: T | None = None
    error: BaseException | None = None


@dataclass(slots=True)
class Batch:
    """What is committed together, in the connection's thread."""

    waiting: Sequence[Waiting[Any]]
    committing: bool = field(default=False)

    def commit(self, driver: sqlite3.Connection) -> None:
        """All of it. Raises `sqlite3.Error`: nothing was written, or (`committing`) perhaps."""
        driver.execute("BEGIN IMMEDIATE")
        try:
            for each in self.waiting:
                self._work(each, driver)
            self.committing = True
            driver.execute("COMMIT")
        finally:
            if driver.in_transaction:
                driver.execute("ROLLBACK")

    def _work(self, each: Waiting[Any], driver: sqlite3.Connection) -> None:
        driver.execute("SAVEPOINT each")
        try:
            each.tx = Tx(InThread(driver))
            each.result = driven(each.work(each.tx))
        except BaseException as error:  # whatever it is: the others of the batch go on
            if not driver.in_transaction:  # SQLite took everything back: its disk is full
                raise
            each.error = error
            driver.execute("ROLLBACK TO each")
        driver.execute("RELEASE each")


class Batches:
    """The transactions that wait, and who commits them."""

    def __init__(self, settle: Callable[[Batch, Exception | None], None]) -> None:
        """`settle` tells each of a batch what became of it, by what its COMMIT raised."""
        self._settle = settle
        self._waiting: list[Waiting[Any]] = []
        self._news = asyncio.Event()

    async def run(self, work: Callable[[Tx], Awaitable[T]], patience: float | None) -> T:
        """Its result, once it is on disk. Raises `TimeoutError` if it has not begun by then."""
        loop = asyncio.get_running_loop()
        until = None if patience is None else loop.time() + patience
        one: Waiting[T] = Waiting(work, until, loop.create_future())
        self._waiting.append(one)
        self._news.set()
        try:
            await asyncio.wait([one.done], timeout=patience)
            if not one.done.done() and not one.begun:
                raise TimeoutError
        finally:
            if one in self._waiting:
                self._waiting.remove(one)
            elif not one.done.done():
                await _ended(one.done)
        return one.done.result()

    async def commit(self, connection: Connection, pace: Pace) -> None:
        """Commit what waits, as it comes, on this connection; returns when nobody waits."""
        clock = asyncio.get_running_loop().time
        locked_since: float | None = None
        while self._waiting:
            batch = Batch(self._waiting[:MOST])
            del self._waiting[:MOST]
            for each in batch.waiting:
                each.begun = True
            error: Exception | None = None
            try:
                await connection.run(batch.commit)
            except Exception as failed:  # noqa: BLE001 -- whatever it is, each of them is told
                error = failed
            if error is not None and is_locked(error) and not batch.committing:
                locked_since = locked_since or clock()
                if clock() - locked_since < pace.busy:
                    self._put_back(batch, clock())
                    await asyncio.sleep(0.01)
                    continue
            self._settle(batch, error)
            locked_since = None

    def _put_back(self, batch: Batch, now: float) -> None:
        for each in batch.waiting:
            each.begun = False
            if each.until is not None and each.until <= now:
                each.done.set_exception(TimeoutError())
        self._waiting[:0] = [each for each in batch.waiting if not each.done.done()]

    def refuse(self, error: Exception) -> None:
        """Nobody who waits can be served."""
        for each in self._waiting:
            each.done.set_exception(error)
        self._waiting.clear()

    async def news(self) -> None:
        """Wait until somebody waits."""
        await self._news.wait()
        self._news.clear()


async def _ended(done: asyncio.Future[Any]) -> None:
    """Wait for what has begun, whoever cancels us: it may be written."""
    cancelled: asyncio.CancelledError | None = None
    while not done.done():
        try:
            await asyncio.wait([done])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        done.exception()  # seen; the cancellation says more
        raise cancelled
