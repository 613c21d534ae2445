"""SIGTERM: an orderly stop, however much is in flight."""

from __future__ import annotations

import asyncio

from bot.settings import load
from bot.store import audit
from bot.store.db import open_beside
from tests.flow.stage import Stage
from tests.postgres import BOTH
from tests.restart.process import process, stop

pytestmark = BOTH

MANY = 200


async def test_two_hundred_in_flight(stage: Stage) -> None:
    """It ends with status 0 in half a minute; the next start finishes each of them, once."""
    stage.extra = {
        "EASEL_MAX_CONCURRENT_JOBS": str(MANY),
        "EASEL_DEFAULT_CHANNEL_CAP": "1000",
        "EASEL_POLL_SECONDS": "1",
    }
    stage.pixapi.manual = True
    async with process(stage) as easel:
        cards = [await stage.ask(f"picture {number}. --draft") for number in range(MANY)]
        await asyncio.gather(*(stage.press(card, "generate") for card in cards))
        await stage.pixapi.until(lambda: stage.submits() == MANY, seconds=60)

        assert await stop(easel) == 0

    stage.pixapi.manual = False
    async with process(stage) as easel:
        await stage.ws.until(lambda: stage.shares() == MANY, seconds=120)
        await stage.ws.until(lambda: done(stage) == MANY, seconds=120)

        assert await stage.quota() == {
            "Cap": "1000",
            "Charged": "200",
            "Held": "0",
            "Left": "800",
        }
        assert await stop(easel) == 0

    assert stage.submits() == MANY
    assert stage.shares() == MANY
    assert len(stage.pixapi.made) == MANY
    assert await stage.rows("SELECT state, count(*) FROM jobs GROUP BY state") == [("done", MANY)]
    async with open_beside(load(stage.env).sqlalchemy_url) as db, db.read() as tx:
        assert await audit.differences(tx) == []


def done(stage: Stage) -> int:
    """How many root messages say so."""
    return sum(
        "Done" in one.text
        for messages in stage.ws.world.messages.values()
        for one in messages.values()
        if one.user == stage.ws.bot_user_id
    )
