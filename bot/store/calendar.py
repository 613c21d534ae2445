"""How days and weeks are counted: the settings' zone and first weekday, from a boundary on."""

from __future__ import annotations

import logging
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.core.periods import Calendar, Reckoning
from bot.store.db import Tx
from bot.store.statements import insert
from bot.store.tables import calendar

log = logging.getLogger(__name__)

BY = "EASEL_TIMEZONE, EASEL_WEEK_STARTS"
"""Who makes such a change: whoever sets the environment."""


async def adopt(tx: Tx, wanted: Calendar, now: datetime) -> Calendar:
    """The calendar from a start with these settings on: what they change is one more row.

    The row counts from the next local day on, or the next week; until then a newer one replaces it.
    A process that runs on with other settings goes on counting by them until it is started anew.
    """
    await tx.run(calendar.delete().where(calendar.c.since > now))
    known = await _rows(tx)
    change = Calendar(known).change_to(wanted, now) if known else wanted.reckonings[0]
    if change is None:
        return Calendar(known)
    row = {
        "since": change.since,
        "first_day": change.first_day,
        "zone": change.zone.key,
        "first_weekday": change.first_weekday,
        "by": BY,
        "at": now,
    }
    await tx.run(insert(calendar).values(row).on_conflict_do_nothing())  # another start wrote it
    log.info("days are counted in %s from %s on", change.zone.key, change.first_day)
    return Calendar((*known, change))


async def load(tx: Tx, otherwise: Calendar) -> Calendar:
    """The calendar as it is written; before the first start `otherwise`."""
    known = await _rows(tx)
    return Calendar(known) if known else otherwise


async def _rows(tx: Tx) -> tuple[Reckoning, ...]:
    rows = await tx.rows(sa.select(calendar).order_by(calendar.c.since))
    return tuple(
        Reckoning(row.since, row.first_day, ZoneInfo(row.zone), row.first_weekday) for row in rows
    )
