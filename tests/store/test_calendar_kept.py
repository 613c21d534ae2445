"""The calendar is kept: what was in force stays, what is asked for begins at its boundary."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.core.periods import IN_UTC, Calendar
from bot.store import controls
from bot.store.db import Database
from bot.store.tables import calendar as table

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
UTC_ZONE, TOKYO, BERLIN = ZoneInfo("UTC"), ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin")


async def start(db: Database, zone: ZoneInfo, now: datetime, first_weekday: int = 0) -> Calendar:
    """Easel starts with these settings."""
    async with db.write() as tx:
        return await controls.adopt_calendar(tx, Calendar.fixed(zone, first_weekday), now)


async def kept(db: Database) -> Calendar:
    """What a shell finds whose settings say UTC."""
    async with db.read() as tx:
        return await controls.load_calendar(tx, IN_UTC)


async def test_the_first_start_counts_since_ever(db: Database) -> None:
    """Before the first start the settings count; from it on its zone counts for all time."""
    assert await kept(db) == IN_UTC

    first = await start(db, BERLIN, NOON)

    assert first == Calendar.fixed(BERLIN) == await kept(db)
    assert await start(db, BERLIN, NOON + timedelta(days=400)) == first


async def test_a_change_begins_with_the_next_day_and_is_recorded(db: Database) -> None:
    """The day of the change is counted as before; who changed it and when is written."""
    await start(db, UTC_ZONE, NOON)
    changed = await start(db, TOKYO, NOON)
    async with db.read() as tx:
        rows = await tx.rows(sa.select(table.c.by, table.c.at, table.c.zone).order_by("since"))

    assert changed == await kept(db)
    assert changed.day(datetime(2026, 11, 22, 23, tzinfo=UTC)) == date(2026, 11, 22)
    assert changed.day(datetime(2026, 11, 23, 16, tzinfo=UTC)) == date(2026, 11, 24)
    assert [tuple(row) for row in rows][1:] == [(controls.BY, NOON, "Asia/Tokyo")]


async def test_a_change_that_has_not_begun_can_be_taken_back(db: Database) -> None:
    """The old setting again before the boundary: as if nothing had been; another one: only that."""
    first = await start(db, UTC_ZONE, NOON)
    await start(db, TOKYO, NOON)
    third = await start(db, BERLIN, NOON + timedelta(hours=1))

    assert [one.zone.key for one in third.reckonings] == ["UTC", "Europe/Berlin"]
    assert await start(db, UTC_ZONE, NOON + timedelta(hours=2)) == first == await kept(db)


async def test_a_change_that_has_begun_stays(db: Database) -> None:
    """After the boundary a third setting comes after it; the past is counted as it was."""
    await start(db, UTC_ZONE, NOON)
    await start(db, TOKYO, NOON)
    last = await start(db, TOKYO, NOON + timedelta(days=3), first_weekday=6)

    assert [(one.zone.key, one.first_weekday) for one in last.reckonings] == [
        ("UTC", 0),
        ("Asia/Tokyo", 0),
        ("Asia/Tokyo", 6),
    ]
    assert last == await kept(db)
