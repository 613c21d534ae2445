"""How days and weeks are counted: the settings' zone and first weekday, from a boundary on."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.core.periods import Calendar, Reckoning
from bot.store.db import Tx
from bot.store.tables import calendar

log = logging.getLogger(__name__)

BY = "EASEL_TIMEZONE, EASEL_WEEK_STARTS"
"""Who makes such a change: whoever sets the environment."""

HEARD = timedelta(minutes=5)
"""A change is written so long before it counts, at least: other processes look for one a minute."""


async def settled(tx: Tx, zone: ZoneInfo, first_weekday: int, now: datetime) -> Calendar:
    """The calendar with what the settings say now, which is written if it is a change.

    A change that has not begun yet gives way to a newer one; one that is about to begin does not,
    since other processes know it already.
    """
    if not tx.is_sqlite:  # whose writer is alone; here another process may start at the same time
        await tx.run(sa.text("LOCK TABLE calendar IN SHARE ROW EXCLUSIVE MODE"))
    wanted = Calendar.of(zone, first_weekday)
    heard = now + HEARD
    known = await load(tx)
    if known is None:
        await _write(tx, wanted.reckonings[0], now)
        return wanted
    if known.changed(heard, zone, first_weekday) is None:
        return known
    await tx.run(calendar.delete().where(calendar.c.since > heard))
    begun = Calendar(tuple(one for one in known.reckonings if one.since <= heard))
    change = begun.changed(heard, zone, first_weekday)
    if change is None:
        return begun
    await _write(tx, change, now)
    log.info("days are counted in %s from %s on", zone.key, change.since)
    return Calendar((*begun.reckonings, change))


async def load(tx: Tx) -> Calendar | None:
    """The calendar as it is written; None before the first start."""
    rows = await tx.rows(sa.select(calendar).order_by(calendar.c.since))
    if not rows:
        return None
    return Calendar(
        tuple(
            Reckoning(row.since, row.first_day, ZoneInfo(row.zone), row.first_weekday)
            for row in rows
        )
    )


async def _write(tx: Tx, one: Reckoning, now: datetime) -> None:
    await tx.run(
        calendar.insert(),
        {
            "since": one.since,
            "first_day": one.first_day,
            "zone": one.zone.key,
            "first_weekday": one.first_weekday,
            "by": BY,
            "at": now,
        },
    )
