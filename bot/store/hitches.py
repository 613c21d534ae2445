"""What keeps pictures that are paid for from Slack. Inside the caller's transaction."""

from __future__ import annotations

import sqlalchemy as sa

from bot.core.errors import HITCHES
from bot.core.job import TeamId
from bot.store.db import Tx
from bot.store.jobs import IS_OPEN
from bot.store.tables import jobs

_EVERY = [code for code, hitch in HITCHES.items() if hitch.offer]


MET = (
    sa.select(jobs.c.team, jobs.c.waits_for)
    .where(IS_OPEN, jobs.c.waits_for.in_(_EVERY))
    .order_by(jobs.c.created)
)


async def met(tx: Tx, team: TeamId) -> str | None:
    """The key of `HITCHES` that every picture of a workspace would meet; None when none waits.

    Looked for among the open jobs of all workspaces, of which there is an index, and not by the
    workspace: no plan then reads all that it ever asked for.
    """
    rows = await tx.rows(MET)
    return next((row.waits_for for row in rows if row.team == team), None)
