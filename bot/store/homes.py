"""Who has opened App Home, and when. Every function runs inside the caller's transaction."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.core.job import TeamId, UserId
from bot.store.db import Tx
from bot.store.tables import homes


async def opened(tx: Tx, team: TeamId, user: UserId, now: datetime) -> None:
    """Somebody looks at it."""
    await tx.run(
        tx.insert(homes)
        .values(team=team, user=user, opened=now)
        .on_conflict_do_update(index_elements=["team", "user"], set_={"opened": now})
    )


async def openers(tx: Tx, team: TeamId, since: datetime) -> list[UserId]:
    """Who has looked at it since then."""
    rows = await tx.rows(
        sa.select(homes.c.user)
        .where(homes.c.team == team, homes.c.opened >= since)
        .order_by(homes.c.opened.desc())
    )
    return [UserId(row.user) for row in rows]
