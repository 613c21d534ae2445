"""What was shown before the restart works after it."""

from __future__ import annotations

import asyncio

import pytest

from bot.demo.faults import Gate
from bot.demo.slack.model import Message
from bot.demo.slack.seed import DESIGN, MIA
from tests.flow.forms import form
from tests.flow.stage import FOX, Stage, text_of
from tests.postgres import BOTH
from tests.restart.process import kill, quick

pytestmark = BOTH

PATIENCE = 90.0  # seconds, until another process takes a dead one's job up


async def click(stage: Stage, root: Message, action: str) -> None:
    """Press a button of a message that everybody sees."""
    await stage.ws.click(MIA, DESIGN, root.ts, action)


async def test_a_card(stage: Stage) -> None:
    """A card from before is confirmed after, once."""
    async with quick(stage) as easel:
        card = await stage.ask()
        await kill(easel)
    async with quick(stage):
        await stage.press(card, "generate")
        await stage.press(card, "generate")
        await stage.done(4)

        assert stage.submits() == 1


async def test_a_form(stage: Stage) -> None:
    """A composer that was open before is submitted after, at the price that it names."""
    async with quick(stage) as easel:
        await stage.type("")
        await form(stage, "Generate · 4 credits")
        await kill(easel)
    async with quick(stage):
        await stage.ws.submit_view(MIA, {"compose_prompt": FOX})
        await stage.done(4)

        assert stage.submits() == 1
        assert stage.ws.view(MIA) is None


async def test_a_result(stage: Stage) -> None:
    """Vary under a result from before is a card after; it goes to that thread."""
    async with quick(stage) as easel:
        await stage.press(await stage.ask(), "generate")
        root = await stage.done(4)
        await stage.ws.until(lambda: stage.shares() == 1)
        await kill(easel)
    async with quick(stage):
        await click(stage, root, "vary")
        card = await stage.card("Generate · 4 credits")
        await stage.press(card, "generate")
        await stage.root("This thread: 2 images · 8 credits charged")

        assert stage.submits() == 2


async def test_stop(stage: Stage) -> None:
    """A job that was queued before is stopped after: released, never sent, and said."""
    posted, looking = Gate(), Gate()
    async with quick(stage) as easel:
        stage.faults.arm("gate", "chat.postMessage", gate=posted, when="after")
        await stage.press(await stage.ask(), "generate")
        await asyncio.wait_for(posted.reached.wait(), PATIENCE)
        await kill(easel)
    stage.faults.arm("gate", "conversations.history", gate=looking, when="before")
    async with quick(stage):
        await asyncio.wait_for(looking.reached.wait(), PATIENCE)
        await click(stage, await stage.root(FOX), "stop")
        root = await stage.root("Stopped")
        looking.opened.set()

        assert await stage.quota() == {"Cap": "100", "Charged": "0", "Held": "0", "Left": "100"}
        assert stage.submits() == 0
        assert "released" in text_of(root)


@pytest.mark.parametrize(
    ("status", "word", "action"),
    [(422, "prompt_rejected", "reword"), (404, "model_not_found", "instead_0")],
)
async def test_a_failure(stage: Stage, status: int, word: str, action: str) -> None:
    """The way out under a failure from before leads on after: the form, or another model's card."""
    refusal = stage.faults.arm("status", "submit", times=None, status=status, code=word)
    async with quick(stage) as easel:
        await stage.press(await stage.ask(), "generate")
        root = await stage.root("You were not charged")
        await stage.card("You were not charged")
        await kill(easel)
    stage.faults.disarm(refusal)
    async with quick(stage):
        await click(stage, root, action)
        if action == "reword":
            await form(stage, "Generate · 4 credits")
            await stage.ws.submit_view(MIA, {})
        else:
            await stage.press(await stage.card("Generate · "), "generate")
        await stage.root(r"Done · ")
        await stage.ws.until(stage.shares)

        assert stage.shares() == 1
