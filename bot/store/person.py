"""What is a person's own: their use, their newest requests, their settings, their words.

Every function runs inside the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from bot.core.budget import Used
from bot.core.grammar import Defaults
from bot.core.job import GIVEN_UP, ChannelId, Credits, Job, JobId, Quality, TeamId, UserId
from bot.core.person import UNSET, Amount, ChannelDay, OwnUse, Preferences, months_until, own_use
from bot.store import budget, controls, notices, requests
from bot.store.budget import SUMS
from bot.store.db import Tx
from bot.store.jobs import erase_of, get, with_words_of
from bot.store.rows import size_of
from bot.store.statements import insert, is_named
from bot.store.tables import approval_requests, grants, jobs, pictures, preferences, usage


async def use_of(tx: Tx, team: TeamId, user: UserId, today: date) -> OwnUse:
    """What a person used in the months until this local day."""
    first = months_until(today)[0].first
    return own_use(await _entries(tx, team, user, first, today), today)


async def _entries(tx: Tx, team: TeamId, user: UserId, first: date, last: date) -> list[ChannelDay]:
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
        ChannelDay(
            row.day,
            ChannelId(row.channel),
            Amount(
                images.get((row.day, row.channel), 0),
                Used(**{name: Credits(getattr(row, name)) for name in SUMS}),
            ),
        )
        for row in sums
    ]


async def newest_jobs(tx: Tx, team: TeamId, user: UserId, limit: int) -> list[Job]:
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


OWN = sa.select(preferences).where(is_named(preferences, team="of_team", user="of_user"))


async def preferences_of(tx: Tx, team: TeamId, user: UserId) -> Preferences:
    """What somebody has set; `UNSET` where that is nothing."""
    row = await tx.row(OWN, {"of_team": team, "of_user": user})
    if row is None:
        return UNSET
    return Preferences(
        None if row.skip_below is None else Credits(row.skip_below),
        Defaults(size_of(row.size), Quality(row.quality) if row.quality else Defaults().quality),
    )


async def set_preferences(tx: Tx, team: TeamId, user: UserId, chosen: Preferences) -> None:
    """Set all of it; counts for the very next request."""
    size = chosen.defaults.size
    values = {
        "skip_below": chosen.skip_below,
        "size": str(size) if size else None,
        "quality": chosen.defaults.quality,
    }
    await tx.run(
        insert(preferences)
        .values(team=team, user=user, **values)
        .on_conflict_do_update(index_elements=["team", "user"], set_=values)
    )


@dataclass(frozen=True, slots=True)
class Erased:
    """What became of what a person typed in a workspace."""

    team: TeamId
    requests: int  # that have no words and no inputs any more; offers among them are withdrawn
    reasons: int  # that were erased
    left: tuple[Job, ...]  # on their way: they need their words still


async def teams_of(tx: Tx, user: UserId) -> list[TeamId]:
    """The workspaces in which a person typed anything."""
    typed = sa.union(
        sa.select(jobs.c.team).where(jobs.c.asker == user),
        sa.select(approval_requests.c.team).where(
            sa.or_(approval_requests.c.asker == user, approval_requests.c.by == user)
        ),
        sa.select(grants.c.team).where(grants.c.giver == user),
    )
    return sorted(TeamId(row.team) for row in await tx.rows(typed))


async def erase(tx: Tx, team: TeamId, user: UserId, now: datetime) -> Erased:
    """Erase what a person typed: prompts, inputs, reasons, and what they were told.

    Amounts stay, so that the books and exports add up. What is on its way keeps its words, as by
    age, and is named.
    """
    await budget.lock(tx, team, now)
    reasons = await requests.erase_of(tx, team, user, now)
    reasons += await controls.erase_reasons_of(tx, team, user)
    await notices.forget_of(tx, team, user)
    erased = await erase_of(tx, team, user, now - GIVEN_UP)
    return Erased(team, erased, reasons, tuple(await with_words_of(tx, team, user)))
