"""What was charged, as the what-if of a cap reads it."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa

from bot.core.budget import Scope
from bot.core.job import ChannelId, Credits, Job, UserId
from bot.core.limits import Charged, Policy, Spenders
from bot.core.periods import Span
from bot.features.admission import Held
from bot.store import budget, controls, reports
from bot.store.db import Database
from tests.store.world import (
    ADA,
    DESIGN,
    GENERAL,
    MIA,
    NOW,
    TEAM,
    TODAY,
    TOM,
    an_offer,
    hold,
    offered,
)

DAYS = Span(TODAY - timedelta(days=3), TODAY)


async def held(
    db: Database,
    credits_: int,
    *,
    channel: ChannelId = DESIGN,
    user: UserId = MIA,
    day: date = TODAY,
) -> Job:
    """A price held on this day."""
    [offer] = await offered(db, an_offer(credits_, channel=channel, user=user))
    async with db.write() as tx:
        outcome = await hold(tx, offer, today=day)
    assert isinstance(outcome, Held)
    return outcome.job


async def test_it_is_what_was_charged_in_the_order_of_admission(db: Database) -> None:
    """Settled in any order, charges come as they were admitted, and nothing but charges."""
    first, second = await held(db, 4), await held(db, 9, user=TOM)
    early = await held(db, 3, day=TODAY - timedelta(days=2))
    outside = await held(db, 7, day=TODAY - timedelta(days=4))
    elsewhere = await held(db, 8, channel=GENERAL)
    released = await held(db, 5)
    await held(db, 6)
    async with db.write() as tx:
        for job in (second, elsewhere, outside, early, first):
            await budget.charge(tx, job, Credits(job.price.credits - 1), NOW)
        await budget.release(tx, released, NOW)
    async with db.read() as tx:
        here = await reports.charged_requests(tx, Scope(TEAM, DESIGN), DAYS)
        everywhere = await reports.charged_requests(tx, Scope(TEAM), DAYS)

    expected = [
        Charged(MIA, TODAY - timedelta(days=2), Credits(2)),
        Charged(MIA, TODAY, Credits(3)),
        Charged(TOM, TODAY, Credits(8)),
    ]

    assert expected == here
    assert [*expected, Charged(MIA, TODAY, Credits(7))] == everywhere


async def test_only_what_is_another_policy_now_is_recorded(db: Database) -> None:
    """Of a policy that is set as a whole, each part that differs is one recorded change."""
    scope = Scope(TEAM, DESIGN)
    async with db.write() as tx:
        await controls.set_policy(tx, scope, Policy(Credits(9), (50,)), ADA, NOW)
        await controls.set_policy(tx, scope, Policy(Credits(9), (), Spenders.ADMINS), ADA, NOW)
    async with db.read() as tx:
        said = [row[0] for row in await tx.rows(sa.text("SELECT what FROM changes ORDER BY id"))]

    assert said == ["approval from 9", "alerts at 50", "alerts at never", "spenders admins"]
