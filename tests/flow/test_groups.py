"""Easel in a group direct message: as in a channel."""

from __future__ import annotations

from bot.demo.slack.seed import GROUP, MIA, NOAH
from tests.flow.stage import FOX, Stage, text_of
from tests.flow.talk import png


async def test_a_picture_and_its_edit(either: Stage) -> None:
    """`/image` and a reply with an image work in a group, and count in its budget."""
    stage = either
    async with stage.bot():
        await stage.press(await stage.ask(f"{FOX} --draft", channel=GROUP), "generate")
        root = await stage.done(1, channel=GROUP)
        file = await stage.ws.upload(NOAH, "night.png", png())
        await stage.ws.send(NOAH, GROUP, "make it night", thread_ts=root.ts, files=[file.id])
        card = await stage.card("make it night", user=NOAH, channel=GROUP)
        await stage.press(card, "generate")
        await stage.ws.until(
            lambda: [
                one
                for one in stage.ws.messages(GROUP, thread_ts=root.ts)
                if "4 credits charged" in text_of(one)
            ]
        )

        assert card.thread_ts == root.ts
        assert (await stage.quota(channel=GROUP, user=MIA))["Charged"] == "5"


async def test_talk_is_left_alone(stage: Stage) -> None:
    """What people say to each other in a group is not answered; a mention is."""
    async with stage.bot():
        await stage.ws.send(MIA, GROUP, "shall we have a fox?")
        await stage.ws.send(MIA, GROUP, f"@Easel {FOX}")
        await stage.card(FOX, channel=GROUP)
        await stage.ws.events_delivered()

        assert len(stage.ws.ephemerals(MIA, GROUP)) == 1
