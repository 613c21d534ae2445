"""Results in their threads: whose thread it is, its newest picture, chains, what somebody asked."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from bot.core.budget import LineKind
from bot.core.job import (
    ChannelId,
    Credits,
    FileId,
    Job,
    JobId,
    JobState,
    Place,
    TeamId,
    ThreadSum,
    Ts,
    UserId,
)
from bot.store.db import Tx
from bot.store.jobs import get, may_become
from bot.store.rows import from_row, pictures_of
from bot.store.statements import insert, is_named
from bot.store.tables import jobs, ledger, pictures, seen, total

MAX_CHAIN = 50  # steps that are shown; a chain that long is told by its last ones

SEEN = insert(seen).on_conflict_do_nothing().returning(seen.c.ts)
GONE = (
    sa.select(seen.c.gone)
    .where(is_named(seen, team="of_team", channel="of_channel", ts="of_ts"))
    .with_for_update()
)
IN_THREAD = sa.and_(
    is_named(jobs, team="of_team", channel="of_channel"),
    sa.or_(is_named(jobs, thread="of_thread"), is_named(jobs, root="of_thread")),
)
"""Jobs of a thread: its root, if that is a job's root message, and those asked for in it."""

OURS = sa.select(jobs.c.id).where(IN_THREAD, jobs.c.root.is_not(None)).limit(1)
NEWEST = (
    sa.select(pictures.c.job, pictures.c.file)
    .join(jobs, sa.and_(jobs.c.team == pictures.c.team, jobs.c.id == pictures.c.job))
    .where(IN_THREAD, pictures.c.shared, sa.not_(jobs.c.deleted))
    .order_by(jobs.c.created.desc(), pictures.c.number.desc())
    .limit(1)
)
ROOT = (
    sa.select(jobs)
    .where(is_named(jobs, team="of_team", channel="of_channel", root="of_thread"))
    .limit(1)
)
_OF_THREAD = sa.select(jobs.c.id).where(IN_THREAD)
SUM = sa.select(
    sa.select(sa.func.count())
    .select_from(pictures)
    .where(
        is_named(pictures, team="of_team"),
        pictures.c.job.in_(_OF_THREAD.where(sa.not_(jobs.c.deleted))),
        pictures.c.shared,
    )
    .scalar_subquery()
    .label("images"),
    sa.select(total(ledger.c.credits))
    .where(
        is_named(ledger, team="of_team"),
        ledger.c.job.in_(_OF_THREAD),
        ledger.c.kind == LineKind.CHARGED,
    )
    .scalar_subquery()
    .label("charged"),
)


def _key(place: Place) -> dict[str, str | None]:
    """What `IN_THREAD` is given."""
    return {"of_team": place.team, "of_channel": place.channel, "of_thread": place.thread}


async def first_sight(tx: Tx, team: TeamId, channel: ChannelId, ts: Ts, now: datetime) -> bool:
    """Remember a message; False when it was seen before, under whatever event and by whom ever."""
    message = {"team": team, "channel": channel, "ts": ts, "gone": False, "at": now}
    return await tx.row(SEEN, message) is not None


async def mark_gone(tx: Tx, team: TeamId, channel: ChannelId, ts: Ts, now: datetime) -> None:
    """Remember that a message was deleted, whether or not it was seen before."""
    await tx.run(
        insert(seen)
        .values(team=team, channel=channel, ts=ts, gone=True, at=now)
        .on_conflict_do_update(index_elements=["team", "channel", "ts"], set_={"gone": True})
    )


async def is_gone(tx: Tx, team: TeamId, channel: ChannelId, ts: Ts) -> bool:
    """Whether a message is known to be deleted; until the end of a write, nobody else marks it."""
    row = await tx.row(GONE, {"of_team": team, "of_channel": channel, "of_ts": ts})
    return row is not None and row.gone


async def withdraw_asked_by(tx: Tx, team: TeamId, channel: ChannelId, source: Ts) -> None:
    """Withdraw the offers that a message asked for and nobody has confirmed."""
    await tx.run(
        jobs.update()
        .where(
            jobs.c.team == team,
            jobs.c.channel == channel,
            jobs.c.source == source,
            may_become(JobState.CANCELLED, JobState.OFFERED),
        )
        .values(state=JobState.CANCELLED)
    )


async def forget_sights(tx: Tx, before: datetime) -> None:
    """Forget messages that no event will tell of again."""
    await tx.run(seen.delete().where(seen.c.at < before))


async def is_ours(tx: Tx, place: Place) -> bool:
    """Whether Easel takes part in a thread: a confirmed job has its message there."""
    return await tx.row(OURS, _key(place)) is not None


async def newest_picture(tx: Tx, place: Place) -> tuple[JobId, FileId] | None:
    """The last picture that Easel shared in a thread and nobody deleted, with its job."""
    row = await tx.row(NEWEST, _key(place))
    return (JobId(row.job), FileId(row.file)) if row is not None else None


async def makers_of(tx: Tx, team: TeamId, files: Collection[FileId]) -> dict[FileId, JobId]:
    """The jobs that made the pictures behind these files of Slack's; none for anybody else's."""
    rows = await tx.rows(
        sa.select(pictures.c.file, pictures.c.job).where(
            pictures.c.team == team, pictures.c.file.in_(files)
        )
    )
    return {FileId(row.file): JobId(row.job) for row in rows}


async def maker_of(tx: Tx, team: TeamId, file: FileId) -> JobId | None:
    """The job that made the picture behind one of them."""
    return (await makers_of(tx, team, [file])).get(file)


async def root_job(tx: Tx, place: Place) -> Job | None:
    """The job whose root message is the root of this thread."""
    row = await tx.row(ROOT, _key(place))
    return from_row(row, await pictures_of(tx, place.team, row.id)) if row is not None else None


async def thread_sum(tx: Tx, place: Place) -> ThreadSum:
    """Images shared and credits charged in a thread, its root's own included."""
    [row] = await tx.rows(SUM, _key(place))
    return ThreadSum(int(row.images), Credits(int(row.charged)))


async def chain(tx: Tx, job: Job) -> list[Job]:
    """A job and what it goes on from, oldest first."""
    found = [job]
    while found[-1].request.parent is not None and len(found) < MAX_CHAIN:
        parent = await get(tx, job.place.team, found[-1].request.parent)
        if parent is None or any(parent.id == known.id for known in found):
            break
        found.append(parent)
    return found[::-1]


async def spent_before(tx: Tx, job: Job) -> Credits | None:
    """What the steps before a job have been charged together; None where it begins a chain."""
    if job.request.parent is None:
        return None
    return Credits(sum(one.charged or 0 for one in (await chain(tx, job))[:-1]))


async def history(tx: Tx, team: TeamId, channel: ChannelId, user: UserId, limit: int) -> list[Job]:
    """What a person asked for in a channel and did not cancel, newest first."""
    rows = await tx.rows(
        sa.select(jobs.c.id)
        .where(
            jobs.c.team == team,
            jobs.c.asker == user,
            jobs.c.channel == channel,
            sa.or_(jobs.c.state != JobState.CANCELLED, jobs.c.day.is_not(None)),
        )
        .order_by(jobs.c.created.desc())
        .limit(limit)
    )
    found = [await get(tx, team, JobId(row.id)) for row in rows]
    return [job for job in found if job is not None]
