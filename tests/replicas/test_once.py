"""What one replica does for all, and what all are told once."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from bot.app import SHIPPED_PRICES
from bot.core import catalogue
from bot.core.job import Credits
from bot.demo.faults import Gate
from bot.demo.slack.seed import ADA, DESIGN, MIA
from bot.engine.dispatcher import Embedded
from bot.engine.notices import Postman, tell_all
from bot.pixapi.client import PixapiClient, open_http
from bot.services import Services, system_clock
from bot.settings import load
from bot.slack.client import open_slack
from bot.slack.edits import Edits
from bot.store.budget import Rules
from bot.store.db import open_database
from bot.store.errors import NotOurs
from bot.store.postgres import TURN
from bot.tasks import open_tasks
from tests.flow.admins import EVA, click, letter, opened, second_admin, told
from tests.flow.stage import FOX, Stage, text_of
from tests.replicas.replicas import (
    audited,
    processes,
    replicas,
    started,
    until_rows,
)
from tests.restart.process import kill, stop

LEVELS = "SELECT level FROM alerts WHERE channel = 'CDESIGN001' ORDER BY level"
KEEPER = (
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND "  # noqa: S608 -- ours
    f"objid::bigint = {TURN & 0xFFFF_FFFF} AND database = "
    "(SELECT oid FROM pg_database WHERE datname = current_database())"
)
UNTOLD = "SELECT count(*) FROM notices WHERE told < version"


@asynccontextmanager
async def served(stage: Stage) -> AsyncIterator[Services]:
    """What tells, beside the processes that serve."""
    settings = load(stage.env)
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(
            open_slack(stage.ws.bot_token, api_url=stage.ws.api_url)
        )
        yield Services(
            db=await stack.enter_async_context(open_database(settings.sqlalchemy_url)),
            tasks=await stack.enter_async_context(open_tasks()),
            dispatcher=Embedded(),
            notifier=Postman(),
            slack=slack,
            edits=Edits(slack, time.monotonic, settings.pace.edit),
            pixapi=PixapiClient(
                await stack.enter_async_context(open_http()), base_url=stage.pixapi.url, key="sk_1"
            ),
            catalogue=catalogue.parse(SHIPPED_PRICES.read_text("utf-8")),
            rules=Rules(Credits(100)),
            admins=frozenset(),
            clock=system_clock,
            pace=settings.pace,
            poll_seconds=1,
            deadline_seconds=1,
        )


async def test_levels_are_told_once(stage: Stage) -> None:
    """Holds at three replicas cross every level at once: each admin reads of each level once."""
    second_admin(stage)
    async with replicas(stage, 3):
        cards = [await stage.ask(f"picture {number}") for number in range(40)]
        await asyncio.gather(*(stage.press(card, "generate") for card in cards))
        await stage.ws.until(lambda: stage.shares() == 25)
        await until_rows(stage, UNTOLD, 0)

        assert await stage.rows(LEVELS) == [(50,), (80,), (100,)]
        for admin in (ADA, EVA):
            texts = [text_of(one) for one in told(stage, admin)]

            assert len(texts) == 3
            for level in ("has reached 50 %", "has reached 80 %", "is used up"):
                assert sum(level in text for text in texts) == 1


async def asks_for_more(stage: Stage) -> None:
    """Mia asks for more credits for a picture that is too dear."""
    await stage.press(await stage.ask(f"{FOX} --quality high"), "more")
    await opened(stage, "Ask for more")
    await stage.ws.submit_view(MIA, {"reason": "the launch"})


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP])
async def test_the_one_that_tells_ends_in_the_middle(
    stage: Stage, when: str, end: signal.Signals
) -> None:
    """Killed or paused while it tells: another goes on, and each admin has each message once."""
    second_admin(stage)
    stage.extra = {"EASEL_DEFAULT_CHANNEL_CAP": "10"}
    gate = Gate()
    async with processes(stage, 1) as all_of_them:
        await until_rows(stage, KEEPER, 1)
        all_of_them.append(await started(stage))
        stage.faults.arm("gate", "chat.postMessage", gate=gate, when=when)
        await asks_for_more(stage)
        await asyncio.wait_for(gate.reached.wait(), 90)
        all_of_them[0].send_signal(end)
        gate.opened.set()
        await stage.ws.until(lambda: told(stage, ADA) and told(stage, EVA))
        await until_rows(stage, UNTOLD, 0)
        if end == signal.SIGSTOP:
            all_of_them[0].send_signal(signal.SIGCONT)
            await kill(all_of_them[1])
            await stage.ws.until(lambda: stage.ws.connections == 1)
        await click(stage, await letter(stage, "asks for"), "grant_once")
        await stage.ws.until(lambda: all(decided(stage)))
        await until_rows(stage, UNTOLD, 0)

        assert [len(told(stage, one)) for one in (ADA, EVA, MIA)] == [1, 1, 1]


def decided(stage: Stage) -> list[bool]:
    """Whether each admin's message says how it was decided."""
    return ["Granted 4" in str(told(stage, admin)) for admin in (ADA, EVA)]


async def test_the_house_is_kept_on(stage: Stage) -> None:
    """The one that keeps house stops in order: what is due is done by another."""
    stage.extra = {"EASEL_DEFAULT_CHANNEL_CAP": "10"}
    async with processes(stage, 1) as all_of_them:
        await until_rows(stage, KEEPER, 1)
        all_of_them.append(await started(stage))
        await asks_for_more(stage)
        await letter(stage, "asks for")
        stage.faults.arm("status", "poll", status=404, code="not_found")
        await stage.press(await stage.ask("a blue bird"), "generate")
        await stage.root("not known yet")
        await until_rows(stage, "SELECT count(*) FROM jobs WHERE pending_step IS NOT NULL", 0)
        await stage.write("UPDATE petitions SET lapses = 0")

        assert await stop(all_of_them[0]) == 0

        await stage.ws.until(lambda: stage.ws.connections == 1)
        await stage.done(4, like="blue bird")
        await stage.ws.until(lambda: "Lapsed" in str(told(stage, ADA)))
        await stage.press(await stage.ask("a red barn"), "generate")
        await letter(stage, rf"The budget of <#{DESIGN}> has reached 80 %")

        await audited(stage)


async def test_whose_turn_is_over_changes_nothing(stage: Stage) -> None:
    """What it was about to write over a message may be older than what stands there by now."""
    stage.extra = {"EASEL_DEFAULT_CHANNEL_CAP": "10"}
    async with replicas(stage, 1):
        await asks_for_more(stage)
        await letter(stage, "asks for")
        await until_rows(stage, UNTOLD, 0)
    await stage.write("UPDATE notices SET version = 2")
    before = len(stage.ws.calls)

    async def over() -> None:
        raise NotOurs

    async with served(stage) as services:
        well = await tell_all(services, over)

        assert not well
        assert [call.method for call in stage.ws.calls[before:] if "chat." in call.method] == []
        assert await stage.rows(UNTOLD) == [(1,)]
