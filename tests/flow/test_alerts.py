"""Alerts as admins read them."""

from __future__ import annotations

import pytest

from bot.demo.faults import Gate
from bot.demo.slack.seed import ADA, DESIGN, MIA
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
        await stage.done(4)
        for user in ("UADALINDQV", EVA):
            await letter(stage, rf"The budget of <#{DESIGN}> has reached 50 %", user=user)

        assert "Part of it is *held*" in text_of(told(stage, EVA)[0])

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
        await stage.done(4)

        assert told(stage, "UADALINDQV") == []

    stage.faults.clear()
    async with stage.bot():
        message = await letter(stage, "has reached 50 %")

        assert "0 charged and 4 held of 8 credits a month" in text_of(message)


@pytest.mark.parametrize("made", ["a picture", "none"])
async def test_a_charge_above_its_hold_is_told(stage: Stage, made: str) -> None:
    """More than was held is charged: it is drift, it reaches levels, and both are told."""
    async with stage.bot():
        if made == "none":
            stage.faults.arm("empty", "submit")
        stage.faults.arm("cost", "submit", credits=60)
        await stage.press(await stage.ask(FOX), "generate")
        alert = await letter(stage, "has reached 50 %")
        drift = await letter(stage, "Pixapi charged 60 credits")

        assert "60 charged and 0 held of 100 credits a month" in text_of(alert)
        assert f"says {0 if made == 'none' else 4}: " in text_of(drift)
        assert (await stage.quota())["Charged"] == "60"


async def test_a_refusal_tells_what_no_hold_can(stage: Stage) -> None:
    """A default cap lowered by the settings is looked at by who is refused: told once, as ever."""
    async with stage.bot():
        await stage.press(await stage.ask(FOX), "generate")
        await stage.done(4)
    stage.extra["EASEL_DEFAULT_CHANNEL_CAP"] = "5"
    async with stage.bot():
        for _ in range(2):
            assert "has left: 1" in text_of(await stage.ask(FOX))

        await letter(stage, "has reached 80 %")

        assert len(told(stage, ADA)) == 1


async def test_each_admin_is_looked_at_before_they_are_told(stage: Stage) -> None:
    """Who was an admin when the list was made, and is none any more or has left, hears nothing."""
    second_admin(stage)
    third, fourth = "UTHIRDADMN", "UFOURTHADM"
    for user in (third, fourth):
        stage.ws.add_user(user, user.title(), role="admin")
    stage.extra["EASEL_ADMINS"] = fourth
    async with stage.bot():
        await quota(stage, "8 monthly", "Cap 8")
        gate = Gate()
        stage.faults.arm("gate", "users.list", gate=gate, when="after")
        await stage.press(await stage.ask(FOX), "generate")
        await gate.reached.wait()
        stage.ws.world.users[third].role = "member"
        stage.ws.world.users[fourth].deleted = True
        gate.opened.set()
        await letter(stage, "has reached 50 %", user=EVA)
        await letter(stage, "has reached 50 %")
        await stage.until_rows("SELECT count(*) FROM notices WHERE told < version", 0)

        assert told(stage, third) == []
        assert [call.args["users"] for call in stage.ws.calls_of("conversations.open")] == [
            "UADALINDQV",
            EVA,
        ]


async def test_what_only_an_earlier_easel_can_word_stops_nothing(stage: Stage) -> None:
    """A notice of a kind that this Easel does not have is left alone; the others are told."""
    async with stage.bot():
        await quota(stage, "8 monthly", "Cap 8")
        await stage.write(
            "INSERT INTO notices (team, key, kind, about, version, told, at) "
            "SELECT team, 'digest:1', 'digest', '{}', 1, 0, since FROM workspaces"
        )
        await stage.confirm(FOX)
        await letter(stage, "has reached 50 %")
