"""The clock jumps while something is under way: no time is taken from it, nothing happens twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.demo.slack.seed import DESIGN
from tests.faults.machine_rows import JUMPS, Jump
from tests.faults.test_machine import books_are_right
from tests.flow.stage import FOX, Stage, text_of
from tests.flow.unknown import CHARGED, LEDGER, Clock
from tests.postgres import BOTH

pytestmark = BOTH


@pytest.mark.parametrize("jump", JUMPS, ids=[one.key for one in JUMPS])
async def test_a_jump_takes_no_time_from_a_picture(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, jump: Jump
) -> None:
    """A healthy task is waited for as long as before, and charged once, where it was held."""
    clock = Clock(monkeypatch, stage)
    stage.pixapi.manual = True
    async with stage.bot():
        await stage.press(await stage.ask(), "generate")
        await stage.pixapi.until(lambda: any(one.name == "poll" for one in stage.pixapi.calls))
        clock.ahead += timedelta(hours=jump.hours)
        polls = len(stage.pixapi.calls)
        await stage.pixapi.until(lambda: len(stage.pixapi.calls) > polls + 2)
        stage.pixapi.manual = False
        await stage.done(4)
        clock.ahead = timedelta()

        assert (stage.submits(), stage.shares()) == (1, 1)
        assert await stage.rows(LEDGER) == [("held", 4), ("charged", 4)]
        assert await stage.quota() == CHARGED
        await books_are_right(stage)


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_wrong_clock_posts_nothing_twice(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    """With the clock an hour off, a message whose answer was lost is found and not posted again."""
    clock = Clock(monkeypatch, stage)
    clock.ahead = timedelta(hours=hours)
    async with stage.bot():
        stage.faults.arm("lost_answer", "chat.postMessage")
        await stage.press(await stage.ask(), "generate")
        await stage.done(4)

        assert sum(FOX in text_of(one) for one in stage.ws.messages(DESIGN)) == 1
        assert (stage.submits(), stage.shares()) == (1, 1)
