"""The composer, opened by a shortcut or from a result."""

from __future__ import annotations

import pytest

from bot.demo.faults import Gate
from bot.demo.slack.seed import DESIGN, MARKETING, MIA, NOAH, RANDOM
from tests.flow.composers import LEDGER, TYPED, posted, state
from tests.flow.forms import actions_of, form, png, saying
from tests.flow.stage import FOX, Stage, text_of
from tests.samples import leaving

# Shortcuts


async def test_the_global_shortcut_asks_for_the_channel(either: Stage) -> None:
    """From anywhere: the picture goes to the channel that is chosen, on its budget."""
    async with either.bot():
        await either.ws.shortcut(MIA, "create_image")
        assert "compose_channel" in actions_of(await form(either))
        await either.ws.view_action(MIA, "compose_channel", MARKETING)
        await saying(either, "100 left, 96 after this")
        await either.ws.submit_view(MIA, TYPED)
        await either.done(4, channel=MARKETING)

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

        assert [leaving(png(color)) for color in ("red", "blue", "green")] == asked.images
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
        await stage.card("There is no image in this message")

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


async def test_an_edit_begins_with_one_image(stage: Stage) -> None:
    """Whatever goes on from one picture makes one, at its price; Vary keeps the number."""
    async with stage.bot():
        root = await stage.confirm(f"{FOX} --draft --n 2")
        await stage.done(2)
        await stage.press(root, "edit")
        view = await form(stage)

        assert view.body["submit"]["text"] == "Generate · 1 credit"
        assert state(view, "compose_count") == "1"

        await stage.press(root, "finalise")
        await stage.card("Generate · 14 credits")
        await stage.press(root, "vary")
        await stage.card("Generate · 2 credits")


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
