"""What can be known of a job afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.budget import LineKind
from bot.core.errors import Refused
from bot.core.job import Credits, Job, JobId, TeamId
from bot.services import Services
from bot.store import budget, jobs


@dataclass(frozen=True, slots=True)
class Known:
    """A job with its lines of the ledger."""

    job: Job
    lines: list[tuple[LineKind, Credits, datetime]]


async def details(services: Services, team: TeamId, job_id: JobId) -> Known:
    """Everything about a job. Raises `Refused` when it is not known."""
    async with services.db.read() as tx:
        job = await jobs.get(tx, team, job_id)
        if job is None:
            raise Refused("This request is not known any more.")
        return Known(job, await budget.lines(tx, job))
