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
from bot.store.statements import insert, is_named
from bot.store.tables import policies

SET = sa.select(policies).where(
    is_named(policies, team="of_team"),
    sa.or_(policies.c.channel == "", is_named(policies, channel="of_channel")),
)


async def get(tx: Tx, team: TeamId, channel: ChannelId | None, rules: Rules) -> Policies:
    """What counts in a channel, or (None) in the workspace as a whole."""
    found = await _set(tx, team, channel)
    own = found.get(channel, UNSET) if channel else UNSET
    return Policies(found.get("", UNSET), own, rules.spenders)


async def _set(tx: Tx, team: TeamId, channel: ChannelId | None) -> dict[str, Policy]:
    """What is set for a channel and (without a channel's id) for the workspace."""
    rows = await tx.rows(SET, {"of_team": team, "of_channel": channel or ""})
    return {row.channel: _policy(row) for row in rows}


async def put(tx: Tx, scope: Scope, policy: Policy, by: UserId, now: datetime) -> None:
    """Set a channel's policy, or the workspace's; what is another now is recorded."""
    was = (await _set(tx, scope.team, scope.channel)).get(scope.channel or "", UNSET)
    values = {
        "approve_from": policy.approve_from,
        "levels": _joined(policy.levels),
        "spenders": policy.spenders,
        "set_by": by,
        "set_at": now,
    }
    await tx.run(
        insert(policies)
        .values(team=scope.team, channel=scope.channel or "", **values)
        .on_conflict_do_update(index_elements=["team", "channel"], set_=values)
    )
    for what, before, after in (
        ("approval from", was.approve_from, policy.approve_from),
        ("alerts at", _joined(was.levels), _joined(policy.levels)),
        ("spenders", was.spenders, policy.spenders),
    ):
        if before != after:
            await record(tx, scope, f"{what} {_word(after)}", by, now)


def _joined(levels: tuple[int, ...] | None) -> str | None:
    return None if levels is None else ",".join(map(str, levels))


def _word(value: object) -> str:
    return "not set" if value is None else str(value) or "never"


def _policy(row: sa.Row[Any]) -> Policy:
    levels = row.levels
    return Policy(
        approve_from=None if row.approve_from is None else Credits(row.approve_from),
        levels=None if levels is None else tuple(int(part) for part in levels.split(",") if part),
        spenders=Spenders(row.spenders) if row.spenders else None,
    )
