"""People's own settings. Every function runs inside the caller's transaction."""

from __future__ import annotations

import sqlalchemy as sa

from bot.core.grammar import Defaults
from bot.core.job import Credits, Quality, TeamId, UserId
from bot.core.preferences import UNSET, Preferences
from bot.store.db import Tx
from bot.store.rows import size_of
from bot.store.statements import insert, is_named
from bot.store.tables import preferences

OWN = sa.select(preferences).where(is_named(preferences, team="of_team", user="of_user"))


async def get(tx: Tx, team: TeamId, user: UserId) -> Preferences:
    """What somebody has set; `UNSET` where that is nothing."""
    row = await tx.row(OWN, {"of_team": team, "of_user": user})
    if row is None:
        return UNSET
    return Preferences(
        None if row.skip_below is None else Credits(row.skip_below),
        Defaults(size_of(row.size), Quality(row.quality) if row.quality else Defaults().quality),
    )


async def put(tx: Tx, team: TeamId, user: UserId, chosen: Preferences) -> None:
    """Set all of it; counts for the very next request."""
    size = chosen.defaults.size
    values = {
        "skip_below": chosen.skip_below,
        "size": str(size) if size else None,
        "quality": chosen.defaults.quality,
    }
    await tx.run(
        insert(preferences)
        .values(team=team, user=user, **values)
        .on_conflict_do_update(index_elements=["team", "user"], set_=values)
    )
