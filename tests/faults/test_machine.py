"""What the machine lacks for a while: nothing is held for nothing, nothing paid is lost."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import aiohttp
import pytest

from bot.demo.faults import Gate
from bot.demo.slack.model import Message
from bot.demo.slack.seed import DESIGN, MIA
from bot.settings import load
from bot.store import audit
from bot.store.db import open_beside
from tests.faults.machine import Easel, easel, lacking
from tests.faults.machine_rows import TOLD, Told
from tests.flow.stage import Stage, text_of

N = 3  # clicks at once
LEDGER = "SELECT kind, credits FROM ledger ORDER BY kind, seq"
TRIED = "SELECT count(*) FROM jobs WHERE state NOT IN ('offered', 'queued')"
OPEN = (
    "SELECT count(*) FROM jobs WHERE state NOT IN ('done', 'offered') OR pending_step IS NOT NULL"
)
CHARGED = {"Cap": "100", "Charged": "12", "Held": "0", "Left": "88"}


def rows(told: Iterable[Told]) -> pytest.MarkDecorator:
    """Each row on each database; SQLite is made read-only from within, elsewhere."""
    return pytest.mark.parametrize(
        ("told", "database"),
        [
            pytest.param(one, database, id=f"{one.key}, {database}")
            for one in told
            for database in ("sqlite", "postgresql")
            if one.database in {"both", database} and (one.key, database) != ("read-only", "sqlite")
        ],
        indirect=["database"],
    )


@pytest.fixture(autouse=True)
def _settings(stage: Stage, told: Told) -> None:
    """Only behind a lock is a wait to end soon: elsewhere it would be the machine that is slow."""
    if told.key == "locked":
        stage.hurry(busy=2.0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        stage.extra = {"PORT": str(free.getsockname()[1])}


@rows(one for one in TOLD if one.key != "no descriptors")
async def test_a_click_holds_nothing(stage: Stage, told: Told) -> None:
    """Who clicks just then reads that nothing was held, and it is so; afterwards the click works.

    The log says it in a line, once, and the same process goes on.
    """
    async with easel(stage) as running:
        cards = [await stage.ask(f"picture {number}") for number in range(N)]
        async with lacking_all(stage, running, told):
            before = answers(stage, told.reads)  # whoever found it out may read the same
            await asyncio.gather(*(stage.press(card, "generate") for card in cards))
            await stage.ws.until(lambda: answers(stage, told.reads) == before + N)
            await running.until(told.logged)

        assert await stage.rows(LEDGER) == []
        assert await stage.rows("SELECT id FROM jobs WHERE state != 'offered'") == []
        assert stage.submits() == 0

        await until_all_charged(stage, cards)

        assert len(running.logged(told.logged)) == 1
        await books_are_right(stage)


@rows(one for one in TOLD if one.key == "no descriptors")
async def test_a_click_without_a_descriptor_waits(stage: Stage, told: Told) -> None:
    """What cannot leave the machine is held and not in doubt; it goes its way afterwards."""
    async with easel(stage) as running:
        cards = [await stage.ask(f"picture {number}") for number in range(N)]
        async with lacking_all(stage, running, told):
            await asyncio.gather(*(stage.press(card, "generate") for card in cards))
            await running.until(told.logged)
            await stage.until_rows(TRIED, N)

            assert stage.submits() == 0

        await until_all_charged(stage, cards)

        assert len(running.logged(told.logged)) == 1
        await books_are_right(stage)


@rows(TOLD)
async def test_what_was_submitted_is_written_later(stage: Stage, told: Told) -> None:
    """Begun between the submit and its answer: no task is lost, nothing is submitted twice."""
    async with easel(stage) as running:
        gates = [Gate() for _ in range(N)]
        for gate in gates:
            stage.faults.arm("gate", "submit", gate=gate, when="after")
        cards = [await stage.ask(f"picture {number}") for number in range(N)]
        await asyncio.gather(*(stage.press(card, "generate") for card in cards))
        await asyncio.gather(*(gate.reached.wait() for gate in gates))
        async with lacking_all(stage, running, told):
            for gate in gates:
                gate.opened.set()
            await running.until(told.logged)
        await stage.ws.until(lambda: stage.shares() == N)

        assert stage.submits() == N
        assert await stage.rows(LEDGER) == [*[("charged", 4)] * N, *[("held", 4)] * N]
        await stage.until_rows(OPEN, 0)
        assert await stage.quota() == CHARGED
        await books_are_right(stage)


@asynccontextmanager
async def lacking_all(stage: Stage, running: Easel, told: Told) -> AsyncIterator[None]:
    """What the row says, and somebody who asks for health: they are answered in the end."""
    async with lacking(told.key, stage, running.pid):
        asked = asyncio.create_task(health(stage))
        if told.key in {"read-only", "database gone"}:  # it is found out now, and not later
            await touch(stage)
        yield

    assert await asked == 200


async def touch(stage: Stage) -> None:
    """Something that reads and something that writes, whether it can be or not."""
    for text in ("usage", "a fox"):
        assert (await stage.type(text)).ok


async def health(stage: Stage) -> int:
    """What `/healthz` answers."""
    address = f"http://127.0.0.1:{stage.extra['PORT']}/healthz"
    async with aiohttp.ClientSession() as http, http.get(address) as answer:
        return answer.status


def answers(stage: Stage, sentence: str) -> int:
    """How often the asker has read a sentence."""
    return sum(sentence in text_of(one) for one in stage.ws.ephemerals(MIA, DESIGN))


async def until_all_charged(stage: Stage, cards: list[Message]) -> None:
    """Click again, and wait for every picture: each costs its price, once.

    A connection that was lost meanwhile is found out by whoever uses it first.
    """
    await touch(stage)
    await asyncio.gather(*(stage.press(card, "generate") for card in cards))
    await stage.ws.until(lambda: stage.shares() == N)

    assert stage.submits() == N
    await stage.until_rows(OPEN, 0)
    assert await stage.quota() == CHARGED


async def books_are_right(stage: Stage) -> None:
    """Every sum is what the ledger says."""
    async with open_beside(load(stage.env).sqlalchemy_url) as db, db.read() as tx:
        assert await audit.differences(tx) == []
