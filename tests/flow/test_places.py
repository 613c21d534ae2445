"""Before anything is held Easel knows that it can deliver, and who may spend."""

from __future__ import annotations

import pytest

from bot.demo.slack.seed import DESIGN, GUS, LEADERSHIP, MARKETING, MIA, RANDOM, SAM
from tests.flow.stage import Stage


@pytest.mark.parametrize(
    ("user", "channel", "sentence"),
    [
        (MIA, LEADERSHIP, "/invite @Easel"),
        (GUS, DESIGN, "Guests and people from other workspaces"),
        (SAM, MARKETING, "Guests and people from other workspaces"),
    ],
)
async def test_where_it_cannot_be_nothing_is_held(
    stage: Stage, user: str, channel: str, sentence: str
) -> None:
    """Without membership, or for guests and strangers: a sentence at the click, nothing held."""
    async with stage.bot():
        await stage.press(await stage.ask(user=user, channel=channel), "generate")
        await stage.card(sentence, user=user, channel=channel)

        assert await stage.rows("SELECT * FROM ledger") == []
        assert stage.submits() == 0


async def test_an_archived_channel_is_refused(stage: Stage) -> None:
    """A channel that was archived after the card was shown costs nothing."""
    async with stage.bot():
        card = await stage.ask()
        stage.ws.world.channels[DESIGN].is_archived = True
        await stage.press(card, "generate")
        await stage.card("archived")

        assert await stage.rows("SELECT * FROM ledger") == []


async def test_a_public_channel_is_joined_on_request(stage: Stage) -> None:
    """In a public channel without Easel the card offers to add it; then the picture arrives."""
    async with stage.bot():
        await stage.press(await stage.ask(channel=RANDOM), "generate")
        offer = await stage.card("Add Easel to this channel", channel=RANDOM)

        assert await stage.rows("SELECT * FROM ledger") == []

        await stage.press(offer, "join")
        await stage.press(await stage.card("is in the channel now", channel=RANDOM), "generate")
        await stage.done(4, channel=RANDOM)


async def test_a_direct_message_works_like_a_channel(stage: Stage) -> None:
    """In the direct message with Easel a picture is made as anywhere."""
    channel = stage.ws.direct(MIA).id
    async with stage.bot():
        await stage.press(await stage.ask(channel=channel), "generate")
        await stage.done(4, channel=channel)


async def test_slack_in_trouble_holds_nothing(stage: Stage) -> None:
    """If Slack does not say whether Easel can deliver, nothing is held, and the person is told."""
    async with stage.bot():
        card = await stage.ask()
        stage.faults.arm("error", "conversations.info", times=None, error="no_permission")
        await stage.press(card, "generate")
        await stage.card("Nothing was held")

        assert await stage.rows("SELECT * FROM ledger") == []


@pytest.mark.parametrize(("user", "channel"), [(GUS, DESIGN), (SAM, MARKETING)])
async def test_an_admin_may_allow_guests(stage: Stage, user: str, channel: str) -> None:
    """With EASEL_GUESTS_MAY_SPEND guests and strangers are served like members."""
    stage.extra = {"EASEL_GUESTS_MAY_SPEND": "yes"}
    async with stage.bot():
        await stage.press(await stage.ask(user=user, channel=channel), "generate")
        await stage.done(4, channel=channel)
