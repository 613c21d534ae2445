"""PostgreSQL: opened by any number of processes at once, and what can happen to a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bot.core.budget import Scope, Used
from bot.core.job import Credits
from bot.core.periods import Calendar, Span
from bot.pace import LIVE
from bot.store import budget, controls, reports, tables
from bot.store.db import Database, check, open_beside, open_database
from bot.store.errors import Busy, NotReady, StoreError, TooNew, Unsure
from bot.store.tables import usage, workspaces
from tests import postgres
from tests.store import world
from tests.store.other import connected, rows
from tests.store.world import NOW, TEAM, TODAY, heard, process, tell


@pytest.fixture(name="dialect")
def _dialect() -> str:
    postgres.needed()
    return "postgresql"


@pytest.fixture(name="empty")
def _empty(dialect: str) -> Iterator[str]:
    del dialect
    address = postgres.created()
    yield address
    postgres.dropped(address)


def indexes(address: str) -> set[tuple[str, str]]:
    """Every index with its columns and its condition, but procrastinate's."""
    with connected(address) as other:
        query = (
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' "
            "AND tablename NOT LIKE 'procrastinate%%'"
        )
        found = other.exec_driver_sql(query).all()
        return {(row[0], row[1]) for row in found if row[0] != "alembic_version_pkc"}


async def test_migrations_make_the_tables_that_the_code_has(empty: str, address: str) -> None:
    """A fresh database equals the metadata: tables, columns, keys, and the indexes' conditions."""
    with connected(empty) as created:
        tables.metadata.create_all(created)
        created.commit()

    assert indexes(address) == indexes(empty)

    with connected(address) as migrated:
        options = {"include_name": lambda name, *_: not str(name).startswith("procrastinate")}
        context = MigrationContext.configure(migrated, opts=options)

        assert compare_metadata(context, tables.metadata) == []


async def test_two_first_starts_at_once(empty: str) -> None:
    """Two processes that open an empty database at once both come up and serve side by side."""
    async with process("keep", empty) as one, process("keep", empty) as two:
        for each in (one, two):
            tell(each)

        assert [await heard(each) for each in (one, two)] == ["open", "open"]

    assert "up to date" in await check(empty)


async def test_the_first_calendar_is_written_once(db: Database, address: str) -> None:
    """Two processes that start at once on an empty database agree on how days are counted."""

    async def start(one: Database) -> object:
        async with one.write() as tx:
            return await controls.adopt_calendar(tx, Calendar.fixed(ZoneInfo("Asia/Tokyo")), NOW)

    async with open_database(address) as other:
        found = await asyncio.gather(*(start(one) for one in (db, other) * 3))

    assert found == [found[0]] * 6


async def test_a_newer_database_is_left_untouched(address: str) -> None:
    """A database that a newer Easel has migrated is refused."""
    with connected(address) as other:
        other.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        other.commit()
    with pytest.raises(TooNew, match="9999"):
        async with open_database(address):
            pass


async def test_an_empty_database_is_not_ready(empty: str) -> None:
    """Beside nothing nothing can be done: it says what is missing, and nothing is made."""
    with pytest.raises(NotReady, match="no database"):
        async with open_beside(empty):
            pass

    assert "will be migrated by the next start (PostgreSQL " in await check(empty)


async def test_a_server_that_only_reads_is_said(empty: str) -> None:
    """The look before a start finds a database that cannot be written."""
    with connected(empty) as other:
        name = postgres.name_of(empty)
        other.exec_driver_sql(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        other.commit()
    with pytest.raises(StoreError, match=r"cannot be written .*read-only"):
        await check(empty)


async def test_what_is_not_there_is_said_without_the_password(dialect: str) -> None:
    """No server, or no such database: a sentence that holds no password."""
    del dialect
    where = "postgresql+psycopg://easel:Sesame@{}/nothing"
    with pytest.raises(StoreError, match="cannot be read") as refused:
        async with open_database(where.format(f"127.0.0.1:{postgres.server()}")):
            pass
    with pytest.raises(StoreError, match="cannot be read") as unknown:
        await check(where.format("nowhere:1"))

    assert "Sesame" not in f"{refused.value} {unknown.value}"


def cut(address: str) -> None:
    """The server ends every connection to this database."""
    with connected(address) as other:
        other.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.mark.parametrize("kind", ["write", "promptly"])
async def test_a_connection_lost_before_the_commit_is_busy(
    db: Database, address: str, kind: str
) -> None:
    """Cut off within a transaction: `Busy`, nothing was written, and the next one works."""

    async def interrupted() -> None:
        async with getattr(db, kind)() as tx:
            await budget.lock(tx, TEAM, NOW)
            cut(address)
            await budget.lock(tx, TEAM, NOW)

    with pytest.raises(Busy):
        await interrupted()

    assert rows(address) == 0

    async with db.write() as tx:
        await budget.lock(tx, TEAM, NOW)

    assert rows(address) == 1


async def test_connections_lost_while_idle_are_made_anew(db: Database, address: str) -> None:
    """After a restart of the server each stale connection costs at most one `Busy`."""
    cut(address)
    for one in (db.write, db.read):
        for _ in range(2):
            try:
                async with one() as tx:
                    await tx.rows(sa.select(workspaces))
            except Busy:
                continue
            break
        else:
            pytest.fail("still busy")


async def test_a_commit_whose_answer_is_lost_is_not_busy(db: Database, address: str) -> None:
    """Whether it was written nobody knows: nobody is told that nothing was; who waits looks."""
    ran: list[str] = []

    async def interrupted() -> None:
        async with db.write() as tx:
            await budget.lock(tx, TEAM, NOW)
            tx.after.append(lambda: ran.append("after"))
            cut(address)

    with pytest.raises(Unsure) as caught:
        await interrupted()

    assert "not certain" in caught.value.sentence
    assert ran == ["after"]


async def test_a_deadlock_is_busy(db: Database) -> None:
    """Of two that wait for each other one hears `Busy`, and the other goes on."""
    meeting = asyncio.Barrier(2)

    async def both(first: str, then: str) -> str:
        try:
            async with db.write() as tx:
                await tx.run(workspaces.insert(), {"team": first, "since": NOW})
                await meeting.wait()
                await tx.run(workspaces.insert(), {"team": then, "since": NOW})
        except Busy:
            return "busy"
        except world.REFUSED:  # the other was written
            return "second"
        return "written"

    assert sorted(await asyncio.gather(both("A", "B"), both("B", "A"))) == ["busy", "written"]


async def test_who_stands_still_in_a_transaction_loses_the_lock(db: Database, address: str) -> None:
    """A process that is stopped under the budget lock is in nobody's way for long."""

    async def stands_still(other: Database) -> None:
        async with other.write() as tx:
            await budget.lock(tx, TEAM, NOW)
            async with db.write() as mine:
                await budget.lock(mine, TEAM, NOW)
            await budget.lock(tx, TEAM, NOW)

    async with open_database(address, replace(LIVE, idle_session=0.05)) as other:
        with pytest.raises(Busy):
            await stands_still(other)

    assert rows(address) == 1


async def test_sums_pass_32_bits(db: Database) -> None:
    """Books and sums over days go on beyond 2,147,483,647, and stay whole numbers."""
    many = 4_000_000_000
    key = {"team": TEAM, "channel": world.DESIGN, "user": "", "day": TODAY}
    async with db.write() as tx:
        await tx.run(
            usage.insert(), {**key, "held": many, "charged": many, "unknown": 0, "granted": 0}
        )
    scope = Scope(TEAM, world.DESIGN)
    async with db.read() as tx:
        used = (await budget.status(tx, scope, TODAY, world.NO_DEFAULT)).used
        ranked = await reports.by_use(tx, Scope(TEAM), Span(TODAY, TODAY))

    assert used == Used(held=Credits(many), charged=Credits(many))
    assert {type(used.held), type(ranked.top[0].charged)} == {int}
