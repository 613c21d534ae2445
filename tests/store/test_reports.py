"""Who used how much and when, from the books."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.core.budget import Scope
from bot.core.job import ChannelId, Credits, UserId
from bot.core.periods import Span
from bot.core.report import DayUse, Ranking, RecentUse, Share, charted_days, measure_recent_use
from bot.features.admission import Held
from bot.store import budget, reports
from bot.store.db import Database, Tx
from bot.store.tables import usage
from tests.store.plans import whole_tables
from tests.store.world import DESIGN, GENERAL, MIA, NOW, TEAM, TODAY, TOM, an_offer, hold, offered

WEEK = Span(TODAY - timedelta(days=6), TODAY)


async def used(
    db: Database, credits: int, charged: int | None = None, *, day: date = TODAY, **whose: Any
) -> None:
    """A price that is held, and then (unless None) charged with so much."""
    [offer] = await offered(db, an_offer(credits, **whose))
    async with db.write() as tx:
        held = await hold(tx, offer, today=day)
        assert isinstance(held, Held)
        if charged is not None:
            await budget.charge(tx, held.job, Credits(charged), NOW)


async def released(db: Database, **whose: Any) -> None:
    """A hold that was given back."""
    [offer] = await offered(db, an_offer(9, **whose))
    async with db.write() as tx:
        held = await hold(tx, offer)
        assert isinstance(held, Held)
        await budget.release(tx, held.job, NOW)


async def test_days_add_up(db: Database) -> None:
    """Each day of the span has what was admitted on it; days outside of it are not told."""
    await used(db, 4, 5)
    await used(db, 14)
    await used(db, 2, day=WEEK.first)
    await used(db, 1, day=WEEK.first - timedelta(days=1))
    await used(db, 67, channel=GENERAL)
    async with db.read() as tx:
        found = await reports.by_day(tx, Scope(TEAM, DESIGN), WEEK)
        everywhere = await reports.by_day(tx, Scope(TEAM), WEEK)

    assert {one.day: one for one in found} == {
        WEEK.first: DayUse(WEEK.first, Credits(0), Credits(2)),
        TODAY: DayUse(TODAY, Credits(5), Credits(14)),
    }
    assert [one.total for one in everywhere if one.day == TODAY] == [5 + 14 + 67]


async def pace(tx: Tx, scope: Scope) -> RecentUse:
    """What a scope used in the days whose average is its pace."""
    used = await reports.by_day(tx, scope, charted_days(TODAY))
    return measure_recent_use(await reports.first_use(tx, scope, TODAY), used, TODAY)


async def test_the_pace_begins_with_the_first_use(db: Database) -> None:
    """The days since something was first charged or held in the scope, fourteen at most.

    What was given back is no use; elsewhere it may have begun earlier.
    """
    await released(db)
    async with db.read() as tx:
        assert await pace(tx, Scope(TEAM, DESIGN)) == RecentUse()
    await used(db, 12, 12)
    await used(db, 5, day=TODAY - timedelta(days=3), channel=GENERAL)
    await used(db, 7, 7, day=TODAY - timedelta(days=20), channel=ChannelId("C-old"))
    async with db.read() as tx:
        design = await pace(tx, Scope(TEAM, DESIGN))
        general = await pace(tx, Scope(TEAM, GENERAL))
        old = await pace(tx, Scope(TEAM, ChannelId("C-old")))
        whole = await pace(tx, Scope(TEAM))

    assert design == RecentUse(1, Credits(12))
    assert general == RecentUse(4, Credits(5))
    assert old == RecentUse(14, Credits(0))
    assert whole == RecentUse(14, Credits(17))


async def test_people_of_a_channel_by_use(db: Database) -> None:
    """The most first, charged and held; who used nothing in the span is not named."""
    await used(db, 4, 4)
    await used(db, 14, user=TOM)
    await used(db, 99, channel=GENERAL)
    await used(db, 99, user=UserId("U-old"), day=WEEK.first - timedelta(days=1))
    await released(db, user=UserId("U-none"))
    async with db.read() as tx:
        found = await reports.by_use(tx, Scope(TEAM, DESIGN), WEEK)
        nobody = await reports.by_use(tx, Scope(TEAM, ChannelId("C-none")), WEEK)

    assert found == Ranking(
        (
            Share(DESIGN, TOM, Credits(0), Credits(14)),
            Share(DESIGN, MIA, Credits(4), Credits(0)),
        )
    )
    assert nobody == Ranking()


async def test_channels_of_the_workspace_by_use(db: Database) -> None:
    """For the workspace it is channels that are ranked, each with all of its people."""
    await used(db, 4, 4)
    await used(db, 14, user=TOM)
    await used(db, 99, channel=GENERAL)
    async with db.read() as tx:
        found = await reports.by_use(tx, Scope(TEAM), WEEK)

    assert found == Ranking(
        (
            Share(GENERAL, None, Credits(0), Credits(99)),
            Share(DESIGN, None, Credits(4), Credits(14)),
        )
    )


async def test_the_rest_is_counted(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond those who are named the others are counted with their sum, so that it adds up."""
    monkeypatch.setattr(reports, "MOST", 5)
    for number in range(reports.MOST + 3):
        await used(db, 10 + number, user=UserId(f"U-{number}"))
    async with db.read() as tx:
        found = await reports.by_use(tx, Scope(TEAM, DESIGN), WEEK)
        days = await reports.by_day(tx, Scope(TEAM, DESIGN), WEEK)

    assert [share.held for share in found.top] == [17, 16, 15, 14, 13]
    assert (found.others, found.others_total) == (3, 12 + 11 + 10)
    assert sum(share.total for share in found.top) + found.others_total == sum(
        day.held for day in days
    )


@pytest.mark.parametrize("scope", [Scope(TEAM, DESIGN), Scope(TEAM)])
async def test_the_past_is_not_read(
    db: Database, scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every look into the books is by key and day: years of them make a card no slower."""
    asked: list[sa.Executable] = []
    rows = Tx.rows

    async def noted(tx: Tx, statement: sa.Executable, values: Any = None) -> list[sa.Row[Any]]:
        asked.append(statement)
        return await rows(tx, statement, values)

    monkeypatch.setattr(Tx, "rows", noted)
    async with db.read() as tx:
        await reports.by_use(tx, scope, WEEK)
        await reports.by_day(tx, scope, WEEK)
        await reports.first_use(tx, scope, TODAY)
        monkeypatch.undo()
        texts = [literal(tx, statement) for statement in asked]

        whole = [step for text in texts for step in await whole_tables(tx, text, {})]

        assert [step for step in whole if usage.name in step] == []

        if not tx.is_sqlite:  # whose plans say no more than that in a table of a few rows
            return
        plans = [
            row[3] for text in texts for row in await tx.rows(sa.text(f"EXPLAIN QUERY PLAN {text}"))
        ]
    looks = [plan for plan in plans if usage.name in plan]

    assert len(looks) >= 2
    assert all("day" in plan or "COVERING INDEX" in plan for plan in looks)


def literal(tx: Tx, statement: sa.Executable) -> str:
    """A statement with its values in it."""
    assert isinstance(statement, sa.ClauseElement)
    return str(
        statement.compile(dialect=tx.connection.dialect, compile_kwargs={"literal_binds": True})
    )
