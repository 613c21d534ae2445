"""Petitions: what somebody asks of the admins. The first decision wins, by a conditional write.

Every function runs inside the caller's transaction.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, assert_never

import sqlalchemy as sa

from bot.core.job import ChannelId, Credits, Job, JobId, Place, TeamId, Ts, UserId
from bot.core.notice import Notice, Topic
from bot.core.petition import Petition, PetitionId, Verdict, Wish
from bot.store import budget, jobs, notices
from bot.store.db import Tx
from bot.store.statements import insert
from bot.store.tables import EMPTY, petitions


async def add(tx: Tx, petition: Petition) -> None:
    """Write a petition and tell the admins; one that is there already stays as it is."""
    place = petition.place
    await tx.run(
        insert(petitions)
        .values(
            team=place.team,
            id=petition.id,
            wish=petition.wish,
            channel=place.channel,
            thread=place.thread,
            asker=petition.asker,
            job=petition.job,
            credits=petition.credits,
            why=petition.why,
            asked=petition.asked,
            lapses=petition.lapses,
            verdict=petition.verdict,
            answer="",
        )
        .on_conflict_do_nothing()
    )
    notice = Notice(place.team, _key(petition), Topic.PETITION, {"petition": petition.id})
    await notices.add(tx, notice, petition.asked)


async def get(tx: Tx, team: TeamId, petition: PetitionId) -> Petition | None:
    """One petition as it stands."""
    row = await tx.row(
        sa.select(petitions).where(petitions.c.team == team, petitions.c.id == petition)
    )
    return _petition(row) if row is not None else None


async def open_of(
    tx: Tx, place: Place, asker: UserId, job: JobId | None, now: datetime
) -> Petition | None:
    """What a person asked for a picture (None: for a channel) and nobody has decided yet."""
    about = petitions.c.job == job if job else petitions.c.channel == place.channel
    rows = await tx.rows(
        sa.select(petitions)
        .where(
            petitions.c.team == place.team,
            petitions.c.asker == asker,
            petitions.c.wish == Wish.MORE,
            petitions.c.job.is_(None) if job is None else petitions.c.job.is_not(None),
            about,
            petitions.c.verdict == Verdict.OPEN,
            petitions.c.lapses > now,
        )
        .limit(1)
    )
    return _petition(rows[0]) if rows else None


async def open_ones(tx: Tx, team: TeamId, now: datetime, limit: int) -> list[Petition]:
    """What admins can still decide, oldest first."""
    rows = await tx.rows(
        sa.select(petitions)
        .where(
            petitions.c.team == team,
            petitions.c.verdict == Verdict.OPEN,
            petitions.c.lapses > now,
        )
        .order_by(petitions.c.asked)
        .limit(limit)
    )
    return [_petition(row) for row in rows]


async def due(tx: Tx, now: datetime, limit: int) -> list[Petition]:
    """Open ones whose time is over, in all workspaces."""
    rows = await tx.rows(
        sa.select(petitions)
        .where(petitions.c.verdict == Verdict.OPEN, petitions.c.lapses <= now)
        .order_by(petitions.c.lapses)
        .limit(limit)
    )
    return [_petition(row) for row in rows]


async def decide(
    tx: Tx,
    petition: Petition,
    verdict: Verdict,
    now: datetime,
    *,
    by: UserId | None = None,
    answer: str = "",
    given: Credits | None = None,
) -> Petition | None:
    """Compare and set: end an open petition; None when somebody was first, or it has lapsed.

    A yes or no counts until it lapses, lapsing from then on, taking it back always. Its asker is
    told, and what the admins were told is changed.
    """
    row = await tx.row(
        petitions.update()
        .where(
            petitions.c.team == petition.place.team,
            petitions.c.id == petition.id,
            petitions.c.verdict == Verdict.OPEN,
            _in_time(verdict, now),
        )
        .values(verdict=verdict, by=by, decided=now, answer=answer, given=given)
        .returning(petitions)
    )
    if row is None:
        return None
    decided = _petition(row)
    await notices.renew(tx, decided.place.team, _key(decided))
    if verdict is not Verdict.WITHDRAWN:
        await _tell_asker(tx, decided, now)
    return decided


def _in_time(verdict: Verdict, now: datetime) -> sa.ColumnElement[bool]:
    match verdict:
        case Verdict.WITHDRAWN:
            return sa.true()
        case Verdict.LAPSED:
            return petitions.c.lapses <= now
        case Verdict.OPEN | Verdict.GRANTED | Verdict.DECLINED:
            return petitions.c.lapses > now
        case _:
            assert_never(verdict)


async def erase(tx: Tx, before: datetime) -> None:
    """Erase what people wrote in petitions decided before this; who, when and how much stays."""
    await tx.run(
        petitions.update()
        .where(
            petitions.c.decided < before,
            sa.or_(petitions.c.why != EMPTY, petitions.c.answer != EMPTY),
        )
        .values(why="", answer="")
    )


async def end(
    tx: Tx,
    petition: Petition,
    verdict: Verdict,
    now: datetime,
    *,
    by: UserId | None = None,
    answer: str = "",
    given: Credits | None = None,
) -> Petition | None:
    """`decide`, with what it means for the job that waits: it is queued, or its hold is released.

    Under the workspace's budget lock. What the asker takes back ends by `stop`.
    """
    decided = await decide(tx, petition, verdict, now, by=by, answer=answer, given=given)
    if decided is None or decided.wish is not Wish.APPROVAL or decided.job is None:
        return decided
    if verdict is Verdict.GRANTED:
        await jobs.approve(tx, decided.place.team, decided.job)
        return decided
    fault = "lapsed" if verdict is Verdict.LAPSED else "declined"
    refused = await jobs.refuse(tx, decided.place.team, decided.job, fault)
    if refused is not None:
        await budget.release(tx, refused, now)
    return decided


async def stop(tx: Tx, job: Job, now: datetime) -> Job | None:
    """The asker stops a waiting or queued job: its hold is released, and nobody need approve it.

    Under the workspace's budget lock. None when Pixapi may have it already.
    """
    stopped = await jobs.stop(tx, job)
    if stopped is None:
        return None
    await budget.release(tx, stopped, now)
    asked = await get(tx, job.place.team, PetitionId(job.id))
    if asked is not None:
        await decide(tx, asked, Verdict.WITHDRAWN, now)
    return stopped


async def _tell_asker(tx: Tx, decided: Petition, now: datetime) -> None:
    """To the asker's direct message; a wish for more also in the thread that it was asked in.

    How an approval ends stands in a thread by itself: as the picture's message, or on the card.
    """
    place, about = decided.place, {"petition": decided.id}
    key = f"verdict:{decided.id}"
    notice = Notice(place.team, key, Topic.VERDICT, about, user=decided.asker)
    await notices.add(tx, notice, now)
    in_channel = place.thread is not None and not place.is_direct
    if decided.wish is Wish.MORE and in_channel:
        in_thread = Notice(place.team, f"{key}:thread", Topic.VERDICT, about, place=place)
        await notices.add(tx, in_thread, now)


def _key(petition: Petition) -> str:
    return f"petition:{petition.id}"


def _petition(row: sa.Row[Any]) -> Petition:
    return Petition(
        id=PetitionId(row.id),
        wish=Wish(row.wish),
        place=Place(
            TeamId(row.team), ChannelId(row.channel), Ts(row.thread) if row.thread else None
        ),
        asker=UserId(row.asker),
        job=JobId(row.job) if row.job else None,
        credits=Credits(row.credits),
        why=row.why,
        asked=row.asked,
        verdict=Verdict(row.verdict),
        by=UserId(row.by) if row.by else None,
        decided=row.decided,
        answer=row.answer,
        given=None if row.given is None else Credits(row.given),
    )
