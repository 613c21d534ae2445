"""Events in any order and any number: one message is one card, one card is one hold."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.demo.slack.events import envelope, events_of
from bot.demo.slack.model import Change, Json, Message
from bot.demo.slack.seed import DESIGN, MIA
from bot.demo.slack.wire import Retry
from tests.exhaustive import examples
from tests.flow.stage import Stage, stage, text_of
from tests.flow.talk import png, result, say


class Step(Enum):
    """One thing that reaches Easel about a message."""

    MESSAGE = "message"
    MENTION = "app_mention"
    MESSAGE_AGAIN = "message, redelivered"
    MENTION_AGAIN = "app_mention, redelivered"
    CLICK = "generate"
    DELETED = "message_deleted"


TOLD = frozenset({Step.MESSAGE, Step.MENTION, Step.MESSAGE_AGAIN, Step.MENTION_AGAIN})


@dataclass(slots=True)
class Story:
    """A message that mentions Easel, with an image, and everything that can be told of it."""

    stage: Stage
    message: Message
    told: dict[str, Json]  # by the event's type, and `message_deleted`
    prompt: str

    async def happen(self, step: Step) -> None:
        """Deliver it, and wait for the acknowledgement."""
        if step is Step.CLICK:
            card = self.card()
            if card is not None:
                await self.stage.press(card, "generate", self.value(card))
            return
        name, _, again = step.value.partition(", ")
        retry = Retry(1, "timeout") if again else None
        delivery = await self.stage.ws.wire.deliver("events_api", self.told[name], retry)

        assert delivery.ok

    def cards(self) -> list[Message]:
        """Every card or answer that was shown for this message."""
        shown = self.stage.ws.ephemerals(MIA, DESIGN)
        return [one for one in shown if self.prompt in f"{text_of(one)} {one.earlier}"]

    def card(self) -> Message | None:
        """The card, as soon as there is one; clicked as it was first shown."""
        return next(iter(self.cards()), None)

    def value(self, card: Message) -> str | None:
        """The value of the card's first Generate: a stale screen can be clicked as well."""
        for blocks in [*card.earlier, card.blocks]:
            for block in blocks:
                for element in block.get("elements", ()):
                    if element.get("action_id") == "generate":
                        return str(element["value"])
        return None


async def begin(stage: Stage, root: Message, number: int) -> Story:
    """A reply with an image and a mention whose events are held back."""
    world, wire = stage.ws.world, stage.ws.wire
    prompt = f"night number {number}."
    world.subscribers.remove(wire._on_change)
    message = await say(stage, f"@Easel {prompt}", ("cat.png", png()), under=root)
    world.subscribers.append(wire._on_change)
    channel = world.channels[DESIGN]
    told = {
        str(event["type"]): envelope(world, event, channel)
        for event in events_of(world, Change("message", DESIGN, message))
    }
    deleted = events_of(world, Change("deleted", DESIGN, message, before={}))
    told["message_deleted"] = envelope(world, deleted[0], channel)
    return Story(stage, message, told, prompt)


async def tell(stage: Stage, root: Message, number: int, rounds: list[list[Step]]) -> None:
    """Everything in its order, a round's steps at once; then the message itself, to be sure."""
    story = await begin(stage, root, number)
    for steps in rounds:
        await asyncio.gather(*(story.happen(step) for step in steps))
        if TOLD.intersection(steps) and not _is_deleted(rounds):
            await stage.ws.until(story.card)
    await story.happen(Step.MESSAGE)
    await story.happen(Step.CLICK)
    if not _is_deleted(rounds):
        await stage.ws.until(story.card)

    assert len(story.cards()) <= 1


def _is_deleted(rounds: list[list[Step]]) -> bool:
    return any(Step.DELETED in steps for steps in rounds)


ROUNDS = st.lists(st.lists(st.sampled_from(Step), min_size=1, max_size=4), min_size=1, max_size=4)


def test_no_order_of_events_makes_two_cards_or_two_holds(tmp_path: Path) -> None:
    """Both events, redeliveries, clicks, a deletion, in any order, at once: one card, one hold."""
    numbers = itertools.count()
    world, easel = AsyncExitStack(), AsyncExitStack()
    with asyncio.Runner() as runner:
        built = runner.run(world.enter_async_context(stage(tmp_path)))
        built.extra = {"EASEL_DEFAULT_CHANNEL_CAP": ""}

        @settings(max_examples=examples(40, 12))
        @example([[Step.MENTION], [Step.MESSAGE], [Step.CLICK, Step.CLICK]])
        @example([[Step.MESSAGE, Step.MENTION], [Step.CLICK], [Step.MENTION_AGAIN, Step.CLICK]])
        @example([[Step.DELETED], [Step.MESSAGE, Step.MENTION]])
        @given(ROUNDS)
        def check(rounds: list[list[Step]]) -> None:
            runner.run(tell(built, root, next(numbers), rounds))

        try:
            runner.run(easel.enter_async_context(built.bot()))
            root = runner.run(result(built))
            check()
            runner.run(easel.aclose())  # nothing is under way any more
            twice = (
                "SELECT source FROM jobs WHERE source NOT NULL GROUP BY source HAVING count(*) > 1"
            )
            holds = "SELECT job FROM ledger WHERE kind = 'held' GROUP BY job HAVING count(*) > 1"

            assert runner.run(built.rows(twice)) == []
            assert runner.run(built.rows(holds)) == []
            assert Counter(prompts(built)).most_common(1)[0][1] == 1
        finally:
            runner.run(easel.aclose())
            runner.run(world.aclose())


def prompts(stage: Stage) -> Iterator[str]:
    """The prompt of every card that was shown, as it was first shown."""
    for one in stage.ws.ephemerals(MIA, DESIGN):
        first = next(iter(one.earlier), one.blocks)
        yield from re.findall(r"night number \d+\.", str(first))[:1]
