"""The tables that procrastinate keeps its entries in: a hint of what is to be run, never the truth.

An entry says that a job is to be run (`todo`) or is being run by a worker that beats (`doing`). Its
`queueing_lock` is the job's, so that there is one entry to be run at most. PostgreSQL only.
"""

from __future__ import annotations

import sqlalchemy as sa

from bot.core.job import JobId, TeamId
from bot.store import postgres
from bot.store.db import Tx
from bot.store.jobs import IS_OPEN
from bot.store.tables import jobs

entries = sa.table(
    "procrastinate_jobs",
    sa.column("queueing_lock", sa.Text),
    sa.column("status", sa.Text),
)
_status = sa.cast(entries.c.status, sa.Text)
LIVE = ("todo", "doing")
QUEUE = "easel"
LOOKING = postgres.MIGRATING + 2  # of the advisory locks


def lock(team: TeamId, job: JobId) -> str:
    """What tells the entries of a job from those of all others."""
    return f"{team}/{job}"


async def orphans(tx: Tx, limit: int) -> list[tuple[TeamId, JobId]]:
    """Jobs that something is left to do for and that have no entry, oldest first.

    Whoever looks for them next waits until this transaction has given them theirs: seen before, and
    given another while the first is run, a job would be run twice.
    """
    await tx.run(sa.select(sa.func.pg_advisory_xact_lock(LOOKING)))
    held = sa.exists().where(
        entries.c.queueing_lock == jobs.c.team + "/" + jobs.c.id, _status.in_(LIVE)
    )
    rows = await tx.rows(
        sa.select(jobs.c.team, jobs.c.id)
        .where(IS_OPEN, ~held)
        .order_by(jobs.c.created)
        .limit(limit)
    )
    return [(TeamId(row.team), JobId(row.id)) for row in rows]
