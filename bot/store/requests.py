"""Approval requests: what a person asks of the admins. The first decision wins.

Every function runs inside the caller's transaction.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, assert_never

import sqlalchemy as sa

from bot.core.job import ChannelId, Credits, Job, JobId, Place, TeamId, Ts, UserId
from bot.core.notices import Notice, RequestDecided, RequestMade
from bot.core.requests import ApprovalRequest, Decision, Outcome, RequestId, RequestKind
from bot.store import budget, jobs, notices
from bot.store.db import Tx
from bot.store.statements import insert
from bot.store.tables import EMPTY
from bot.store.tables import approval_requests as requests


async def add(tx: Tx, request: ApprovalRequest) -> None:
    """Write a request and tell the admins; one that is there already stays as it is."""
    place = request.place
    await tx.run(
        insert(requests)
        .values(
            team=place.team,
            id=request.id,
            kind=request.kind,
            channel=place.channel,
            thread=place.thread,
            asker=request.asker,
            job=request.job,
            credits=request.credits,
            why=request.why,
            asked=request.asked,
            lapses=request.lapses,
            reason="",
        )
        .on_conflict_do_nothing()
    )
    notice = Notice(place.team, _key(request.id), RequestMade(request.id))
    await notices.add(tx, notice, request.asked)


async def get(tx: Tx, team: TeamId, request: RequestId) -> ApprovalRequest | None:
    """One request as it stands."""
    row = await tx.row(sa.select(requests).where(requests.c.team == team, requests.c.id == request))
    return _from_row(row) if row is not None else None


def _is_open(team: TeamId, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return requests.c.team == team, requests.c.outcome.is_(None), requests.c.lapses > now


async def open_of(
    tx: Tx, place: Place, asker: UserId, job: JobId | None, now: datetime
) -> ApprovalRequest | None:
    """The open request of a person for more credits: for a picture (None: for a channel)."""
    about = requests.c.job == job if job else requests.c.channel == place.channel
    rows = await tx.rows(
        sa.select(requests)
        .where(
            *_is_open(place.team, now),
            requests.c.asker == asker,
            requests.c.kind == RequestKind.MORE,
            requests.c.job.is_(None) if job is None else requests.c.job.is_not(None),
            about,
        )
        .limit(1)
    )
    return _from_row(rows[0]) if rows else None


async def open_ones(tx: Tx, team: TeamId, now: datetime, limit: int) -> list[ApprovalRequest]:
    """What admins can still decide, oldest first."""
    rows = await tx.rows(
        sa.select(requests).where(*_is_open(team, now)).order_by(requests.c.asked).limit(limit)
    )
    return [_from_row(row) for row in rows]


async def count_open(tx: Tx, team: TeamId, now: datetime) -> int:
    """How many requests admins can still decide."""
    [row] = await tx.rows(sa.select(sa.func.count().label("many")).where(*_is_open(team, now)))
    return int(row.many)


async def due(tx: Tx, now: datetime, limit: int) -> list[ApprovalRequest]:
    """Open ones whose time is over, in all workspaces."""
    rows = await tx.rows(
        sa.select(requests)
        .where(requests.c.outcome.is_(None), requests.c.lapses <= now)
        .order_by(requests.c.lapses)
        .limit(limit)
    )
    return [_from_row(row) for row in rows]


async def decide(tx: Tx, request: ApprovalRequest, decision: Decision) -> ApprovalRequest | None:
    """Compare and set: end an open request; None when another decision was first, or it has lapsed.

    Under the workspace's budget lock. A yes or no counts until the request lapses, lapsing from
    then on, taking it back always. The asker is told, what the admins were told is changed, and a
    job that waits for the approval is queued, or its hold released. A job whose asker takes the
    request back ends by `stop`.
    """
    row = await tx.row(
        requests.update()
        .where(
            requests.c.team == request.place.team,
            requests.c.id == request.id,
            requests.c.outcome.is_(None),
            _in_time(decision),
        )
        .values(
            outcome=decision.outcome,
            by=decision.by,
            decided=decision.at,
            reason=decision.reason,
            given=decision.given,
        )
        .returning(requests)
    )
    if row is None:
        return None
    decided = _from_row(row)
    await notices.renew(tx, decided.place.team, _key(decided.id))
    if decision.outcome is not Outcome.WITHDRAWN:
        await _announce_outcome(tx, decided, decision)
        await _go_on(tx, decided, decision)
    return decided


def _in_time(decision: Decision) -> sa.ColumnElement[bool]:
    match decision.outcome:
        case Outcome.WITHDRAWN:
            return sa.true()
        case Outcome.LAPSED:
            return requests.c.lapses <= decision.at
        case Outcome.GRANTED | Outcome.DECLINED:
            return requests.c.lapses > decision.at
        case _:
            assert_never(decision.outcome)


async def _go_on(tx: Tx, decided: ApprovalRequest, decision: Decision) -> None:
    """What a decision means for the job that waits for it."""
    team, job = decided.place.team, decided.job
    if decided.kind is not RequestKind.APPROVAL or job is None:
        return
    if decision.outcome is Outcome.GRANTED:
        await jobs.approve(tx, team, job)
        return
    fault = "lapsed" if decision.outcome is Outcome.LAPSED else "declined"
    refused = await jobs.refuse(tx, team, job, fault)
    if refused is not None:
        await budget.release(tx, refused, decision.at)


async def stop(tx: Tx, job: Job, now: datetime) -> Job | None:
    """The asker stops a waiting or queued job: its hold is released, and nobody need approve it.

    Under the workspace's budget lock. None when Pixapi may have it already.
    """
    stopped = await jobs.stop(tx, job)
    if stopped is None:
        return None
    await budget.release(tx, stopped, now)
    asked = await get(tx, job.place.team, RequestId(job.id))
    if asked is not None:
        await decide(tx, asked, Decision(Outcome.WITHDRAWN, now))
    return stopped


async def _announce_outcome(tx: Tx, decided: ApprovalRequest, decision: Decision) -> None:
    """To the asker's direct message; of more credits also in the thread that they were asked in.

    How an approval ends stands in a thread by itself: as the picture's message, or on the card.
    """
    place, about = decided.place, RequestDecided(decided.id)
    notice = Notice(place.team, _outcome_key(decided.id), about, user=decided.asker)
    await notices.add(tx, notice, decision.at)
    in_channel = place.thread is not None and not place.is_direct
    if decided.kind is RequestKind.MORE and in_channel:
        in_thread = Notice(place.team, _thread_key(decided.id), about, place=place)
        await notices.add(tx, in_thread, decision.at)


# The marks of messages that an older Easel may have posted.


def _key(request: RequestId) -> str:
    return f"petition:{request}"


def _outcome_key(request: RequestId) -> str:
    return f"verdict:{request}"


def _thread_key(request: RequestId) -> str:
    return f"verdict:{request}:thread"


async def erase(tx: Tx, before: datetime) -> None:
    """Erase what people wrote in requests decided before this; who, when and how much stays."""
    await tx.run(
        requests.update()
        .where(
            requests.c.decided < before,
            sa.or_(requests.c.why != EMPTY, requests.c.reason != EMPTY),
        )
        .values(why="", reason="")
    )


async def erase_of(tx: Tx, team: TeamId, user: UserId, now: datetime) -> int:
    """Erase what a person wrote, as an asker or an admin; in how many requests they did.

    An open request for more credits is withdrawn: nobody can judge it without its words. What
    others were told is told anew, without them. Under the workspace's budget lock.
    """
    is_asker = (requests.c.team == team, requests.c.asker == user)
    wants_more = (requests.c.kind == RequestKind.MORE, requests.c.outcome.is_(None))
    for row in await tx.rows(sa.select(requests).where(*is_asker, *wants_more)):
        await decide(tx, _from_row(row), Decision(Outcome.WITHDRAWN, now))
    asked = requests.update().where(*is_asker, requests.c.why != EMPTY).values(why="")
    answered = (
        requests.update()
        .where(requests.c.team == team, requests.c.by == user, requests.c.reason != EMPTY)
        .values(reason="")
    )
    erased = {
        RequestId(row.id)
        for statement in (asked, answered)
        for row in await tx.rows(statement.returning(requests.c.id))
    }
    for one in sorted(erased):
        for key in (_key(one), _outcome_key(one), _thread_key(one)):
            await notices.renew(tx, team, key)
    return len(erased)


def _from_row(row: sa.Row[Any]) -> ApprovalRequest:
    decision = row.outcome and Decision(
        outcome=Outcome(row.outcome),
        at=row.decided,
        by=UserId(row.by) if row.by else None,
        reason=row.reason,
        given=None if row.given is None else Credits(row.given),
    )
    thread = Ts(row.thread) if row.thread else None
    return ApprovalRequest(
        id=RequestId(row.id),
        kind=RequestKind(row.kind),
        place=Place(TeamId(row.team), ChannelId(row.channel), thread),
        asker=UserId(row.asker),
        job=JobId(row.job) if row.job else None,
        credits=Credits(row.credits),
        why=row.why,
        asked=row.asked,
        decision=decision,
    )
