"""A person's cap in a channel: their own, else the one that everybody there has."""

from __future__ import annotations

import pytest

from bot.core.budget import EVERYBODY, Scope
from bot.core.job import ChannelId, UserId
from bot.core.periods import Period
from bot.features.admission import Held, Short
from bot.store.db import Database
from tests.store.world import DESIGN, GENERAL, MIA, TEAM, TOM, an_offer, capped, hold, offered


async def ask(
    db: Database, credits: int, user: UserId = MIA, channel: ChannelId = DESIGN
) -> Held | Short:
    """One confirmation; how it went."""
    [offer] = await offered(db, an_offer(credits, user=user, channel=channel))
    async with db.write() as tx:
        outcome = await hold(tx, offer)
    assert isinstance(outcome, (Held, Short))
    return outcome


async def test_everybodys_cap_counts_for_each_person(db: Database) -> None:
    """10 for everybody: Mia's use leaves Tom's alone, and another channel has no such cap."""
    await capped(db, 10, Scope(TEAM, DESIGN, EVERYBODY), Period.DAY)
    outcomes = [
        await ask(db, 10),
        await ask(db, 1),
        await ask(db, 10, TOM),
        await ask(db, 10, channel=GENERAL),
    ]

    assert [type(one) for one in outcomes] == [Held, Short, Held, Held]


@pytest.mark.parametrize(("own", "expected"), [(0, Short), (5, Short), (14, Held), (None, Held)])
async def test_an_own_cap_takes_the_place_of_everybodys(
    db: Database, own: int | None, expected: type
) -> None:
    """Whoever has a cap of their own has that one: lower, higher, none or 0."""
    await capped(db, 10, Scope(TEAM, DESIGN, EVERYBODY))
    await capped(db, own, Scope(TEAM, DESIGN, MIA))

    assert type(await ask(db, 14)) is expected
    assert type(await ask(db, 14, TOM)) is Short
