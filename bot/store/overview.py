"""What admins see of a whole workspace. Every function runs inside the caller's transaction."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa

from bot.core.budget import LineKind
from bot.core.job import ChannelId, Credits, JobId, TeamId, UserId
from bot.core.overview import Drift, Unknown
from bot.core.periods import Span
from bot.core.petition import Verdict
from bot.store.db import Tx
from bot.store.tables import caps, grants, jobs, ledger, pauses, petitions, total, usage


async def channels(tx: Tx, team: TeamId, month: Span, today: date) -> list[ChannelId]:
    """Channels that something was used or set in, those with most use this month first."""
    amount = total(usage.c.charged + usage.c.held)
    used = await tx.rows(
        sa.select(usage.c.channel, amount.label("amount"))
        .where(
            usage.c.team == team,
            usage.c.user == "",
            usage.c.channel != "",
            usage.c.day.between(month.first, month.last),
        )
        .group_by(usage.c.channel)
    )
    set_ = await tx.rows(
        sa.union(
            sa.select(caps.c.channel).where(caps.c.team == team, caps.c.user == ""),
            sa.select(pauses.c.channel).where(pauses.c.team == team),
            sa.select(grants.c.channel).where(
                grants.c.team == team, grants.c.starts <= today, grants.c.ends >= today
            ),
        )
    )
    amounts = {row.channel: 0 for row in set_ if row.channel}
    amounts |= {row.channel: row.amount for row in used}
    return [ChannelId(one) for one in sorted(amounts, key=lambda one: (-amounts[one], one))]


async def open_petitions(tx: Tx, team: TeamId, now: datetime) -> int:
    """How many requests admins can still decide."""
    row = await tx.row(
        sa.select(sa.func.count().label("many")).where(
            petitions.c.team == team,
            petitions.c.verdict == Verdict.OPEN,
            petitions.c.lapses > now,
        )
    )
    return int(row.many) if row is not None else 0


async def unknown(tx: Tx, team: TeamId) -> list[Unknown]:
    """Holds that are not known, the oldest first; found by the books' days that have some."""
    days = sa.select(usage.c.day).where(
        usage.c.team == team, usage.c.channel == "", usage.c.user == "", usage.c.unknown > 0
    )
    end = ledger.alias("ended")
    ended = sa.select(end.c.seq).where(
        end.c.team == ledger.c.team,
        end.c.job == ledger.c.job,
        end.c.kind.in_({LineKind.CHARGED, LineKind.RELEASED}),
    )
    rows = await tx.rows(
        sa.select(ledger)
        .where(
            ledger.c.team == team,
            ledger.c.day.in_(days),
            ledger.c.kind == LineKind.UNKNOWN,
            sa.not_(ended.exists()),
        )
        .order_by(ledger.c.seq)
    )
    return [
        Unknown(
            JobId(row.job), ChannelId(row.channel), UserId(row.user), Credits(row.credits), row.at
        )
        for row in rows
    ]


async def drift(tx: Tx, team: TeamId, month: Span) -> Drift:
    """The drift of what was admitted on these local days."""
    row = await tx.row(
        sa.select(
            sa.func.count().label("many"),
            total(jobs.c.charged - jobs.c.computed).label("credits"),
        )
        .select_from(ledger)
        .join(jobs, sa.and_(jobs.c.team == ledger.c.team, jobs.c.id == ledger.c.job))
        .where(
            ledger.c.team == team,
            ledger.c.day.between(month.first, month.last),
            ledger.c.kind == LineKind.CHARGED,
            jobs.c.charged != jobs.c.computed,
        )
    )
    if row is None:
        raise AssertionError("an aggregate answers a row")
    return Drift(int(row.many), Credits(int(row.credits)))
