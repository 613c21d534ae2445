"""What was used when and by whom, from the books: never from the ledger, so it stays cheap."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from bot.core.budget import Scope
from bot.core.job import ChannelId, Credits, TeamId, UserId
from bot.core.periods import Span
from bot.core.report import DayUse, Ranking, Share, ranking
from bot.store.budget import is_scope
from bot.store.db import Tx
from bot.store.tables import total, usage

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
    return ranking((_share(row, ChannelId(row.channel), None) for row in rows), MOST)


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
    return ranking((_share(row, channel, UserId(row.user)) for row in rows), MOST)


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
