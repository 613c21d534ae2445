"""The tables that procrastinate keeps its entries in: a hint of what is to be run, never the truth.

An entry says that a job is to be run (`todo`) or is being run by a worker that beats (`doing`). Its
`queueing_lock` is the job's, so that there is one entry to be run at most. PostgreSQL only.
"""

from __future__ import annotations

import sqlalchemy as sa

from bot.core.job import JobId, TeamId
from bot.store.db import Tx
from bot.store.jobs import IS_OPEN
from bot.store.tables import jobs

entries = sa.table(
    "procrastinate_jobs",
    sa.column("queue_name", sa.Text),
    sa.column("queueing_lock", sa.Text),
    sa.column("status", sa.Text),
    sa.column("worker_id", sa.BigInteger),
)
workers = sa.table(
    "procrastinate_workers", sa.column("id", sa.BigInteger), sa.column("last_heartbeat")
)
_status = sa.cast(entries.c.status, sa.Text)
LIVE = ("todo", "doing")
QUEUE = "easel"


def lock(team: TeamId, job: JobId) -> str:
    """What tells the entries of a job from those of all others."""
    return f"{team}/{job}"


async def clear(tx: Tx, dead_after: float) -> int:
    """Take the entries away whose worker has not beaten for so many seconds; how many.

    The server's clock counts. A worker that lives after all finds its entry gone when it has run
    its job, and each of the job's writes refused before.
    """
    since = sa.func.now() - sa.func.make_interval(0, 0, 0, 0, 0, 0, dead_after)
    alive = sa.select(workers.c.id).where(workers.c.last_heartbeat >= since)
    is_dead = sa.or_(entries.c.worker_id.is_(None), entries.c.worker_id.not_in(alive))
    rows = await tx.rows(
        sa.delete(entries)
        .where(entries.c.queue_name == QUEUE, _status == "doing", is_dead)
        .returning(entries.c.queueing_lock)
    )
    return len(rows)


async def orphans(tx: Tx, limit: int) -> list[tuple[TeamId, JobId]]:
    """Jobs that something is left to do for and that have no entry, oldest first."""
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
