"""Policies: who may spend, what waits for an admin, when admins hear of a budget.

Every function runs inside the caller's transaction and counts for the very next click.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.core.budget import Scope
from bot.core.job import ChannelId, Credits, TeamId, UserId
from bot.core.policy import UNSET, Policies, Policy, Spenders
from bot.store.budget import Rules
from bot.store.controls import record
from bot.store.db import Tx
from bot.store.tables import policies


async def get(tx: Tx, team: TeamId, channel: ChannelId | None, rules: Rules) -> Policies:
    """What counts in a channel, or (None) in the workspace as a whole."""
    rows = await tx.rows(
        sa.select(policies).where(
            policies.c.team == team, policies.c.channel.in_({"", channel or ""})
        )
    )
    found = {row.channel: _policy(row) for row in rows}
    own = found.get(channel, UNSET) if channel else UNSET
    return Policies(found.get("", UNSET), own, rules.spenders)


async def put(tx: Tx, scope: Scope, policy: Policy, by: UserId, now: datetime) -> None:
    """Set a channel's policy, or the workspace's, as a whole."""
    levels = None if policy.levels is None else ",".join(map(str, policy.levels))
    values = {
        "approve_from": policy.approve_from,
        "levels": levels,
        "spenders": policy.spenders,
        "set_by": by,
        "set_at": now,
    }
    await tx.run(
        tx.insert(policies)
        .values(team=scope.team, channel=scope.channel or "", **values)
        .on_conflict_do_update(index_elements=["team", "channel"], set_=values)
    )
    said = (
        f"approval from {_word(policy.approve_from)}, alerts at {_word(levels)}, "
        f"spenders {_word(policy.spenders)}"
    )
    await record(tx, scope, said, by, now)


def _word(value: object) -> str:
    return "not set" if value is None else str(value) or "never"


def _policy(row: sa.Row[Any]) -> Policy:
    levels = row.levels
    return Policy(
        approve_from=None if row.approve_from is None else Credits(row.approve_from),
        levels=None if levels is None else tuple(int(part) for part in levels.split(",") if part),
        spenders=Spenders(row.spenders) if row.spenders else None,
    )
