"""Messages that are no wish of anybody's, are taken back, or are told of twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import aiosqlite
import pytest

from bot.demo.faults import Gate
from bot.demo.slack import shapes as slack_shapes
from bot.demo.slack.events import envelope, events_of
from bot.demo.slack.model import Change, Delivery, Message
from bot.demo.slack.seed import ADA, DESIGN, MIA, NOAH, RANDOM, SAM
from bot.demo.slack.wire import Retry
from tests.flow.stage import Stage
from tests.flow.talk import landed, png, result, say


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
    assert await stage.rows("SELECT state FROM jobs") == [("done",)]


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
    stage.hurry(busy=1.0)
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


async def told_of(stage: Stage, message: Message) -> Delivery:
    """Tell of a message, once more."""
    world = stage.ws.world
    event = events_of(world, Change("message", message.channel, message))[0]
    payload = envelope(world, event, world.channels[message.channel])
    return await stage.ws.wire.deliver("events_api", payload, Retry(1, "http_error"))


async def test_a_mention_outlives_a_slack_that_does_not_say_who_we_are(stage: Stage) -> None:
    """A mention that nobody can read yet is not taken: told again, it is answered, once."""
    stage.over_http = True
    silent = stage.faults.arm("error", "auth.test", error="fatal_error", times=None)
    async with stage.bot():
        sent = await say(stage, "@Easel a lighthouse")

        assert not (await told_of(stage, sent)).ok

        stage.faults.disarm(silent)

        assert (await told_of(stage, sent)).ok
        await stage.card("a lighthouse")
        assert (await told_of(stage, sent)).ok

    assert len(await stage.rows("SELECT * FROM jobs")) == 1


async def test_a_reply_outlives_a_thread_that_cannot_be_read(stage: Stage) -> None:
    """A reply of which nobody can tell whether it is meant is not marked: told again, it is."""
    async with stage.bot():
        root = await say(stage, "Pictures for @Easel please, in here", user=NOAH)
        await stage.card("Generate", user=NOAH)
        stage.faults.arm("error", "conversations.replies", error="missing_scope")
        sent = await say(stage, "make it night", ("cat.png", png()), under=root)
        await stage.ws.until(lambda: not stage.faults.armed)
        await stage.ws.events_delivered()
        await told_of(stage, sent)
        await stage.card("make it night")


async def test_conversation_costs_no_write(stage: Stage) -> None:
    """What mentions others, or shows them pictures in their threads, leaves nothing behind."""
    async with stage.bot():
        root = await say(stage, "@noah lunch?")
        await say(stage, "look", ("cat.png", png()), under=root)
        await say(stage, "@ada and @noah look", ("dog.png", png()), under=root)
        await stage.ws.events_delivered()
        await say(stage, "@Easel a lighthouse")
        await stage.card("a lighthouse")

        assert await stage.rows("SELECT count(*) FROM seen") == [(1,)]


async def test_who_we_are_is_asked_once(stage: Stage) -> None:
    """At the start, for good."""
    async with stage.bot():
        await stage.ws.until(lambda: stage.ws.calls_of("auth.test"))
        await result(stage)
        await say(stage, "@Easel a lighthouse")
        await stage.card("a lighthouse")

        assert len(stage.ws.calls_of("auth.test")) == 1
