"""Jobs whose outcome was lost: which are asked for again, and how an admin ends them.

Every function runs inside the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.core.budget import LineKind, Scope
from bot.core.job import OPEN, Credits, Job, JobId, JobState, Step, TeamId, UserId
from bot.store import alerts, budget, controls
from bot.store.budget import Rules
from bot.store.db import Tx
from bot.store.jobs import key_of, transition
from bot.store.reports import workspaces_known
from bot.store.rows import from_row
from bot.store.tables import jobs, ledger, usage

BY_ADMIN = {LineKind.RELEASED: "released_by_admin", LineKind.CHARGED: "charged_by_admin"}
"""The faults that say how an admin has ended a hold."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A job that is not known and that Pixapi can be asked for."""

    team: TeamId
    job: JobId
    submitted: datetime
    looked: datetime | None  # when a process last took it on to ask for the task


async def with_task(tx: Tx) -> list[Lost]:
    """Those of all workspaces that Pixapi has given a task, and that are not looked for now."""
    found: list[Lost] = []
    for team in await workspaces_known(tx):
        rows = await tx.rows(
            sa.select(jobs.c.id, jobs.c.submitted, jobs.c.looked).where(
                jobs.c.team == team,
                jobs.c.id.in_(_ever_unknown(team)),
                *_can_be_asked_for(),
                sa.or_(jobs.c.pending_step.is_(None), jobs.c.pending_step != Step.LOOK),
            )
        )
        found += [Lost(team, JobId(row.id), row.submitted, row.looked) for row in rows]
    return found


def _ever_unknown(team: TeamId) -> sa.Select[tuple[str]]:
    """By the books' days that have some still: a look at every job would take too long."""
    days = sa.select(usage.c.day).where(
        usage.c.team == team, usage.c.channel == "", usage.c.user == "", usage.c.unknown > 0
    )
    return sa.select(ledger.c.job).where(
        ledger.c.team == team, ledger.c.day.in_(days), ledger.c.kind == LineKind.UNKNOWN
    )


async def mark(tx: Tx, lost: Lost, now: datetime) -> bool:
    """Let the next run of this job ask for it; False while something else is left to do for it.

    Nothing happens where an admin has decided it meanwhile, or another process has marked it.
    """
    is_it = (jobs.c.team == lost.team, jobs.c.id == lost.job, *_can_be_asked_for())
    step = jobs.c.pending_step
    await tx.run(
        jobs.update()
        .where(*is_it, step.is_(None), jobs.c.looked.is_not_distinct_from(lost.looked))
        .values(pending_step=Step.LOOK, looked=now)
    )
    return not await tx.rows(sa.select(jobs.c.id).where(*is_it, step != Step.LOOK))


def _can_be_asked_for() -> tuple[sa.ColumnElement[bool], ...]:
    return (
        jobs.c.state == JobState.UNKNOWN,
        jobs.c.task.is_not(None),
        jobs.c.submitted.is_not(None),
    )


async def decide(
    tx: Tx, team: TeamId, job: JobId, spent: Credits | None, by: UserId, now: datetime, rules: Rules
) -> Job | None:
    """An admin ends a hold: so many credits were spent (None: what is held; 0: it is released).

    Under the workspace's budget lock. None when the job is not waiting for that: somebody, or
    Pixapi's late answer, was first. A look under way finds another state and writes nothing.
    """
    kind = LineKind.RELEASED if spent == 0 else LineKind.CHARGED
    decided = await transition(
        tx,
        key_of(team, job),
        JobState.FAILED,
        (JobState.UNKNOWN,),
        {},
        fault=BY_ADMIN[kind],
        charged=jobs.c.credits if spent is None else spent,
        pending_step=Step.TELL,
    )
    if decided is None:
        return None
    charged = decided.charged or Credits(0)
    if kind is LineKind.RELEASED:
        await budget.release(tx, decided, now)
    else:
        await budget.charge(tx, decided, charged, now)
    if charged > decided.price.credits:
        await alerts.raise_after_charge(tx, decided, rules, now)
    what = f"job {job} {kind}" + (f" {charged}" if kind is LineKind.CHARGED else "")
    await controls.record(tx, Scope(team, decided.place.channel, decided.asker), what, by, now)
    return decided


@dataclass(frozen=True, slots=True)
class Listed:
    """A job that holds credits, and since when it stands as it does in the ledger."""

    job: Job
    since: datetime


async def listed(tx: Tx, team: TeamId, *, every_open: bool) -> list[Listed]:
    """Jobs that are not known, or all that are not at their end, oldest first."""
    states = {JobState.UNKNOWN, *({JobState.WAITING, *OPEN} if every_open else ())}
    since = (
        sa.select(sa.func.max(ledger.c.at))
        .where(ledger.c.team == jobs.c.team, ledger.c.job == jobs.c.id)
        .scalar_subquery()
        .label("since")
    )
    rows = await tx.rows(
        sa.select(jobs, since)
        .where(jobs.c.team == team, jobs.c.state.in_(states))
        .order_by(jobs.c.created)
    )
    return [Listed(from_row(row, ()), row.since) for row in rows]
