"""What happened last in a channel, for somebody who looks on: the demo's drawer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.core.budget import LineKind
from bot.core.job import ChannelId, Credits, JobId, JobState, TeamId, UserId
from bot.store.db import Tx
from bot.store.tables import jobs, ledger


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the ledger."""

    at: datetime
    job: JobId
    kind: LineKind
    credits: Credits
    user: UserId


async def lines(tx: Tx, team: TeamId, channel: ChannelId, most: int) -> list[Line]:
    """A channel's newest lines of the ledger, the newest first."""
    rows = await tx.rows(
        sa.select(ledger)
        .where(ledger.c.team == team, ledger.c.channel == channel)
        .order_by(ledger.c.seq.desc())
        .limit(most)
    )
    return [
        Line(row.at, JobId(row.job), LineKind(row.kind), Credits(row.credits), UserId(row.user))
        for row in rows
    ]


async def jobs_by_state(tx: Tx, team: TeamId, channel: ChannelId) -> dict[JobState, int]:
    """How many of a channel's jobs are in which state; states without any are missing."""
    rows = await tx.rows(
        sa.select(jobs.c.state, sa.func.count().label("many"))
        .where(jobs.c.team == team, jobs.c.channel == channel)
        .group_by(jobs.c.state)
    )
    return {JobState(row.state): int(row.many) for row in rows}
