"""Move a SQLite database into an empty PostgreSQL one, with everything in it, open jobs included.

A job that is open in two databases would be submitted from both, and paid twice. So there is no
moment in which an Easel could run on both, whenever this process or either database dies:

1. The SQLite file's lock file and its write lock are taken: nobody runs on it or writes to it.
2. In one transaction of PostgreSQL, under the lock of migrations: the tables are made, found empty,
   locked, filled page by page and verified.
3. The file is marked as moved, and that is committed: from here on no Easel runs on it.
4. The transaction of PostgreSQL is committed: from here on an Easel can run on that.

Whatever ends it before 3 leaves both as they were. What ends it between 3 and 4, or takes away the
answer to 4, leaves a marked file. The same call again then finds out, since it waits until the
first one's transaction is over: PostgreSQL has all of it, or is empty and is filled again. `reopen`
takes the mark away, for somebody who knows that nobody will run on the copy.

The file itself is not changed but for the mark, so one of an older Easel is refused, not migrated.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.core.budget import Used
from bot.core.errors import Mistake
from bot.core.job import Credits, TeamId
from bot.pace import LIVE
from bot.store import audit, postgres, schema, sqlite
from bot.store.db import Tx
from bot.store.errors import Moved, NotReady, StoreError, Taken, TooNew
from bot.store.kind import Waiting
from bot.store.tables import OPEN_STATES, contents, jobs, ledger, metadata, total
from bot.tasks import uninterrupted

PAGE = 500  # rows in memory at once
TABLES = metadata.sorted_tables  # whoever is pointed to comes first
UNFIT = re.compile("[\0\ud800-\udfff]")  # what SQLite keeps in a text and PostgreSQL refuses
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
ERRORS = (DBAPIError, sqlite.ERROR, postgres.ERROR)


@dataclass(frozen=True, slots=True)
class Copied:
    """What was there, and is there now."""

    rows: dict[str, int]  # of each table
    used: dict[TeamId, Used]  # by the ledger, replayed on both sides
    open_jobs: int  # what the next start goes on with
    replaced: int  # texts that lost a character which PostgreSQL does not take


async def move(source: str, target: str) -> Copied:
    """Move everything from one SQLAlchemy address to the other, or nothing.

    Raises `Mistake` for addresses of the wrong kind, `Taken` while an Easel runs on the source,
    `NotReady`, `TooNew`, `Moved` for one that is not as it should be, and `StoreError` for a target
    that has rows or cannot be reached, and when the copy fails.
    """
    from_address, to_address = _address(source, "sqlite"), _address(target, "postgresql")
    file, where = str(from_address.database), named(target)
    async with _stopped(from_address), AsyncExitStack() as stack:
        writer = sqlite.engine(from_address, LIVE)
        old = await _connected(stack, writer, file)
        new = await _connected(stack, postgres.engine(to_address, LIVE), where)
        try:
            await sqlite.begin(old, LIVE)
            found = await _ready(old, file)
            if found.moved_to not in {None, where}:
                raise Moved(str(found.moved_to))
            into = await _begun(new, where)
            filled = await _filled(into)
            if filled:
                raise _not_empty(found, filled, file, where)
            copied = await _copy(Tx(sqlite.Connection(await _driver(old))), into)
            if copied is None:
                raise StoreError(
                    f"What arrived in {where} is not what {file} has, so it was taken back. "
                    "Nothing was changed."
                )
            await _mark(old, where)
        except ERRORS as error:
            raise _failed(error, file, where) from error
        await _commit(new, old, file, where)
        return copied


async def reopen(source: str) -> str | None:
    """Let Easel use a SQLite database again that was marked as moved; whereto, None: it was not.

    Raises as `move` for a source that is not as it should be.
    """
    address = _address(source, "sqlite")
    file = str(address.database)
    async with _stopped(address), AsyncExitStack() as stack:
        connection = await _connected(stack, sqlite.engine(address, LIVE), file)
        try:
            await sqlite.begin(connection, LIVE)
            where = (await _ready(connection, file)).moved_to
            if where is not None:
                await _mark(connection, None)
        except DBAPIError as error:
            raise StoreError(f"{file} was not changed ({schema.why(error)}).") from error
        return where


def named(url: str) -> str:
    """A PostgreSQL database as people may read it: without user and password."""
    address = sa.make_url(url)
    bare = sa.URL.create(
        "postgresql", host=address.host, port=address.port, database=address.database
    )
    return bare.render_as_string()


def _address(url: str, kind: str) -> sa.URL:
    try:
        address = sa.make_url(url)
    except (ArgumentError, ValueError):  # which would repeat what may be a password
        raise Mistake(
            "This is no address of a database. Characters such as @ : / in a user's name or a "
            "password are written as %40 %3A %2F."
        ) from None
    if address.get_backend_name() != kind:
        raise Mistake(
            "A copy goes from a SQLite database (DATABASE_URL, or --from sqlite:///easel.db) to "
            "a PostgreSQL one (postgresql://…)."
        )
    return address


@asynccontextmanager
async def _stopped(address: sa.URL) -> AsyncIterator[None]:
    """Keep every Easel off the file; who runs on it is told of at once."""
    file = str(address.database)
    if not Path(file).is_file():  # noqa: ASYNC240 -- one look
        raise NotReady(f"There is no database at {file}.")
    with sqlite.claimed(address) as claim:
        other = claim()
        if other is not None:
            raise Taken(f"Easel runs on {file}: stop it first. It is {other}. Nothing was changed.")
        yield


async def _connected(stack: AsyncExitStack, engine: AsyncEngine, name: str) -> AsyncConnection:
    stack.push_async_callback(engine.dispose)
    try:
        connection = await stack.enter_async_context(engine.connect())
        if engine.dialect.name == "sqlite":  # bytes that are no UTF-8 arrive as lone surrogates
            (await _driver(connection)).text_factory = lambda text: text.decode(
                errors="surrogateescape"
            )
    except DBAPIError as error:
        raise StoreError(
            f"{name} cannot be opened ({schema.why(error)}). Nothing was changed."
        ) from error
    return connection


async def _driver(connection: AsyncConnection) -> Any:
    """The driver's own connection: what runs on it is in SQLAlchemy's transaction."""
    return (await connection.get_raw_connection()).driver_connection


async def _ready(old: AsyncConnection, file: str) -> schema.Found:
    """Raises `NotReady` or `TooNew` for a source that is not of today."""
    found = await _found(old, file)
    if found.current is None:
        raise NotReady(f"There is no database of Easel at {file}.")
    if not found.is_today:
        raise NotReady(
            f"{file} was made by an older Easel: start `easel run` of this version once, which "
            "brings it up to date, and stop it again. Nothing was changed."
        )
    return found


async def _found(connection: AsyncConnection, name: str) -> schema.Found:
    try:
        return await uninterrupted(connection.run_sync(schema.revision))
    except TooNew as error:
        raise TooNew(f"{name}: {error.sentence}") from error


async def _begun(new: AsyncConnection, where: str) -> Tx:
    """The one transaction of PostgreSQL: nobody else migrates, and the tables are today's."""
    await postgres.begin_migration(new, LIVE, Waiting())
    tx = Tx(postgres.Connection(await _driver(new)))
    # SQLite may take its time in between: nobody waits for what we have locked.
    await tx.run(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    await _found(new, where)
    await uninterrupted(new.run_sync(schema.upgrade))
    return tx


def _not_empty(found: schema.Found, filled: list[str], file: str, where: str) -> StoreError:
    if found.moved_to is not None:
        return StoreError(
            f"{file} was moved to {where}, which has all of it: set DATABASE_URL to that database, "
            "with user and password, and start Easel."
        )
    return StoreError(
        f"{where} is not empty: it has rows in {', '.join(filled)}. A copy goes into an empty "
        "database only. Nothing was changed."
    )


async def _mark(old: AsyncConnection, where: str | None) -> None:
    """The file is, or (None) is not, another database's backup from now on."""
    await uninterrupted(old.run_sync(schema.mark_moved, where))
    await uninterrupted(old.commit())


async def _commit(new: AsyncConnection, old: AsyncConnection, file: str, where: str) -> None:
    """The last step: the mark goes when PostgreSQL says no, and stays when nobody knows."""
    try:
        await uninterrupted(new.commit())
    except DBAPIError as error:
        state: str | None = getattr(error.orig, "sqlstate", None)
        if state is None or state[:2] in postgres.GONE:
            raise StoreError(
                f"PostgreSQL was lost at the last step ({schema.why(error)}), and whether "
                f"everything is in {where} is not known. Call the same easel db copy again: it "
                f"finds out, and goes on. Until then Easel does not run on {file}."
            ) from error
        await sqlite.begin(old, LIVE)
        await _mark(old, None)
        raise _failed(error, file, where) from error


def _failed(error: Exception, file: str, where: str) -> StoreError:
    return StoreError(
        f"The copy failed ({schema.why(error)}). Nothing was changed: {file} is as it was, and so "
        f"is {where}."
    )


async def _filled(tx: Tx) -> list[str]:
    """The tables that have rows; nobody else writes to any until the transaction ends."""
    await tx.run(sa.text(f"LOCK TABLE {_names(tx)} IN EXCLUSIVE MODE"))
    return sorted(
        [
            table.name
            for table in TABLES
            if (await tx.rows(sa.select(sa.select(table).exists())))[0][0]
        ]
    )


async def _copy(source: Tx, target: Tx) -> Copied | None:
    """Copy every table of a SQLite database to PostgreSQL; None: what arrived is not the same."""
    rows: dict[str, int] = {}
    replaced = 0
    for table in TABLES:
        rows[table.name], altered = await _copy_table(source, target, table)
        replaced += altered
    await target.run(sa.text(f"ANALYZE {_names(target)}"))
    books = await audit.replay(target)
    if (
        rows != await _counted(target)
        or books != await audit.replay(source)
        or await _lines(target) != await _lines(source)
    ):
        return None
    is_open = sa.select(sa.func.count()).select_from(jobs).where(sa.text(OPEN_STATES))
    [count] = await target.rows(is_open)
    return Copied(rows, _by_team(books), count[0], replaced)


def _names(tx: Tx) -> str:
    quoted = tx.connection.dialect.identifier_preparer.format_table
    return ", ".join(quoted(table) for table in TABLES)


async def _copy_table(source: Tx, target: Tx, table: sa.Table) -> tuple[int, int]:
    """How many rows there were, and in how many texts something was replaced."""
    count = replaced = 0
    names, new = table.columns.keys(), table.insert()
    # A row of contents is a whole picture.
    pages = source.pages(sa.select(table), 1 if table is contents else PAGE)
    async with aclosing(pages):
        async for page in pages:
            fit = [[_fitting(value) for value in row] for row in page]
            await target.run(new, [dict(zip(names, row, strict=True)) for row in fit])
            count += len(page)
            replaced += _differing(page, fit)
    await _continue_numbers(target, table)
    return count, replaced


def _fitting(value: Any) -> Any:
    """A value without what PostgreSQL refuses in a text."""
    match value:
        case str():
            return UNFIT.sub(REPLACEMENT, value)
        case list():
            return [_fitting(one) for one in value]
        case dict():
            return {_fitting(name): _fitting(one) for name, one in value.items()}
        case _:
            return value


def _differing(page: Sequence[sa.Row[Any]], fit: Sequence[Sequence[Any]]) -> int:
    return sum(
        was != now
        for row, changed in zip(page, fit, strict=True)
        for was, now in zip(row, changed, strict=True)
    )


async def _continue_numbers(target: Tx, table: sa.Table) -> None:
    """Let the numbers that PostgreSQL gives by itself go on after those that were copied."""
    for column in table.columns:
        if column.autoincrement is True:
            sequence = sa.cast(sa.func.pg_get_serial_sequence(table.name, column.name), REGCLASS)
            last = sa.func.max(sa.cast(column, sa.BigInteger))  # of no rows NULL: nothing is set
            await target.rows(sa.select(sa.func.setval(sequence, last)))


async def _counted(tx: Tx) -> dict[str, int]:
    counts = {}
    for table in TABLES:
        [row] = await tx.rows(sa.select(sa.func.count()).select_from(table))
        counts[table.name] = int(row[0])
    return counts


async def _lines(tx: Tx) -> set[tuple[Any, ...]]:
    """How many lines of each kind the ledger has for each workspace, and over how much."""
    kinds = sa.select(ledger.c.team, ledger.c.kind, sa.func.count(), total(ledger.c.credits))
    return {tuple(row) for row in await tx.rows(kinds.group_by(ledger.c.team, ledger.c.kind))}


def _by_team(books: dict[audit.Page, Used]) -> dict[TeamId, Used]:
    sums: dict[TeamId, Used] = {}
    for page, used in books.items():
        before = sums.get(page.team, Used())
        sums[page.team] = Used(
            Credits(before.held + used.held),
            Credits(before.charged + used.charged),
            Credits(before.unknown + used.unknown),
        )
    return sums
