"""What was used when and by whom, and which budgets there are.

From the books, never from the ledger, so that it stays cheap; only what a cap would have refused,
and what is not known, is looked up there by the day.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from bot.core.budget import LineKind, Scope
from bot.core.job import ChannelId, Credits, JobId, TeamId, UserId
from bot.core.limits import Charged
from bot.core.periods import Span
from bot.core.report import DayUse, Drift, Ranking, Share, Unknown, rank
from bot.store.budget import is_scope
from bot.store.db import Tx
from bot.store.tables import caps, grants, jobs, ledger, pauses, total, usage, workspaces

MOST = 100  # people or channels that are named: as many as a table in Slack has rows


async def by_day(tx: Tx, scope: Scope, span: Span) -> list[DayUse]:
    """A scope's use by local day; days on which nothing was admitted are missing."""
    rows = await tx.rows(
        sa.select(usage.c.day, usage.c.charged, usage.c.held).where(
            *is_scope(usage, scope), usage.c.day.between(span.first, span.last)
        )
    )
    return [DayUse(row.day, Credits(row.charged), Credits(row.held)) for row in rows]


async def first_use(tx: Tx, scope: Scope, today: date) -> date | None:
    """The first local day on which a scope used anything; what was released is no use."""
    first = await tx.row(
        sa.select(usage.c.day)
        .where(
            *is_scope(usage, scope),
            usage.c.day <= today,
            sa.or_(usage.c.charged != 0, usage.c.held != 0),
        )
        .order_by(usage.c.day)
        .limit(1)
    )
    return None if first is None else first.day


async def by_use(tx: Tx, scope: Scope, span: Span) -> Ranking:
    """Who used the most over local days: people of a channel, or channels of the workspace."""
    if scope.channel is None:
        return await _channels(tx, scope.team, span)
    return await _people(tx, scope.team, scope.channel, span)


async def _channels(tx: Tx, team: TeamId, span: Span) -> Ranking:
    """By the index over (team, user, day): the rows of channels have no user."""
    rows = await tx.rows(
        sa.select(usage.c.channel, *_SUMS)
        .where(
            usage.c.team == team,
            usage.c.user == "",
            usage.c.channel != "",
            usage.c.day.between(span.first, span.last),
        )
        .group_by(usage.c.channel)
    )
    return rank((_share(row, ChannelId(row.channel), None) for row in rows), MOST)


async def _people(tx: Tx, team: TeamId, channel: ChannelId, span: Span) -> Ranking:
    """By the key (team, channel, user, day), from person to person.

    Each is looked up behind the one before: a plain GROUP BY would read the channel's whole past.
    """
    first = _next_user(team, channel, sa.literal(""))
    people = sa.select(first.label("user")).cte("people", recursive=True)
    following = _next_user(team, channel, people.c.user)
    people = people.union_all(sa.select(following).where(people.c.user.is_not(None)))
    of_person = (
        usage.c.team == team,
        usage.c.channel == channel,
        usage.c.user == people.c.user,
        usage.c.day.between(span.first, span.last),
    )
    sums = [  # not by a join: SQLite would go through the channel's books for it
        sa.select(one).where(*of_person).scalar_subquery().label(one.name) for one in _SUMS
    ]
    rows = await tx.rows(sa.select(people.c.user, *sums).where(people.c.user.is_not(None)))
    return rank((_share(row, channel, UserId(row.user)) for row in rows), MOST)


def _next_user(
    team: TeamId, channel: ChannelId, user: sa.ColumnElement[str]
) -> sa.ScalarSelect[str]:
    """Who comes next in a channel's books; NULL behind the last one."""
    books = usage.alias()
    here = (books.c.team == team, books.c.channel == channel, books.c.user > user)
    return sa.select(books.c.user).where(*here).order_by(books.c.user).limit(1).scalar_subquery()


_SUMS = [total(usage.c[name]).label(name) for name in ("charged", "held")]


def _share(row: sa.Row[Any], channel: ChannelId, user: UserId | None) -> Share:
    return Share(channel, user, Credits(row.charged), Credits(row.held))


# From the ledger


async def charged_requests(tx: Tx, scope: Scope, days: Span) -> list[Charged]:
    """What was charged in a channel or the workspace, in the order of admission.

    A day at a time: each is one look into `ix_ledger_page`, and others have their turn in between.
    """
    held = ledger.alias("held")
    of_scope = [ledger.c.team == scope.team, ledger.c.kind == LineKind.CHARGED]
    if scope.channel is not None:
        of_scope.append(ledger.c.channel == scope.channel)
    of_day = (
        sa.select(ledger.c.user, ledger.c.credits)
        .join(
            held,
            sa.and_(
                held.c.team == ledger.c.team,
                held.c.job == ledger.c.job,
                held.c.kind == LineKind.HELD,
            ),
        )
        .where(*of_scope, ledger.c.day == sa.bindparam("on"))
        .order_by(held.c.seq)  # written under the budget lock: the order of admission
    )
    found: list[Charged] = []
    day = days.first
    while day <= days.last:
        rows = await tx.rows(of_day, {"on": day})
        found += [Charged(UserId(row.user), day, Credits(row.credits)) for row in rows]
        day += timedelta(days=1)
    return found


# What admins see of a whole workspace


async def channels_by_use(tx: Tx, team: TeamId, month: Span, today: date) -> list[ChannelId]:
    """Channels that something was used or set in, those with most use this month first."""
    found = await budgets(tx, team, month, today)
    channels = {scope.channel for scope in found if scope.channel is not None}
    return sorted(channels, key=lambda one: (-found.get(Scope(team, one), 0), one))


async def unknown_holds(tx: Tx, team: TeamId) -> list[Unknown]:
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


# Which budgets there are: what admins set, and what was used lately


async def workspaces_known(tx: Tx) -> list[TeamId]:
    """Every workspace in which something was held or changed."""
    rows = await tx.rows(sa.select(workspaces.c.team).order_by(workspaces.c.team))
    return [TeamId(row.team) for row in rows]


async def capped(tx: Tx, team: TeamId) -> list[Scope]:
    """Scopes with a cap of their own."""
    rows = await tx.rows(sa.select(caps.c.channel, caps.c.user).where(caps.c.team == team))
    return [_scope(team, row) for row in rows]


async def budgets(tx: Tx, team: TeamId, month: Span, today: date) -> dict[Scope, int]:
    """Scopes with a cap, a pause or a grant that counts today, and channels used in this month.

    Each with the credits that were charged or are held in it; a person's are not looked up.
    """
    nobody = sa.literal("").label("user")
    set_ = await tx.rows(
        sa.union(
            sa.select(caps.c.channel, caps.c.user).where(caps.c.team == team),
            sa.select(pauses.c.channel, nobody).where(pauses.c.team == team),
            sa.select(grants.c.channel, grants.c.user).where(
                grants.c.team == team, grants.c.starts <= today, grants.c.ends >= today
            ),
        )
    )
    amount = total(usage.c.charged + usage.c.held)
    used = await tx.rows(
        sa.select(usage.c.channel, nobody, amount.label("amount"))
        .where(
            usage.c.team == team,
            usage.c.channel != "",
            usage.c.user == "",
            usage.c.day.between(month.first, month.last),
        )
        .group_by(usage.c.channel)
        .having(amount > 0)
    )
    return {_scope(team, row): 0 for row in set_} | {
        _scope(team, row): int(row.amount) for row in used
    }


async def people_used(tx: Tx, of: Scope, first: date, last: date) -> list[Scope]:
    """Everybody in a channel for whom something is charged or held on these local days."""
    rows = await tx.rows(
        sa.select(usage.c.channel, usage.c.user)
        .where(
            usage.c.team == of.team,
            usage.c.channel == of.channel,
            usage.c.user != "",
            usage.c.day.between(first, last),
            sa.or_(usage.c.held != 0, usage.c.charged != 0),
        )
        .distinct()
        .order_by(usage.c.user)
    )
    return [_scope(of.team, row) for row in rows]


def _scope(team: TeamId, row: sa.Row[Any]) -> Scope:
    return Scope(team, ChannelId(row.channel) or None, UserId(row.user) or None)
