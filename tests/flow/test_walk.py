"""The recorded walk: what a person does from the first wish to the finished picture."""

from __future__ import annotations

from bot.demo.slack.model import Message
from bot.demo.slack.seed import DESIGN, MIA
from tests.flow.stage import FOX, Stage, text_of
from tests.flow.talk import landed, png, say

NIGHT = "put this moon into a night sky"


async def test_generate_reply_with_an_image_finalise(either: Stage) -> None:
    """Ask, reply with an image, finalise: a chain of three whose costs add up wherever shown."""
    async with either.bot():
        card = await either.ask(f"{FOX} --quality high")

        assert "Generate · 14 credits" in text_of(card)

        await cheaper(either, card, "Draft · 1")
        await either.press(await either.card("Generate · 1 credit'"), "generate")
        root = await either.done(1)
        await either.ws.until(lambda: either.shares() == 1)
        await say(either, NIGHT, ("moon.png", png(9)), under=root)
        reply = await either.card("Generate · 4 credits")

        assert reply.thread_ts == root.ts

        await either.press(reply, "generate")
        edited = await landed(either, root, NIGHT)
        await either.root("This thread: 2 images · 5 credits charged")
        await either.ws.until(lambda: either.shares() == 2)
        await either.ws.click(MIA, DESIGN, edited.ts, "finalise")
        finer = await either.card("Generate · 14 credits")

        assert "5 + 14 = 19 credits" in text_of(finer)

        await either.press(finer, "generate")
        final = await landed(either, root, "14 credits charged")
        await either.root("This thread: 3 images · 19 credits charged")
        await either.ws.click(MIA, DESIGN, final.ts, "details")
        chain = text_of(await either.card("19 credits charged in total"))
        steps = [f"1. 1 credit: “{FOX}”", f"2. 4 credits: “{NIGHT}”", "3. 14 credits: “"]

        assert all(step in chain for step in steps)
        assert [call.path.rsplit("/", 1)[-1] for call in either.pixapi.asked if call.fields] == [
            "generations",
            "edits",
            "edits",
        ]
        assert await parents(either) == [None, *(await made(either))[:2]]
        assert (await either.quota())["Charged"] == "19"
        assert len(either.ws.messages(DESIGN)) == 1


async def cheaper(stage: Stage, card: Message, label: str) -> None:
    """Click a choice on the card by what it says; nothing is spent by that."""
    found = [one for one in stage.ws.elements(card) if one.get("text", {}).get("text") == label]
    await stage.press(card, found[0]["action_id"])


async def parents(stage: Stage) -> list[str | None]:
    """What each job goes on from, oldest first."""
    return [row[0] for row in await stage.rows("SELECT parent FROM jobs ORDER BY created")]


async def made(stage: Stage) -> list[str]:
    """The jobs, oldest first."""
    return [row[0] for row in await stage.rows("SELECT id FROM jobs ORDER BY created")]
