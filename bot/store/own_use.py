"""What one person used, and their newest requests. Runs inside the caller's transaction."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from bot.core.budget import Used
from bot.core.job import ChannelId, Credits, Job, JobId, TeamId, UserId
from bot.core.own_use import Amount, Entry, OwnUse, months_until, own_use
from bot.store.budget import SUMS
from bot.store.db import Tx
from bot.store.jobs import get
from bot.store.tables import jobs, pictures, usage


async def of(tx: Tx, team: TeamId, user: UserId, today: date) -> OwnUse:
    """What a person used in the months until this local day."""
    first = months_until(today)[0].first
    return own_use(await _entries(tx, team, user, first, today), today)


async def _entries(tx: Tx, team: TeamId, user: UserId, first: date, last: date) -> list[Entry]:
    """A person's books and images by channel and local day, both ends included."""
    sums = await tx.rows(
        sa.select(usage.c.day, usage.c.channel, *(usage.c[name] for name in SUMS)).where(
            usage.c.team == team, usage.c.user == user, usage.c.day.between(first, last)
        )
    )
    arrived = await tx.rows(
        sa.select(jobs.c.day, jobs.c.channel, sa.func.count().label("images"))
        .join(pictures, sa.and_(pictures.c.team == jobs.c.team, pictures.c.job == jobs.c.id))
        .where(jobs.c.team == team, jobs.c.asker == user, jobs.c.day.between(first, last))
        .group_by(jobs.c.day, jobs.c.channel)
    )
    images = {(row.day, row.channel): row.images for row in arrived}
    return [
        Entry(
            row.day,
            ChannelId(row.channel),
            Amount(
                images.get((row.day, row.channel), 0),
                Used(**{name: Credits(getattr(row, name)) for name in SUMS}),
            ),
        )
        for row in sums
    ]


async def newest(tx: Tx, team: TeamId, user: UserId, limit: int) -> list[Job]:
    """What a person confirmed anywhere, newest first."""
    rows = await tx.rows(
        sa.select(jobs.c.id)
        .where(
            jobs.c.team == team,
            jobs.c.asker == user,
            jobs.c.day.is_not(None),
        )
        .order_by(jobs.c.created.desc())
        .limit(limit)
    )
    found = [await get(tx, team, JobId(row.id)) for row in rows]
    return [job for job in found if job is not None]
