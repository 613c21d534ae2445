"""A hold that waits ends at most once: decided, lapsed or stopped, in whatever order they come."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from itertools import permutations

import pytest

from bot.core.budget import LineKind, Scope
from bot.core.job import Credits, Job, JobState, Step
from bot.core.limits import Policy
from bot.core.petition import PetitionId, Verdict
from bot.features.admission import Held
from bot.store import audit, budget, controls, petitions
from bot.store.db import Database
from tests.store.world import ADA, NOW, TEAM, an_offer, capped, hold, offered, present

ENDINGS = [Verdict.GRANTED, Verdict.DECLINED, Verdict.LAPSED, Verdict.WITHDRAWN]
IN_TIME, TOO_LATE = NOW + timedelta(hours=23, minutes=59), NOW + timedelta(hours=24)


async def waiting(db: Database) -> Job:
    """A picture whose price is held until an admin approves it."""
    [offer] = await offered(db, an_offer(4))
    async with db.write() as tx:
        await controls.set_policy(tx, Scope(TEAM), Policy(approve_from=Credits(4)), ADA, NOW)
        outcome = await hold(tx, offer)
    assert isinstance(outcome, Held)
    return outcome.job


async def meet(
    db: Database, job: Job, ending: Verdict, now: datetime, turns: list[Verdict]
) -> bool:
    """What an admin, the sweep or the asker does in one transaction; whether it counted.

    `turns` tells in which order they had the lock.
    """
    async with db.write() as tx:
        await budget.lock(tx, TEAM, now)
        turns.append(ending)
        if ending is Verdict.WITHDRAWN:
            return await petitions.stop(tx, job, now) is not None
        asked = await petitions.get(tx, TEAM, PetitionId(job.id))
        assert asked is not None
        return await petitions.end(tx, asked, ending, now) is not None


@pytest.mark.parametrize("now", [IN_TIME, TOO_LATE])
async def test_it_ends_at_most_once(db: Database, now: datetime) -> None:
    """Approved, declined, lapsed and stopped at once, in each order: the first that may counts."""
    await capped(db, 1000)
    for order in permutations(ENDINGS):
        job = await waiting(db)
        turns: list[Verdict] = []
        counted = await asyncio.gather(*(meet(db, job, one, now, turns) for one in order))
        after = await present(db, job)
        came = {one for one, did in zip(order, counted, strict=True) if did}
        admins = {Verdict.LAPSED} if now is TOO_LATE else {Verdict.GRANTED, Verdict.DECLINED}
        first = next(one for one in turns if one in admins | {Verdict.WITHDRAWN})
        expected = [first]
        if (
            first is Verdict.GRANTED
        ):  # the asker comes after it: it is queued by then, and not at Pixapi: it can be stopped
            expected.append(Verdict.WITHDRAWN)
        refused = expected[-1] is not Verdict.WITHDRAWN
        async with db.read() as tx:
            lines = [kind for kind, _, _ in await budget.lines(tx, job)]
            asked = await petitions.get(tx, TEAM, PetitionId(job.id))

            assert await audit.differences(tx) == []

        assert came == set(expected)
        assert lines == [LineKind.HELD, LineKind.RELEASED]
        assert after.pending_step is Step.TELL
        assert after.state is (JobState.FAILED if refused else JobState.CANCELLED)
        assert asked is not None
        assert asked.verdict is first
