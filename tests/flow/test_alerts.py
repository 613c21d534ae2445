"""Alerts as admins read them."""

from __future__ import annotations

from bot.demo.slack.seed import DESIGN, MIA
from tests.flow.admins import EVA, letter, quota, second_admin, told
from tests.flow.stage import FOX, Stage, text_of
from tests.postgres import BOTH

pytestmark = BOTH


async def test_admins_hear_of_it_once(stage: Stage) -> None:
    """Half is used: each admin is told once, with what is held; nobody else, and not again."""
    second_admin(stage)
    async with stage.bot():
        await quota(stage, "8 monthly", "Cap 8")
        await stage.press(await stage.ask(), "generate")
        await stage.root("4 credits charged")
        for user in ("UADALINDQV", EVA):
            await letter(stage, rf"The budget of <#{DESIGN}> has reached 50 %", user=user)

        assert "It is what is *held* that reaches it" in text_of(told(stage, EVA)[0])

        await stage.press(await stage.ask(), "generate")
        await letter(stage, rf"The budget of <#{DESIGN}> is used up", user=EVA)

        assert len(told(stage, EVA)) == 2
        assert told(stage, MIA) == []


async def test_the_start_tells_what_was_not_told(stage: Stage) -> None:
    """Slack was away when a level was reached: the next start tells of it, with those facts."""
    async with stage.bot():
        await quota(stage, "8 monthly", "Cap 8")
        stage.faults.arm("error", "users.list", error="fatal_error", times=None)
        await stage.press(await stage.ask(FOX), "generate")
        await stage.root("4 credits charged")

        assert told(stage, "UADALINDQV") == []

    stage.faults.clear()
    async with stage.bot():
        message = await letter(stage, "has reached 50 %")

        assert "0 charged and 4 held of 8 credits a month" in text_of(message)
