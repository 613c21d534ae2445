"""However Slack reaches the replicas, they are one Easel: a balancer, ten sockets, one too many."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack

import aiohttp
import pytest

from bot.app import running
from bot.demo.slack.seed import DESIGN, MIA, RANDOM
from bot.settings import load
from tests.flow.forms import form
from tests.flow.stage import FOX, Stage
from tests.replicas.replicas import audited, balanced, replicas

TEN = 10


async def status(address: str) -> int:
    """What the probe for readiness answers."""
    async with aiohttp.ClientSession() as session, session.get(f"{address}/readyz") as answer:
        return answer.status


@pytest.fixture(name="over_http")
def _over_http(stage: Stage) -> Stage:
    stage.over_http = True
    return stage


async def test_a_walk_through_a_balancer(over_http: Stage) -> None:
    """Card, picture, Vary, Finalise, composer, each request at the other replica than the last."""
    stage = over_http
    async with replicas(stage, 2) as addresses, balanced(addresses) as address:
        stage.ws.deliver_http(f"{address}/slack/events")
        card = await stage.ask(f"{FOX} --draft")
        await stage.press(card, "generate")
        root = await stage.done(1)
        await stage.ws.until(lambda: stage.shares() == 1)
        for action in ("vary", "finalise"):
            before = stage.shares()
            await stage.press(root, action)
            await stage.press(await stage.card("Generate ·"), "generate")
            await stage.ws.until(lambda before=before: stage.shares() > before)  # type: ignore[misc]
        await stage.type("")
        await form(stage, "Generate · 4 credits")
        await stage.ws.view_action(MIA, "compose_quality", "high")
        await form(stage, "Generate · 14 credits")
        await stage.ws.submit_view(MIA, {"compose_prompt": "a harbour"})
        await stage.done(14, like="harbour")

        assert stage.submits() == 4
        assert (await stage.quota())["Held"] == "0"
        await audited(stage)


async def test_added_to_a_channel_by_another_replica(over_http: Stage) -> None:
    """One replica knows that Easel is not in a channel, another adds it: Generate works at once."""
    stage = over_http
    async with replicas(stage, 2) as (one, two):
        stage.ws.deliver_http(f"{one}/slack/events")
        card = await stage.ask(channel=RANDOM)
        await stage.press(card, "generate")
        card = await stage.card("not in this channel yet", channel=RANDOM)
        stage.ws.deliver_http(f"{two}/slack/events")
        await stage.press(card, "join")
        card = await stage.card("Easel is in the channel now", channel=RANDOM)
        stage.ws.deliver_http(f"{one}/slack/events")
        await stage.press(card, "generate")
        await stage.done(4, channel=RANDOM)


async def test_ten_sockets(stage: Stage) -> None:
    """As many replicas as Slack gives sockets to: requests go to each of them, and all is well."""
    async with replicas(stage, TEN) as addresses:
        cards = [await stage.ask(f"picture {number} --draft") for number in range(2 * TEN)]
        await asyncio.gather(*(stage.press(card, "generate") for card in cards))
        await stage.ws.until(lambda: stage.shares() == 2 * TEN)

        assert [await status(one) for one in addresses] == [200] * TEN
        assert stage.submits() == 2 * TEN
        assert (await stage.quota())["Charged"] == str(2 * TEN)
        await audited(stage)


async def test_one_too_many(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """An eleventh says so, is not ready, and does not dial on: the ten keep their sockets."""
    stage.hurry(standby=3600.0, socket_ping=10.0)  # no other dials, however long this takes
    async with replicas(stage, TEN) as ten, running(load(stage.env)) as eleventh:
        await _turned_away(stage, caplog)
        for number in range(TEN):
            await stage.press(await stage.ask(f"picture {number} --draft"), "generate")
        await stage.ws.until(lambda: stage.shares() == TEN)

        assert await status(eleventh) == 503
        assert [await status(one) for one in ten] == [200] * TEN
        assert len(stage.ws.calls_of("apps.connections.open")) == TEN + 1


async def test_one_too_many_stands_by(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """When one of the ten ends, the eleventh has its socket, and what it runs goes on."""
    stage.hurry(standby=0.5)
    settings = load(stage.env)
    async with AsyncExitStack() as first, replicas(stage, TEN - 1):
        await first.enter_async_context(running(settings))
        await stage.ws.until(lambda: stage.ws.connections == TEN)
        async with running(settings) as eleventh:
            await _turned_away(stage, caplog)
            await first.aclose()
            await stage.ws.until(lambda: stage.ws.connections == TEN)
            await stage.confirm()
            await stage.done(4)

            assert await status(eleventh) == 200
            assert stage.ws.messages(DESIGN)


async def _turned_away(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """Wait until one process has read that there is no socket for it."""
    said = "Slack allows ten sockets of an app, and all are taken"
    await stage.ws.until(lambda: len(stage.ws.calls_of("apps.connections.open")) > TEN)
    async with asyncio.timeout(90):
        while said not in caplog.text:  # noqa: ASYNC110 -- the log tells nobody
            await asyncio.sleep(0.05)
    assert {one.levelno for one in caplog.records if said in one.getMessage()} == {logging.WARNING}
