"""Jobs and their pictures: offers, runs, and writes that only the present run may make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Any, TypedDict, Unpack

import sqlalchemy as sa
from sqlalchemy.sql.dml import ReturningUpdate

from bot.core.budget import NOTHING
from bot.core.errors import HITCHES
from bot.core.job import (
    NEXT,
    OPEN,
    ChannelId,
    Credits,
    Job,
    JobId,
    JobState,
    Place,
    Price,
    Request,
    Step,
    TaskId,
    TeamId,
    Ts,
    UserId,
)
from bot.store.db import Tx
from bot.store.errors import Stale
from bot.store.rows import OFFERED, from_row, pictures_of, to_row
from bot.store.statements import insert, is_named, named
from bot.store.tables import approval_requests, jobs, ledger

_OPEN = [sa.literal(one.value, sa.Text, literal_execute=True) for one in JobState if one in OPEN]
IS_OPEN = sa.or_(jobs.c.state.in_(_OPEN), jobs.c.pending_step.is_not(None))
"""Something is left to do for the job. In the words of the index: SQLite does not take bound values
for them, and would read every job there ever was."""


class Changes(TypedDict, total=False):
    """What becomes of a job after its offer, beside its state."""

    attempt: sa.ColumnElement[int]
    pending_step: Step | None
    waits_for: str | None
    channel: ChannelId
    thread: Ts | None
    root: Ts | None
    day: date
    reply_url: str | None
    task: TaskId
    submitted: datetime
    request_id: str | None
    charged: Credits | sa.ColumnElement[int]
    computed: Credits | None
    fault: str | None
    detail: str | None
    moved_from: ChannelId
    moved_for: str


WITHOUT_PICTURES = frozenset({JobState.OFFERED, JobState.WAITING, JobState.QUEUED})
OF_JOB = is_named(jobs, team="of_team", id="of_job")
ONE = sa.select(jobs).where(OF_JOB)
NEW = insert(jobs).on_conflict_do_nothing().returning(jobs.c.id)
_ANNOUNCES = sa.and_(jobs.c.state == JobState.QUEUED, jobs.c.root.is_(None))
_STEP = sa.func.coalesce(jobs.c.pending_step, Step.ANNOUNCE)
LEFT = sa.select(jobs.c.team, jobs.c.id).order_by(jobs.c.created)
STARTED = LEFT.where(IS_OPEN)
UNATTENDED = LEFT.where(jobs.c.pending_step.is_not(None), jobs.c.state.not_in(OPEN))
REPLY_URL = sa.select(jobs.c.reply_url).where(OF_JOB)
BEGIN = (
    jobs.update()
    .where(OF_JOB, IS_OPEN)
    .values(
        attempt=jobs.c.attempt + 1,
        pending_step=sa.case((_ANNOUNCES, _STEP), else_=jobs.c.pending_step),
    )
    .returning(jobs)
)


def key_of(team: TeamId, job: JobId) -> dict[str, str]:
    """What `OF_JOB` is given."""
    return {"of_team": team, "of_job": job}


def may_become(state: JobState, *of: JobState) -> sa.ColumnElement[bool]:
    """The WHERE of every change of state: what `NEXT` allows, and of that only these if any."""
    before = _before(state)
    if not before.issuperset(of):
        raise AssertionError(f"no way from {', '.join(of)} to {state}")
    return jobs.c.state.in_(of or before)


def _before(state: JobState) -> frozenset[JobState]:
    return frozenset(one for one in JobState if state in NEXT[one])


async def transition(
    tx: Tx,
    key: Mapping[str, str],
    state: JobState,
    of: tuple[JobState, ...],
    fence: Fence,
    **changes: Unpack[Changes],
) -> Job | None:
    """Bring one job into a state, if it is in one `of` these and still behind its fence.

    The job afterwards, without its pictures; None when that was not so, and nothing is written.
    """
    allowed = tuple(one for one in of if one in _before(state))
    if allowed != of:
        raise AssertionError(f"no way from {', '.join(of)} to {state}")
    return await _change(tx, key, of, fence, {"state": state, **changes})


Fence = Mapping[str, int]
"""The revision that a click was for, or the attempt that a run is: the row must still have it."""


async def _change(
    tx: Tx,
    key: Mapping[str, str],
    of: tuple[JobState, ...],
    fence: Fence,
    changes: Mapping[str, Any],
) -> Job | None:
    given = {n: v for n, v in changes.items() if not isinstance(v, sa.ColumnElement)}
    statement = _changing(of, tuple(fence), tuple(given))
    if len(given) < len(changes):
        statement = statement.values({n: v for n, v in changes.items() if n not in given})
    row = await tx.row(
        statement,
        {
            **key,
            **{f"is_{name}": value for name, value in fence.items()},
            **{f"new_{name}": value for name, value in given.items()},
        },
    )
    return from_row(row, ()) if row is not None else None


@cache
def _changing(
    of: tuple[JobState, ...], fence: tuple[str, ...], given: tuple[str, ...]
) -> ReturningUpdate[Any]:
    return (
        jobs.update()
        .where(OF_JOB, jobs.c.state.in_(of))
        .where(*(jobs.c[name] == named(jobs.c[name], f"is_{name}") for name in fence))
        .values({name: named(jobs.c[name], f"new_{name}") for name in given})
        .returning(jobs)
    )


async def add(tx: Tx, job: Job) -> Job:
    """Write a new offer; the job that stands under its id, which another process may have written.

    One command or form that is delivered twice has one id.
    """
    if await tx.row(NEW, to_row(job)) is not None:
        return job
    present = await get(tx, job.place.team, job.id)
    if present is None:
        raise LookupError(f"{job.id} was there and is gone")
    return present


async def get(tx: Tx, team: TeamId, job: JobId) -> Job | None:
    """One job with its pictures."""
    row = await tx.row(ONE, key_of(team, job))
    if row is None:
        return None
    return await _with_pictures(tx, row)


async def _with_pictures(tx: Tx, row: Any) -> Job:
    """The job of a row; before Pixapi has it nobody asks for its pictures."""
    if JobState(row.state) in WITHOUT_PICTURES:
        return from_row(row, ())
    return from_row(row, await pictures_of(tx, row.team, row.id))


async def choose(tx: Tx, job: Job, request: Request, price: Price) -> Job | None:
    """Change an offer and raise its revision; None when it is no longer this offer."""
    changed = replace(job, request=request, price=price, revision=job.revision + 1)
    row = await tx.row(
        jobs.update()
        .where(*_is_offer(job))
        .values({name: value for name, value in to_row(changed).items() if name in OFFERED})
        .returning(jobs.c.id)
    )
    return changed if row is not None else None


async def keep_look(tx: Tx, job: Job) -> None:
    """Write what was done to an offer's inputs and the size by the first of them.

    Nothing if it is no longer this offer.
    """
    looked = {name: value for name, value in to_row(job).items() if name in {"notes", "size"}}
    await tx.run(jobs.update().where(*_is_offer(job)).values(looked))


async def move(tx: Tx, job: Job, place: Place) -> Job | None:
    """Let an offer's picture go elsewhere, and raise its revision; None as for `choose`."""
    moved = replace(job, place=place, revision=job.revision + 1)
    row = await tx.row(
        jobs.update()
        .where(*_is_offer(job))
        .values(channel=place.channel, thread=place.thread, revision=moved.revision)
        .returning(jobs.c.id)
    )
    return moved if row is not None else None


async def admit(
    tx: Tx, job: Job, day: date, reply_url: str | None, state: JobState = JobState.QUEUED
) -> Job | None:
    """Compare and set: this very offer is queued, or waits; None when it no longer is one."""
    return await transition(
        tx,
        key_of(job.place.team, job.id),
        state,
        (JobState.OFFERED,),
        {"revision": job.revision},
        day=day,
        reply_url=reply_url,
    )


async def approve(tx: Tx, team: TeamId, job: JobId) -> Job | None:
    """An admin approves a waiting job: it is queued; None when it waits no more."""
    return await transition(tx, key_of(team, job), JobState.QUEUED, (JobState.WAITING,), {})


async def refuse(tx: Tx, team: TeamId, job: JobId, fault: str) -> Job | None:
    """A waiting job is declined or lapses: it has failed; None when it waits no more."""
    return await transition(
        tx,
        key_of(team, job),
        JobState.FAILED,
        (JobState.WAITING,),
        {},
        fault=fault,
        charged=NOTHING,
        pending_step=Step.TELL,
    )


async def withdraw(tx: Tx, job: Job) -> bool:
    """An offer is declined by its asker; False when it is no longer an offer."""
    withdrawn = await transition(
        tx,
        key_of(job.place.team, job.id),
        JobState.CANCELLED,
        (JobState.OFFERED,),
        {"revision": job.revision},
    )
    return withdrawn is not None


async def stop(tx: Tx, job: Job) -> Job | None:
    """The asker stops a waiting or queued job; None when Pixapi may have it already.

    Raises the attempt, so that a run under way can write no more.
    """
    return await transition(
        tx,
        key_of(job.place.team, job.id),
        JobState.CANCELLED,
        (JobState.WAITING, JobState.QUEUED),
        {},
        pending_step=Step.TELL,
        attempt=jobs.c.attempt + 1,
    )


async def begin(tx: Tx, team: TeamId, job: JobId) -> Job | None:
    """Start a run of an open job: its attempt is raised; None when there is nothing to do.

    The step that a queued job begins with is written with it. One that an earlier run has left is
    `in_doubt`.
    """
    row = await tx.row(BEGIN, key_of(team, job))
    if row is None:
        return None
    begun = await _with_pictures(tx, row)
    is_first = begun.pending_step is Step.ANNOUNCE and begun.attempt == 1
    return replace(begun, in_doubt=begun.pending_step is not None and not is_first)


async def record(
    tx: Tx, job: Job, state: JobState | None = None, **changes: Unpack[Changes]
) -> Job:
    """Write what a run has done, if it still is the present run; the job as it is now.

    Raises `Stale` when a newer run (or the asker's stop) has taken over: nothing was written.
    """
    key, present = key_of(job.place.team, job.id), {"attempt": job.attempt}
    if state is None or state is job.state:  # at least a column, whatever changes
        written = await _change(tx, key, (job.state,), present, {**present, **changes})
    else:
        written = await transition(tx, key, state, (job.state,), present, **changes)
    if written is None:
        raise Stale(job.id)
    return replace(written, pictures=job.pictures)


async def late(tx: Tx, job: Job, task: TaskId, request_id: str | None) -> Job:
    """A run that was overtaken learns the task of a job that is not known: it can be looked up."""
    await tx.run(
        jobs.update()
        .where(
            jobs.c.team == job.place.team,
            jobs.c.id == job.id,
            jobs.c.state == JobState.UNKNOWN,
            jobs.c.task.is_(None),
        )
        .values(
            task=task,
            request_id=request_id,
            pending_step=sa.func.coalesce(jobs.c.pending_step, Step.LOOK),
        )
    )
    return replace(job, task=task, request_id=request_id)


async def redirect(tx: Tx, job: Job, channel: ChannelId, code: str) -> Job:
    """A paid job is delivered in another conversation; what was uploaded is uploaded anew."""
    return await record(
        tx,
        job,
        channel=channel,
        thread=None,
        root=None,
        pending_step=None,
        moved_from=job.place.channel,
        moved_for=code,
    )


async def open_jobs(tx: Tx) -> list[tuple[TeamId, JobId]]:
    """Every job that is not at its end, oldest first: what a start goes on with."""
    return [(TeamId(row.team), JobId(row.id)) for row in await tx.rows(STARTED)]


async def unattended(tx: Tx) -> list[tuple[TeamId, JobId]]:
    """Ended and not known jobs of which something is left to do, whoever wrote that."""
    return [(TeamId(row.team), JobId(row.id)) for row in await tx.rows(UNATTENDED)]


async def delete(tx: Tx, job: Job) -> None:
    """The result's message and files are being taken away; the row and its amounts stay."""
    await tx.run(
        jobs.update()
        .where(jobs.c.team == job.place.team, jobs.c.id == job.id)
        .values(deleted=True, pending_step=Step.RETELL if job.place.thread else None)
    )


async def erase_prompts(tx: Tx, before: datetime, limit: int, sought: datetime) -> int:
    """Erase what people and the provider wrote in jobs older than this that are at their end.

    One that is not known keeps its words while Pixapi is asked for it, which it is if it was sent
    after `sought`: its pictures may still come, and are described by them.

    An offer that old is withdrawn: nobody can confirm a prompt that is gone. How many there were,
    at most `limit`: whoever waits for the write lock has his turn in between.
    """
    is_old = (jobs.c.created < before, jobs.c.prompt.is_not(None), *_is_over(sought))
    old = sa.select(jobs.c.team, jobs.c.id).where(*is_old).order_by(jobs.c.created).limit(limit)
    rows = await tx.rows(
        jobs.update()
        # Said once more: an offer that is confirmed meanwhile is looked at anew by these alone.
        .where(sa.tuple_(jobs.c.team, jobs.c.id).in_(old), *is_old)
        .values(_without_words())
        .returning(jobs.c.id)
    )
    return len(rows)


async def erase_of(tx: Tx, team: TeamId, user: UserId, sought: datetime) -> int:
    """`erase_prompts` for all that a person asked, their files named there too; how many.

    Under the workspace's budget lock.
    """
    rows = await tx.rows(
        jobs.update()
        .where(jobs.c.team == team, jobs.c.asker == user, *_is_over(sought))
        .values(_without_words() | {"inputs": [], "mask": None})
        .returning(jobs.c.id)
    )
    return len(rows)


async def with_words_of(tx: Tx, team: TeamId, user: UserId) -> list[Job]:
    """What a person asked and that still has its prompt, oldest first."""
    rows = await tx.rows(
        sa.select(jobs)
        .where(jobs.c.team == team, jobs.c.asker == user, jobs.c.prompt.is_not(None))
        .order_by(jobs.c.created)
    )
    return [from_row(row, ()) for row in rows]


def _is_over(sought: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Whether nobody needs a job's words any more."""
    return (
        jobs.c.state.not_in({JobState.WAITING, *OPEN}),
        jobs.c.pending_step.is_(None),
        sa.or_(jobs.c.state != JobState.UNKNOWN, jobs.c.task.is_(None), jobs.c.submitted < sought),
    )


def _without_words() -> dict[str, Any]:
    withdrawn = may_become(JobState.CANCELLED, JobState.OFFERED)
    return {
        "prompt": None,
        "notes": [],
        "detail": None,
        "reply_url": None,
        "state": sa.case((withdrawn, JobState.CANCELLED), else_=jobs.c.state),
    }


async def forget_offers(tx: Tx, before: datetime, limit: int) -> int:
    """Delete what was offered before this and never confirmed, be it cancelled or not.

    An offer that admins were asked about stays as long as their decision does. How many there were,
    at most `limit`: whoever waits for the write lock has his turn in between.
    """
    named = [
        sa.exists().where(table.c.team == jobs.c.team, table.c.job == jobs.c.id)
        for table in (ledger, approval_requests)
    ]
    is_old = (jobs.c.created < before, jobs.c.day.is_(None), *(~one for one in named))
    key = (jobs.c.team, jobs.c.id)
    # On PostgreSQL what somebody has in hand is left out, and nobody can take up the rest.
    found = await tx.rows(
        sa.select(*key)
        .where(*is_old)
        .order_by(jobs.c.created)
        .limit(limit)
        .with_for_update(of=jobs, skip_locked=True)
    )
    if found:  # said once more: of what is locked now somebody may have asked before
        mine = sa.tuple_(*key).in_([(row.team, row.id) for row in found])
        await tx.run(jobs.delete().where(mine, *is_old))
    return len(found)


async def reply_url(tx: Tx, job: Job) -> str | None:
    """Where the confirming click's card can still be answered."""
    row = await tx.row(REPLY_URL, key_of(job.place.team, job.id))
    return row.reply_url if row is not None else None


def _is_offer(job: Job) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        jobs.c.team == job.place.team,
        jobs.c.id == job.id,
        jobs.c.revision == job.revision,
        jobs.c.state == JobState.OFFERED,
    )


_HITCHES_OF_ALL = (
    sa.select(jobs.c.team, jobs.c.waits_for)
    .where(
        IS_OPEN,
        jobs.c.waits_for.in_([code for code, hitch in HITCHES.items() if hitch.offer]),
    )
    .order_by(jobs.c.created)
)


async def hitch_of_all(tx: Tx, team: TeamId) -> str | None:
    """The key of `HITCHES` that every picture of a workspace would meet; None when none waits.

    Looked for among the open jobs of all workspaces, of which there is an index, and not by the
    workspace: no plan then reads all that it ever asked for.
    """
    rows = await tx.rows(_HITCHES_OF_ALL)
    return next((row.waits_for for row in rows if row.team == team), None)
