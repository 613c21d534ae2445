"""The ledger as it is read by accountants: each job's hold with what became of it, page by page."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.core.budget import Cap, Grant, LineKind, Scope
from bot.core.job import ChannelId, Credits, TeamId, UserId
from bot.core.periods import Period
from bot.store.db import Tx
from bot.store.tables import caps, draws, grants, jobs, ledger, total, workspaces

PAGE = 500  # holds in memory at once


@dataclass(frozen=True, slots=True)
class CapRow:
    """A cap that is set now."""

    scope: Scope
    cap: Cap
    at: datetime


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A grant, whether or not it still has something to give."""

    scope: Scope
    grant: Grant
    counts: Credits  # what holds of these days drew from it, and what it still has to give
    at: datetime


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A hold and what became of it: `kind` says how it stands now."""

    scope: Scope
    job: str
    model: str
    size: str | None
    quality: str | None
    images: int  # asked for
    kind: LineKind
    credits: Credits  # what counts now: held or charged; 0 when released
    table_version: str
    request_id: str | None  # the provider's word: untrusted
    at: datetime  # of the admission


async def set_caps(tx: Tx) -> list[CapRow]:
    """Every cap that is set, in every workspace: widest first, in the order of their scopes."""
    rows = await tx.rows(sa.select(caps).order_by(caps.c.team, caps.c.channel, caps.c.user))
    return [
        CapRow(
            _scope(row),
            Cap(Period(row.period), None if row.limit is None else Credits(row.limit)),
            row.set_at,
        )
        for row in rows
    ]


async def given(
    tx: Tx, first: date, last: date, today: date
) -> AsyncGenerator[Sequence[GrantRow], None]:
    """Every grant that counts on one of these local days, in the order in which they were given.

    What it has left counts unless it had ended by then: what it does not give in time is gone.
    """
    drawn = (
        sa.select(draws.c.grant, total(draws.c.credits).label("credits"))
        .join(jobs, sa.and_(jobs.c.team == draws.c.team, jobs.c.id == draws.c.job))
        .where(jobs.c.day.between(first, last))
        .group_by(draws.c.grant)
        .subquery()
    )
    left = sa.case((grants.c.ends >= min(last, today), grants.c.credits - grants.c.used), else_=0)
    statement = (
        sa.select(grants, (sa.func.coalesce(drawn.c.credits, 0) + left).label("counts"))
        .outerjoin(drawn, drawn.c.grant == grants.c.id)
        .where(grants.c.starts <= last, grants.c.ends >= first)
        .order_by(grants.c.given, grants.c.id)
    )
    async with aclosing(tx.pages(statement, PAGE)) as pages:
        async for page in pages:
            yield [
                GrantRow(
                    _scope(row),
                    Grant(row.id, Credits(row.credits), Credits(row.used), row.starts, row.ends),
                    Credits(int(row.counts)),
                    row.given,
                )
                for row in page
            ]


async def held(tx: Tx, first: date, last: date) -> AsyncGenerator[Sequence[HoldRow], None]:
    """Every hold admitted on these local days (both included), in order of time.

    A day is read by the ledger's index and put in order by itself, so that the first rows come at
    once and sorting never takes more than a day's.
    """
    teams = [row.team for row in await tx.rows(sa.select(workspaces.c.team))]
    day = await _next_day(tx, teams, first)
    while day is not None and day <= last:
        async with aclosing(tx.pages(_of_day(teams, day), PAGE)) as pages:
            async for page in pages:
                yield [_held(row) for row in page]
        day = None if day == date.max else await _next_day(tx, teams, day + timedelta(days=1))


async def _next_day(tx: Tx, teams: list[str], first: date) -> date | None:
    """The first local day from this one on that the ledger knows: one look into its index each."""
    days = []
    for team in teams:
        [row] = await tx.rows(
            sa.select(sa.func.min(ledger.c.day).label("day")).where(
                ledger.c.team == team, ledger.c.day >= first
            )
        )
        days.append(row.day)
    return min((day for day in days if day is not None), default=None)


def _of_day(teams: list[str], day: date) -> sa.Select[Any]:
    end, lost = ledger.alias("end"), ledger.alias("lost")
    return (
        sa.select(
            ledger,
            end.c.kind.label("ended"),
            end.c.credits.label("came_to"),
            lost.c.kind.label("lost"),
            jobs.c.model,
            jobs.c.size,
            jobs.c.quality,
            jobs.c.images,
            jobs.c.request_id,
        )
        .join(jobs, sa.and_(jobs.c.team == ledger.c.team, jobs.c.id == ledger.c.job))
        .outerjoin(end, _line_of(end, LineKind.CHARGED, LineKind.RELEASED))
        .outerjoin(lost, _line_of(lost, LineKind.UNKNOWN))
        .where(
            ledger.c.team.in_(teams),
            ledger.c.day == day,
            ledger.c.kind == LineKind.HELD,
        )
        .order_by(ledger.c.at, ledger.c.seq)
    )


def _line_of(other: sa.FromClause, *kinds: LineKind) -> sa.ColumnElement[bool]:
    """Another line of the same job."""
    return sa.and_(
        other.c.team == ledger.c.team, other.c.job == ledger.c.job, other.c.kind.in_(kinds)
    )


def _held(row: sa.Row[Any]) -> HoldRow:
    if row.ended is not None:
        kind = LineKind(row.ended)
        counts = row.came_to if kind is LineKind.CHARGED else 0
    else:
        kind = LineKind.UNKNOWN if row.lost else LineKind.HELD
        counts = row.credits
    return HoldRow(
        scope=_scope(row),
        job=row.job,
        model=row.model,
        size=row.size,
        quality=row.quality,
        images=row.images,
        kind=kind,
        credits=Credits(counts),
        table_version=row.table_version,
        request_id=row.request_id,
        at=row.at,
    )


def _scope(row: sa.Row[Any]) -> Scope:
    return Scope(TeamId(row.team), ChannelId(row.channel) or None, UserId(row.user) or None)
