"""Whose budgets there are to look at: what admins set, and whatever was used lately."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from bot.core.budget import Scope
from bot.core.job import ChannelId, TeamId, UserId
from bot.store.db import Tx
from bot.store.tables import caps, grants, pauses, usage, workspaces


async def workspaces_known(tx: Tx) -> list[TeamId]:
    """Every workspace in which something was held or changed."""
    rows = await tx.rows(sa.select(workspaces.c.team).order_by(workspaces.c.team))
    return [TeamId(row.team) for row in rows]


async def capped(tx: Tx, team: TeamId) -> list[Scope]:
    """Scopes with a cap of their own."""
    rows = await tx.rows(sa.select(caps.c.channel, caps.c.user).where(caps.c.team == team))
    return [_scope(team, row) for row in rows]


async def granted(tx: Tx, team: TeamId, today: date) -> list[Scope]:
    """Scopes with a grant that counts today."""
    rows = await tx.rows(
        sa.select(grants.c.channel, grants.c.user)
        .where(grants.c.team == team, grants.c.starts <= today, grants.c.ends >= today)
        .distinct()
    )
    return [_scope(team, row) for row in rows]


async def paused(tx: Tx, team: TeamId) -> list[Scope]:
    """What an admin has paused."""
    rows = await tx.rows(sa.select(pauses.c.channel).where(pauses.c.team == team))
    return [Scope(team, ChannelId(row.channel) or None) for row in rows]


async def used(tx: Tx, team: TeamId, first: date, last: date) -> list[Scope]:
    """Channels in which something is charged or held on these local days."""
    rows = await tx.rows(
        sa.select(usage.c.channel)
        .where(
            usage.c.team == team,
            usage.c.channel != "",
            usage.c.user == "",
            usage.c.day.between(first, last),
            sa.or_(usage.c.held != 0, usage.c.charged != 0),
        )
        .distinct()
    )
    return [Scope(team, ChannelId(row.channel)) for row in rows]


async def people(tx: Tx, of: Scope, first: date, last: date) -> list[Scope]:
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
