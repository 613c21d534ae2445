"""The database: writers, readers, transactions that roll back whatever happens.

What is different on SQLite and on PostgreSQL stands in a module for each, alike in their functions.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Sequence,
)
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as postgresql_dialect
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.pace import LIVE, Pace
from bot.store import postgres, schema, sqlite
from bot.store.errors import Busy, NotOurs, NotReady, StoreError, Stuck, Unsure
from bot.store.whole import whole
from bot.tasks import background

READERS = 4  # connections that read beside those that write

T = TypeVar("T")
Ours = Callable[[], Awaitable[None]]
"""Raises `NotOurs` when it is another process's turn."""

log = logging.getLogger(__name__)


class Kind(Protocol):
    """What is different on each database: `bot.store.sqlite`, `bot.store.postgres`."""

    WRITERS: int

    def writer(self, address: sa.URL, pace: Pace) -> AsyncEngine: ...  # noqa: D102
    def reader(self, address: sa.URL, size: int, pace: Pace) -> AsyncEngine: ...  # noqa: D102
    async def begin(self, connection: AsyncConnection, pace: Pace) -> None: ...  # noqa: D102
    async def begin_migration(self, connection: AsyncConnection, pace: Pace) -> None: ...  # noqa: D102
    async def interrupt(self, connection: AsyncConnection) -> None: ...  # noqa: D102
    def is_busy(self, error: DBAPIError, *, committing: bool) -> bool: ...  # noqa: D102
    def is_stuck(self, error: DBAPIError) -> bool: ...  # noqa: D102
    def serving(self, address: sa.URL, pace: Pace) -> AbstractAsyncContextManager[None]: ...  # noqa: D102
    def turn(self, address: sa.URL, pace: Pace) -> AbstractAsyncContextManager[Ours]: ...  # noqa: D102


def _kind(address: sa.URL) -> Kind:
    return sqlite if address.get_backend_name() == "sqlite" else postgres


@dataclass(slots=True)
class Tx:
    """One transaction. What is added to `after` runs once it is committed (or may be), only then.

    A cancelled task is stopped between two statements, never within one (see `whole`).
    """

    connection: AsyncConnection
    interrupt: Callable[[AsyncConnection], Coroutine[Any, Any, None]]
    after: list[Callable[[], None]] = field(default_factory=list)
    wrote: bool = False

    async def _whole(self, work: Coroutine[Any, Any, T]) -> T:
        return await whole(work, lambda: self.interrupt(self.connection))

    async def rows(self, statement: sa.Executable, values: Any = None) -> list[sa.Row[Any]]:
        """Run a statement; its rows."""
        return list((await self._executed(statement, values)).fetchall())

    async def row(self, statement: sa.Executable) -> sa.Row[Any] | None:
        """Run a statement; its only row, or None."""
        return (await self._executed(statement)).one_or_none()

    async def run(self, statement: sa.Executable, values: Any = None) -> None:
        """Run a statement that answers nothing."""
        await self._executed(statement, values)

    async def _executed(self, statement: sa.Executable, values: Any = None) -> sa.CursorResult[Any]:
        result = await self._whole(self.connection.execute(statement, values))
        self.wrote |= statement.is_dml
        return result

    async def pages(
        self, statement: sa.Executable, size: int
    ) -> AsyncGenerator[Sequence[sa.Row[Any]], None]:
        """A statement's rows, so many at a time: no more of them are in memory at once."""
        result = await self.connection.stream(statement)
        try:
            async for page in result.partitions(size):
                yield page
        finally:
            await result.close()

    async def beside(self, work: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
        """Do something on the driver's own connection, in this transaction."""
        raw = await self.connection.get_raw_connection()
        await self._whole(work(raw.driver_connection))
        self.wrote = True

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is SQLite, else it is PostgreSQL."""
        return self.connection.dialect.name == "sqlite"

    def insert(self, table: sa.Table) -> sqlite_dialect.Insert | postgresql_dialect.Insert:
        """An INSERT with `ON CONFLICT`, which both databases have, each in its own class."""
        if self.is_sqlite:
            return sqlite_dialect.insert(table)
        return postgresql_dialect.insert(table)


class Database:
    """Connections to one database; `open_database` builds it and closes it."""

    def __init__(self, address: sa.URL, readers: int, pace: Pace) -> None:
        self._kind = _kind(address)
        self._pace = pace
        self._writer = self._kind.writer(address, pace)
        self._reader = self._kind.reader(address, readers, pace)
        self._turns = asyncio.Semaphore(self._kind.WRITERS)
        self._trouble: set[type[Busy]] = set()  # each is logged once, until a write succeeds

    async def prepare(self) -> None:
        """Migrate the database to today, and open every connection."""
        async with self._writer.connect() as connection:
            await self._kind.begin_migration(connection, self._pace)
            await whole(connection.run_sync(schema.migrate))
        async with AsyncExitStack() as all_of_them:
            # Opened before anybody reads or writes: somebody who is cancelled while a connection
            # is made would leave it open behind him.
            for _ in range(self._kind.WRITERS):
                await all_of_them.enter_async_context(self._writer.connect())
            for _ in range(READERS):
                await all_of_them.enter_async_context(self._reader.connect())

    async def close(self) -> None:
        """Close every connection."""
        await self._reader.dispose()
        await self._writer.dispose()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Tx]:
        """A writing transaction, committed at the end and rolled back on anything else.

        Raises `Busy` when the database is locked by somebody else or cannot write: nothing was
        written then. `Unsure` when the answer to the COMMIT was lost.
        """
        async with self._writing(None) as tx:
            yield tx

    @asynccontextmanager
    async def promptly(self) -> AsyncIterator[Tx]:
        """A writing transaction for somebody who waits: raises `Busy` after two seconds.

        Nothing was written then: the time does not count any more once the commit has begun.
        """
        async with self._promptly() as limit, self._writing(limit) as tx:
            yield tx

    @asynccontextmanager
    async def _promptly(self) -> AsyncIterator[asyncio.Timeout]:
        try:
            async with asyncio.timeout(self._pace.busy) as limit:
                yield limit
        except TimeoutError as error:
            raise self._logged(Busy()) from error

    @asynccontextmanager
    async def _writing(self, limit: asyncio.Timeout | None) -> AsyncIterator[Tx]:
        committing = False
        try:
            async with self._turns, self._writer.connect() as connection:
                await self._kind.begin(connection, self._pace)
                tx = Tx(connection, self._kind.interrupt)
                yield tx
                if limit is not None:
                    limit.reschedule(None)
                committing = True
                await whole(self._commit(tx))
        except DBAPIError as error:
            if self._kind.is_busy(error, committing=committing):
                raise self._busy(error) from error
            raise

    async def _commit(self, tx: Tx) -> None:
        """Commit, and run what waits for it: together, so that neither is without the other.

        It runs as well where the answer was lost: it looks at what is written, and may find it.
        """
        try:
            await tx.connection.commit()
        except DBAPIError as error:
            certain = self._kind.is_busy(error, committing=True)
            if certain or not self._kind.is_busy(error, committing=False):
                raise
            _run(tx.after)
            unsure = Unsure(str(error.orig))
            log.warning("%s", unsure)
            raise unsure from error
        _run(tx.after)
        if tx.wrote and self._trouble:  # one that only read proves nothing
            log.warning("the database can be written again")
            self._trouble.clear()

    def _busy(self, error: DBAPIError) -> Busy:
        return self._logged((Stuck if self._kind.is_stuck(error) else Busy)(str(error.orig)))

    def _logged(self, busy: Busy) -> Busy:
        """What callers are told; the log has it once, and once more when it is over."""
        if type(busy) not in self._trouble:
            log.warning("%s; what jobs have come to is written once it can be", busy)
        self._trouble.add(type(busy))
        return busy

    @asynccontextmanager
    async def promptly_read(self) -> AsyncIterator[Tx]:
        """A reading transaction for somebody who waits: raises `Busy` after two seconds."""
        async with self._promptly(), self.read() as tx:
            yield tx

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        """A reading transaction: one consistent picture, no lock.

        Raises `Busy` when no reader comes free in time, or when the database is locked.
        """
        try:
            async with self._reader.connect() as connection:
                yield Tx(connection, self._kind.interrupt)
        except NoConnection as error:
            raise self._logged(Busy()) from error
        except DBAPIError as error:
            if self._kind.is_busy(error, committing=False):
                raise self._busy(error) from error
            raise


def _run(callbacks: list[Callable[[], None]]) -> None:
    for callback in callbacks:
        callback()


@asynccontextmanager
async def open_database(url: str, pace: Pace = LIVE) -> AsyncIterator[Database]:
    """Open the database at a SQLAlchemy URL (`sqlite+aiosqlite:///easel.db`), migrated to today.

    Raises `Taken` when another process serves from the SQLite file, `TooNew` when a newer Easel
    has migrated it, `StoreError` when it cannot be opened. Of several processes that open the same
    PostgreSQL database at once, one migrates it and the others wait.
    """
    address = sa.make_url(url)
    async with _kind(address).serving(address, pace):
        await check(url)  # before the first connection that could change anything
        db = Database(address, READERS, pace)
        try:
            try:
                await db.prepare()
            except DBAPIError as error:
                raise StoreError(f"the database cannot be opened ({error.orig})") from error
            yield db
        finally:
            await db.close()


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
            async with _kind(address).turn(address, pace) as ours:
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


@asynccontextmanager
async def open_beside(url: str, pace: Pace = LIVE) -> AsyncIterator[Database]:
    """Open a database for a short while, beside the Easel that may serve from it.

    No lock file is taken and nothing is migrated: writers of several processes take turns by
    themselves. Raises `NotReady` for a database that is not there yet or that an
    older Easel made, `TooNew`, `StoreError`.
    """
    address = sa.make_url(url)
    found = await schema.look(address)
    if found is None or found.current is None:
        raise NotReady(
            f"There is no database at {address.database} yet: start `easel run` once, in this "
            "folder and with this DATABASE_URL."
        )
    if not found.is_today:
        raise NotReady(
            "The database was made by an older Easel: start `easel run` of this version once, "
            "which brings it up to date."
        )
    db = Database(address, 1, pace)
    try:
        yield db
    finally:
        await db.close()


async def check(url: str) -> str:
    """What a start will find at a SQLAlchemy URL, in words; nothing is written or migrated.

    Raises `TooNew`, or `StoreError` when the database cannot be read.
    """
    found = await schema.look(sa.make_url(url))
    if found is None:
        return "does not exist yet; the first start creates it"
    return "is up to date" if found.is_today else "will be migrated by the next start"
