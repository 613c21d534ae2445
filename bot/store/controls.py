"""What admins set: caps, grants, pauses; each change is recorded with who made it.

Every function runs inside the caller's transaction and counts for the very next admission.
"""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa

from bot.core.budget import Cap, Scope
from bot.core.job import ChannelId, Credits, TeamId, UserId
from bot.core.periods import Period
from bot.store.budget import is_scope, key_of
from bot.store.db import Tx
from bot.store.statements import insert
from bot.store.tables import EMPTY, caps, changes, grants, pauses


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
