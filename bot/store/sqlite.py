"""SQLite: one process, one writer, several readers, on one file.

WAL, `synchronous=FULL` (a promise made to a person is on disk), writers begin IMMEDIATE.
"""

from __future__ import annotations

import asyncio
import fcntl
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.pace import LIVE, Pace
from bot.store.errors import Taken
from bot.store.whole import whole

WRITERS = 1


def writer(address: sa.URL, pace: Pace) -> AsyncEngine:
    """The connection that writes."""
    return _engine(address, WRITERS, pace, writes=True)


def reader(address: sa.URL, size: int, pace: Pace) -> AsyncEngine:
    """Connections that read; who finds none free in `pace.busy` seconds is refused."""
    return _engine(address, size, pace, writes=False)


def _engine(address: sa.URL, size: int, pace: Pace, *, writes: bool) -> AsyncEngine:
    engine = create_async_engine(
        address,
        pool_size=size,
        max_overflow=0,
        pool_timeout=pace.busy,
        hide_parameters=True,  # an error's text goes to the log, and a prompt must not
        connect_args={"timeout": pace.busy},
    )

    @sa.event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        if writes:
            cursor.execute(f"PRAGMA busy_timeout = {pace.lock_look * 1000:.0f}")
        cursor.close()

    @sa.event.listens_for(engine.sync_engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


async def begin(connection: AsyncConnection, pace: Pace) -> None:
    """Take the write lock, in short looks: between two of them a waiting task can be cancelled.

    What else keeps SQLite from writing is no matter of two seconds, and is said at once.
    """
    clock = asyncio.get_running_loop().time
    until = clock() + pace.busy
    while True:
        try:
            await whole(connection.begin().start())
        except DBAPIError as error:
            if not _is_locked(error) or clock() >= until:
                raise
            await asyncio.sleep(0.01)
        else:
            return


async def begin_migration(connection: AsyncConnection, pace: Pace) -> None:
    """As any write: no other process writes meanwhile."""
    await begin(connection, pace)


async def interrupt(_: AsyncConnection) -> None:
    """A statement is let come to its end: it waits for nobody, the lock is taken at BEGIN."""


STUCK = frozenset(
    {
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
    }
)
"""Want of disk space, of descriptors, of memory, of leave to write: it may pass."""

NOT_COMMITTED = frozenset(
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_READONLY}
)
"""Answers to a COMMIT whose last page is not on disk: not even a crash brings it back. After others
(the page is there, and the disk does not confirm it) SQLite rolls back, but a crash right then
would not."""


def is_busy(error: DBAPIError, *, committing: bool) -> bool:
    """Whether nothing was written and trying again may help."""
    if _is_locked(error):
        return True
    if committing:
        return _code(error) in NOT_COMMITTED
    return error.connection_invalidated or is_stuck(error)


def _is_locked(error: DBAPIError) -> bool:
    """Whether somebody else holds the write lock."""
    return "locked" in str(error.orig)


def is_stuck(error: DBAPIError) -> bool:
    """Whether the machine lacks something without which SQLite cannot work."""
    return _code(error) & 0xFF in STUCK  # the rest of a code says more about where


def _code(error: DBAPIError) -> int:
    """SQLite's own code: https://www.sqlite.org/rescode.html."""
    return int(getattr(error.orig, "sqlite_errorcode", 0))


@asynccontextmanager
async def serving(address: sa.URL, pace: Pace = LIVE) -> AsyncIterator[None]:
    """A lock file beside the SQLite file: its jobs belong to one process.

    A redeploy waits up to `pace.predecessor` seconds for its predecessor to stop; then raises
    `Taken`.
    """
    if address.database is None:
        raise ValueError("DATABASE_URL names no file")
    with Path(f"{address.database}.lock").open("w") as file:  # noqa: ASYNC230 -- one open at start
        try:
            async with asyncio.timeout(pace.predecessor):
                await _flock(file)
        except TimeoutError as error:
            raise Taken(f"another Easel serves from {address.database}") from error
        yield


@asynccontextmanager
async def turn(_: sa.URL, _pace: Pace) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """It is always the turn of the only process that serves."""

    async def ours() -> None:
        return

    yield ours


async def _flock(file: IO[str]) -> None:
    """Wait for the lock; the system gives it back when the process ends, however it ends."""
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            await asyncio.sleep(0.1)
        else:
            return
