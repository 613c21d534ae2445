"""Alerts: a level is told once per scope and period, however many confirmations reach it."""

from __future__ import annotations

import asyncio
import json
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.core.budget import EVERYBODY, Scope
from bot.core.job import Credits, UserId
from bot.core.limits import Policy
from bot.core.periods import Period
from bot.features.admission import Held
from bot.store import alerts, budget, controls
from bot.store.db import Database
from bot.store.tables import notices
from tests.store.world import (
    ADA,
    DESIGN,
    MIA,
    NO_DEFAULT,
    NOW,
    TEAM,
    TODAY,
    an_offer,
    capped,
    hold,
    offered,
    queued,
)

NEXT_MONTH = (NOW + timedelta(days=20), TODAY + timedelta(days=20))


async def told(db: Database) -> list[tuple[str, int]]:
    """Whose budget reached which level, in the order of telling."""
    async with db.read() as tx:
        rows = await tx.rows(sa.select(notices).order_by(notices.c.at, notices.c.key))
    return sorted((_whose(row.about), row.about["level"]) for row in rows)


def _whose(about: dict[str, str | None]) -> str:
    return about["user"] or about["channel"] or "workspace"


async def held(db: Database, credits: int, now: datetime = NOW, today: date = TODAY) -> Held:
    """Confirm a picture at this price."""
    [offer] = await offered(db, an_offer(credits))
    async with db.write() as tx:
        outcome = await hold(tx, offer, now=now, today=today)
    assert isinstance(outcome, Held)
    return outcome


async def test_a_hundred_at_once_are_told_once_each(db: Database) -> None:
    """100 confirmations at once over three overlapping caps: each level of each scope once."""
    await capped(db, 100, Scope(TEAM))
    await capped(db, 100)
    await capped(db, 200, Scope(TEAM, DESIGN, MIA))
    offers = await offered(db, *(an_offer(1) for _ in range(100)))

    async def confirm(number: int) -> None:
        async with db.write() as tx:
            await hold(tx, offers[number])

    await asyncio.gather(*(confirm(number) for number in range(100)))

    assert await told(db) == [
        *((DESIGN, level) for level in (50, 80, 100)),
        (MIA, 50),
        *(("workspace", level) for level in (50, 80, 100)),
    ]


async def test_crossing_again_is_not_told_again(db: Database) -> None:
    """Released and reached once more in the same period: the admins know it already."""
    await capped(db, 10)
    for _ in range(3):
        job = (await held(db, 5)).job
        async with db.write() as tx:
            await budget.release(tx, job, NOW)

    assert await told(db) == [(DESIGN, 50)]


async def test_the_next_period_is_told_anew(db: Database) -> None:
    """What was reached in November is reached again in December, and told again, once."""
    await capped(db, 10)
    await held(db, 5)
    await held(db, 5, *NEXT_MONTH)
    await held(db, 1, *NEXT_MONTH)

    assert await told(db) == [(DESIGN, 50), (DESIGN, 50)]


async def test_several_levels_at_once_are_one_notice(db: Database) -> None:
    """One picture that goes past three levels is told of once, with the highest."""
    await capped(db, 10)
    await held(db, 10)

    assert await told(db) == [(DESIGN, 100)]


async def test_a_lower_level_is_no_news_after_a_higher_one(db: Database) -> None:
    """Who was told of 100 % is not told of 50 % when a release and a new hold come back to it."""
    await capped(db, 10)
    job = (await held(db, 10)).job
    async with db.write() as tx:
        await budget.release(tx, job, NOW)
    await held(db, 5)

    assert await told(db) == [(DESIGN, 100)]


async def test_no_cap_and_nothing_allowed_reach_no_level(db: Database) -> None:
    """Without a cap there is nothing to use up; with 0 nothing is ever held."""
    await capped(db, None)
    await queued(db, 1000)
    await capped(db, 0, period=Period.DAY)
    [offer] = await offered(db, an_offer(1))
    async with db.write() as tx:
        await hold(tx, offer)

    assert await told(db) == []


@pytest.mark.parametrize(("levels", "expected"), [((), []), ((20,), [(DESIGN, 20)])])
async def test_a_channel_has_its_own_levels(
    db: Database, levels: tuple[int, ...], expected: list[tuple[str, int]]
) -> None:
    """The levels that an admin chose count for the next hold; none at all means silence."""
    await capped(db, 10)
    async with db.write() as tx:
        await controls.set_policy(tx, Scope(TEAM, DESIGN), Policy(levels=levels), ADA, NOW)
    await held(db, 5)

    assert await told(db) == expected


async def test_a_lowered_cap_of_everybody_reaches_each_who_used_it(db: Database) -> None:
    """Each person for whom it counts, not who has a cap of their own, however many there are."""
    people = [UserId(f"U-{number:03}") for number in range(120)]
    offers = await offered(db, *(an_offer(8, user=user) for user in people))
    for offer in offers:
        async with db.write() as tx:
            await hold(tx, offer)
    everybody = Scope(TEAM, DESIGN, EVERYBODY)
    await capped(db, 1000, Scope(TEAM, DESIGN, people[0]))
    await capped(db, 10, everybody, Period.WEEK)
    async with db.write() as tx:
        policy = await controls.policies_in(tx, TEAM, DESIGN, NO_DEFAULT)
        await alerts.raise_for_each(tx, everybody, TODAY, NO_DEFAULT, policy, NOW)
        await alerts.raise_for_each(tx, everybody, TODAY, NO_DEFAULT, policy, NOW)

    assert await told(db) == [(user, 80) for user in people[1:]]


async def test_grants_count_as_budget(db: Database) -> None:
    """A level is a part of cap and grants together; the notice carries both."""
    await capped(db, 10)
    async with db.write() as tx:
        days = (TODAY, TODAY)
        await controls.add_grant(tx, Scope(TEAM, DESIGN), Credits(10), days, "", ADA, NOW)
    await held(db, 9)

    assert await told(db) == []

    await held(db, 1)
    async with db.read() as tx:
        row = await tx.row(sa.select(notices.c.about))
    assert row is not None

    facts = {"level": 50, "cap": 10, "grants": 10, "held": 10, "charged": 0, "period": "month"}
    assert facts.items() <= json.loads(json.dumps(row.about)).items()
