"""What admins set: caps, grants, pauses, who may spend; and how the settings count days.

Every function runs inside the caller's transaction and counts for the very next admission. Each
change is recorded with who made it.
"""

from __future__ import annotations

import logging
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.core.budget import Cap, Scope
from bot.core.job import ChannelId, Credits, TeamId, UserId
from bot.core.limits import UNSET, Policies, Policy, Spenders
from bot.core.periods import Calendar, Period, Reckoning
from bot.store.budget import Rules, is_scope, key_of
from bot.store.db import Tx
from bot.store.statements import insert, is_named
from bot.store.tables import (
    EMPTY,
    approval_requests,
    calendar,
    caps,
    changes,
    grants,
    pauses,
    policies,
)


async def set_cap(tx: Tx, scope: Scope, cap: Cap | None, by: UserId, now: datetime) -> None:
    """Set a scope's cap; None takes it away: the default counts."""
    if cap is None:
        await tx.run(caps.delete().where(*is_scope(caps, scope)))
        await record(tx, scope, "cap default", by, now)
        return
    values = {"period": cap.period, "limit": cap.limit, "set_by": by, "set_at": now}
    await tx.run(
        insert(caps)
        .values(**key_of(scope), **values)
        .on_conflict_do_update(index_elements=["team", "channel", "user"], set_=values)
    )
    limit = "none" if cap.limit is None else cap.limit
    await record(tx, scope, f"cap {limit} a {cap.period}", by, now)


async def caps_in(tx: Tx, team: TeamId, channel: ChannelId | None) -> dict[UserId | None, Cap]:
    """The caps that are set in a channel or for the workspace: under None, and those of people."""
    rows = await tx.rows(
        sa.select(caps).where(caps.c.team == team, caps.c.channel == (channel or ""))
    )
    return {
        UserId(row.user) if row.user else None: Cap(
            Period(row.period), None if row.limit is None else Credits(row.limit)
        )
        for row in rows
    }


async def add_grant(
    tx: Tx,
    scope: Scope,
    credits: Credits,
    days: tuple[date, date],
    reason: str,
    giver: UserId,
    now: datetime,
) -> int:
    """Give extra credits to a scope for local days (first, last), both included; the grant's id.

    The reason stands here alone, and not among the changes: it is erased by age.
    """
    row = await tx.row(
        grants.insert()
        .values(
            **key_of(scope),
            credits=credits,
            used=0,
            starts=days[0],
            ends=days[1],
            reason=reason,
            giver=giver,
            given=now,
        )
        .returning(grants.c.id)
    )
    if row is None:
        raise AssertionError("an INSERT with RETURNING answers a row")
    await record(tx, scope, f"grant {credits} until {days[1]}", giver, now)
    return int(row.id)


async def erase_reasons(tx: Tx, before: datetime) -> None:
    """Erase why grants given before this were given; who gave how much stays."""
    await tx.run(
        grants.update().where(grants.c.given < before, grants.c.reason != EMPTY).values(reason="")
    )


async def erase_reasons_of(tx: Tx, team: TeamId, user: UserId) -> int:
    """Erase why a person gave, and why they were given; how many grants had such a reason.

    A grant that they asked for was given in the moment in which an admin decided.
    """
    granted = sa.select(approval_requests.c.by, approval_requests.c.decided).where(
        approval_requests.c.team == team, approval_requests.c.asker == user
    )
    is_theirs = sa.or_(
        grants.c.giver == user, sa.tuple_(grants.c.giver, grants.c.given).in_(granted)
    )
    rows = await tx.rows(
        grants.update()
        .where(grants.c.team == team, is_theirs, grants.c.reason != EMPTY)
        .values(reason="")
        .returning(grants.c.id)
    )
    return len(rows)


async def pause(tx: Tx, scope: Scope, by: UserId, now: datetime) -> None:
    """Stop new spending in a channel or in the workspace; what is held goes on."""
    values = {"by": by, "at": now}
    await tx.run(
        insert(pauses)
        .values(team=scope.team, channel=scope.channel or "", **values)
        .on_conflict_do_update(index_elements=["team", "channel"], set_=values)
    )
    await record(tx, scope, "pause", by, now)


async def resume(tx: Tx, scope: Scope, by: UserId, now: datetime) -> None:
    """Allow spending again."""
    await tx.run(
        pauses.delete().where(
            pauses.c.team == scope.team, pauses.c.channel == (scope.channel or "")
        )
    )
    await record(tx, scope, "resume", by, now)


async def record(tx: Tx, scope: Scope, what: str, by: UserId, now: datetime) -> None:
    """Keep who changed what about a budget, and when."""
    await tx.run(changes.insert(), {**key_of(scope), "what": what, "by": by, "at": now})


# Who may spend, what waits for an admin, when admins hear of it


SET = sa.select(policies).where(
    is_named(policies, team="of_team"),
    sa.or_(policies.c.channel == "", is_named(policies, channel="of_channel")),
)


async def policies_in(tx: Tx, team: TeamId, channel: ChannelId | None, rules: Rules) -> Policies:
    """What counts in a channel, or (None) in the workspace as a whole."""
    found = await _policies(tx, team, channel)
    own = found.get(channel, UNSET) if channel else UNSET
    return Policies(found.get("", UNSET), own, rules.spenders)


async def _policies(tx: Tx, team: TeamId, channel: ChannelId | None) -> dict[str, Policy]:
    """What is set for a channel and (without a channel's id) for the workspace."""
    rows = await tx.rows(SET, {"of_team": team, "of_channel": channel or ""})
    return {row.channel: _policy(row) for row in rows}


async def set_policy(tx: Tx, scope: Scope, policy: Policy, by: UserId, now: datetime) -> None:
    """Set a channel's policy, or the workspace's; what is another now is recorded."""
    was = (await _policies(tx, scope.team, scope.channel)).get(scope.channel or "", UNSET)
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


# The calendar


log = logging.getLogger(__name__)

BY = "EASEL_TIMEZONE, EASEL_WEEK_STARTS"
"""Who makes such a change: whoever sets the environment."""


async def adopt_calendar(tx: Tx, wanted: Calendar, now: datetime) -> Calendar:
    """The calendar from a start with these settings on: what they change is one more row.

    The row counts from the next local day on, or the next week; until then a newer one replaces it.
    A process that runs on with other settings goes on counting by them until it is started anew.
    """
    await tx.run(calendar.delete().where(calendar.c.since > now))
    known = await _reckonings(tx)
    change = Calendar(known).change_to(wanted, now) if known else wanted.reckonings[0]
    if change is None:
        return Calendar(known)
    row = {
        "since": change.since,
        "first_day": change.first_day,
        "zone": change.zone.key,
        "first_weekday": change.first_weekday,
        "by": BY,
        "at": now,
    }
    await tx.run(insert(calendar).values(row).on_conflict_do_nothing())  # another start wrote it
    log.info("days are counted in %s from %s on", change.zone.key, change.first_day)
    return Calendar((*known, change))


async def load_calendar(tx: Tx, otherwise: Calendar) -> Calendar:
    """The calendar as it is written; before the first start `otherwise`."""
    known = await _reckonings(tx)
    return Calendar(known) if known else otherwise


async def _reckonings(tx: Tx) -> tuple[Reckoning, ...]:
    rows = await tx.rows(sa.select(calendar).order_by(calendar.c.since))
    return tuple(
        Reckoning(row.since, row.first_day, ZoneInfo(row.zone), row.first_weekday) for row in rows
    )
