"""A week in numbers, for the admins: by the books' days, as they stand when it is looked at."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from bot.core.budget import LineKind, Scope, Standing
from bot.core.job import ChannelId, TeamId
from bot.core.notice import Notice, Topic
from bot.core.periods import Period, Span
from bot.store import budget, listing
from bot.store.budget import Rules
from bot.store.db import Tx
from bot.store.tables import jobs, ledger, notices, pictures, total, usage

SHOWN = 5  # lines of each list


def key(week: Span) -> str:
    """Of each week there is one."""
    return f"digest:{week.first}"


async def is_known(tx: Tx, team: TeamId, week: Span) -> bool:
    """Whether the admins of a workspace were, or will be, told of a week."""
    row = sa.select(notices.c.key).where(notices.c.team == team, notices.c.key == key(week))
    return await tx.row(row) is not None


async def of(tx: Tx, team: TeamId, week: Span, rules: Rules) -> Notice | None:
    """What was charged in a week, and for what; None for a week with nothing."""
    total = await budget.used(tx, Scope(team), week.first, week.last)
    if not total.charged and not total.held:
        return None
    return Notice(
        team,
        key(week),
        Topic.DIGEST,
        {
            "first": week.first.isoformat(),
            "last": week.last.isoformat(),
            "charged": total.charged,
            "held": total.held,
            "channels": await _most(tx, usage.c.channel, *_pages(team, week), usage.c.user == ""),
            "people": await _most(tx, usage.c.user, *_pages(team, week), usage.c.user != ""),
            "images": await _kept(tx, team, week),
            "thread": await _dearest(tx, team, week),
            "unused": await _unused(tx, team, week, rules),
        },
    )


def _pages(team: TeamId, week: Span) -> tuple[sa.ColumnElement[bool], ...]:
    """The books of channels and people in a week."""
    days = usage.c.day.between(week.first, week.last)
    return usage.c.team == team, usage.c.channel != "", days


async def _most(
    tx: Tx, whose: sa.ColumnElement[str], *where: sa.ColumnElement[bool]
) -> dict[str, Any]:
    """Who was charged most, and what all the others were charged together."""
    charged = total(usage.c.charged)
    rows = await tx.rows(
        sa.select(whose.label("id"), charged.label("credits"))
        .where(*where)
        .group_by(whose)
        .having(charged > 0)
        .order_by(charged.desc(), whose)
    )
    return {
        "most": [[row.id, int(row.credits)] for row in rows[:SHOWN]],
        "rest": sum(int(row.credits) for row in rows[SHOWN:]),
    }


def _charges(team: TeamId, week: Span) -> tuple[sa.ColumnElement[bool], ...]:
    """The ledger's charges for what was admitted in a week."""
    days = ledger.c.day.between(week.first, week.last)
    return ledger.c.team == team, days, ledger.c.kind == LineKind.CHARGED


_JOB = sa.and_(jobs.c.team == ledger.c.team, jobs.c.id == ledger.c.job)


async def _kept(tx: Tx, team: TeamId, week: Span) -> int:
    """Images that were shared and that nobody deleted."""
    [row] = await tx.rows(
        sa.select(sa.func.count().label("images"))
        .select_from(ledger)
        .join(jobs, _JOB)
        .join(pictures, sa.and_(pictures.c.team == jobs.c.team, pictures.c.job == jobs.c.id))
        .where(*_charges(team, week), pictures.c.shared, sa.not_(jobs.c.deleted))
    )
    return int(row.images)


async def _dearest(tx: Tx, team: TeamId, week: Span) -> dict[str, Any] | None:
    """The thread on which most was charged; a result in a channel is a thread of its own."""
    thread = sa.func.coalesce(jobs.c.thread, jobs.c.root)
    charged = total(ledger.c.credits)
    rows = await tx.rows(
        sa.select(jobs.c.channel, thread.label("ts"), charged.label("credits"))
        .select_from(ledger)
        .join(jobs, _JOB)
        .where(*_charges(team, week), thread.is_not(None))
        .group_by(jobs.c.channel, thread)
        .having(charged > 0)
        .order_by(charged.desc(), jobs.c.channel, thread)
        .limit(1)
    )
    if not rows:
        return None
    return {"channel": rows[0].channel, "ts": rows[0].ts, "credits": int(rows[0].credits)}


async def _unused(tx: Tx, team: TeamId, week: Span, rules: Rules) -> dict[str, Any]:
    """What weekly and monthly caps of channels have left of the period that the week ended in.

    Channels with a cap of their own, and those with the default cap that were used in the week.
    """
    scopes = {
        *(scope for scope in await listing.capped(tx, team) if _is_channel(scope)),
        *await listing.used(tx, team, week.first, week.last),
    }
    standings = [await budget.standing(tx, scope, week.last, rules) for scope in scopes]
    left = sorted(filter(_has_left, standings), key=lambda one: (-(one.left or 0), _id(one)))
    return {
        "most": [
            [_id(one), one.left, one.cap.limit, one.cap.period, _iso(one.span.last)]
            for one in left[:SHOWN]
        ],
        "rest": len(left[SHOWN:]),
    }


def _is_channel(scope: Scope) -> bool:
    return scope.channel is not None and scope.user is None


def _has_left(standing: Standing) -> bool:
    return standing.cap.period is not Period.DAY and (standing.left or 0) > 0


def _id(standing: Standing) -> ChannelId:
    return standing.scope.channel or ChannelId("")


def _iso(day: date) -> str:
    return day.isoformat()
