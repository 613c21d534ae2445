"""What one replica does for all, and what all are told once."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from bot.core.job import Credits, JobId
from bot.core.notices import Discrepancy, Notice
from bot.demo.faults import Gate
from bot.demo.slack.seed import ADA, DESIGN, MIA
from bot.engine.dispatcher import Embedded
from bot.engine.notices import NoticeSender
from bot.pixapi.client import PixapiClient, open_http
from bot.services import Prices, Services, system_clock
from bot.settings import load
from bot.slack.client import open_slack
from bot.slack.edits import Edits
from bot.store import notices
from bot.store.budget import Rules
from bot.store.db import open_database
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
from tests.store.world import TEAM

LEVELS = "SELECT level FROM alerts WHERE channel = 'CDESIGN001' ORDER BY level"
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
            slack=slack,
            edits=Edits(slack, time.monotonic, settings.pace.edit),
            pixapi=PixapiClient(
                await stack.enter_async_context(open_http()), base_url=stage.pixapi.url, key="sk_1"
            ),
            prices=Prices(settings),
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
        stage.faults.arm("gate", "chat.postMessage", gate=gate, when=when)
        await asks_for_more(stage)
        await asyncio.wait_for(gate.reached.wait(), 90)
        all_of_them.append(await started(stage))
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
    """One of two stops in order: what is due is done by the other."""
    stage.extra = {"EASEL_DEFAULT_CHANNEL_CAP": "10"}
    async with processes(stage, 1) as all_of_them:
        all_of_them.append(await started(stage))
        await asks_for_more(stage)
        await letter(stage, "asks for")
        stage.faults.arm("status", "poll", status=404, code="not_found")
        await stage.press(await stage.ask("a blue bird"), "generate")
        await stage.root("not known yet")
        await until_rows(stage, "SELECT count(*) FROM jobs WHERE pending_step IS NOT NULL", 0)

        assert await stop(all_of_them[0]) == 0

        await stage.ws.until(lambda: stage.ws.connections == 1)
        await stage.write("UPDATE approval_requests SET lapses = 0")
        await stage.write(
            "UPDATE jobs SET submitted = submitted - 58000000"
        )  # it is due in seconds
        await stage.done(4, like="blue bird")
        await stage.ws.until(lambda: "Lapsed" in str(told(stage, ADA)))
        await stage.press(await stage.ask("a red barn"), "generate")
        await letter(stage, rf"The budget of <#{DESIGN}> has reached 80 %")

        await audited(stage)


async def test_senders_at_once(stage: Stage) -> None:
    """Several processes send what is written at once: each admin has each notice once."""
    second_admin(stage)
    async with AsyncExitStack() as stack:
        served_ones = [await stack.enter_async_context(served(stage)) for _ in range(3)]
        await _written(served_ones[0], *range(8))
        senders = [NoticeSender(services) for services in served_ones]
        while await stage.rows(UNTOLD) != [(0,)]:
            await asyncio.gather(*(sender.send_all() for sender in senders))

    for admin in (ADA, EVA):
        texts = [text_of(one) for one in told(stage, admin)]

        assert [sum(f"says {number}:" in text for text in texts) for number in range(8)] == [1] * 8


async def test_whose_claim_is_over_changes_nothing(stage: Stage) -> None:
    """What it was about to post, another process may have posted by now: it does not."""
    gate = Gate()
    stage.faults.arm("gate", "conversations.open", gate=gate, when="after")
    async with served(stage) as services:
        await _written(services, 1)
        sending = asyncio.create_task(NoticeSender(services).send_all())
        await gate.reached.wait()
        await stage.write("UPDATE deliveries SET claimed_by = 'another'")
        gate.opened.set()
        await sending

        assert told(stage, ADA) == []
        assert await stage.rows(UNTOLD) == [(1,)]

        await stage.write(
            "UPDATE deliveries SET claimed_until = 0"
        )  # which did not live to tell it
        await NoticeSender(services).send_all()

        assert len(told(stage, ADA)) == 1


async def _written(services: Services, *numbers: int) -> None:
    """Admins are to be told of so many differences between charges and the price table."""
    async with services.db.write() as tx:
        for number in numbers:
            about = Discrepancy(JobId("J"), Credits(99), Credits(number), Credits(4))
            notice = Notice(TEAM, f"drift:{number}", about)
            await notices.add(tx, notice, services.clock())
