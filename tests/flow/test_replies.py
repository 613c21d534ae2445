"""Replies, mentions and direct messages: from an image and a sentence to the edited picture."""

from __future__ import annotations

import pytest

from bot.demo.slack.seed import DESIGN, GUS, MARKETING, MIA, NOAH, SAM
from tests.flow.stage import Stage, text_of
from tests.flow.talk import job, landed, png, result, say
from tests.samples import leaving


async def test_a_reply_with_an_image_is_an_edit(either: Stage) -> None:
    """Reply with an image under a result → card there → picture there, from that very picture."""
    cat = png()
    async with either.bot():
        root = await result(either)
        await say(either, "make it night", ("cat.png", cat), under=root)
        card = await either.card("Generate · 4 credits")

        assert card.thread_ts == root.ts
        assert "make it night" in text_of(card)

        await either.press(card, "generate")
        await landed(either, root, "make it night")
        edit = either.pixapi.asked[-1]

        assert edit.path.endswith("/edits")
        assert edit.fields["prompt"] == "make it night"
        assert edit.images == [leaving(cat)]
        assert len(either.ws.messages(DESIGN)) == 1
        assert either.submits() == 2


async def test_several_images_keep_their_order(stage: Stage) -> None:
    """All images of a reply are inputs in their order; options of /image count in its sentence."""
    cats = [png(shade) for shade in (200, 100, 150)]
    async with stage.bot():
        root = await result(stage)
        files = [(f"{number}.png", cat) for number, cat in enumerate(cats)]
        await say(stage, "merge <them> --quality high", *files, under=root)
        await stage.press(await stage.card("Generate · 14 credits"), "generate")
        await landed(stage, root, "merge")
        edit = stage.pixapi.asked[-1]

        assert edit.fields["prompt"] == "merge <them>"
        assert edit.images == [leaving(cat) for cat in cats]


async def test_a_file_named_mask_is_the_mask(stage: Stage) -> None:
    """A PNG named mask… says what may change; it is no input."""
    async with stage.bot():
        root = await result(stage)
        files = (("Mask 1.png", png(alpha=True)), ("cat.png", png(9)))
        sent = await say(stage, "a hat", *files, under=root)
        await stage.card("Generate")

        assert await job(stage, "mask, inputs") == (sent.files[0], f'["{sent.files[1]}"]')


async def test_two_masks_are_a_mistake(stage: Stage) -> None:
    """Which of two masks is meant is not guessed."""
    async with stage.bot():
        root = await result(stage)
        files = ("mask1.png", png(alpha=True)), ("mask2.png", png(alpha=True))
        await say(stage, "a hat", *files, under=root)
        await stage.card("two files named mask")


async def test_a_mask_alone_is_that_of_the_newest_picture(stage: Stage) -> None:
    """A mask without a picture belongs to the newest picture of the thread."""
    async with stage.bot():
        root = await say(stage, "look", ("cat.png", png(9)))
        sent = await say(stage, "@Easel a hat", ("mask.png", png(alpha=True)), under=root)
        await stage.card("Generate")

        assert await job(stage, "mask, inputs") == (sent.files[0], f'["{root.files[0]}"]')


async def test_a_thread_under_a_mention_is_ours(stage: Stage) -> None:
    """Under a message that mentions Easel a reply with an image needs no mention of its own."""
    async with stage.bot():
        root = await say(stage, "Pictures for @Easel please, in here")
        await stage.card("Generate")
        await say(stage, "make it night", ("cat.png", png()), under=root, user=NOAH)
        card = await stage.card("make it night", user=NOAH)

        assert card.thread_ts == root.ts


async def test_elsewhere_a_mention_is_needed(stage: Stage) -> None:
    """In other people's threads an image counts with a mention, which is no part of the prompt."""
    async with stage.bot():
        root = await say(stage, "lunch?", user=NOAH)
        await say(stage, "@Easel make it night", ("cat.png", png()), under=root)
        await stage.press(await stage.card("Generate"), "generate")
        await landed(stage, root, "make it night")

        assert stage.pixapi.asked[-1].fields["prompt"] == "make it night"


async def test_a_mention_with_an_image_in_the_channel_begins_a_thread(stage: Stage) -> None:
    """The card shows in the channel, where it can be seen; the result lands under the message."""
    async with stage.bot():
        sent = await say(stage, "@Easel make it night", ("cat.png", png()))
        card = await stage.card("Generate")

        assert card.thread_ts is None

        await stage.press(card, "generate")
        await landed(stage, sent, "make it night")


async def test_a_mention_in_a_thread_edits_its_newest_image(either: Stage) -> None:
    """Without an image of its own a mention edits the newest of the thread, whoever posted it."""
    async with either.bot():
        root = await result(either)
        ours = next(iter(either.ws.world.files))
        await say(either, "@Easel make it night", under=root)
        await either.card("make it night")
        first = (await either.rows("SELECT id FROM jobs ORDER BY created"))[0][0]

        assert await job(either, "inputs, parent") == (f'["{ours}"]', first)

        noahs = await say(either, "", ("cat.png", png()), under=root, user=NOAH)
        await say(either, "ha", ("ha.gif", b"GIF89a"), under=root, user=NOAH)
        await say(either, "@Easel make it day", under=root)
        await either.card("make it day")

        assert await job(either, "inputs, parent") == (f'["{noahs.files[0]}"]', first)


async def test_the_thread_of_a_silent_slack_still_has_our_picture(stage: Stage) -> None:
    """Where Slack does not let the thread be read, our own newest picture in it is edited."""
    async with stage.bot():
        root = await result(stage)
        stage.faults.arm("error", "conversations.replies", times=None, error="missing_scope")
        await say(stage, "@Easel make it night", under=root)
        await stage.card("make it night")

        assert await job(stage, "inputs") == (f'["{next(iter(stage.ws.world.files))}"]',)


async def test_a_mention_in_the_channel_is_a_new_picture(stage: Stage) -> None:
    """A sentence after a mention in the channel is what it would be behind /image."""
    async with stage.bot():
        await say(stage, "@Easel, a lighthouse like @noah's & <mine> --draft")
        await stage.press(await stage.card("Generate · 1 credit"), "generate")
        await stage.done(1)

        assert stage.pixapi.asked[-1].fields["prompt"] == "a lighthouse like @noah's & <mine>"

        await say(stage, "@Easel help")
        await stage.card("How to use /image")
        await say(stage, "@Easel history")
        await stage.card("a lighthouse like @noah's &amp; &lt;mine&gt;")


async def test_the_direct_message_needs_no_mention(stage: Stage) -> None:
    """In the direct message an image with a sentence is an edit, a sentence alone a new picture."""
    channel = stage.ws.direct(MIA).id
    async with stage.bot():
        await say(stage, "a lighthouse", channel=channel)
        await stage.press(await stage.card("a lighthouse", channel=channel), "generate")
        root = await stage.done(4, channel=channel)
        await say(stage, "make it night", channel=channel, under=root)
        await stage.card("make it night", channel=channel)

        assert (await job(stage, "inputs"))[0] != "[]"

        cat = png()
        await say(stage, "make it day", ("cat.png", cat), channel=channel)
        await stage.press(await stage.card("make it day", channel=channel), "generate")
        await stage.root("make it day.*Done", channel=channel)

        assert stage.pixapi.asked[-1].images == [leaving(cat)]


@pytest.mark.parametrize(
    ("text", "files", "in_thread", "sentence"),
    [
        ("@Easel", (), False, "Say what you want to see"),
        ("@Easel", (), True, "Say what to change"),
        ("@Easel", (("cat.png", png()),), True, "Say what to change"),
        ("@Easel help", (("cat.png", png()),), True, "Say what to change"),
        ("@Easel make it night", (), True, "There is no image in this thread yet"),
        ("@Easel make it night", (("a.txt", b"text"),), True, "is not an image"),
        ("@Easel make it night", (("a.png", b"text"),), True, "a.png is not a picture"),
        ("@Easel night --sice 2k", (("cat.png", png()),), True, "no option --sice"),
        ("@Easel --draft", (), False, "There is no prompt"),
        (f"@Easel {'x' * 32_001}", (), False, "32,001 characters"),
    ],
)
async def test_a_mistake_is_told_where_it_was_made(
    stage: Stage, text: str, files: tuple[tuple[str, bytes], ...], sentence: str, *, in_thread: bool
) -> None:
    """Whoever speaks to Easel gets a sentence in that thread; nothing is offered or held."""
    async with stage.bot():
        root = await say(stage, "hello", user=NOAH) if in_thread else None
        await say(stage, text, *files, under=root)
        told = await stage.card(sentence)

        assert told.thread_ts == (root.ts if root else None)
        assert await stage.rows("SELECT * FROM jobs") == []


async def test_a_bad_file_under_a_result_is_told(stage: Stage) -> None:
    """A reply in a thread of ours whose image is none gets its own sentence, without a mention."""
    async with stage.bot():
        root = await result(stage)
        await say(stage, "make it night", ("cat.png", b"<html>"), under=root)
        told = await stage.card("cat.png is not a picture")

        assert told.thread_ts == root.ts
        assert len(await stage.rows("SELECT * FROM jobs")) == 1


@pytest.mark.parametrize(("user", "channel"), [(GUS, DESIGN), (SAM, MARKETING)])
async def test_guests_and_strangers_are_told(stage: Stage, user: str, channel: str) -> None:
    """Those who may not spend hear it at once instead of getting a card."""
    async with stage.bot():
        await say(stage, "@Easel a lighthouse", user=user, channel=channel)
        await stage.card("Guests and people from other", user=user, channel=channel)

        assert await stage.rows("SELECT * FROM jobs") == []


async def test_stubs_are_looked_up(stage: Stage) -> None:
    """Files of which the event says only the id are read as if it had said everything."""
    async with stage.bot():
        root = await result(stage)
        stage.ws.send_stubs(DESIGN)
        files = ("mask.png", png(alpha=True)), ("cat.png", png()), ("notes.txt", b"text")
        sent = await say(stage, "make it night", *files, under=root)
        await stage.card("make it night")

        assert await job(stage, "mask, inputs") == (sent.files[0], f'["{sent.files[1]}"]')
