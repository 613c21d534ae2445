"""A move is made once, whole or not at all; and Easel runs on one of the two databases at most."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.pace import LIVE
from bot.store import move as module
from bot.store.db import check, open_beside, open_database
from bot.store.errors import Moved, NotReady, StoreError, Taken, TooNew
from bot.store.move import move, reopen
from bot.store.schema import MIGRATIONS
from tests import postgres
from tests.store.moving import everything, furnished
from tests.store.other import connected
from tests.store.world import heard, process, tell, url

WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


@pytest.fixture(name="source")
async def _source(file: Path) -> str:
    async with open_database(url(file)) as db:
        await furnished(db, "a fox", b"a picture")
    return url(file)


def done(address: str, *statements: str) -> None:
    """What somebody else does to a database."""
    with connected(address) as other:
        for sql in statements:
            other.exec_driver_sql(sql)
        other.commit()


async def migrated(target: str) -> None:
    """Today's tables, and nothing in them."""
    async with open_database(target):
        pass


def guarded(target: str, body: str, *, at_commit: bool) -> None:
    """Let something happen in PostgreSQL at each line of the ledger, or at the commit."""
    kind = "CONSTRAINT TRIGGER guard AFTER" if at_commit else "TRIGGER guard BEFORE"
    when = "DEFERRABLE INITIALLY DEFERRED" if at_commit else ""
    done(
        target,
        f"CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {body}; "
        "RETURN NEW; END$$",
        f"CREATE {kind} INSERT ON ledger {when} FOR EACH ROW EXECUTE FUNCTION guard()",
    )


def unguarded(target: str) -> None:
    """As PostgreSQL was before."""
    done(target, "DROP FUNCTION guard CASCADE")


async def is_usable(address: str) -> bool:
    """Whether an Easel can run on it."""
    try:
        async with open_database(address):
            return True
    except Moved:
        return False


async def test_what_was_moved_is_not_run_and_not_moved_again(source: str, target: str) -> None:
    """Neither `run` nor a shell uses the file, and it moves to no second database."""
    await move(source, target)
    for refused in (open_database(source), open_beside(source)):
        with pytest.raises(Moved, match=r"was moved to postgresql://127.0.0.1.*paid twice"):
            async with refused:
                pass
    with pytest.raises(Moved):
        await check(source)
    with pytest.raises(StoreError, match="which has all of it: set DATABASE_URL"):
        await move(source, target)
    second = postgres.created()
    with pytest.raises(Moved):
        await move(source, second)

    assert everything(target) == everything(source)
    with connected(second) as other:
        assert not other.dialect.has_table(other, "jobs")

    postgres.dropped(second)


async def test_an_easel_that_knows_of_no_moves_refuses_too(source: str, target: str) -> None:
    """The mark stands where every Easel looks, and is no revision that any of them knows."""
    await move(source, target)
    with connected(source) as other:
        mark = other.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    known = {path.name.partition("_")[0] for path in MIGRATIONS.glob("versions/0*.py")}

    assert mark == f"{max(known)} moved to {module.named(target)}"
    assert mark not in known


async def test_a_move_can_be_taken_back(source: str, target: str) -> None:
    """`reopen` lets Easel use the file as it was; where there is no mark it changes nothing."""
    before = everything(source)

    assert await reopen(source) is None

    await move(source, target)

    assert await reopen(source) == module.named(target)
    assert await is_usable(source)
    assert everything(source) == before


async def test_a_target_that_has_rows_is_left_as_it_is(source: str, target: str) -> None:
    """Half full is not empty: nothing is added to it, and the file stays in use."""
    await migrated(target)
    done(target, "INSERT INTO workspaces VALUES ('T1', 0), ('T9', 0)")
    before = everything(target)
    with pytest.raises(StoreError, match="not empty: it has rows in workspaces"):
        await move(source, target)

    assert everything(target) == before
    assert await is_usable(source)


async def test_while_easel_runs_nothing_is_moved(source: str, target: str) -> None:
    """Who serves from the file keeps it: the move is refused at once."""
    async with process("keep", source) as other:
        tell(other)

        assert await heard(other) == "open"

        with pytest.raises(Taken, match=r"Easel runs on .*easel.db: stop it first"):
            await move(source, target)
        tell(other)

        assert await heard(other) == "closed"


async def test_while_somebody_writes_nothing_is_moved(
    source: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell that is in the middle of a change is not overlooked."""
    monkeypatch.setattr(module, "LIVE", replace(LIVE, busy=0.05))
    with connected(source) as other:
        other.exec_driver_sql("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="database is locked"):
            await move(source, target)

    assert await is_usable(source)


@pytest.mark.parametrize("at_commit", [False, True], ids=["in the middle", "at the commit"])
async def test_a_failure_changes_nothing(source: str, target: str, at_commit: bool) -> None:  # noqa: FBT001
    """PostgreSQL refuses: it is as empty as before, the file is in use, and can move later."""
    before = everything(source)
    await migrated(target)
    guarded(target, "RAISE 'no room'", at_commit=at_commit)
    with pytest.raises(StoreError, match=r"The copy failed \(no room\). Nothing was changed"):
        await move(source, target)

    assert not any(everything(target).values())
    assert await is_usable(source)

    unguarded(target)
    await move(source, target)

    assert everything(target) == before


@pytest.mark.parametrize("lost", ["RETURN NULL", "NEW.credits := 0", "NEW.user := 'U-else'"])
async def test_what_does_not_arrive_is_noticed(source: str, target: str, lost: str) -> None:
    """A line of the ledger that is lost or changed on its way: all of it is taken back."""
    await migrated(target)
    guarded(target, f"IF NEW.kind = 'held' THEN {lost}; END IF", at_commit=False)
    with pytest.raises(StoreError, match=r"What arrived .* was taken back. Nothing was changed"):
        await move(source, target)

    assert not any(everything(target).values())
    assert await is_usable(source)


async def test_a_failure_leaves_no_tables(source: str, target: str) -> None:
    """A database without any table has none after a move that failed, and a view stays."""
    done(target, "CREATE VIEW ledger AS SELECT 1")
    with pytest.raises(StoreError, match="already exists"):
        await move(source, target)
    with connected(target) as other:
        assert not other.dialect.has_table(other, "jobs")
        assert not other.dialect.has_table(other, "alembic_version")


async def test_a_commit_whose_answer_is_lost_is_found_out(source: str, target: str) -> None:
    """Nobody runs on the file until the next call has found out what became of it."""
    before = everything(source)
    await migrated(target)
    guarded(target, "PERFORM pg_terminate_backend(pg_backend_pid())", at_commit=True)
    with pytest.raises(StoreError, match=r"is not known. Call the same easel db copy again"):
        await move(source, target)

    assert not await is_usable(source)

    unguarded(target)
    await move(source, target)

    assert everything(target) == before
    assert not await is_usable(source)


@pytest.mark.parametrize("commits", [True, False])
async def test_killed_between_mark_and_commit(source: str, target: str, commits: bool) -> None:  # noqa: FBT001
    """Killed at the last step: the next call ends it, whether or not PostgreSQL went on alone."""
    before = everything(source)
    await migrated(target)
    guarded(target, "PERFORM pg_advisory_xact_lock_shared(7)", at_commit=True)
    with connected(target) as gate:
        gate.exec_driver_sql("SELECT pg_advisory_lock(7)")
        gate.commit()
        async with process("move", source, target) as child:
            tell(child)
            while not await asyncio.to_thread(lambda: gate.exec_driver_sql(WAITING).scalar()):
                gate.rollback()
            child.kill()
            await child.wait()

        assert not await is_usable(source)

        if not commits:
            done(target, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted")
        gate.exec_driver_sql("SELECT pg_advisory_unlock(7)")
        gate.commit()
    if commits:
        with pytest.raises(StoreError, match="which has all of it"):
            await move(source, target)
    else:
        await move(source, target)

    assert everything(target) == before
    assert not await is_usable(source)


@pytest.mark.parametrize(
    ("revision", "expected", "like"),
    [
        ("0001", NotReady, "easel.db was made by an older Easel"),
        ("9999", TooNew, "easel.db: .*9999"),
    ],
)
async def test_a_file_that_is_not_of_today(
    source: str, target: str, file: Path, revision: str, expected: type[StoreError], like: str
) -> None:
    """An older or newer database is not touched, and it is said which one it is."""
    with closing(sqlite3.connect(file, isolation_level=None)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = ?", [revision])
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = await asyncio.to_thread(file.read_bytes)
    with pytest.raises(expected, match=like):
        await move(source, target)

    assert await asyncio.to_thread(file.read_bytes) == before
    with connected(target) as other:
        assert not other.dialect.has_table(other, "jobs")


async def test_a_target_of_a_newer_easel(source: str, target: str) -> None:
    """PostgreSQL may be ahead of us: it is refused by its name."""
    await migrated(target)
    done(target, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(TooNew, match=r"postgresql://127.0.0.1.*: .*9999"):
        await move(source, target)

    assert await is_usable(source)


@pytest.mark.parametrize("there", ["nowhere.invalid:1", "{server}"])
async def test_a_target_that_cannot_be_reached(source: str, there: str) -> None:
    """No server, no such database: said without the password, and the file stays in use."""
    postgres.needed()
    where = there.format(server=f"127.0.0.1:{postgres.server()}")
    with pytest.raises(StoreError, match=r"cannot be opened .*Nothing was changed") as refused:
        await move(source, f"postgresql+psycopg://easel:Sesame@{where}/nothing")

    assert "Sesame" not in str(refused.value)
    assert await is_usable(source)


async def test_no_file_is_made(tmp_path: Path) -> None:
    """A file that is not there is named, and nothing is left beside it."""
    with pytest.raises(NotReady, match=r"no database at .*none\.db"):
        await move(url(tmp_path / "none.db"), "postgresql+psycopg://easel@127.0.0.1:1/nothing")

    assert await asyncio.to_thread(lambda: list(tmp_path.iterdir())) == []
