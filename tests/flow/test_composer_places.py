"""Where the composer is opened from, where its picture goes, and what hinders it."""

from __future__ import annotations

from hashlib import sha256

import pytest

from bot.demo.faults import Gate
from bot.demo.slack.model import Message, View
from bot.demo.slack.payloads import submission
from bot.demo.slack.seed import DESIGN, GUS, LEADERSHIP, MARKETING, MIA, NOAH, RANDOM
from tests.flow.forms import actions_of, form, png, saying
from tests.flow.stage import FOX, Stage, text_of

LEDGER = "SELECT kind, credits FROM ledger ORDER BY seq"
LONG = "a very long story " * 250  # 4,500 characters
TYPED = {"compose_prompt": FOX}


def state(view: View, action: str) -> object:
    """What a field starts with."""
    element = next(
        block["element"]
        for block in view.body["blocks"]
        if block.get("element", {}).get("action_id") == action
    )
    chosen = element.get("initial_option") or {}
    return element.get("initial_value") or chosen.get("value")


async def posted(stage: Stage, *names: str, channel: str = DESIGN) -> Message:
    """Noah's message with these files."""
    files = [await stage.ws.upload(NOAH, name, png()) for name in names]
    return await stage.ws.send(NOAH, channel, "look", files=[one.id for one in files])


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
        await either.root("a blue fox.*14 credits charged")
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
        await stage.root("4 credits charged")
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
        await stage.root("4 credits charged")
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
        await stage.root("1 credit charged")

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


# Shortcuts


async def test_the_global_shortcut_asks_for_the_channel(either: Stage) -> None:
    """From anywhere: the picture goes to the channel that is chosen, on its budget."""
    async with either.bot():
        await either.ws.shortcut(MIA, "create_image")
        assert "compose_channel" in actions_of(await form(either))
        await either.ws.view_action(MIA, "compose_channel", MARKETING)
        await saying(either, "100 left, 96 after this")
        await either.ws.submit_view(MIA, TYPED)
        await either.root("4 credits charged", channel=MARKETING)

        assert (await either.quota(channel=MARKETING))["Charged"] == "4"


async def test_a_shortcut_that_fails_is_told_directly(stage: Stage) -> None:
    """Where there is no channel to answer in, the person reads it in their direct message."""
    async with stage.bot():
        stage.faults.arm("error", "views.open", error="expired_trigger_id")
        await stage.ws.shortcut(MIA, "create_image")
        await stage.root("three seconds", channel=stage.ws.direct(MIA).id)


async def test_what_hinders_a_shortcut_is_shown_in_the_channel(stage: Stage) -> None:
    """Where Easel is not in the chosen channel, the card comes there, and offers to add it."""
    async with stage.bot():
        await stage.ws.shortcut(MIA, "create_image")
        await form(stage)
        await stage.ws.submit_view(MIA, {**TYPED, "compose_channel": RANDOM})
        card = await stage.card("Add Easel to this channel", channel=RANDOM)

        assert FOX in text_of(card)
        assert await stage.rows(LEDGER) == []


async def test_anybodys_image_can_be_edited(either: Stage) -> None:
    """The message shortcut lists the message's images by name, and the result lands under it."""
    async with either.bot():
        message = await posted(either, "cat.png", "dog.png", "mask of both.png")
        await either.ws.shortcut(MIA, "edit_image", DESIGN, message.ts)
        view = await saying(either, "96 after this")
        boxes = next(
            element for element in either.ws.elements(view) if element["type"] == "checkboxes"
        )

        assert view.body["title"]["text"] == "Edit images"
        assert [box["text"]["text"] for box in boxes["options"]] == [
            "cat.png", "dog.png", "mask of both.png",
        ]  # fmt: skip

        await either.ws.submit_view(MIA, {**TYPED, "compose_keep_0": [message.files[1]]})
        await either.ws.until(
            lambda: len(either.ws.messages(DESIGN, thread_ts=message.ts)) > 1 and either.shares()
        )

        assert either.pixapi.asked[0].path.endswith("/images/edits")
        assert len(either.pixapi.asked[0].images) == 1
        assert not either.pixapi.asked[0].mask


async def test_files_are_added_in_their_order(stage: Stage) -> None:
    """Files put into the form follow those that it had; the PNG called mask… is the mask."""
    async with stage.bot():
        message = await posted(stage, "one.png")
        pictures = {"two.png": png("blue"), "MASK.png": png("#00000000", mode="RGBA"),
                    "three.png": png("green")}  # fmt: skip
        files = [await stage.ws.upload(MIA, name, data) for name, data in pictures.items()]
        await stage.ws.shortcut(MIA, "edit_image", DESIGN, message.ts)
        await form(stage)
        await stage.ws.submit_view(MIA, {**TYPED, "compose_files": [one.id for one in files]})
        await stage.ws.until(stage.shares)
        asked = stage.pixapi.asked[0]

        assert [
            sha256(png(color)).hexdigest() for color in ("red", "blue", "green")
        ] == asked.images
        assert asked.mask


async def test_too_many_images_are_refused_at_the_field(stage: Stage) -> None:
    """More than sixteen images are a mistake beside the files; fewer are taken."""
    async with stage.bot():
        message = await posted(stage, *(f"{n}.png" for n in range(10)))
        files = [await stage.ws.upload(MIA, f"more {n}.png", png()) for n in range(7)]
        await stage.ws.shortcut(MIA, "edit_image", DESIGN, message.ts)
        await form(stage)
        refused = await stage.ws.submit_view(
            MIA, {**TYPED, "compose_files": [one.id for one in files]}
        )

        assert refused.errors == {"files": "At most 16 images can be edited at once; these are 17."}


@pytest.mark.parametrize("name", [None, "notes.txt"])
async def test_a_message_without_an_image(stage: Stage, name: str | None) -> None:
    """Used on a message without an image the shortcut says so and opens nothing."""
    async with stage.bot():
        file = await stage.ws.upload(NOAH, name, b"words") if name else None
        message = await stage.ws.send(NOAH, DESIGN, "look", files=[file.id] if file else None)
        await stage.ws.send(NOAH, DESIGN, "a reply", thread_ts=message.ts)
        await stage.ws.shortcut(MIA, "edit_image", DESIGN, message.ts)
        await stage.card("no PNG, JPEG or WebP image")

        assert stage.ws.calls_of("views.open") == []


async def test_a_result_can_be_edited_by_shortcut(stage: Stage) -> None:
    """On Easel's own message the shortcut takes the picture shown in it, and knows its maker."""
    async with stage.bot():
        root = await stage.confirm()
        await stage.ws.until(lambda: any(block["type"] == "image" for block in root.blocks))
        await stage.ws.shortcut(NOAH, "edit_image", DESIGN, root.ts)
        await form(stage, user=NOAH)
        await stage.ws.submit_view(NOAH, {"compose_prompt": "make it night"})
        await stage.ws.until(lambda: stage.shares() == 2)
        [(first, _), (_, parent)] = await stage.rows("SELECT id, parent FROM jobs ORDER BY created")

        assert first == parent


async def test_a_result_is_edited_from_its_button(stage: Stage) -> None:
    """`Edit…` opens the form with that picture and its settings; the result lands in its thread."""
    async with stage.bot():
        root = await stage.confirm(f"{FOX} --draft")
        await stage.ws.until(lambda: any(block["type"] == "image" for block in root.blocks))
        await stage.ws.click(NOAH, DESIGN, root.ts, "edit")
        view = await form(stage, "Generate · 1 credit", user=NOAH)

        assert state(view, "compose_quality") == "low"
        assert FOX in str(stage.ws.elements(view))

        await stage.ws.submit_view(NOAH, {"compose_prompt": "make it night"})
        await stage.ws.until(lambda: stage.shares() == 2)

        assert len(stage.pixapi.asked[-1].images or stage.pixapi.asked[-2].images) == 1
        assert await stage.rows("SELECT thread FROM jobs WHERE parent IS NOT NULL") == [(root.ts,)]


async def test_names_are_looked_up_once_the_form_is_open(stage: Stage) -> None:
    """`Change…` lists the images of an offer by name; Slack is asked for that afterwards."""
    async with stage.bot():
        file = await stage.ws.upload(MIA, "cat.png", png())
        await stage.ws.send(
            MIA, DESIGN, f"<@{stage.ws.bot_user_id}> make it night", files=[file.id]
        )
        card = await stage.card("Generate · 4 credits")
        gate = Gate()
        stage.faults.arm("gate", "files.info", times=None, gate=gate, when="before")
        await stage.press(card, "change")
        await saying(stage, "Image 1")
        gate.opened.set()
        await saying(stage, "cat.png")


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
        await stage.root("4 credits charged")
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
        await stage.root("4 credits charged", channel=stage.ws.direct(MIA).id)

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
        await stage.root("4 credits charged", channel=stage.ws.direct(MIA).id)
        await stage.card("comes to your direct message", channel="DNOAHMIA01")
