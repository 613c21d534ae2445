"""Ending a hold whose outcome nobody knows: by an admin, in Slack or from a shell; the first wins.

Pixapi's late answer ends it too (`engine.steps.look_again`), and whoever is second changes nothing.
"""

from __future__ import annotations

from datetime import datetime

from bot import metrics
from bot.core.errors import Mistake, Refused
from bot.core.job import Credits, Job, JobId, TeamId, UserId
from bot.features.budgets import begin_change, require_admin
from bot.services import Services
from bot.store import jobs, unknown
from bot.store.budget import Rules
from bot.store.db import Tx
from bot.views.kit import Message
from bot.views.requests import hold_ended, why_no_decision

ADMINS_DECIDE = "Only admins decide this. Nothing was changed."


async def end_hold(
    services: Services, team: TeamId, job: JobId, spent: Credits | None, admin: UserId
) -> Message:
    """End a hold as an admin says: `spent` credits (None: what is held; 0 releases the hold).

    Raises `Refused` for anybody else and where there is nothing to decide, `Mistake`, `Busy`.
    """
    await require_admin(services, admin, ADMINS_DECIDE)
    async with begin_change(services, team) as (tx, now, _):
        decided = await decide(tx, team, job, spent, admin, now, services.rules)
        await services.dispatcher.enqueue(tx, team, job)
        tx.after.append(lambda: _count(decided))
    return hold_ended(decided)


async def decide(
    tx: Tx, team: TeamId, job: JobId, spent: Credits | None, by: UserId, now: datetime, rules: Rules
) -> Job:
    """The decision, under the workspace's budget lock.

    Raises `Mistake` for a job that is not there, `Refused` for one that is not waiting for it.
    """
    decided = await unknown.decide(tx, team, job, spent, by, now, rules)
    if decided is not None:
        return decided
    present = await jobs.get(tx, team, job)
    if present is None:
        raise Mistake(f"There is no job {job[:40]}. easel jobs list shows those that wait.")
    raise Refused(why_no_decision(present))


def _count(decided: Job) -> None:
    charged = decided.charged
    metrics.credits_.labels("charged" if charged else "released").inc(
        charged or decided.price.credits
    )
    metrics.jobs.labels("failed").inc()
