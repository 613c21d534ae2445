"""Whose budgets somebody sees: their own channels'; all of them are for admins."""

from __future__ import annotations

import pytest

from bot.demo.slack.model import Message
from bot.demo.slack.seed import ADA, DESIGN, GENERAL, GROUP, MIA, NOAH
from bot.slack import people
from tests.flow.stage import FOX, Stage, text_of

SECRET = "CSECRET001"  # private: Mia and Easel
REFUSED = "Only its members and admins see another channel's budget"


async def furnished(stage: Stage) -> None:
    """A private channel in which Mia has made a picture, a direct message, a public one."""
    places = (SECRET, GROUP, stage.ws.direct(MIA).id, DESIGN)
    stage.ws.add_channel(SECRET, "secret", {MIA, stage.ws.bot_user_id}, kind="private")
    for channel in places:
        await stage.press(await stage.ask(FOX, channel=channel), "generate")
    for channel in places:
        await stage.done(4, channel=channel)


async def looked(stage: Stage, channel: str, like: str, *, user: str) -> Message:
    """Somebody looks at another channel's budget from #design."""
    await stage.ws.command(user, DESIGN, "/image-quota", f"<#{channel}>")
    return await stage.card(like, user=user)


async def test_another_channels_budget_is_for_its_members_and_admins(stage: Stage) -> None:
    """Who is not in a channel reads no number and no name of its budget; members and admins do."""
    async with stage.bot():
        await furnished(stage)
        told = await looked(stage, SECRET, REFUSED, user=NOAH)

        assert "4" not in told.text
        assert MIA not in text_of(told)
        await looked(stage, SECRET, f"Charged 4.*<@{MIA}> 4 credits", user=MIA)
        await looked(stage, SECRET, f"Charged 4.*<@{MIA}> 4 credits", user=ADA)
        await looked(stage, GENERAL, "Charged 0", user=NOAH)


async def test_a_member_is_found_on_any_page(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A channel's list of members comes in pages."""
    monkeypatch.setattr(people, "PAGE", 2)
    for number in range(5):
        stage.ws.world.channels[GENERAL].members.add(f"UAMONG{number:04}")
    async with stage.bot():
        await looked(stage, GENERAL, "Charged 0", user=NOAH)

        assert len(stage.ws.calls_of("conversations.members")) > 1


async def test_where_slack_does_not_say_who_is_in_it_nobody_sees_it(stage: Stage) -> None:
    """A channel that Easel cannot see any more, or a Slack that is silent, is no way around."""
    async with stage.bot():
        await furnished(stage)
        stage.ws.world.channels[SECRET].members.discard(stage.ws.bot_user_id)
        await looked(stage, SECRET, REFUSED, user=NOAH)
        stage.faults.arm("error", "conversations.members", error="fatal_error", times=None)
        await looked(stage, GENERAL, "Slack is not answering Easel at the moment", user=NOAH)


async def test_the_workspaces_card_names_what_everybody_may_see(stage: Stage) -> None:
    """A member reads public channels by name and the rest as a sum; an admin reads all of them."""
    async with stage.bot():
        await furnished(stage)
        members = text_of(await stage.quota_card("workspace", user=NOAH))
        admins = text_of(await stage.quota_card("workspace", user=ADA))

        assert f"<#{DESIGN}> 4 credits\\nand 3 others 12 credits" in members
        assert SECRET not in members
        assert GROUP not in members
        assert "direct message" not in members
        assert f"<#{SECRET}> 4 credits" in admins
        assert "direct messages 4 credits" in admins
