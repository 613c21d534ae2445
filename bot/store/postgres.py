"""PostgreSQL: any number of processes, several writers in each, row locks.

READ COMMITTED for writers: whoever has the workspace's row locked sees all that was committed
before. Readers have one picture each, and lock nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
import sqlalchemy as sa
from psycopg import pq
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from bot.pace import Pace
from bot.store.errors import StoreError
from bot.store.kind import REVISION, Waiting
from bot.store.statements import Values
from bot.tasks import uninterrupted

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

T = TypeVar("T")
OLDEST = 14  # the oldest that PostgreSQL's makers still mended when Easel began
WRITERS = 4  # in each process, eleven connections in all: eight fit PostgreSQL's usual 100
MIGRATING = 0x6561_7365_6C  # the advisory lock of a migration
MIGRATES = sa.text(
    "SELECT concat('process ', pid, ' of PostgreSQL', ' for ' || host(client_addr)) "
    "FROM pg_locks JOIN pg_stat_activity USING (pid) "
    "WHERE locktype = 'advisory' AND granted AND datname = current_database() "
    "AND (classid::bigint << 32) + objid::bigint = :lock"
).bindparams(lock=MIGRATING)
"""Which process has the lock: its number at the server, and where it runs."""

ROLLED_BACK = frozenset({"40001", "40P01", "55P03"})
"""Serialization failure, deadlock, lock not available: certainly nothing was written."""

GONE = frozenset({"08", "53", "57", "58"})
"""Classes of errors: connection lost, out of resources, stopped by an operator, trouble of its
machine."""

READ_ONLY = "25006"
"""For a while, or this server is no longer the one that writes: a new connection finds out."""

FULL = frozenset({READ_ONLY, "53100", "53200"})
"""It answers, and cannot write: read-only, the disk full, out of memory."""

IDLE_TOO_LONG = "25P03"

SOCKET = {  # libpq's; a server that has vanished is noticed
    "connect_timeout": 2,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


def conninfo(url: str) -> str:
    """The address as libpq wants it, with what notices that a server has vanished.

    A session that may only read would stay so in a pool, long after the server can write again.
    """
    address = sa.make_url(url).set(drivername="postgresql")
    writing = {"target_session_attrs": "read-write"}
    return address.set(query=writing | _settings(address)).render_as_string(hide_password=False)


def _settings(address: sa.URL) -> dict[str, Any]:
    """What notices that a server has vanished; what the address says wins."""
    return {name: str(value) for name, value in SOCKET.items()} | dict(address.query)


DIALECT: sa.Dialect = PGDialect_psycopg(dbapi=psycopg)  # type: ignore[no-untyped-call]  # its own
ERROR: type[Exception] = psycopg.Error


class Connection:
    """A session at the server."""

    dialect = DIALECT

    def __init__(self, driver: psycopg.AsyncConnection) -> None:
        self.driver = driver
        self._spent = False

    async def begin_writing(self, pace: Pace) -> None:
        """Begin; a wait for a lock ends after `pace.busy` seconds."""
        await self.driver.execute(_beginning(pace.busy, pace.idle_session), prepare=False)

    async def begin_reading(self) -> None:
        """One picture of everything; nothing is locked."""
        await self.driver.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")

    async def fetch(self, sql: str, values: Values) -> Sequence[Sequence[Any]]:
        """Run a statement; a task that is cancelled cancels it at the server."""
        try:
            cursor = await self.driver.execute(sql.encode(), values)
            return await cursor.fetchall() if cursor.description else ()
        except psycopg.Error as error:
            _without_values(error)
            # A session that may only read says so for as long as it lives.
            self._spent |= error.sqlstate == READ_ONLY
            raise

    async def pages(
        self, sql: str, values: Values, size: int
    ) -> AsyncGenerator[Sequence[Sequence[Any]], None]:
        """A statement's rows, so many at a time, by a cursor at the server."""
        async with self.driver.cursor("pages") as cursor:
            await cursor.execute(sql.encode(), values)
            while page := await cursor.fetchmany(size):
                yield page

    async def run(self, work: Callable[[Any], T]) -> T:
        """A session has no thread of its own."""
        raise NotImplementedError

    async def commit(self) -> None:
        """Write it down."""
        await self.driver.commit()

    async def reset(self) -> bool:
        """Roll back what is not committed; False: the session is lost, or may only read."""
        try:
            await self.driver.rollback()
        except psycopg.Error:
            return False
        status = self.driver.pgconn.transaction_status
        return status == pq.TransactionStatus.IDLE and not self._spent

    async def close(self) -> None:
        """End the session."""
        await self.driver.close()


@cache
def _beginning(patience: float, idle: float) -> bytes:
    """All that begins a writing transaction, in one way to the server and back."""
    return (
        "BEGIN ISOLATION LEVEL READ COMMITTED; "
        f"SET LOCAL lock_timeout = {patience * 1000:.0f}; "
        f"SET LOCAL idle_in_transaction_session_timeout = {idle * 1000:.0f}"
    ).encode()


async def connect(address: sa.URL, pace: Pace) -> Connection:
    """A connection to a server."""
    del pace
    return Connection(await psycopg.AsyncConnection.connect(_where(address), autocommit=True))


def _where(address: sa.URL) -> str:
    where = address.set(drivername="postgresql", query=_settings(address))
    return where.render_as_string(hide_password=False)


async def revision(address: sa.URL) -> str | None:
    """What Alembic has written there. Raises `StoreError` for a server that lacks what we need."""
    driver = await psycopg.AsyncConnection.connect(_where(address), autocommit=True)
    async with driver:
        version = driver.info.server_version // 10_000
        if version < OLDEST:
            raise StoreError(
                f"Easel needs PostgreSQL {OLDEST} or newer, and this server is {version}"
            )
        cursor = await driver.execute("SELECT to_regclass('alembic_version')")
        if (await cursor.fetchone()) == (None,):
            return None
        row = await (await driver.execute(REVISION)).fetchone()
        return None if row is None else str(row[0])


def engine(address: sa.URL, _pace: Pace) -> AsyncEngine:
    """For migrations, which SQLAlchemy's own connection is needed for."""
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415 -- see `bot.store.kind`

    return create_async_engine(
        address,
        poolclass=sa.NullPool,
        isolation_level="READ COMMITTED",
        hide_parameters=True,  # an error's text goes to the log, and a prompt must not
        connect_args=SOCKET | dict(address.query),  # what the address says wins
    )


def _without_values(error: psycopg.Error) -> None:
    """PostgreSQL quotes the row that it refuses in its details, and a prompt with it."""
    if error.diag.message_primary:
        error.args = (error.diag.message_primary,)


async def _begin(connection: AsyncConnection, patience: float, idle: float) -> None:
    limits = sa.select(
        sa.func.set_config("lock_timeout", f"{patience * 1000:.0f}ms", True),  # noqa: FBT003
        sa.func.set_config("idle_in_transaction_session_timeout", f"{idle * 1000:.0f}ms", True),  # noqa: FBT003
    )
    await uninterrupted(connection.execute(limits))


async def begin_migration(connection: AsyncConnection, pace: Pace, waiting: Waiting) -> None:
    """Begin, and be the only process that migrates."""
    await _begin(connection, pace.migration, pace.migration)
    # Asked again and again: a wait on the server itself could not be cancelled, or told of.
    lock = sa.select(sa.func.pg_try_advisory_xact_lock(MIGRATING))
    while not await uninterrupted(connection.scalar(lock)):
        other = await uninterrupted(connection.scalar(MIGRATES))
        waiting.say(f"the database is brought up to date by {other or 'another process'}")
        await asyncio.sleep(pace.start)


def is_busy(error: BaseException | None, *, committing: bool) -> bool:
    """Whether certainly nothing was written, and trying again may help.

    Of a COMMIT whose answer was lost nobody knows what became.
    """
    state: str | None = getattr(error, "sqlstate", None)
    if state in ROLLED_BACK or state == READ_ONLY:
        return True
    if committing:
        return False
    is_lost = state is None and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return is_lost or (state is not None and (state[:2] in GONE or state == IDLE_TOO_LONG))


def is_stuck(error: BaseException | None) -> bool:
    """Whether the server answers that it cannot write."""
    state: str | None = getattr(error, "sqlstate", None)
    return state in FULL or (state is not None and state[:2] == "58")


def probe(_: sa.URL) -> None:
    """Nothing here is on this machine."""


async def describe(address: sa.URL) -> str:
    """Version and size, in words. Raises `StoreError` where it cannot be written."""
    query = (
        "SELECT current_setting('server_version'), pg_database_size(current_database()), "
        "current_setting('transaction_read_only') = 'on'"
    )
    info = conninfo(address.render_as_string(hide_password=False))
    try:
        async with await psycopg.AsyncConnection.connect(info) as session:
            row = await (await session.execute(query)).fetchone()
    except psycopg.Error as error:  # a server that may only be read takes no such session
        said = str(error).partition("\n")[0]
        raise StoreError(f"the database cannot be written ({said})") from error
    if row is None or row[2]:
        raise StoreError("the database may only be read: name the server that writes")
    return f"PostgreSQL {row[0]}, may be written, {row[1] / 1e6:,.1f} MB"


@contextmanager
def claimed(_: sa.URL) -> Iterator[Callable[[], str | None]]:
    """Any number of processes may serve."""
    yield lambda: None


async def answers(address: sa.URL) -> bool:
    """Whether a server takes connections there, be it not ours: one that comes up does not yet."""
    asked = address.set(drivername="postgresql", query={**_settings(address)})
    where = asked.render_as_string(hide_password=False).encode()
    return await asyncio.to_thread(pq.PGconn.ping, where) == pq.Ping.OK
