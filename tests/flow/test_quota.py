"""What admins do to budgets with `/image-quota`, and what the very next click meets."""

from __future__ import annotations

import pytest

from bot.demo.slack.seed import ADA, DESIGN, GENERAL, LEADERSHIP, MIA
from tests.flow.stage import FOX, Stage, text_of
from tests.postgres import BOTH

pytestmark = BOTH


async def change(stage: Stage, text: str, like: str) -> None:
    """Ada says it in #design, and sees what it led to."""
    before = len(stage.ws.ephemerals(ADA, DESIGN))
    await stage.ws.command(ADA, DESIGN, "/image-quota", text)
    await stage.ws.until(lambda: len(stage.ws.ephemerals(ADA, DESIGN)) > before)
    await stage.card(like, user=ADA)


async def test_the_workspace_has_a_cap_of_its_own(stage: Stage) -> None:
    """A workspace cap that is tighter than the channel's is the one that the card names."""
    async with stage.bot():
        await change(stage, "workspace 3 monthly", "Image budget of the workspace.*Cap 3")
        card = await stage.ask(FOX)

        assert "more than the workspace's budget has left: 3" in text_of(card)

        await change(stage, "workspace none", "Cap none")

        assert "Generate · 4 credits" in text_of(await stage.ask(FOX))


async def test_a_grant_lifts_its_own_scope_only(stage: Stage) -> None:
    """Cap 0 with a grant of 5 allows 5; the grant is used first, and shown on the card."""
    async with stage.bot():
        await change(stage, "0", "Cap 0")
        await change(stage, "grant 5 for the launch", "Grants 5")
        await stage.press(await stage.ask(FOX), "generate")
        await stage.done(4)

        assert await stage.quota() == {
            "Cap": "0",
            "Grants": "5",
            "Charged": "4",
            "Held": "0",
            "Left": "1",
        }
        assert "has left: 1" in text_of(await stage.ask(FOX))

        await change(stage, "workspace 0", "Cap 0")

        assert "Nothing is allowed by the workspace" in text_of(await stage.ask(f"{FOX} --draft"))


async def test_a_grant_ends_with_its_day(stage: Stage) -> None:
    """A last day in the past is a mistake that names today; nothing is given."""
    async with stage.bot():
        await change(stage, "grant 5 until 2020-01-01", "2020-01-01 is in the past")

        assert await stage.rows("SELECT * FROM grants") == []


async def test_a_pause_stops_the_next_click(stage: Stage) -> None:
    """After pause a card shown before holds nothing and says why; resume lets it through."""
    async with stage.bot():
        card = await stage.ask(FOX)
        await change(stage, "pause", "Paused")
        await stage.press(card, "generate")
        await stage.card("An admin has paused this channel's budget")

        assert await stage.rows("SELECT * FROM ledger") == []

        await change(stage, "resume", "very next click")
        await stage.press(await stage.ask(FOX), "generate")
        await stage.done(4)


async def test_another_channel_can_be_named(stage: Stage) -> None:
    """An admin sets another channel's cap from here; one that Easel cannot see is refused."""
    async with stage.bot():
        await change(stage, f"<#{GENERAL}> 7 daily", f"<#{GENERAL}>.*Cap 7")

        assert (await stage.quota(channel=GENERAL))["Cap"] == "7"

        await change(stage, f"<#{LEADERSHIP}> 7 daily", "cannot see that channel")

        assert await stage.rows("SELECT channel FROM caps") == [(GENERAL,)]


@pytest.mark.parametrize("text", ["grant 50", "pause", "resume", "workspace 1 daily", "5 weekly"])
async def test_members_change_nothing(stage: Stage, text: str) -> None:
    """Whatever a member types, the budget stays as it is, and a sentence says who may."""
    async with stage.bot():
        await stage.ws.command(MIA, DESIGN, "/image-quota", text)
        await stage.card("Only admins change budgets")

        assert await stage.rows("SELECT * FROM changes") == []


@pytest.mark.parametrize("text", ["-5", "1e9", "abc", "grant 0", "5 yearly", "grant x"])
async def test_nonsense_is_explained(stage: Stage, text: str) -> None:
    """An amount or a period that is none gets a sentence, and changes nothing."""
    async with stage.bot():
        shown = (await stage.ws.command(ADA, DESIGN, "/image-quota", text)).shown

        assert shown is not None
        assert text.rsplit(maxsplit=1)[-1] in shown.text
        assert await stage.rows("SELECT * FROM changes") == []


async def test_every_change_is_recorded(stage: Stage) -> None:
    """Who changed what stays in the database, in order."""
    async with stage.bot():
        await change(stage, "50 weekly", "Cap 50")
        await change(stage, "default", "Cap 100")
        await change(stage, "pause", "Paused")

        assert await stage.rows('SELECT what, "by" FROM changes ORDER BY id') == [
            ("cap 50 a week", ADA),
            ("cap default", ADA),
            ("pause", ADA),
        ]
