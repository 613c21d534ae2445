"""Where the composer is opened from, where its picture goes, and what hinders it."""

from __future__ import annotations

import pytest

from bot.demo.slack.payloads import submission
from bot.demo.slack.seed import DESIGN, GUS, LEADERSHIP, MIA, NOAH, RANDOM
from tests.flow.composers import LEDGER, TYPED, posted, state
from tests.flow.forms import form, saying
from tests.flow.stage import FOX, Stage, text_of

LONG = "a very long story " * 250  # 4,500 characters


# Change… on a card


async def test_change_begins_with_the_offer(either: Stage) -> None:
    """`Change…` shows the stored request; submitting replaces it: one request, one hold."""
    async with either.bot():
        card = await either.ask(f"{FOX} --size 1008x1008 --quality high --n 2")
        await either.press(card, "change")
        view = await form(either, "Generate · 28 credits")

        assert state(view, "compose_prompt") == FOX
        assert state(view, "compose_size") == "1008x1008"
        assert state(view, "compose_quality") == "high"
        assert state(view, "compose_count") == "2"

        await either.ws.view_action(MIA, "compose_count", "1")
        await form(either, "Generate · 14 credits")
        await either.ws.submit_view(MIA, {"compose_prompt": "a blue fox"})
        await either.done(14, like="a blue fox")
        queued = await either.card("Queued: 14 credits held")

        assert queued.ts == card.ts
        assert await either.rows("SELECT revision, prompt FROM jobs") == [(2, "a blue fox")]
        assert await either.rows(LEDGER) == [("held", 14), ("charged", 14)]


async def test_the_old_card_spends_nothing_more(stage: Stage) -> None:
    """A click on the card that a form has replaced holds nothing."""
    async with stage.bot():
        card = await stage.ask()
        await stage.press(card, "change")
        await form(stage)
        await stage.ws.submit_view(MIA)
        await stage.done(4)
        await stage.press(card, "generate")
        await stage.press(card, "choose_0")
        await stage.card("Queued")

        assert await stage.rows(LEDGER) == [("held", 4), ("charged", 4)]


@pytest.mark.parametrize("click", ["generate", "choose_0", "cancel"])
async def test_a_card_used_meanwhile_asks_once_more(stage: Stage, click: str) -> None:
    """Submitted after its card was used otherwise, a form becomes a card with what was typed."""
    async with stage.bot():
        card = await stage.ask()
        await stage.press(card, "change")
        await form(stage)
        await stage.press(card, click)
        await stage.card("Queued|Generate · 1 credit'|Cancelled")
        held = await stage.rows(LEDGER)
        await stage.ws.submit_view(MIA, {"compose_prompt": "a blue fox"})
        again = await stage.card("Nothing of it was held")

        assert "a blue fox" in text_of(again)
        assert "Generate · 4 credits" in text_of(again)
        assert [row for row in await stage.rows(LEDGER) if row[0] == "held"] == held[:1]


async def test_a_card_that_is_over_opens_nothing(stage: Stage) -> None:
    """`Change…` on a card that was confirmed shows how it stands."""
    async with stage.bot():
        card = await stage.ask()
        await stage.press(card, "generate")
        await stage.done(4)
        await stage.press(card, "change")
        await stage.card("Queued")

        assert stage.ws.calls_of("views.open") == []


@pytest.mark.parametrize("written", ["", "a short one"])
async def test_a_long_prompt_is_kept(stage: Stage, written: str) -> None:
    """A prompt that no form takes is shown cut and used whole, unless a new one is written."""
    async with stage.bot():
        await stage.press(await stage.ask(LONG), "change")
        view = await saying(stage, "4,499 characters")

        assert LONG[:300] in str(view.body["blocks"])

        await stage.ws.view_action(MIA, "compose_quality", "low")
        await form(stage, "Generate · 1 credit")
        await saying(stage, "4,499 characters")
        await stage.ws.submit_view(MIA, {"compose_prompt": written})
        await stage.done(1)

        assert stage.pixapi.asked[0].fields["prompt"] == (written or LONG.strip())


async def test_a_prompt_that_was_erased_is_asked_for(stage: Stage) -> None:
    """If the kept prompt is gone by the time it is submitted, the form asks for a new one."""
    async with stage.bot():
        await stage.press(await stage.ask(LONG), "change")
        await saying(stage, "4,499 characters")
        await stage.write("UPDATE jobs SET prompt = NULL")
        refused = await stage.ws.submit_view(MIA)

        assert "Write a new one" in refused.errors["prompt"]
        assert await stage.rows(LEDGER) == []


# What hinders


@pytest.mark.parametrize("answered", [False, True])
async def test_a_card_is_shown_where_it_can_be_seen(stage: Stage, answered: bool) -> None:  # noqa: FBT001
    """A thread shows nothing to one person before somebody has replied: then the channel does."""
    stage.extra = {"EASEL_DEFAULT_CHANNEL_CAP": "3"}
    async with stage.bot():
        message = await posted(stage, "cat.png")
        if answered:
            await stage.ws.send(NOAH, DESIGN, "nice", thread_ts=message.ts)
        await stage.ws.shortcut(MIA, "edit_image", DESIGN, message.ts)
        await form(stage)
        await stage.ws.submit_view(MIA, TYPED)
        card = await stage.card("more than this channel's budget has left")

        assert card.thread_ts == (message.ts if answered else None)
        assert await stage.rows("SELECT thread FROM jobs") == [(message.ts,)]


async def test_a_bad_image_is_told_with_the_card(stage: Stage) -> None:
    """An image that is none is told on a card that keeps what was typed and cannot spend."""
    async with stage.bot():
        file = await stage.ws.upload(MIA, "fox.png", b"no picture at all")
        stage.ws.world.files[file.id].mimetype = "image/png"
        await stage.type("")
        await form(stage)
        await stage.ws.submit_view(MIA, {**TYPED, "compose_files": [file.id]})
        card = await stage.card("fox.png.*Nothing was held")
        actions = {element["action_id"] for element in stage.ws.elements(card)}

        assert FOX in text_of(card)
        assert actions == {"change", "cancel"}
        assert stage.submits() == 0
        assert await stage.rows(LEDGER) == []


@pytest.mark.parametrize(
    ("user", "channel", "sentence"),
    [
        (MIA, LEADERSHIP, "/invite @Easel"),
        (MIA, RANDOM, "Add Easel to this channel"),
        (GUS, DESIGN, "Guests and people from other workspaces"),
    ],
)
async def test_where_it_cannot_be_the_card_says_why(
    stage: Stage, user: str, channel: str, sentence: str
) -> None:
    """Without membership, or for guests: a card with the reason and the prompt, nothing held."""
    async with stage.bot():
        await stage.type("", user=user, channel=channel)
        await form(stage, user=user)
        await stage.ws.submit_view(user, TYPED)
        card = await stage.card(sentence, user=user, channel=channel)

        assert FOX in text_of(card)
        assert await stage.rows(LEDGER) == []


async def test_a_budget_that_is_too_small(stage: Stage) -> None:
    """If the budget does not cover it: the card with what still fits, and nothing held."""
    stage.extra = {"EASEL_DEFAULT_CHANNEL_CAP": "3"}
    async with stage.bot():
        await stage.type("")
        await saying(stage, f"More than the budget of <#{DESIGN}> has left: 3.")
        await stage.ws.submit_view(MIA, TYPED)
        card = await stage.card("more than this channel's budget has left")

        assert "Draft · 1" in text_of(card)
        assert await stage.rows(LEDGER) == []


async def test_who_cannot_be_answered_there_is_told_directly(stage: Stage) -> None:
    """A form that was open for long, in a channel without Easel: its answer comes all the same."""
    async with stage.bot():
        await stage.type("", channel=RANDOM)
        await form(stage)
        stage.ws.world.response_urls.clear()
        await stage.ws.submit_view(MIA, TYPED)
        card = await stage.root("Add Easel to this channel", channel=stage.ws.direct(MIA).id)

        assert FOX in text_of(card)
        assert await stage.rows(LEDGER) == []


async def test_a_form_sent_again_for_another_channel_asks(stage: Stage) -> None:
    """A form that was taken, and is sent once more for another channel, is another request."""
    async with stage.bot():
        await stage.ws.shortcut(MIA, "create_image")
        view = await form(stage)
        await stage.ws.view_action(MIA, "compose_prompt", FOX)
        await stage.ws.view_action(MIA, "compose_channel", DESIGN)
        await saying(stage, "96 after this")
        payload = submission(stage.ws.world, stage.ws.world.user(MIA), view)
        await stage.ws.wire.deliver("interactive", payload)
        await stage.done(4)
        await stage.ws.submit_view(MIA, {"compose_channel": RANDOM})
        await stage.card("this is a new request", channel=RANDOM)

        assert await stage.rows(LEDGER) == [("held", 4), ("charged", 4)]


# Other people's direct messages


async def test_elsewhere_it_offers_the_own_direct_message(stage: Stage) -> None:
    """In a direct message without Easel the form says that the picture comes to the own one."""
    async with stage.bot():
        stage.ws.add_channel("DNOAHMIA01", "", {MIA, NOAH}, kind="im")
        await stage.type("", channel="DNOAHMIA01")
        await saying(stage, "Easel is not part of this conversation")
        await stage.ws.submit_view(MIA, TYPED)
        await stage.done(4, channel=stage.ws.direct(MIA).id)

        assert stage.ws.messages("DNOAHMIA01") == []


async def test_elsewhere_the_card_offers_it_too(stage: Stage) -> None:
    """Submitted before Slack has said so, the card offers it; one click moves the request."""
    async with stage.bot():
        stage.ws.add_channel("DNOAHMIA01", "", {MIA, NOAH}, kind="im")
        stage.faults.arm("error", "conversations.info", error="internal_error", times=5)
        await stage.type("", channel="DNOAHMIA01")
        await form(stage)
        stage.faults.clear()
        await stage.ws.submit_view(MIA, TYPED)
        card = await stage.card("Make it in my messages", channel="DNOAHMIA01")

        assert await stage.rows(LEDGER) == []

        await stage.press(card, "move")
        await stage.press(await stage.card("will come to", channel="DNOAHMIA01"), "generate")
        await stage.done(4, channel=stage.ws.direct(MIA).id)
        await stage.card("comes to your direct message", channel="DNOAHMIA01")
