"""SQLite: one process, one writer, several readers, on one file.

WAL, `synchronous=FULL` (a promise made to a person is on disk), writers begin IMMEDIATE.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import shutil
import socket
import sqlite3
import stat
import tempfile
from collections.abc import (
    AsyncGenerator,
    Callable,
    Generator,
    Iterator,
    Sequence,
)
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import aiosqlite
import sqlalchemy as sa
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.exc import DBAPIError

from bot.core.errors import explain_os_error
from bot.pace import Pace
from bot.store.errors import NotReady, StoreError
from bot.store.kind import REVISION, Waiting
from bot.store.statements import Values
from bot.tasks import uninterrupted

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

T = TypeVar("T")
WRITERS = 1
BESIDE = (".lock", "-wal", "-shm", "-journal")  # files that stand beside the database's
PAGE = 4096  # bytes
LEAST_FREE = 100_000_000  # bytes: two pictures of the largest size that wait to be shared
STEP = 2000  # pages of a backup at a time: Ctrl-C is heard between two
PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")
HOLDER = 200  # bytes of a lock file that are read: a process' number and its machine's name


DIALECT: sa.Dialect = SQLiteDialect_pysqlite(paramstyle="named", dbapi=sqlite3)
ERROR: type[Exception] = sqlite3.Error


class _Threaded(aiosqlite.Connection):
    """Lets a whole transaction be run in the thread, and not one call of the driver's."""

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What a function of the driver's connection comes to."""
        done: T = await self._execute(work, self._conn)  # type: ignore[no-untyped-call]
        return done

    def __await__(self) -> Generator[Any, None, Self]:
        """Opened."""
        yield from super().__await__()
        return self


class Connection:
    """A file's connection, in a thread of its own: one way there and back for each statement."""

    dialect = DIALECT

    def __init__(self, driver: _Threaded) -> None:
        self.driver = driver

    async def begin_writing(self, pace: Pace) -> None:
        """Take the write lock, in short looks: between two a waiting task can be cancelled.

        What else keeps SQLite from writing is no matter of two seconds, and is said at once.
        """
        clock = asyncio.get_running_loop().time
        until = clock() + pace.busy
        while True:
            try:
                await self.driver.execute_fetchall("BEGIN IMMEDIATE")
            except sqlite3.Error as error:
                if not is_locked(error) or clock() >= until:
                    raise
                await asyncio.sleep(0.01)
            else:
                return

    async def begin_reading(self) -> None:
        """From the first statement on the reader has one picture."""
        await self.driver.execute_fetchall("BEGIN")

    async def fetch(self, sql: str, values: Values) -> Sequence[Sequence[Any]]:
        """Run a statement; a task that is cancelled does not wait for its end."""
        return list(await self.driver.execute_fetchall(sql, values))

    async def pages(
        self, sql: str, values: Values, size: int
    ) -> AsyncGenerator[Sequence[Sequence[Any]], None]:
        """A statement's rows, so many at a time."""
        cursor = await self.driver.execute(sql, values)
        try:
            while page := list(await cursor.fetchmany(size)):
                yield page
        finally:
            await cursor.close()

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do this in the connection's thread."""
        return await self.driver.run(work)

    async def commit(self) -> None:
        """Write it down."""
        await self.driver.commit()

    async def reset(self) -> bool:
        """Roll back what is not committed: after the statement that is under way."""
        with suppress(sqlite3.Error):
            await self.driver.rollback()
        return True

    async def close(self) -> None:
        """Close the file and end the thread."""
        await self.driver.close()


async def connect(address: sa.URL, pace: Pace) -> Connection:
    """A connection to a SQLite file."""
    driver = await _Threaded(
        lambda: sqlite3.connect(
            str(address.database),
            timeout=pace.busy,
            isolation_level=None,  # we say BEGIN ourselves
            cached_statements=500,
        ),
        iter_chunk_size=64,
    )
    try:
        for pragma in (*PRAGMAS, f"busy_timeout = {pace.lock_look * 1000:.0f}"):
            await driver.execute_fetchall(f"PRAGMA {pragma}")
    except BaseException:  # a start that is cancelled leaves no thread behind
        await driver.close()
        raise
    return Connection(driver)


async def revision(address: sa.URL) -> str | None:
    """What Alembic has written there. Nothing is changed, not even how the file is kept."""

    def read() -> str | None:
        with closing(sqlite3.connect(str(address.database))) as file:
            named = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
            if file.execute(named).fetchone() is None:
                return None
            row = file.execute(REVISION).fetchone()
            return None if row is None else str(row[0])

    return await asyncio.to_thread(read)


def engine(address: sa.URL, pace: Pace) -> AsyncEngine:
    """For migrations, which SQLAlchemy's own connection is needed for."""
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415 -- see `bot.store.kind`

    made = create_async_engine(
        address, poolclass=sa.NullPool, hide_parameters=True, connect_args={"timeout": pace.busy}
    )

    @sa.event.listens_for(made.sync_engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma in (*PRAGMAS, f"busy_timeout = {pace.lock_look * 1000:.0f}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(made.sync_engine, "begin")
    def begin_immediate(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return made


async def begin(connection: AsyncConnection, pace: Pace) -> None:
    """Take the write lock, as `Connection.begin_writing` does."""
    clock = asyncio.get_running_loop().time
    until = clock() + pace.busy
    while True:
        try:
            await uninterrupted(connection.begin().start())
        except DBAPIError as error:
            if not is_locked(error.orig) or clock() >= until:
                raise
            await asyncio.sleep(0.01)
        else:
            return


async def begin_migration(connection: AsyncConnection, pace: Pace, _: Waiting) -> None:
    """As any write: no other process writes meanwhile."""
    await begin(connection, pace)


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


def is_busy(error: BaseException | None, *, committing: bool) -> bool:
    """Whether nothing was written and trying again may help."""
    if is_locked(error):
        return True
    if committing:
        return _code(error) in NOT_COMMITTED
    return is_stuck(error)


def is_locked(error: BaseException | None) -> bool:
    """Whether somebody else holds the write lock."""
    return "locked" in str(error)


def is_stuck(error: BaseException | None) -> bool:
    """Whether the machine lacks something without which SQLite cannot work."""
    return _code(error) & 0xFF in STUCK  # the rest of a code says more about where


def _code(error: BaseException | None) -> int:
    """SQLite's own code: https://www.sqlite.org/rescode.html."""
    return int(getattr(error, "sqlite_errorcode", 0))


def probe(address: sa.URL) -> None:
    """Try what a start does with the file and its folder, and leave nothing behind.

    Raises `StoreError` that names the folder, and what to do.
    """
    file = Path(address.database or "")
    try:
        file = file.absolute()
        with tempfile.TemporaryFile(dir=file.parent) as written:
            written.write(bytes(PAGE))
            written.flush()
        for end in ("", *BESIDE):
            _may_write(Path(f"{file}{end}"))
    except OSError as error:
        raise StoreError(explain_os_error(error, file)) from error


def _may_write(file: Path) -> None:
    """Look, and open nothing: closing it would give back locks that SQLite has on it."""
    with suppress(FileNotFoundError):
        if stat.S_ISDIR(file.stat().st_mode):
            raise IsADirectoryError(errno.EISDIR, "a folder")
        if not os.access(file, os.R_OK | os.W_OK, effective_ids=True):
            raise PermissionError(errno.EACCES, "may not be written")


@contextmanager
def claimed(address: sa.URL) -> Iterator[Callable[[], str | None]]:
    """A lock file beside the SQLite file: its jobs belong to one process, until the block ends.

    Yields what takes it, and says which process has it where that is another one. The system gives
    the lock back when a process ends, however it ends. Raises `StoreError` as `probe` does.
    """
    probe(address)
    with Path(f"{address.database}.lock").open("a+b", buffering=0) as file:

        def take() -> str | None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                return file.read(HOLDER).decode(errors="replace") or "another process"
            with suppress(OSError):  # a full disk: whoever waits for us will not know our name
                file.truncate(0)
                file.write(f"process {os.getpid()} on {socket.gethostname()}".encode())
            return None

        yield take


async def describe(address: sa.URL) -> str:
    """Version, size and room, in words. Raises `StoreError` where there is too little room."""
    file = Path(address.database or "").absolute()  # noqa: ASYNC240 -- one look
    free = shutil.disk_usage(file.parent).free
    if free < LEAST_FREE:
        raise StoreError(
            f"only {free / 1e6:,.0f} MB are free in the folder {file.parent}: make room, or name "
            "another"
        )
    beside = [Path(f"{file}{end}") for end in ("", *BESIDE)]
    size = sum(one.stat().st_size for one in beside if one.exists())
    version = f"SQLite {sqlite3.sqlite_version}"
    return f"{version}, may be written, {size / 1e6:,.1f} MB; {free / 1e9:,.1f} GB free beside it"


def backup(source: Path, target: Path) -> int:
    """Copy the file as it is at this moment, while others read and write it; the copy's bytes.

    A reading transaction around all steps keeps one picture: a commit in between neither waits nor
    makes the copy begin anew. The copy has its name once it is whole and on disk. Raises
    `StoreError`, also where there is such a file already.
    """
    if not source.is_file():
        raise NotReady(f"There is no database at {source}.")
    _not_there(target)
    try:
        number, name = tempfile.mkstemp(dir=target.absolute().parent, prefix=f"{target.name}.")
        os.close(number)
        part = Path(name)
        try:
            _copy(source.absolute(), part)
            _not_there(target)
            return part.replace(target).stat().st_size
        finally:
            part.unlink(missing_ok=True)
    except sqlite3.Error as error:
        raise StoreError(f"The backup failed ({error}): there is no {target}.") from error
    except OSError as error:
        raise StoreError(explain_os_error(error, target.absolute())) from error


def _not_there(target: Path) -> None:
    if os.path.lexists(target):
        raise StoreError(f"{target} is there already. Name another file: nothing was changed.")


def _copy(source: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(f"{source.as_uri()}?mode=rw", uri=True)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.isolation_level = None  # we say BEGIN ourselves
        old.execute("BEGIN")
        old.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the picture is of now
        old.backup(new, pages=STEP, progress=lambda *_: None)  # in Python, where Ctrl-C is heard
        found = new.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(found)


async def answers(_: sa.URL) -> bool:
    """A file does not come back by itself."""
    return True
