"""The weekly digest: to the admins, once, when a week has ended; off by default."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from datetime import time as dt_time

import pytest

from bot.app import SHIPPED_PRICES
from bot.core import catalogue
from bot.core.job import ChannelId, Credits, UserId
from bot.demo.slack.model import Message
from bot.demo.slack.seed import ADA, DESIGN, LEADERSHIP, MIA
from bot.engine import digest
from bot.engine.dispatch import Embedded
from bot.engine.notices import Postman, tell_all
from bot.pixapi.client import PixapiClient, open_http
from bot.services import Present, Services, system_clock
from bot.settings import load
from bot.slack.client import open_slack
from bot.slack.edits import Edits
from bot.store.budget import Rules
from bot.store.db import open_database
from bot.tasks import open_tasks
from tests.flow.stage import FOX, Stage, text_of
from tests.store.past import Past, happened
from tests.store.world import TODAY

MONDAY = datetime(2026, 11, 23, 0, 5, tzinfo=UTC)  # the day after the tests' today


@asynccontextmanager
async def served(stage: Stage, now: datetime = MONDAY) -> AsyncIterator[Services]:
    """What sweeps and tells, at a moment; everything is real but the clock."""
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
            present=Present(Rules(Credits(100))),
            admins=frozenset(),
            clock=lambda: now,
            pace=settings.pace,
            poll_seconds=1,
            deadline_seconds=1,
        )


async def ours() -> None:
    """It is this process's turn."""


def told(stage: Stage, user: str = ADA) -> list[Message]:
    """What Easel wrote to somebody about a week."""
    written = stage.ws.messages(stage.ws.direct(user).id)
    return [one for one in written if "The week from" in one.text]


async def spend(services: Services, channel: str = DESIGN, days_ago: int = 0) -> None:
    """Mia is charged 4 credits, on the Sunday before unless said."""
    past = Past(4, ChannelId(channel), UserId(MIA), days_ago, "charged", 4)
    assert await happened(services.db, past)


async def test_once_a_week_whatever_happens(stage: Stage) -> None:
    """Two sweeps at once, told twice, restarted, told again: one message to the one admin."""
    async with served(stage) as services:
        await spend(services)
        await asyncio.gather(*(digest.write(services) for _ in range(3)))
        await tell_all(services, ours)
        await tell_all(services, ours)
    async with served(stage, MONDAY + timedelta(hours=30)) as services:
        await spend(services)
        await digest.write(services)
        await tell_all(services, ours)

    [message] = told(stage)

    assert message.text == "*The week from 16 November to 22 November*: 4 credits charged."
    for line in (
        f"*By channel*\\n<#{DESIGN}>: 4 credits",
        f"*By person*\\n<@{MIA}>: 4 credits",
        "*4.0 credits for each image kept*: 1 image was shared and not deleted.",
        f"*Most expensive thread*: 4 credits in <#{DESIGN}>",
        f"<#{DESIGN}>: 96 left of 100 a month, until 30 November",
    ):
        assert line in text_of(message)
    assert told(stage, MIA) == []


@pytest.mark.parametrize(("days", "count"), [(-1, 0), (0, 1), (2, 1), (3, 0), (7, 0)])
async def test_only_when_it_is_news(stage: Stage, days: int, count: int) -> None:
    """A week is told of in the first three days after it, or not at all."""
    async with served(stage, MONDAY + timedelta(days=days)) as services:
        await spend(services)
        await digest.write(services)
        await tell_all(services, ours)

    assert len(told(stage)) == count


@pytest.mark.parametrize("what", ["public", "private", "erased"])
async def test_the_dearest_thread_is_quoted_where_all_may_read(stage: Stage, what: str) -> None:
    """With a link; with the prompt from a public channel, for as long as the prompt is kept."""
    async with stage.bot():
        root = await stage.confirm(FOX)
        await stage.done(4)
    [(day,)] = await stage.rows("SELECT day FROM jobs WHERE day IS NOT NULL")
    later = date.fromisoformat(day) + timedelta(days=7)
    monday = datetime.combine(later - timedelta(days=later.weekday()), dt_time(9), UTC)
    async with served(stage, monday) as services:
        await digest.write(services)
        if what == "erased":
            await stage.write("UPDATE jobs SET prompt = NULL")
        if what == "private":
            stage.ws.world.channels[DESIGN].kind = "private"
        await tell_all(services, ours)

    [message] = told(stage)

    assert (f"“{FOX}”" in text_of(message)) is (what == "public")
    assert f"/archives/{DESIGN}/p{root.ts.replace('.', '')}|Open it>" in text_of(message)


async def test_a_channel_that_is_gone_is_told_of(stage: Stage) -> None:
    """Where Slack refuses the channel, its credits are told without a way there."""
    async with served(stage) as services:
        await spend(services, LEADERSHIP)
        await digest.write(services)
        await tell_all(services, ours)

    [message] = told(stage)

    assert f"4 credits in <#{LEADERSHIP}>." in text_of(message)
    assert "Open it" not in text_of(message)


async def test_off_by_default(stage: Stage) -> None:
    """The running bot tells of a week where EASEL_WEEKLY_DIGEST says so, and nowhere else."""
    today = system_clock()
    stage.extra = {"EASEL_WEEK_STARTS": f"{today:%A}"}  # a week has just ended
    async with served(stage, today) as services:
        await spend(services, days_ago=(TODAY - today.date()).days + 1)
    async with stage.bot():
        await stage.confirm(FOX)
        await stage.done(4)

    assert told(stage) == []

    stage.extra["EASEL_WEEKLY_DIGEST"] = "yes"
    for _ in range(2):
        async with stage.bot():
            await stage.ws.until(lambda: told(stage))

    assert len(told(stage)) == 1
