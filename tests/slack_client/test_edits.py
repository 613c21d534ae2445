"""The budget of edits, over an artificial clock and a wire whose answers the test lets arrive."""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.job import ChannelId, Ts
from bot.pace import LIVE
from bot.slack.edits import BURST, DEBT, PER_MINUTE, RESERVE, Edits
from bot.slack.errors import SlackBusy, SlackDown, SlackError, SlackLost, SlackRefused
from bot.views.kit import Message

SPACING = LIVE.edit
HERE = ChannelId("C1")
FINAL, PROGRESS = "final", "progress"


@dataclass
class Clock:
    """Seconds that pass when the test says so."""

    now: float = 1000.0

    def __call__(self) -> float:
        """The time now."""
        return self.now


@dataclass
class Landing:
    """An edit on its way: it takes effect when the test lets it."""

    ts: Ts
    text: str
    sent: float
    go: asyncio.Event = field(default_factory=asyncio.Event)
    failure: SlackError | None = None


@dataclass
class Wire:
    """Stands where `Slack.update` is asked for; remembers what left and what landed, in order."""

    clock: Clock
    flying: list[Landing] = field(default_factory=list)
    sent: list[Landing] = field(default_factory=list)
    landed: list[Landing] = field(default_factory=list)
    held: bool = False  # edits wait to be let in
    failure: SlackError | None = None

    async def update(
        self, channel: ChannelId, ts: Ts, message: Message, *, once: bool = False
    ) -> None:
        """One edit: sent now, landed when let in."""
        assert channel == HERE
        assert once is (message.text == PROGRESS)
        landing = Landing(ts, message.text, self.clock())
        self.sent.append(landing)
        if self.held:
            self.flying.append(landing)
            await landing.go.wait()
        failure = landing.failure or self.failure
        if failure:
            raise failure
        self.landed.append(landing)

    def texts(self) -> list[str]:
        """What landed, in order."""
        return [landing.text for landing in self.landed]


@dataclass
class Bench:
    """Edits with their clock and wire."""

    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.wire = Wire(self.clock)
        self.edits = Edits(self.wire, self.clock, SPACING)

    async def progress(self, ts: str = "1") -> None:
        """A progress edit."""
        await self.edits.progress(HERE, Ts(ts), Message(PROGRESS))

    async def final(self, ts: str = "1") -> None:
        """A last word."""
        await self.edits.final(HERE, Ts(ts), Message(FINAL))


async def settle() -> None:
    """Let every task run until it waits."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture
def bench() -> Bench:
    """A fresh budget."""
    return Bench()


async def test_spacing(bench: Bench) -> None:
    """Progress of one message is shown at most every three seconds; in between it is dropped."""
    await bench.progress()
    bench.clock.now += SPACING - 0.01
    await bench.progress()
    assert bench.wire.texts() == [PROGRESS]

    bench.clock.now += 0.01
    await bench.progress()

    assert bench.wire.texts() == [PROGRESS, PROGRESS]


async def test_reserve(bench: Bench) -> None:
    """Progress leaves room for last words: many messages at once use up the rest, and no more."""
    for number in range(50):
        await bench.progress(str(number))

    assert len(bench.wire.sent) == BURST - RESERVE


async def test_room_comes_back(bench: Bench) -> None:
    """Room that was used comes back at the rate that Slack allows."""
    for number in range(50):
        await bench.progress(str(number))
    bench.clock.now += 60 / PER_MINUTE
    await bench.progress("later")
    await bench.progress("too many")

    assert bench.wire.landed[-1].ts == "later"


async def test_finals_on_account(bench: Bench) -> None:
    """Last words go without room, and progress then waits until they are paid back."""
    for number in range(100):
        await bench.final(str(number))
    bench.clock.now += 60
    await bench.progress("waits")
    assert bench.wire.texts() == [FINAL] * 100

    bench.clock.now += 60 * 100 / PER_MINUTE
    await bench.progress("shown")

    assert bench.wire.texts() == [FINAL] * 100 + [PROGRESS]


async def test_final_waits_for_progress(bench: Bench) -> None:
    """A last word that comes while progress is on its way lands after it."""
    bench.wire.held = True
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(bench.progress())
        await settle()
        tasks.create_task(bench.final())
        await settle()
        assert [one.text for one in bench.wire.flying] == [PROGRESS]

        bench.wire.held = False
        bench.wire.flying[0].go.set()

    assert bench.wire.texts() == [PROGRESS, FINAL]


async def test_no_progress_after_final(bench: Bench) -> None:
    """Progress that comes after the last word, or while it is on its way, is dropped."""
    bench.wire.held = True
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(bench.final())
        await settle()
        bench.clock.now += 10
        await bench.progress()
        bench.wire.flying[0].go.set()
    await bench.progress()

    assert bench.wire.texts() == [FINAL]


@pytest.mark.parametrize(
    "failure",
    [
        SlackRefused("message_not_found", "chat.update"),
        SlackBusy("ratelimited", "chat.update", 5),
        SlackDown("ClientConnectorError", "chat.update"),
        SlackLost("http_503", "chat.update"),
    ],
)
async def test_progress_never_raises(bench: Bench, failure: SlackError) -> None:
    """Progress is decoration: its failure troubles nobody, and a last word can still be said."""
    bench.wire.failure = failure
    await bench.progress()
    bench.wire.failure = None
    await bench.final()

    assert bench.wire.texts() == [FINAL]


async def test_final_raises_and_is_repeated(bench: Bench) -> None:
    """A last word that failed is told to the caller, who may say it again."""
    bench.wire.failure = SlackLost("http_503", "chat.update")
    with pytest.raises(SlackLost):
        await bench.final()
    bench.wire.failure = None
    await bench.final()

    assert bench.wire.texts() == [FINAL]


async def test_busy_stops_progress_everywhere(bench: Bench) -> None:
    """After a 429 no message shows progress until the time that Slack named is over."""
    bench.wire.failure = SlackBusy("ratelimited", "chat.update", 20)
    await bench.progress("1")
    bench.wire.failure = None
    bench.clock.now += 19.9
    await bench.progress("2")
    assert bench.wire.texts() == []

    bench.clock.now += 0.1
    await bench.progress("2")

    assert bench.wire.texts() == [PROGRESS]


async def test_a_thousand_results_silence_progress_for_a_minute(bench: Bench) -> None:
    """However many last words came at once, progress is shown again a minute and a bit later."""
    for number in range(1000):
        await bench.final(str(number))
    await bench.progress("another")

    assert PROGRESS not in bench.wire.texts()

    bench.clock.now += 60 * (DEBT + RESERVE + 1) / PER_MINUTE
    await bench.progress("another")

    assert bench.wire.texts()[-1] == PROGRESS


STEPS = st.one_of(
    st.tuples(st.just("pass"), st.sampled_from([0.1, 1.0, 2.9, 3.0, 7.5, 30.0])),
    st.tuples(st.just(PROGRESS), st.integers(0, 40)),
    st.tuples(st.just(FINAL), st.integers(0, 40)),
    st.tuples(st.just("let in"), st.integers(0, 10)),
)


@settings(deadline=None)
@given(st.lists(STEPS, max_size=150))
def test_any_order(steps: list[tuple[str, float]]) -> None:
    """Whatever comes in whatever order: spacing, the budget of a minute, and the last word last."""
    asyncio.run(play(steps))


async def play(steps: list[tuple[str, float]]) -> None:
    """Run the steps, let everything land, then look at what left and what landed."""
    bench = Bench()
    bench.wire.held = True
    finals: dict[str, int] = defaultdict(int)
    async with asyncio.TaskGroup() as tasks:
        for step, value in steps:
            match step:
                case "pass":
                    bench.clock.now += value
                case "let in" if bench.wire.flying:
                    bench.wire.flying.pop(int(value) % len(bench.wire.flying)).go.set()
                case "progress":
                    tasks.create_task(bench.progress(str(value)))
                case "final":
                    finals[str(value)] += 1
                    tasks.create_task(bench.final(str(value)))
            await settle()
        while bench.wire.flying:
            bench.wire.flying.pop().go.set()
            await settle()

    progress = [one.sent for one in bench.wire.sent if one.text == PROGRESS]
    for number, first in enumerate(progress):
        in_a_minute = [sent for sent in progress[number:] if sent < first + 60]
        assert len(in_a_minute) <= BURST - RESERVE + PER_MINUTE

    by_message: dict[str, list[Landing]] = defaultdict(list)
    for landing in bench.wire.landed:
        by_message[landing.ts].append(landing)
    for ts, landings in by_message.items():
        texts = [one.text for one in landings]
        assert texts == sorted(texts, key=[PROGRESS, FINAL].index)
        assert texts.count(FINAL) == finals[ts]
        shown = [one.sent for one in landings if one.text == PROGRESS]
        assert all(b - a >= SPACING for a, b in itertools.pairwise(shown))
    assert finals.keys() <= by_message.keys()
