"""Opening a SQLite database: the right schema, one process, safe settings, or a clear refusal."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bot.pace import LIVE, Pace
from bot.store import db as store
from bot.store import sqlite, tables
from bot.store.db import check, claimed, open_database
from bot.store.errors import StoreError, TooNew
from tests.store.world import TEAM, fresh, heard, process, tell, url


def schema(file: Path) -> set[tuple[str, str, str]]:
    """What the file says of its tables and indexes, white space apart."""
    with closing(sqlite3.connect(file)) as db:
        rows = db.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {(kind, name, " ".join(sql.split())) for kind, name, sql in rows}


async def open_once(file: Path, pace: Pace = LIVE) -> None:
    """Open and close."""
    async with open_database(url(file), pace):
        pass


async def test_migrations_make_the_tables_that_the_code_has(tmp_path: Path) -> None:
    """A fresh database equals the metadata: tables, columns, keys, and the indexes' conditions."""
    migrated, created = tmp_path / "migrated.db", tmp_path / "created.db"
    await open_once(migrated)
    engine = sa.create_engine(f"sqlite:///{created}")
    tables.metadata.create_all(engine)
    engine.dispose()
    indexes = {row for row in schema(created) if row[0] == "index"}

    assert {row for row in schema(migrated) if row[0] == "index"} == indexes

    engine = sa.create_engine(f"sqlite:///{migrated}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
    engine.dispose()


async def test_every_foreign_key_is_in_the_database(tmp_path: Path) -> None:
    """The database has each foreign key of the metadata."""
    file = await fresh(tmp_path)
    with closing(sqlite3.connect(file)) as db:
        for table in tables.metadata.tables.values():
            rows = db.execute(f'PRAGMA foreign_key_list("{table.name}")').fetchall()
            expected = {key.target_fullname for key in table.foreign_keys}

            assert {f"{row[2]}.{row[4]}" for row in rows} == expected


async def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    """A second start finds the schema up to date and leaves it and the rows as they are."""
    file = tmp_path / "easel.db"
    await open_once(file)
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute("INSERT INTO workspaces VALUES (?, 0)", (TEAM,))
    before = schema(file), file.read_bytes()
    await open_once(file)

    assert (schema(file), file.read_bytes()) == before


@pytest.mark.parametrize("journal", ["wal", "delete"])
async def test_a_newer_database_is_left_untouched(tmp_path: Path, journal: str) -> None:
    """A database that a newer Easel has migrated is refused, byte for byte as it was."""
    file = await fresh(tmp_path)
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
        db.execute(f"PRAGMA journal_mode = {journal}")
    before = file.read_bytes()
    with pytest.raises(TooNew, match="9999"):
        await open_once(file)
    with pytest.raises(TooNew):
        await check(url(file))

    assert file.read_bytes() == before


async def test_a_disk_without_room(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The look says size and room, and what to do where there is too little room."""
    found = await check(url(file))
    monkeypatch.setattr(sqlite, "LEAST_FREE", 10**18)

    assert re.fullmatch(
        r"is up to date \(SQLite \S+, may be written, \S+ MB; \S+ GB free .*\)", found
    )
    with pytest.raises(StoreError, match=rf"MB are free in the folder {file.parent}: make room"):
        await check(url(file))


async def test_checking_writes_nothing(tmp_path: Path) -> None:
    """The look before a start says what it will find, and makes no file."""
    file = tmp_path / "easel.db"

    assert "does not exist yet" in await check(url(file))
    assert await asyncio.to_thread(lambda: list(tmp_path.iterdir())) == []

    await open_once(file)

    assert "up to date" in await check(url(file))


async def test_what_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    """A file that is no database is refused with a sentence and left as it was."""
    file = tmp_path / "easel.db"
    file.write_bytes(b"a shopping list" * 100)
    with pytest.raises(StoreError, match="cannot be read"):
        await open_once(file)

    assert file.read_bytes() == b"a shopping list" * 100


async def test_a_database_that_stays_locked_is_refused_in_words(tmp_path: Path) -> None:
    """A start that cannot get the write lock says so."""
    file = await fresh(tmp_path)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            await open_once(file, replace(LIVE, busy=0.05))


async def test_a_second_process_is_told_who_has_the_file(tmp_path: Path) -> None:
    """While another process serves from the file it is named; killed, it lets go at once."""
    file = await fresh(tmp_path)
    async with process("keep", url(file)) as other:
        tell(other)

        assert await heard(other) == "open"

        with claimed(url(file)) as claim:
            assert f"{file} is in use by process {other.pid} on " in (claim.taken() or "")

            other.kill()
            await other.wait()

            assert claim.taken() is None


async def test_a_redeploy_waits_for_its_predecessor(tmp_path: Path) -> None:
    """A start that finds the file taken goes on once the process before it has closed."""
    file = await fresh(tmp_path)
    async with process("keep", url(file)) as other:
        tell(other)

        assert await heard(other) == "open"

        start = asyncio.create_task(open_once(file))
        tell(other)
        await start

        assert await heard(other) == "closed"


async def test_two_first_starts_at_once(tmp_path: Path) -> None:
    """Two processes that open a new file at once migrate it once, one after the other."""
    file = tmp_path / "easel.db"
    async with process("keep", url(file)) as one, process("keep", url(file)) as two:
        for each in (one, two):
            tell(each)
            tell(each)
        said = [await heard(each) for each in (one, two, one, two)]

    assert said == ["open", "open", "closed", "closed"]
    assert "up to date" in await check(url(file))


async def test_every_connection_is_safe(tmp_path: Path) -> None:
    """Writer and readers: WAL, synchronous=FULL (2), foreign keys checked."""

    async def settings(tx: store.Tx) -> list[Any]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [(await tx.rows(sa.text(f"PRAGMA {name}")))[0][0] for name in names]

    async with open_database(url(tmp_path / "easel.db")) as db:
        async with db.write() as tx:
            assert await settings(tx) == ["wal", 2, 1]

        async with db.read() as a, db.read() as b, db.read() as c, db.read() as d:
            for tx in (a, b, c, d):
                assert await settings(tx) == ["wal", 2, 1]
