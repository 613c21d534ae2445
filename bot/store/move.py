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

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.core.errors import Mistake
from bot.pace import LIVE
from bot.store import copying, postgres, schema, sqlite
from bot.store.copying import Copied
from bot.store.db import Tx
from bot.store.errors import Moved, NotReady, StoreError, Taken, TooNew
from bot.store.uninterrupted import uninterrupted
from bot.store.waiting import Waiting

ERRORS = (DBAPIError, sqlite.ERROR, postgres.ERROR)


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
            filled = await copying.filled(into)
            if filled:
                raise _not_empty(found, filled, file, where)
            copied = await copying.copy(Tx(sqlite.Connection(await _driver(old))), into)
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
