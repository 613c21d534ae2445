"""Replies, mentions and direct messages: from an image and a sentence to the edited picture."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable
from hashlib import sha256

import aiosqlite
import pytest
from PIL import Image

from bot.demo.faults import Gate
from bot.demo.slack import shapes as slack_shapes
from bot.demo.slack.model import Change, Message
from bot.demo.slack.seed import ADA, DESIGN, GUS, MARKETING, MIA, NOAH, RANDOM, SAM
from tests.flow.stage import FOX, Stage, text_of


def png(shade: int = 0, *, alpha: bool = False) -> bytes:
    """A small picture without metadata; each shade is another one."""
    made = Image.new("RGBA" if alpha else "RGB", (64, 64), (shade, 80, 160))
    if alpha:
        made.putalpha(0)
    data = io.BytesIO()
    made.save(data, "PNG")
    return data.getvalue()


async def result(stage: Stage, *, user: str = MIA) -> Message:
    """A picture made with `/image`; its root message once the file is in the thread."""
    shared = stage.shares()
    await stage.press(await stage.ask(f"{FOX} --draft", user=user), "generate")
    root = await stage.root(r"Done · \*1 credit charged")
    await stage.ws.until(lambda: stage.shares() == shared + 1)
    return root


async def say(
    stage: Stage,
    text: str,
    *files: tuple[str, bytes],
    under: Message | None = None,
    user: str = MIA,
    channel: str = DESIGN,
) -> Message:
    """Write a message or a reply with files attached."""
    ids = [(await stage.ws.upload(user, name, data)).id for name, data in files]
    thread = under.ts if under else None
    return await stage.ws.send(user, channel, text, thread_ts=thread, files=ids)


async def landed(stage: Stage, root: Message, like: str) -> Message:
    """Wait for the bot's root message of an edit in a thread, done."""

    def found() -> Message | None:
        for one in stage.ws.messages(root.channel, thread_ts=root.ts)[1:]:
            if one.user == stage.ws.bot_user_id and like in text_of(one) and "Done" in text_of(one):
                return one
        return None

    message = await stage.ws.until(found)
    assert message is not None
    return message


async def job(stage: Stage, columns: str) -> tuple[object, ...]:
    """The newest job's columns."""
    return (await stage.rows(f"SELECT {columns} FROM jobs ORDER BY created DESC"))[0]  # noqa: S608 -- ours


async def test_a_reply_with_an_image_is_an_edit(either: Stage) -> None:
    """Reply with an image under a result → card there → picture there, from exactly those bytes."""
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
        assert edit.images == [sha256(cat).hexdigest()]
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
        assert edit.images == [sha256(cat).hexdigest() for cat in cats]


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
        await stage.root("1 credit charged")

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
        root = await stage.root(r"Done · \*4 credits charged", channel=channel)
        await say(stage, "make it night", channel=channel, under=root)
        await stage.card("make it night", channel=channel)

        assert (await job(stage, "inputs"))[0] != "[]"

        cat = png()
        await say(stage, "make it day", ("cat.png", cat), channel=channel)
        await stage.press(await stage.card("make it day", channel=channel), "generate")
        await stage.root("make it day.*Done", channel=channel)

        assert stage.pixapi.asked[-1].images == [sha256(cat).hexdigest()]


@pytest.mark.parametrize(
    ("text", "files", "in_thread", "sentence"),
    [
        ("@Easel", (), False, "Say what you want to see"),
        ("@Easel", (), True, "Say what to change"),
        ("@Easel", (("cat.png", png()),), True, "Say what to change"),
        ("@Easel help", (("cat.png", png()),), True, "Say what to change"),
        ("@Easel make it night", (), True, "There is no image in this thread yet"),
        ("@Easel make it night", (("a.txt", b"text"),), True, "is not an image"),
        ("@Easel make it night", (("a.png", b"text"),), True, "a.png is not a PNG"),
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
        told = await stage.card("cat.png is not a PNG")

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


async def test_a_deleted_message_withdraws_its_offer(either: Stage) -> None:
    """Nothing can be confirmed any more once the message that asked for it is deleted."""
    async with either.bot():
        root = await result(either)
        sent = await say(either, "make it night", ("cat.png", png()), under=root)
        card = await either.card("make it night")
        await either.ws.delete(MIA, DESIGN, sent.ts)
        await either.ws.events_delivered()
        await either.press(card, "generate")
        await either.card("cancelled")

        assert either.submits() == 1
        assert await either.rows("SELECT count(*) FROM ledger WHERE kind = 'held'") == [(1,)]


async def test_deleted_while_it_is_read_there_is_no_card(stage: Stage) -> None:
    """A message deleted while its images are looked at is not answered."""
    gate = Gate()
    async with stage.bot():
        root = await result(stage)
        stage.faults.arm("gate", "download", gate=gate, when="after")
        sent = await say(stage, "make it night", ("cat.png", png()), under=root)
        await gate.reached.wait()
        await stage.ws.delete(MIA, DESIGN, sent.ts)
        await stage.ws.events_delivered()
        gate.opened.set()
        shown = len(stage.ws.ephemerals(MIA, DESIGN))
    assert len(stage.ws.ephemerals(MIA, DESIGN)) == shown
    assert await job(stage, "state") == ("cancelled",)


async def test_a_confirmed_request_outlives_its_message(stage: Stage) -> None:
    """What was confirmed is delivered, whatever becomes of the message that asked for it."""
    async with stage.bot():
        root = await result(stage)
        stage.pixapi.manual = True
        sent = await say(stage, "make it night", ("cat.png", png()), under=root)
        await stage.press(await stage.card("make it night"), "generate")
        await stage.pixapi.until(lambda: stage.submits() == 2)
        await stage.ws.delete(MIA, DESIGN, sent.ts)
        await stage.ws.events_delivered()
        stage.pixapi.manual = False
        await landed(stage, root, "make it night")


async def test_a_busy_database_is_asked_again(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """While the database does not answer, events are not taken: Slack sends them again."""
    stage.over_http = True
    async with stage.bot():
        async with aiosqlite.connect(stage.folder / "demo.db", isolation_level=None) as other:
            await other.execute("BEGIN IMMEDIATE")
            await say(stage, "@Easel a lighthouse")
            await stage.ws.until(lambda: "an event was not taken" in caplog.text)
        await stage.card("a lighthouse")


async def _without_image(stage: Stage, root: Message) -> None:
    await say(stage, "lovely, make it night", under=root)


async def _text_file(stage: Stage, root: Message) -> None:
    await say(stage, "the notes", ("notes.txt", b"text"), under=root)


async def _without_words(stage: Stage, root: Message) -> None:
    await say(stage, "", ("cat.png", png()), under=root)


async def _in_another_thread(stage: Stage, root: Message) -> None:
    del root
    other = await say(stage, "the party", user=NOAH)
    await say(stage, "that was me", ("me.png", png()), under=other)


async def _in_the_channel(stage: Stage, root: Message) -> None:
    del root
    await say(stage, "look at that", ("cat.png", png()))


async def _somebody_else(stage: Stage, root: Message) -> None:
    del root
    await say(stage, "@noah look at that", ("cat.png", png()))


async def _another_bot(stage: Stage, root: Message) -> None:
    del root
    stage.ws.post_as_other_bot(DESIGN, f"<@{stage.ws.bot_user_id}> a lighthouse")


async def _a_bot_without_subtype(stage: Stage, root: Message) -> None:
    file = await stage.ws.upload(NOAH, "cat.png", png())
    stage.ws.world.post(
        stage.ws.world.channels[DESIGN],
        user=NOAH,
        text=f"<@{stage.ws.bot_user_id}> make it night",
        files=[file.id],
        subtype="file_share",
        thread_ts=root.ts,
        bot_id="BOTHERBOT1",
    )


async def _nobody(stage: Stage, root: Message) -> None:
    del root
    text = f"<@{stage.ws.bot_user_id}> a lighthouse"
    stage.ws.world.post(stage.ws.world.channels[DESIGN], user="UWORKFLOW1", text=text)


async def _ourselves(stage: Stage, root: Message) -> None:
    text = f"<@{stage.ws.bot_user_id}> make it night"
    channel = stage.ws.world.channels[DESIGN]
    stage.ws.world.post(channel, user=stage.ws.bot_user_id, text=text, thread_ts=root.ts)


async def _edited(stage: Stage, root: Message) -> None:
    reply = await say(stage, "", ("cat.png", png()), under=root)
    await stage.ws.edit(MIA, DESIGN, reply.ts, "@Easel make it night")


async def _deleted(stage: Stage, root: Message) -> None:
    reply = await say(stage, "make it night", under=root)
    await stage.ws.delete(MIA, DESIGN, reply.ts)


async def _joined(stage: Stage, root: Message) -> None:
    del root
    stage.ws.world.join(stage.ws.world.channels[DESIGN], SAM)


async def _unfurled(stage: Stage, root: Message) -> None:
    reply = await say(stage, "https://example.org/cat.png", under=root)
    before = slack_shapes.message(stage.ws.world, reply)
    stage.ws.world.emit(Change("changed", DESIGN, reply, before))


async def _where_easel_is_not(stage: Stage, root: Message) -> None:
    del root
    await say(stage, "@Easel a lighthouse", channel=RANDOM)


Noise = Callable[[Stage, Message], Awaitable[None]]
NOISE: tuple[Noise, ...] = (
    _without_image,
    _text_file,
    _without_words,
    _in_another_thread,
    _in_the_channel,
    _somebody_else,
    _another_bot,
    _a_bot_without_subtype,
    _nobody,
    _ourselves,
    _edited,
    _deleted,
    _joined,
    _unfurled,
    _where_easel_is_not,
)


@pytest.mark.parametrize("noise", NOISE, ids=lambda noise: noise.__name__.strip("_"))
async def test_conversation_is_left_alone(stage: Stage, noise: Noise) -> None:
    """What is not meant for Easel starts nothing and is answered by nothing."""

    def heard() -> list[str]:
        everything = [
            one for channel in stage.ws.world.messages.values() for one in channel.values()
        ]
        return [one.ts for one in everything if one.user == stage.ws.bot_user_id]

    async with stage.bot():
        root = await result(stage)
        await noise(stage, root)
        await stage.ws.events_delivered()
        before = heard()
        await say(stage, "@Easel a harbour")  # answered after the noise, or with it
        answered = await stage.card("a harbour")
    assert heard() == [*before, answered.ts]  # stopped: nothing is under way any more
    assert len(await stage.rows("SELECT * FROM jobs")) == 2


async def test_an_event_told_twice_is_answered_once(either: Stage) -> None:
    """Both events of a mention with an image, each delivered twice: one card."""
    async with either.bot():
        root = await result(either)
        for event in ("message", "app_mention"):
            either.faults.arm("redeliver", event)
        await say(either, "@Easel make it night", ("cat.png", png()), under=root, user=ADA)
        await either.card("make it night", user=ADA)
        await either.ws.events_delivered()
    assert len(either.ws.ephemerals(ADA, DESIGN)) == 1
