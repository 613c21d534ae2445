"""SIGTERM: an orderly stop, however much is in flight."""

from __future__ import annotations

import asyncio
import signal

import pytest

from bot.demo.faults import Gate
from bot.settings import load
from bot.store import audit
from bot.store.db import open_beside
from tests.exhaustive import some
from tests.flow.stage import FOX, Stage
from tests.postgres import BOTH
from tests.restart.process import asked, free_port, process, quick, stop

pytestmark = BOTH

STATES = "SELECT state FROM jobs ORDER BY created"


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
        at_rest = "SELECT count(*) FROM jobs WHERE state = 'done' AND pending_step IS NULL"
        await stage.until_rows(at_rest, many, seconds=120)  # a message says so before its row

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


SYNC = {"EASEL_PIXAPI_TASKS": "off", "EASEL_MAX_CONCURRENT_JOBS": "1"}
"""A gateway without tasks, and one picture at a time."""


async def test_a_submit_that_has_left_is_waited_for(stage: Stage) -> None:
    """A stop lasts as long as a submit that has left: its answer is written, and nothing is begun.

    Meanwhile `/readyz` says why; the next start delivers what was paid for, and makes the rest.
    """
    stage.hurry(grace=0.0)
    port = free_port()
    stage.extra = SYNC | {"PORT": str(port)}
    gate = Gate()
    stage.faults.arm("gate", "sync", gate=gate, when="after")
    async with quick(stage) as easel:
        await stage.confirm()
        await gate.reached.wait()
        await stage.confirm("a second fox")
        easel.send_signal(signal.SIGTERM)
        await stage.ws.until(lambda: not stage.ws.connections)

        assert await asked(port, "readyz") == (503, "stopping\n")
        assert await asked(port, "healthz") == (200, "ok\n")

        gate.opened.set()

        assert await asyncio.wait_for(easel.wait(), 90) == 0

    assert await stage.rows(STATES) == [("delivering",), ("queued",)]
    assert (stage.submits(), stage.shares()) == (1, 0)
    async with quick(stage):
        await stage.done(4, like=FOX)
        await stage.done(4, like="a second fox")

        assert await stage.quota() == {"Cap": "100", "Charged": "8", "Held": "0", "Left": "92"}

    assert (stage.submits(), stage.shares()) == (2, 2)


async def test_asked_twice_it_ends_at_once(stage: Stage) -> None:
    """A second signal ends a stop that waits; what was out is not known, and never sent again."""
    stage.extra = SYNC
    gate = Gate()
    stage.faults.arm("gate", "sync", gate=gate, when="after")
    async with quick(stage) as easel:
        await stage.confirm()
        await gate.reached.wait()
        easel.send_signal(signal.SIGTERM)
        await stage.ws.until(lambda: not stage.ws.connections)
        easel.send_signal(signal.SIGTERM)

        assert await asyncio.wait_for(easel.wait(), 90) == 1

    gate.opened.set()
    async with quick(stage):
        await stage.root("not known yet")

    assert stage.submits() == 1
