"""The database: one writer, several readers, transactions that roll back whatever happens.

SQLite: WAL, `synchronous=FULL` (a promise made to a person is on disk), writers begin IMMEDIATE.
"""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.store import schema
from bot.store.errors import Busy, NotReady, StoreError, Taken

BUSY_SECONDS = 2.0  # product.md: a database that does not answer in two seconds is said to be busy
READERS = 4  # connections that read beside the one that writes
LOCK_SECONDS = 0.1  # how long one look for SQLite's write lock lasts: it cannot be interrupted
TAKEN_SECONDS = 30.0  # a redeploy waits for its predecessor

T = TypeVar("T")


@dataclass(slots=True)
class Tx:
    """One transaction. What is added to `after` runs once it is committed, and only then.

    A cancelled task is stopped between two statements, never within one (see `_whole`).
    """

    connection: AsyncConnection
    after: list[Callable[[], None]] = field(default_factory=list)

    async def rows(self, statement: sa.Executable, values: Any = None) -> list[sa.Row[Any]]:
        """Run a statement; its rows."""
        return list((await _whole(self.connection.execute(statement, values))).fetchall())

    async def row(self, statement: sa.Executable) -> sa.Row[Any] | None:
        """Run a statement; its only row, or None."""
        return (await _whole(self.connection.execute(statement))).one_or_none()

    async def run(self, statement: sa.Executable, values: Any = None) -> None:
        """Run a statement that answers nothing."""
        await _whole(self.connection.execute(statement, values))

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

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is SQLite, else it is PostgreSQL."""
        return self.connection.dialect.name == "sqlite"

    def insert(self, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
        """An INSERT with `ON CONFLICT`, which both databases have, each in its own class."""
        if self.is_sqlite:
            return sqlite.insert(table)
        return postgresql.insert(table)


class Database:
    """Connections to one database; `open_database` builds it and closes it."""

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine) -> None:
        self._writer = writer
        self._reader = reader
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Tx]:
        """A writing transaction, committed at the end and rolled back on anything else.

        Raises `Busy` when the database is locked by somebody else.
        """
        async with self._writing(None) as tx:
            yield tx

    @asynccontextmanager
    async def promptly(self) -> AsyncIterator[Tx]:
        """A writing transaction for somebody who waits: raises `Busy` after two seconds.

        Nothing was written then: the time does not count any more once the commit has begun.
        """
        async with _promptly() as limit, self._writing(limit) as tx:
            yield tx

    @asynccontextmanager
    async def _writing(self, limit: asyncio.Timeout | None) -> AsyncIterator[Tx]:
        committing = False
        try:
            async with self._turn, self._writer.connect() as connection:
                await _begin(connection)
                tx = Tx(connection)
                yield tx
                if limit is not None:
                    limit.reschedule(None)
                committing = True
                await _whole(_commit(tx))
        except DBAPIError as error:
            if _is_locked(error) or (error.connection_invalidated and not committing):
                raise Busy from error
            raise

    @asynccontextmanager
    async def promptly_read(self) -> AsyncIterator[Tx]:
        """A reading transaction for somebody who waits: raises `Busy` after two seconds."""
        async with _promptly(), self.read() as tx:
            yield tx

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        """A reading transaction: one consistent picture, no lock.

        Raises `Busy` when no reader comes free in time, or when the database is locked.
        """
        try:
            async with self._reader.connect() as connection:
                yield Tx(connection)
        except NoConnection as error:
            raise Busy from error
        except DBAPIError as error:
            if _is_locked(error) or error.connection_invalidated:
                raise Busy from error
            raise


async def _whole(work: Coroutine[Any, Any, T]) -> T:
    """Let a statement come to its end, and only then let go of a task that was cancelled.

    Cut off, a statement's cursor lives on in the traceback and keeps the transaction open, and with
    it the write lock, until it is collected; and nobody would know what became of a COMMIT.
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


async def _begin(connection: AsyncConnection) -> None:
    """Take the write lock, in short looks: between two of them a waiting task can be cancelled."""
    clock = asyncio.get_running_loop().time
    until = clock() + BUSY_SECONDS
    while True:
        try:
            await _whole(connection.begin().start())
        except DBAPIError as error:
            if not _is_locked(error) or clock() >= until:
                raise
            await asyncio.sleep(0.01)
        else:
            return


async def _commit(tx: Tx) -> None:
    """Commit, and run what waits for it: together, so that neither is ever without the other."""
    await tx.connection.commit()
    for callback in tx.after:
        callback()


@asynccontextmanager
async def _promptly() -> AsyncIterator[asyncio.Timeout]:
    try:
        async with asyncio.timeout(BUSY_SECONDS) as limit:
            yield limit
    except TimeoutError as error:
        raise Busy from error


def _is_locked(error: DBAPIError) -> bool:
    """Somebody else holds SQLite's write lock."""
    return "locked" in str(error.orig)


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    """Open the database at a SQLAlchemy URL (`sqlite+aiosqlite:///easel.db`), migrated to today.

    Raises `Taken` when another process serves from the SQLite file, `TooNew` when a newer Easel
    has migrated it, `StoreError` when it cannot be opened.
    """
    address = sa.make_url(url)
    async with _sole_process(address):
        await check(url)  # before the first connection that could change anything
        writer = _engine(address, size=1, immediate=True)
        reader = _engine(address, size=READERS, immediate=False)
        try:
            try:
                async with writer.connect() as connection:
                    await _begin(connection)
                    await _whole(connection.run_sync(schema.migrate))
            except DBAPIError as error:
                raise StoreError(f"the database cannot be opened ({error.orig})") from error
            async with AsyncExitStack() as all_of_them:
                # Opened before anybody reads: a reader who is cancelled while a connection is made
                # would leave it open behind him.
                for _ in range(READERS):
                    await all_of_them.enter_async_context(reader.connect())
            yield Database(writer, reader)
        finally:
            await reader.dispose()
            await writer.dispose()


@asynccontextmanager
async def open_beside(url: str) -> AsyncIterator[Database]:
    """Open a database for a short while, beside the Easel that may serve from it.

    No lock file is taken and nothing is migrated: writers of several processes take turns by
    themselves (BEGIN IMMEDIATE). Raises `NotReady` for a database that is not there yet or that an
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
    writer = _engine(address, size=1, immediate=True)
    reader = _engine(address, size=1, immediate=False)
    try:
        yield Database(writer, reader)
    finally:
        await reader.dispose()
        await writer.dispose()


def _engine(address: sa.URL, *, size: int, immediate: bool) -> AsyncEngine:
    engine = create_async_engine(
        address,
        pool_size=size,
        max_overflow=0,
        pool_timeout=BUSY_SECONDS,
        hide_parameters=True,  # an error's text goes to the log, and a prompt must not
        connect_args={"timeout": BUSY_SECONDS},
    )

    @sa.event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        if immediate:
            cursor.execute(f"PRAGMA busy_timeout = {LOCK_SECONDS * 1000:.0f}")
        cursor.close()

    @sa.event.listens_for(engine.sync_engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


@asynccontextmanager
async def _sole_process(address: sa.URL) -> AsyncIterator[None]:
    """A lock file beside the SQLite file: its jobs belong to one process.

    A redeploy waits up to `TAKEN_SECONDS` for its predecessor to stop.
    """
    if address.database is None:
        raise ValueError("DATABASE_URL names no file")
    with Path(f"{address.database}.lock").open("w") as file:  # noqa: ASYNC230 -- one open at start
        try:
            async with asyncio.timeout(TAKEN_SECONDS):
                await _flock(file)
        except TimeoutError as error:
            raise Taken(f"another Easel serves from {address.database}") from error
        yield


async def _flock(file: IO[str]) -> None:
    """Wait for the lock; the system gives it back when the process ends, however it ends."""
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            await asyncio.sleep(0.1)
        else:
            return


async def check(url: str) -> str:
    """What a start will find at a SQLAlchemy URL, in words; nothing is written or migrated.

    Raises `TooNew`, or `StoreError` when the database cannot be read.
    """
    found = await schema.look(sa.make_url(url))
    if found is None:
        return "does not exist yet; the first start creates it"
    return "is up to date" if found.is_today else "will be migrated by the next start"
