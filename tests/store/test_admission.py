"""What fits is sold, once each, and no more, however many want it at the same moment."""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.core.budget import NOTHING, BudgetStatus, Scope
from bot.core.job import Credits, Job, JobState
from bot.core.periods import Period
from bot.features.admission import Gone, Held, Short
from bot.store import audit, budget, controls, jobs
from bot.store.budget import Rules
from bot.store.db import Database, open_database
from tests.store.world import (
    ADA,
    DESIGN,
    GENERAL,
    MIA,
    NO_DEFAULT,
    NOW,
    TEAM,
    TODAY,
    TOM,
    an_offer,
    capped,
    heard,
    hold,
    offered,
    present,
    process,
    queued,
    tell,
)

Decided = list[tuple[Job, Held | Short | Gone]]


async def status(
    db: Database, scope: Scope | None = None, today: date = TODAY, rules: Rules = NO_DEFAULT
) -> BudgetStatus:
    """How a scope stands, the channel where no other is named; the audit finds nothing wrong."""
    async with db.read() as tx:
        assert await audit.differences(tx) == []

        return await budget.status(tx, scope or Scope(TEAM, DESIGN), today, rules)


async def confirm_all(db: Database, offers: list[Job]) -> Decided:
    """Confirm all at once; what became of each, in the order in which it was decided."""
    decided: Decided = []

    async def confirm(job: Job) -> None:
        async with db.write() as tx:
            decided.append((job, await hold(tx, job)))

    await asyncio.gather(*(confirm(job) for job in offers))
    return decided


async def test_two_hundred_at_once_sell_what_fits(db: Database) -> None:
    """200 confirmations of 1, 4 and 14 credits against a cap of 100: each that fits is admitted."""
    await capped(db, 100)
    prices = [1, 4, 14] * 66 + [1, 4]
    random.shuffle(prices)
    decided = await confirm_all(db, await offered(db, *map(an_offer, prices)))
    left = 100
    for job, outcome in decided:
        fits = job.price.credits <= left
        left -= job.price.credits if fits else 0

        assert type(outcome) is (Held if fits else Short)

    after = await status(db)

    assert left >= 0
    assert (after.used.held, after.left) == (100 - left, left)


async def test_overlapping_caps_must_all_allow(db: Database) -> None:
    """100 confirmations over three overlapping caps: none of the caps is exceeded, all is sold."""
    workspace, person = Scope(TEAM), Scope(TEAM, DESIGN, MIA)
    await capped(db, 60, workspace, Period.DAY)
    await capped(db, 40, Scope(TEAM, DESIGN), Period.WEEK)
    await capped(db, 12, person)
    wanted = [
        an_offer(4, channel=channel, user=user)
        for _ in range(25)
        for channel in (DESIGN, GENERAL)
        for user in (MIA, TOM)
    ]
    random.shuffle(wanted)
    await confirm_all(db, await offered(db, *wanted))
    lefts = [(await status(db, one)).left for one in (workspace, Scope(TEAM, DESIGN), person)]

    assert lefts[0] == 0
    assert all(left is not None and left >= 0 for left in lefts)


async def test_three_processes_sell_exactly_the_room(address: str) -> None:
    """Three processes over one base, each wanting 400 credits, room for 1,000: 1,000 are sold."""
    async with open_database(address) as db:
        await capped(db, 1000)
    async with AsyncExitStack() as stack:
        sellers = [
            await stack.enter_async_context(process("sell", address, first, 100, 4))
            for first in (100_000, 200_000, 300_000)
        ]
        for seller in sellers:
            tell(seller)
        sold = [int(await heard(seller)) for seller in sellers]
    async with open_database(address) as db:
        after = await status(db)

    assert sum(sold) * 4 == after.used.held == 1000
    assert after.left == 0


async def test_one_request_is_held_once(db: Database) -> None:
    """The same card confirmed 20 times at once is held once; every other click finds it queued.

    Also where that one hold uses the budget up: nobody is told then that it was too dear.
    """
    await capped(db, 14)
    [offer] = await offered(db, an_offer(14))
    outcomes = [outcome for _, outcome in await confirm_all(db, [offer] * 20)]

    assert [type(outcome) for outcome in outcomes] == [Held] + [Gone] * 19
    assert all(isinstance(one.job, Job) and one.job.state is JobState.QUEUED for one in outcomes)  # type: ignore[union-attr] # not Short
    assert (await status(db)).used.held == 14


async def test_an_outdated_card_holds_nothing(db: Database) -> None:
    """A click on a card whose offer was changed since holds nothing and shows the present one."""
    [offer] = await offered(db, an_offer(4))
    async with db.write() as tx:
        changed = await jobs.choose(
            tx, offer, offer.request, replace(offer.price, credits=Credits(14))
        )
    [(_, outcome)] = await confirm_all(db, [offer])

    assert outcome == Gone(changed)
    assert (await status(db)).used.held == NOTHING


async def test_a_withdrawn_offer_holds_nothing(db: Database) -> None:
    """Cancel and Generate at the same moment: the first wins, and the other finds it so."""
    [offer] = await offered(db, an_offer(4))
    async with db.write() as tx:
        assert await jobs.withdraw(tx, offer)
    [(_, outcome)] = await confirm_all(db, [offer])

    assert isinstance(outcome, Gone)
    assert (await present(db, offer)).state is JobState.CANCELLED

    confirmed = await queued(db)
    async with db.write() as tx:
        assert not await jobs.withdraw(tx, confirmed)


async def test_a_short_budget_writes_nothing(db: Database) -> None:
    """Where the price does not fit, the offer stays an offer and the books stay empty."""
    await capped(db, 3)
    [offer] = await offered(db, an_offer(4))
    [(_, outcome)] = await confirm_all(db, [offer])

    assert isinstance(outcome, Short)
    assert await present(db, offer) == offer
    assert (await status(db)).left == 3


@pytest.mark.parametrize(
    ("period", "admitted", "settled", "still"),
    [
        (Period.DAY, "2026-11-22", "2026-11-23", 0),
        (Period.DAY, "2026-11-22", "2026-11-22", 4),
        (Period.WEEK, "2026-11-22", "2026-11-23", 0),  # a Sunday, then a Monday
        (Period.WEEK, "2026-11-16", "2026-11-22", 4),
        (Period.MONTH, "2026-11-30", "2026-12-01", 0),
        (Period.MONTH, "2026-11-01", "2026-11-30", 4),
        (Period.MONTH, "2026-12-31", "2027-01-01", 0),
        (Period.MONTH, "2028-02-01", "2028-02-29", 4),
    ],
)
async def test_a_charge_counts_where_it_was_admitted(
    db: Database, period: Period, admitted: str, settled: str, still: int
) -> None:
    """What is settled on a later day is charged on the day of its admission, at every boundary."""
    first, later = date.fromisoformat(admitted), date.fromisoformat(settled)
    await capped(db, 10, period=period)
    [offer] = await offered(db, an_offer(5))
    async with db.write() as tx:
        outcome = await hold(tx, offer, today=first)
        assert isinstance(outcome, Held)
        at = datetime.combine(later, datetime.min.time(), UTC) + timedelta(hours=5)
        await budget.charge(tx, outcome.job, Credits(4), at)

    assert (await status(db, today=first)).used.charged == 4
    assert (await status(db, today=later)).used.charged == still


async def test_a_grant_that_ends_under_a_hold_stays_with_it(db: Database) -> None:
    """A hold keeps what it drew from a grant that ends; what comes back then is gone with it."""
    scope = Scope(TEAM, DESIGN)
    await capped(db, 10)
    async with db.write() as tx:
        await controls.add_grant(tx, scope, Credits(6), (TODAY, TODAY), "why", ADA, NOW)
    job = await queued(db, 8)  # 6 of the grant, 2 of the cap
    tomorrow = TODAY + timedelta(days=1)

    assert (await status(db)).left == 8
    assert (await status(db, today=tomorrow)).left == 8

    async with db.write() as tx:
        await budget.charge(tx, job, Credits(5), NOW)  # the grant pays it all; 1 goes back to it

    assert (await status(db)).left == 11
    assert (await status(db, today=tomorrow)).left == 10


async def test_grants_lift_their_own_scope_only(db: Database) -> None:
    """A cap of 0 with a grant of 50 allows 50; the workspace's own cap is not lifted by it."""
    await capped(db, 0)
    async with db.write() as tx:
        await controls.add_grant(
            tx, Scope(TEAM, DESIGN), Credits(50), (TODAY, TODAY), "why", ADA, NOW
        )
    await queued(db, 14)

    assert (await status(db)).left == 36

    await capped(db, 14, Scope(TEAM))
    [(_, outcome)] = await confirm_all(db, await offered(db, an_offer(1)))

    assert isinstance(outcome, Short)


async def test_a_default_cap_counts_for_channels_only(db: Database) -> None:
    """A channel without a cap has the default's; no cap (none) is not the same as no row."""
    rules = Rules(Credits(3))

    assert (await status(db, rules=rules)).left == 3
    assert (await status(db, Scope(TEAM), rules=rules)).left is None
    assert (await status(db, Scope(TEAM, DESIGN, MIA), rules=rules)).left is None

    await capped(db, None)

    assert (await status(db, rules=rules)).left is None
