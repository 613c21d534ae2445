"""SIGTERM: an orderly stop, however much is in flight."""

from __future__ import annotations

import asyncio

import pytest

from bot.settings import load
from bot.store import audit
from bot.store.db import open_beside
from tests.exhaustive import some
from tests.flow.stage import Stage
from tests.postgres import BOTH
from tests.restart.process import process, stop

pytestmark = BOTH


@pytest.mark.parametrize("many", some([20, 200], [20]))
async def test_many_in_flight(stage: Stage, many: int) -> None:
    """It ends with status 0; the next start finishes each of them, once."""
    stage.extra = {
        "EASEL_MAX_CONCURRENT_JOBS": str(many),
        "EASEL_DEFAULT_CHANNEL_CAP": "1000",
        "EASEL_POLL_SECONDS": "1",  # 200 tasks: enough to do
    }
    stage.pixapi.manual = True
    async with process(stage) as easel:
        cards = [await stage.ask(f"picture {number}. --draft") for number in range(many)]
        await asyncio.gather(*(stage.press(card, "generate") for card in cards))
        await stage.pixapi.until(lambda: stage.submits() == many, seconds=90)

        assert await stop(easel) == 0

    stage.pixapi.manual = False
    async with process(stage) as easel:
        await stage.ws.until(lambda: stage.shares() == many, seconds=120)
        await stage.ws.until(lambda: done(stage) == many, seconds=120)

        assert await stage.quota() == {
            "Cap": "1000",
            "Charged": str(many),
            "Held": "0",
            "Left": str(1000 - many),
        }
        assert await stop(easel) == 0

    assert stage.submits() == many
    assert stage.shares() == many
    assert len(stage.pixapi.made) == many
    assert await stage.rows("SELECT state, count(*) FROM jobs GROUP BY state") == [("done", many)]
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
