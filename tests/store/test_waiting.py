"""A hold that waits ends at most once: decided, lapsed or stopped, in whatever order they come."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from itertools import permutations

import pytest

from bot.core.budget import LineKind, Scope
from bot.core.job import Credits, Job, JobState, Step
from bot.core.limits import Policy
from bot.core.requests import Decision, Outcome, RequestId
from bot.features.admission import Held
from bot.store import audit, budget, controls, requests
from bot.store.db import Database
from tests.store.world import ADA, NOW, TEAM, an_offer, capped, hold, offered, present

ENDINGS = [Outcome.GRANTED, Outcome.DECLINED, Outcome.LAPSED, Outcome.WITHDRAWN]
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
    db: Database, job: Job, ending: Outcome, now: datetime, turns: list[Outcome]
) -> bool:
    """What an admin, the sweep or the asker does in one transaction; whether it counted.

    `turns` tells in which order they had the lock.
    """
    async with db.write() as tx:
        await budget.lock(tx, TEAM, now)
        turns.append(ending)
        if ending is Outcome.WITHDRAWN:
            return await requests.stop(tx, job, now) is not None
        asked = await requests.get(tx, TEAM, RequestId(job.id))
        assert asked is not None
        return await requests.decide(tx, asked, Decision(ending, now)) is not None


@pytest.mark.parametrize("now", [IN_TIME, TOO_LATE])
async def test_it_ends_at_most_once(db: Database, now: datetime) -> None:
    """Approved, declined, lapsed and stopped at once, in each order: the first that may counts."""
    await capped(db, 1000)
    for order in permutations(ENDINGS):
        job = await waiting(db)
        turns: list[Outcome] = []
        counted = await asyncio.gather(*(meet(db, job, one, now, turns) for one in order))
        after = await present(db, job)
        came = {one for one, did in zip(order, counted, strict=True) if did}
        admins = {Outcome.LAPSED} if now is TOO_LATE else {Outcome.GRANTED, Outcome.DECLINED}
        first = next(one for one in turns if one in admins | {Outcome.WITHDRAWN})
        expected = [first]
        if (
            first is Outcome.GRANTED
        ):  # the asker comes after it: it is queued by then, and not at Pixapi: it can be stopped
            expected.append(Outcome.WITHDRAWN)
        refused = expected[-1] is not Outcome.WITHDRAWN
        async with db.read() as tx:
            lines = [kind for kind, _, _ in await budget.lines(tx, job)]
            asked = await requests.get(tx, TEAM, RequestId(job.id))

            assert await audit.differences(tx) == []

        assert came == set(expected)
        assert lines == [LineKind.HELD, LineKind.RELEASED]
        assert after.pending_step is Step.TELL
        assert after.state is (JobState.FAILED if refused else JobState.CANCELLED)
        assert asked is not None
        assert asked.outcome is first
