"""The numbers of a week are those that somebody would count by hand."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.budget import Scope
from bot.core.job import ChannelId, UserId
from bot.core.periods import Period, Span, span
from bot.store import digest
from bot.store.db import Database
from tests.exhaustive import examples
from tests.store import world
from tests.store.past import Past, happened, pasts
from tests.store.world import DESIGN, GENERAL, MIA, NO_DEFAULT, TEAM, TODAY

WEEK = span(Period.WEEK, TODAY)  # which ends today, a Sunday
PEOPLE = [UserId(f"U{number}") for number in range(8)]


async def facts(db: Database, week: Span = WEEK) -> dict[str, Any] | None:
    """What is written about a week, as it comes back from the database."""
    async with db.read() as tx:
        found = await digest.of(tx, TEAM, week, NO_DEFAULT)
    return None if found is None else json.loads(json.dumps(dict(found.about)))


def most(amounts: Counter[str]) -> dict[str, Any]:
    """The five largest, and the sum of the others."""
    ranked = sorted(((-n, name) for name, n in amounts.items() if n), key=lambda one: one)
    return {
        "most": [[name, -n] for n, name in ranked[:5]],
        "rest": -sum(n for n, _ in ranked[5:]),
    }


@given(history=st.lists(pasts(10), max_size=12), who=st.lists(st.sampled_from(PEOPLE), min_size=12))
@settings(max_examples=examples(15, 4), suppress_health_check=[HealthCheck.too_slow])
def test_a_week_counted_by_hand(dialect: str, history: list[Past], who: list[UserId]) -> None:
    """Sums by channel and person, kept images and the dearest thread equal a plain count."""
    told = [replace(past, user=user) for past, user in zip(history, who, strict=False)]
    mine = [past for past in told if past.days_ago < 7]
    charged = [past for past in mine if past.end == "charged"]
    held = sum(past.credits for past in mine if past.end in {"held", "unknown"})
    channels, people, threads = Counter[str](), Counter[str](), Counter[tuple[str, str]]()
    for number, past in enumerate(charged):
        channels[past.channel] += past.charged
        people[past.user] += past.charged
        threads[past.channel, past.thread or f"own {number}"] += past.charged

    async def look() -> dict[str, Any] | None:
        with tempfile.TemporaryDirectory() as name:
            async with world.database(dialect, Path(name)) as db:
                for past in told:
                    await happened(db, past)
                return await facts(db)

    with asyncio.Runner() as runner:
        found = runner.run(look())

    total = sum(past.charged for past in charged)
    if not total and not held:
        assert found is None
        return
    assert found is not None
    assert (found["charged"], found["held"]) == (total, held)
    assert found["channels"] == most(channels)
    assert found["people"] == most(people)
    assert found["images"] == sum(past.images for past in charged if not past.deleted)
    dearest = max(threads.values(), default=0)
    assert (found["thread"] or {"credits": 0})["credits"] == dearest


async def test_unused_budget(db: Database) -> None:
    """Weekly and monthly caps of channels that have something left, the most first."""
    await world.capped(db, 10, Scope(TEAM, DESIGN), Period.WEEK)
    await world.capped(db, 50, Scope(TEAM, GENERAL), Period.MONTH)
    for number, (limit, period) in enumerate(
        [(None, Period.WEEK), (0, Period.WEEK), (90, Period.DAY)]
    ):
        await world.capped(db, limit, Scope(TEAM, ChannelId(f"C{number}")), period)
    await world.capped(db, 70, Scope(TEAM, DESIGN, MIA), Period.WEEK)
    for ago in (0, 7):
        await happened(db, Past(4, DESIGN, MIA, ago, "charged", 4))
    found = await facts(db)

    assert found is not None
    assert found["unused"] == {
        "most": [
            [GENERAL, 50, 50, "month", "2026-11-30"],
            [DESIGN, 6, 10, "week", "2026-11-22"],
        ],
        "rest": 0,
    }


async def test_a_week_with_nothing(db: Database) -> None:
    """There is nothing to say of a week in which nothing was charged or held."""
    await happened(db, Past(4, DESIGN, MIA, 7, "charged", 4))
    await happened(db, Past(4, DESIGN, MIA, 0, "released", 0))

    assert await facts(db) is None
    assert await facts(db, span(Period.WEEK, TODAY - timedelta(days=7))) is not None
