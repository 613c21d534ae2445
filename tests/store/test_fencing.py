"""Only the present run of a job writes, along the arrows that there are; others change nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from bot.core.job import (
    NEXT,
    OPEN,
    Credits,
    FileId,
    Job,
    JobId,
    JobState,
    Picture,
    Size,
    Step,
    TeamId,
    Ts,
)
from bot.store import jobs, pictures, tables
from bot.store.db import Database
from bot.store.errors import Stale
from tests.store.world import (
    TEAM,
    TODAY,
    an_offer,
    at_revision,
    offered,
    present,
    queued,
)

OTHER = TeamId("T2")


async def put(db: Database, job: Job, **columns: Any) -> Job:
    """The job with these columns, as some earlier run may have left it."""
    async with db.write() as tx:
        await tx.run(tables.jobs.update().where(tables.jobs.c.id == job.id).values(**columns))
    return await present(db, job)


async def begin(db: Database, job: Job) -> Job | None:
    """Start a run."""
    async with db.write() as tx:
        return await jobs.begin(tx, TEAM, job.id)


async def record(db: Database, job: Job, **changes: Any) -> Job:
    """Write what a run did."""
    async with db.write() as tx:
        return await jobs.record(tx, job, **changes)


async def everything(db: Database) -> list[list[sa.Row[Any]]]:
    """All tables."""
    async with db.read() as tx:
        return [await tx.rows(sa.select(each)) for each in tables.metadata.tables.values()]


async def test_each_run_raises_the_attempt(db: Database) -> None:
    """A run is known by its attempt, one higher than the run before it."""
    job = await queued(db)
    first, second = await begin(db, job), await begin(db, job)

    assert first is not None
    assert second is not None
    assert (first.attempt, second.attempt) == (1, 2)


async def test_only_what_an_earlier_run_left_is_in_doubt(db: Database) -> None:
    """A queued job's first run begins with the root message; the next one has to look for it."""
    job = await queued(db)
    first, second = await begin(db, job), await begin(db, job)

    assert first is not None
    assert second is not None
    assert (first.pending_step, first.in_doubt) == (Step.ANNOUNCE, False)
    assert (second.pending_step, second.in_doubt) == (Step.ANNOUNCE, True)


@pytest.mark.parametrize("step", [None, Step.TELL])
async def test_only_what_is_open_is_run(db: Database, step: Step | None) -> None:
    """A start goes on with a job that is not at its end, or that has not told its end yet."""
    for state in JobState:
        job = await put(db, await queued(db), state=state, pending_step=step)
        is_open = state in OPEN or step is not None
        async with db.read() as tx:
            listed = await jobs.open_jobs(tx)

        assert ((TEAM, job.id) in listed) == is_open
        assert (await begin(db, job) is not None) == is_open


WRITES: list[Callable[[Any, Job], Awaitable[Any]]] = [
    lambda tx, job: jobs.record(tx, job, state=JobState.SUBMITTING),
    lambda tx, job: jobs.record(tx, job, root=Ts("1.2"), pending_step=None),
    lambda tx, job: pictures.share_begun(tx, pictures.with_picture(job, 1, file=FileId("F2"))),
    pictures.shared,
]


@pytest.mark.parametrize("write", WRITES)
async def test_an_older_run_writes_nothing(
    db: Database, write: Callable[[Any, Job], Awaitable[Any]]
) -> None:
    """What a run writes after a newer one has begun is refused as stale and changes nothing."""
    old = await begin(db, await queued(db))
    assert old is not None
    async with db.write() as tx:
        picture = Picture(1, Size(8, 8), "image/png", pictures.STORED, file=FileId("F1"))
        old = await pictures.keep(tx, old, [(picture, b"png")])
    await begin(db, old)
    before = await everything(db)

    async def attempt() -> None:
        async with db.write() as tx:
            await write(tx, old)

    with pytest.raises(Stale):
        await attempt()

    assert await everything(db) == before


@pytest.mark.parametrize("before", JobState)
async def test_states_follow_the_arrows(db: Database, before: JobState) -> None:
    """A state is followed by itself or by one that may follow; anything else is refused."""
    for after in JobState:
        job = await put(db, await queued(db), state=before)
        if after is before or after in NEXT[before]:
            assert (await record(db, job, state=after)).state is after
        else:
            with pytest.raises(AssertionError):
                await record(db, job, state=after)
            assert await present(db, job) == job


async def test_a_write_needs_the_state_it_began_from(db: Database) -> None:
    """A run that remembers another state than the row's is stale, even with the right attempt."""
    job = await queued(db)
    await put(db, job, state=JobState.SUBMITTING)
    with pytest.raises(Stale):
        await record(db, job, root=Ts("1.2"))


@pytest.mark.parametrize("stop_first", [True, False])
async def test_stop_or_submit_but_not_both(db: Database, stop_first: bool) -> None:  # noqa: FBT001
    """A stop and the submit at the same moment: the first wins, and the other knows."""
    job = await queued(db)
    run = await begin(db, job)
    assert run is not None
    won: list[str] = []

    async def stop() -> None:
        async with db.write() as tx:
            if await jobs.stop(tx, job) is not None:
                won.append("stop")

    async def submit() -> None:
        try:
            await record(db, run, state=JobState.SUBMITTING)
        except Stale:
            return
        won.append("submit")

    both = [stop(), submit()] if stop_first else [submit(), stop()]
    await asyncio.gather(*both)
    state = (await present(db, job)).state

    assert won in (["stop"], ["submit"])
    assert state is (JobState.CANCELLED if won == ["stop"] else JobState.SUBMITTING)


async def test_a_stop_takes_the_job_over(db: Database) -> None:
    """After a stop the run that was under way can write nothing, whatever it believes."""
    job = await queued(db)
    run = await begin(db, job)
    assert run is not None
    async with db.write() as tx:
        stopped = await jobs.stop(tx, job)

    assert stopped is not None
    assert (stopped.state, stopped.pending_step) == (JobState.CANCELLED, Step.TELL)

    for believed in (run, replace(run, state=JobState.CANCELLED)):
        with pytest.raises(Stale):
            await record(db, believed, pending_step=None)


async def test_many_stops_stop_once(db: Database) -> None:
    """However often Stop is clicked at once, one click stops the job: one release follows."""
    job = await queued(db)

    async def stop() -> bool:
        async with db.write() as tx:
            return await jobs.stop(tx, job) is not None

    assert sorted(await asyncio.gather(*(stop() for _ in range(10)))) == [False] * 9 + [True]


@pytest.mark.parametrize("state", [each for each in JobState if each is not JobState.OFFERED])
async def test_only_an_offer_can_be_changed_or_confirmed(db: Database, state: JobState) -> None:
    """What is no offer any more is neither chosen, queued nor withdrawn."""
    [offer] = await offered(db, an_offer())
    job = await put(db, offer, state=state)
    async with db.write() as tx:
        assert await jobs.choose(tx, offer, offer.request, offer.price) is None
        assert await jobs.admit(tx, offer, TODAY, None) is None
        assert not await jobs.withdraw(tx, offer)

    assert await present(db, offer) == job


@pytest.mark.parametrize(
    "other",
    [
        lambda job: at_revision(job, 2),
        lambda job: at_revision(job, 0),
        lambda job: replace(job, id=JobId("another")),
        lambda job: replace(job, place=replace(job.place, team=OTHER)),
    ],
    ids=["newer card", "older card", "another job", "another workspace"],
)
async def test_only_this_very_offer(db: Database, other: Callable[[Job], Job]) -> None:
    """Compare and set on workspace, id and revision: a click for another offer changes nothing."""
    [offer] = await offered(db, an_offer())
    async with db.write() as tx:
        assert await jobs.choose(tx, other(offer), offer.request, offer.price) is None
        assert await jobs.admit(tx, other(offer), TODAY, None) is None
        assert not await jobs.withdraw(tx, other(offer))

    assert await present(db, offer) == offer


async def test_a_choice_changes_request_and_price_only(db: Database) -> None:
    """Choosing raises the revision and writes the new request and price; who, where, when stay."""
    [offer] = await offered(db, an_offer(4))
    request = replace(offer.request, count=3, size=Size(2048, 2048))
    price = replace(offer.price, credits=Credits(51), each=Credits(17))
    async with db.write() as tx:
        changed = await jobs.choose(tx, offer, request, price)

    assert changed == replace(offer, revision=2, request=request, price=price)
    assert await present(db, offer) == changed


async def test_a_row_is_the_job(db: Database) -> None:
    """What is written is what is read, field by field."""
    job = await queued(db)
    full = await record(
        db,
        job,
        state=JobState.SUBMITTING,
        root=Ts("1.2"),
        request_id="r",
        fault="empty",
        detail="d",
    )

    assert full == replace(
        job,
        state=JobState.SUBMITTING,
        root=Ts("1.2"),
        request_id="r",
        fault="empty",
        detail="d",
    )
    assert await present(db, job) == full
