"""The ledger's own rules: they hold for whoever writes to the database, not only for our code."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from bot.core.budget import LineKind, Scope
from bot.core.job import Credits, Job
from bot.core.periods import Span
from bot.store import audit, budget, controls, person, reports
from bot.store.db import Database, Tx
from bot.store.errors import NotHeld
from bot.store.tables import grants, ledger, usage
from tests.store.plans import asked, whole_tables
from tests.store.world import (
    ADA,
    DESIGN,
    NO_DEFAULT,
    NOW,
    REFUSED,
    TEAM,
    TODAY,
    an_offer,
    capped,
    offered,
    queued,
)


def line(job: Job, kind: LineKind) -> dict[str, Any]:
    """A line as anybody could write it."""
    return {
        "team": TEAM,
        "job": job.id,
        "kind": kind,
        "credits": 4,
        "channel": DESIGN,
        "user": job.asker,
        "day": TODAY,
        "at": NOW,
        "table_version": "test",
    }


async def write(db: Database, statement: sa.Executable, values: Any = None) -> None:
    """One statement past all our functions."""
    async with db.write() as tx:
        await tx.run(statement, values)


async def lines(db: Database) -> list[sa.Row[Any]]:
    """All of the ledger."""
    async with db.read() as tx:
        return await tx.rows(sa.select(ledger).order_by(ledger.c.seq))


async def found(db: Database) -> list[str]:
    """What the audit finds."""
    async with db.read() as tx:
        return await audit.differences(tx)


@pytest.mark.parametrize("kind", LineKind)
async def test_each_kind_of_line_stands_once(db: Database, kind: LineKind) -> None:
    """The database refuses a second line of the same kind for the same job."""
    job = await queued(db)
    if kind is not LineKind.HELD:
        await write(db, ledger.insert(), line(job, kind))
    before = await lines(db)
    with pytest.raises(REFUSED):
        await write(db, ledger.insert(), line(job, kind))

    assert await lines(db) == before


@pytest.mark.parametrize("first", [LineKind.CHARGED, LineKind.RELEASED])
@pytest.mark.parametrize("second", [LineKind.CHARGED, LineKind.RELEASED])
async def test_a_hold_is_not_both_charged_and_released(
    db: Database, first: LineKind, second: LineKind
) -> None:
    """The database refuses a second end of a hold, of either kind."""
    job = await queued(db)
    await write(db, ledger.insert(), line(job, first))
    with pytest.raises(REFUSED):
        await write(db, ledger.insert(), line(job, second))


async def test_a_line_needs_its_job(db: Database) -> None:
    """The database refuses a line for a job that it does not have."""
    with pytest.raises(REFUSED):
        await write(db, ledger.insert(), line(an_offer(), LineKind.HELD))


@pytest.mark.parametrize("how", ["charge", "release", "mark_unknown"])
async def test_nothing_ends_that_was_not_held(db: Database, how: str) -> None:
    """A job without a hold can be neither charged, released nor named unknown."""
    [offer] = await offered(db, an_offer())

    async def end(tx: Tx) -> None:
        match how:
            case "charge":
                await budget.charge(tx, offer, Credits(4), NOW)
            case "release":
                await budget.release(tx, offer, NOW)
            case _:
                await budget.mark_unknown(tx, offer, NOW)

    async def attempt() -> None:
        async with db.write() as tx:
            await end(tx)

    with pytest.raises(NotHeld):
        await attempt()

    assert await lines(db) == []
    assert await found(db) == []


async def test_the_ledger_tells_the_story(db: Database) -> None:
    """Held, lost, charged: three lines in that order, with the amounts of each."""
    job = await queued(db, 14)
    async with db.write() as tx:
        await budget.mark_unknown(tx, job, NOW)
        await budget.charge(tx, job, Credits(16), NOW)
    async with db.read() as tx:
        told = await budget.lines(tx, job)

    assert [one[:2] for one in told] == [
        (LineKind.HELD, 14),
        (LineKind.UNKNOWN, 14),
        (LineKind.CHARGED, 16),
    ]


@pytest.mark.parametrize("column", ["held", "charged", "unknown", "granted"])
@pytest.mark.parametrize("scope", ["workspace", "channel", "person"])
async def test_the_audit_sees_a_wrong_sum(db: Database, column: str, scope: str) -> None:
    """A sum of the books that is off by one is found, on each page."""
    job = await queued(db)

    assert await found(db) == []

    channel = {"workspace": "", "channel": DESIGN, "person": DESIGN}[scope]
    user = job.asker if scope == "person" else ""
    off = usage.update().where(usage.c.channel == channel, usage.c.user == user)
    await write(db, off.values({column: usage.c[column] + 1}))

    assert await found(db) != []


async def test_the_audit_sees_a_line_without_a_hold(db: Database) -> None:
    """A charge in the ledger that no hold precedes is found, and breaks nothing."""
    [offer] = await offered(db, an_offer())
    await write(db, ledger.insert(), line(offer, LineKind.CHARGED))

    assert await found(db) != []


async def test_the_audit_sees_a_grant_that_gave_too_much(db: Database) -> None:
    """A grant whose use is not what was drawn from it is found."""
    await capped(db, 10)
    async with db.write() as tx:
        await controls.add_grant(tx, Scope(TEAM, DESIGN), Credits(2), (TODAY, TODAY), "", ADA, NOW)
    await queued(db)

    assert await found(db) == []

    await write(db, grants.update().values(used=3))

    assert await found(db) != []


async def test_no_question_about_money_reads_a_whole_table(db: Database) -> None:
    """The quota read, an admission and a settlement find their rows by index: they stay flat."""
    scope = Scope(TEAM, DESIGN)
    await capped(db, 100)
    async with db.write() as tx:
        await controls.add_grant(tx, scope, Credits(2), (TODAY, TODAY), "", ADA, NOW)

    with asked() as seen:
        job = await queued(db, 14)
        async with db.write() as tx:
            await budget.charge(tx, job, Credits(1), NOW)
        async with db.read() as tx:
            await budget.status(tx, scope, TODAY, NO_DEFAULT)
            await person.use_of(tx, TEAM, job.asker, TODAY)
            await reports.by_day(tx, scope, Span(TODAY, TODAY))
            await reports.by_use(tx, scope, Span(TODAY, TODAY))
            await budget.lines(tx, job)
    questions = [one for one in seen if one[0].startswith(("SELECT", "UPDATE", "DELETE"))]
    async with db.read() as tx:
        found = [
            (sql, step) for sql, values in questions for step in await whole_tables(tx, sql, values)
        ]

    assert len(questions) > 8
    assert found == []
