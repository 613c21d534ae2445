"""The database: writers, readers, transactions that roll back whatever happens.

What is different on SQLite and on PostgreSQL stands in a module for each, alike in their functions.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
)
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from bot.pace import LIVE, Pace
from bot.store import schema
from bot.store.batches import Batch, Batches, read
from bot.store.errors import Busy, NotReady, StoreError, Stuck, Unsure
from bot.store.kind import Claim, Connection, Waiting, kind
from bot.store.tx import Tx as Tx  # noqa: PLC0414 -- who opens a transaction has its type from here
from bot.tasks import uninterrupted

READERS = 4  # connections that read beside those that write

T = TypeVar("T")
Work = Callable[["Tx"], Awaitable[T]]
"""What a transaction does: it awaits its statements, and nothing else."""

log = logging.getLogger(__name__)


class Pool:
    """So many connections at most, made when they are needed and used again."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]], size: int) -> None:
        self._connect = connect
        self._idle: list[Connection] = []
        self._free = asyncio.Semaphore(size)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """One that nobody else has meanwhile, in no transaction: then and afterwards."""
        async with self._free:
            connection = self._idle.pop() if self._idle else await self._connect()
            try:
                yield connection
            finally:
                await uninterrupted(self._take_back(connection))

    async def _take_back(self, connection: Connection) -> None:
        if await connection.reset():
            self._idle.append(connection)
        else:  # those of before are as useless: the server was away
            await connection.close()
            await self.close()

    async def fill(self, size: int) -> None:
        """Open so many, before anybody waits for one."""
        self._idle = [await self._connect() for _ in range(size)]

    async def close(self) -> None:
        """Close those that nobody has."""
        while self._idle:
            await self._idle.pop().close()


class Database:
    """Connections to one database; `open_database` builds it and closes it."""

    def __init__(self, address: sa.URL, readers: int, pace: Pace) -> None:
        self._address = address
        self._kind = kind(address)
        self._pace = pace
        self._sizes = self._kind.WRITERS, readers
        self._writers = Pool(lambda: self._kind.connect(address, self._pace), self._sizes[0])
        self._readers = Pool(lambda: self._kind.connect(address, self._pace), readers)
        self._trouble: set[type[Busy]] = set()  # each is logged once, until a write succeeds
        self._batches = Batches(self._settle) if self._kind.WRITERS == 1 else None
        self._committing: asyncio.Task[None] | None = None  # what is in the batches
        self.news = asyncio.Event()  # a transaction of ours that wrote a notice is committed

    async def prepare(self, waiting: Waiting, found: schema.Found | None) -> None:
        """Migrate the database to today, and open every connection. Raises `StoreError`."""
        try:
            if found is None or not found.is_today or self._batches is None:
                await self._migrate(waiting)
            await self._writers.fill(self._sizes[0])
            await self._readers.fill(self._sizes[1])
            async with self._writers.connection() as connection:
                await connection.begin_writing(self._pace)  # may it be written at all?
        except (DBAPIError, self._kind.ERROR) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            said = f"the database cannot be opened ({schema.why(error)})"
            if self._kind.is_stuck(cause):
                said += f": is there room for {self._address.database}, and may it be written?"
            raise StoreError(said) from error

    async def _migrate(self, waiting: Waiting) -> None:
        """The schema, and on PostgreSQL the queue's, which has versions of its own."""
        engine = self._kind.engine(self._address, self._pace)
        try:
            async with engine.connect() as connection:
                await self._kind.begin_migration(connection, self._pace, waiting)
                await uninterrupted(connection.run_sync(schema.migrate))
        finally:
            await engine.dispose()

    async def close(self) -> None:
        """Close every connection."""
        if self._committing is not None:
            self._committing.cancel()
            await asyncio.gather(self._committing, return_exceptions=True)
        await self._readers.close()
        await self._writers.close()

    async def transact(self, work: Work[T], *, promptly: bool = False) -> T:
        """Do this in one writing transaction: its result, once it is on disk.

        `work` awaits its statements, and nothing else. On SQLite it is run in the connection's
        thread, and shares its COMMIT with what comes meanwhile. Raises as `write` does, or
        (`promptly`) as `promptly` does.
        """
        if self._batches is None:
            async with self.promptly() if promptly else self.write() as tx:
                return await work(tx)
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_batches(self._batches))
        try:
            return await self._batches.run(work, self._pace.busy if promptly else None)
        except TimeoutError as error:
            raise self._logged(Busy()) from error

    async def _commit_batches(self, batches: Batches) -> None:
        while True:
            await batches.news()
            try:
                async with self._writers.connection() as connection:
                    await uninterrupted(batches.commit(connection, self._pace))
            except Exception as error:  # noqa: BLE001 -- no connection, whatever it is: none has begun
                batches.refuse(self._translated(error, committing=False))

    def _settle(self, batch: Batch, error: Exception | None) -> None:
        """Tell each of a batch what became of it, by what its COMMIT raised."""
        if error is not None:
            error = self._translated(error, committing=batch.committing)
        for each in batch.waiting:
            failed = each.error or error
            if each.error is None and (error is None or isinstance(error, Unsure)):
                each.tx.unsure = error is not None
                try:
                    self._ended(each.tx)
                except Exception as mistake:  # noqa: BLE001 -- the others are to be told all the same
                    failed = mistake
            if isinstance(failed, Exception):
                failed = self._translated(failed, committing=False)
            if failed is not None:
                each.done.set_exception(failed)
            else:
                self._wrote(each.tx)
                each.done.set_result(each.result)

    def _translated(self, error: Exception, *, committing: bool) -> Exception:
        """What callers are told of an error of the driver's."""
        if not isinstance(error, self._kind.ERROR):
            return error
        if self._kind.is_busy(error, committing=committing):
            return self._busy(error)
        if committing and self._kind.is_busy(error, committing=False):
            unsure = Unsure(str(error))
            log.warning("%s", unsure)
            return unsure
        return error

    async def query(self, work: Work[T], *, promptly: bool = False) -> T:
        """Do this in one reading transaction: its result. As `transact` in all else."""
        if self._batches is None:
            async with self.promptly_read() if promptly else self.read() as tx:
                return await work(tx)
        try:
            async with AsyncExitStack() as stack:
                async with self._promptly():
                    connection = await stack.enter_async_context(self._readers.connection())
                return await connection.run(lambda driver: read(driver, work))
        except self._kind.ERROR as error:
            raise self._translated(error, committing=False) from error

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
            async with self._writers.connection() as connection:
                await connection.begin_writing(self._pace)
                tx = Tx(connection)
                yield tx
                if limit is not None:
                    limit.reschedule(None)
                committing = True
                await uninterrupted(self._commit(connection, tx))
        except self._kind.ERROR as error:
            if self._kind.is_busy(error, committing=committing):
                raise self._busy(error) from error
            raise

    async def _commit(self, connection: Connection, tx: Tx) -> None:
        """Commit, and run what waits for it: together, so that neither is without the other.

        It runs as well where the answer was lost: it looks at what is written, and may find it.
        """
        try:
            await connection.commit()
        except self._kind.ERROR as error:
            certain = self._kind.is_busy(error, committing=True)
            if certain or not self._kind.is_busy(error, committing=False):
                raise
            tx.unsure = True
            self._ended(tx)
            unsure = Unsure(str(error))
            log.warning("%s", unsure)
            raise unsure from error
        self._ended(tx)
        self._wrote(tx)

    def _ended(self, tx: Tx) -> None:
        """What waits for the end of a transaction that is committed, or may be."""
        for callback in tx.after:
            callback()
        if tx.has_news:
            self.news.set()

    def _wrote(self, tx: Tx) -> None:
        if tx.wrote and self._trouble:  # one that only read proves nothing
            log.warning("the database can be written again")
            self._trouble.clear()

    def _busy(self, error: Exception) -> Busy:
        return self._logged((Stuck if self._kind.is_stuck(error) else Busy)(str(error)))

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
            async with AsyncExitStack() as stack:
                async with self._promptly():
                    connection = await stack.enter_async_context(self._readers.connection())
                await connection.begin_reading()
                yield Tx(connection)
        except self._kind.ERROR as error:
            if self._kind.is_busy(error, committing=False):
                raise self._busy(error) from error
            raise


@dataclass(frozen=True, slots=True)
class Claimed:
    """The right to serve from a database: with SQLite one process's; `claimed` gives it back."""

    address: sa.URL
    claim: Claim

    def taken(self) -> str | None:
        """Why this process cannot serve from it now; None: nobody else does."""
        other = self.claim()
        return other and (
            f"{self.address.database} is in use by {other}. One Easel serves from a SQLite file "
            "at a time: this one goes on when that one has ended"
        )

    @asynccontextmanager
    async def opened(self, pace: Pace, waiting: Waiting) -> AsyncIterator[Database]:
        """The database, migrated to today; waits for others, and for a server that is away.

        Raises `TooNew` when a newer Easel has migrated it, `StoreError` when it cannot be opened.
        """
        while (why := self.taken()) is not None:
            waiting.say(why)
            await asyncio.sleep(pace.start)
        db = await self._prepared(pace, waiting)
        waiting.go_on()
        try:
            yield db
        finally:
            await db.close()

    async def _prepared(self, pace: Pace, waiting: Waiting) -> Database:
        answered = False
        while True:
            db = Database(self.address, READERS, pace)
            try:
                # Before a connection that could change anything.
                await db.prepare(waiting, await schema.look(self.address))
            except StoreError as error:
                await db.close()
                is_there = await kind(self.address).answers(self.address)
                if is_there and answered:
                    raise
                answered = is_there  # a server that has just come up is asked once more
                if not is_there:
                    waiting.say(f"PostgreSQL does not answer: {error.sentence}")
                    await asyncio.sleep(pace.start)
            except BaseException:  # a start that is cancelled closes its connections, too
                await db.close()
                raise
            else:
                return db


@contextmanager
def claimed(url: str) -> Iterator[Claimed]:
    """The database at a SQLAlchemy URL (`sqlite+aiosqlite:///easel.db`), not opened yet."""
    address = sa.make_url(url)
    with kind(address).claimed(address) as claim:
        yield Claimed(address, claim)


@asynccontextmanager
async def open_database(url: str, pace: Pace = LIVE) -> AsyncIterator[Database]:
    """Open the database at a SQLAlchemy URL, as `Claimed.opened` says."""
    with claimed(url) as ours:
        async with ours.opened(pace, Waiting()) as db:
            yield db


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
    """What a start will find at a SQLAlchemy URL, in words; nothing is left behind or migrated.

    Raises `TooNew`, or `StoreError` when the database cannot be read, or its folder not be used.
    """
    address = sa.make_url(url)
    kind(address).probe(address)
    found = await schema.look(address)
    described = await kind(address).describe(address)
    if found is None:
        return f"does not exist yet; the first start creates it ({described})"
    state = "is up to date" if found.is_today else "will be migrated by the next start"
    return f"{state} ({described})"
