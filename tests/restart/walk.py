"""One world for each death: the job, the kill, the next starts, and what must be true then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from bot.demo.slack.model import Message, Pace
from bot.demo.slack.seed import DESIGN
from bot.settings import load
from bot.store import audit
from bot.store.db import open_beside
from tests.flow.stage import Stage, text_of
from tests.flow.stage import stage as build
from tests.restart.mortal import deadly
from tests.restart.process import Process, kill, quick, stop
from tests.restart.scenes import LEDGER, Scene
from tests.restart.switch import Point, Switch
from tests.store.world import fresh_postgres, given_back

T = TypeVar("T")

PATIENCE = 90.0  # seconds; where several processes serve, a dead one's job is waited for a while
AT_ONCE = 4  # worlds
SWIFT = Pace(ack=15, sharing=0, processing=0)  # which calls a job makes does not depend on luck


@dataclass(slots=True)
class World:
    """A stage with its switch."""

    stage: Stage
    switch: Switch
    scene: Scene

    async def killed(self, point: Point) -> Message:
        """The job is confirmed, and the process dies at this point; its card."""
        async with quick(self.stage) as easel:
            card = await self.scene.ask(self.stage)
            self.switch.watch(point)
            await self.stage.press(card, "generate")
            await self.dies(easel)
        return card

    async def killed_before_commit(self, number: int) -> Message:
        """The job is confirmed, and the process dies before it writes so much of it; its card."""
        notes = self.stage.folder / "commits"
        async with quick(self.stage, commits=notes) as easel:
            card = await self.scene.ask(self.stage)
            written = len(notes.read_text().splitlines())
            deadly(notes).write_text(str(written + number + 1))
            await self.stage.press(card, "generate")
            await asyncio.wait_for(easel.wait(), PATIENCE)
        return card

    async def killed_again(self, point: Point) -> None:
        """The next process dies at a call that it makes for the job."""
        self.switch.watch(point)
        async with quick(self.stage) as easel:
            await self.dies(easel)

    async def dies(self, easel: Process) -> None:
        """Wait until the process has come to its point, and kill it there."""
        await asyncio.wait_for(self.switch.reached.wait(), PATIENCE)
        await kill(easel)
        self.switch.rest()

    async def finishes(self, card: Message, ends: set[str]) -> None:
        """The last start goes on to the end; then everything is as it must be."""
        stage = self.stage
        async with quick(stage) as easel:
            if ends == {"offered"}:
                await self.nothing_is_held(card)
                await stage.press(card, "generate")
                ends = {"done"}
            await stage.ws.until(lambda: self.outcome() in ends)
            if self.outcome() == "unknown":  # its asker reads so without asking
                await stage.ws.until(lambda: self.says(card))
            await stage.press(card, "generate")  # by somebody who does not know
            await stage.ws.until(lambda: self.says(card))
            await self.is_over()
            numbers = await stage.quota()

            assert numbers == self.numbers()
            assert await stop(easel) == 0

        await self.is_exact()

    async def is_over(self) -> None:
        """Wait until nothing is left to do: a message may say the end before the database does."""
        left = "SELECT count(*) FROM jobs WHERE state = 'delivering' OR pending_step IS NOT NULL"
        async with asyncio.timeout(PATIENCE):
            while await self.stage.rows(left) != [(0,)]:  # noqa: ASYNC110 -- it tells nobody
                await asyncio.sleep(0.1)

    async def nothing_is_held(self, card: Message) -> None:
        """The click was lost before the hold: the card still is an offer."""
        assert f"Generate · {self.scene.credits} credits" in text_of(card)
        assert (await self.stage.quota())["Held"] == "0"
        assert self.stage.submits() == bool(self.scene.before)

    def roots(self) -> list[Message]:
        """What the bot has said of the job to everybody."""
        return [
            one
            for one in self.stage.ws.world.messages[DESIGN].values()
            if one.user == self.stage.ws.bot_user_id
            and one.only_for is None
            and self.scene.prompt in text_of(one)
        ]

    def outcome(self) -> str | None:
        """How the job ended, as the root message tells it with everything that belongs to it."""
        said = self.roots()
        if any("not known yet" in text_of(one) for one in said):
            return "unknown"
        done = f"Done · *{self.scene.credits} credits charged"
        for one in (one for one in said if done in text_of(one)):
            shown = sum(block["type"] == "image" for block in one.blocks)
            if shown == (0 if one.thread_ts else self.scene.pictures):  # the files are below it
                return "done"
        return None

    def says(self, card: Message) -> bool:
        """Whether the card tells how the job ended."""
        told = {"done": f"Done: {self.scene.credits} credits charged", "unknown": "not known yet"}
        return told[self.outcome() or "unknown"] in text_of(card)

    def numbers(self) -> dict[str, str]:
        """What `/image-quota` must show."""
        before, price = self.scene.before, self.scene.credits
        known = self.outcome() == "done"
        return {
            "Cap": "100",
            "Charged": f"{before + (price if known else 0)}",
            "Held": "0" if known else f"{price} ({price} not known)",
            "Left": f"{100 - before - price}",
        }

    async def is_exact(self) -> None:
        """Sent once at most, delivered once or not at all, and the books say so."""
        stage, scene, outcome = self.stage, self.scene, self.outcome()
        earlier = bool(scene.before)
        pictures = scene.pictures if outcome == "done" else 0

        assert outcome is not None
        assert stage.submits() - earlier in ({1} if outcome == "done" else {0, 1})
        assert stage.shares() == pictures + earlier
        assert len(self.roots()) == 1
        assert await stage.rows("SELECT state, pending_step FROM jobs ORDER BY created") == [
            *[("done", None)] * earlier,
            (outcome, None),
        ]
        assert await stage.rows("SELECT kind, credits FROM ledger ORDER BY seq") == [
            *[("held", 1), ("charged", 1)] * earlier,
            *((kind, scene.credits) for kind in LEDGER[outcome]),
        ]

        async with open_beside(load(stage.env).sqlalchemy_url) as db, db.read() as tx:
            assert await audit.differences(tx) == []


@asynccontextmanager
async def world(scene: Scene, kind: str) -> AsyncIterator[World]:
    """A world of its own, on a database of its own."""
    switch = Switch()
    address = "" if kind == "sqlite" else await asyncio.to_thread(fresh_postgres)
    with TemporaryDirectory() as folder:
        database = address.replace("+psycopg", "")
        async with build(Path(folder), database=database, faults=switch, pace=SWIFT) as stage:
            yield World(stage, switch, scene)
    if address:
        await asyncio.to_thread(given_back, address)


async def at_once(
    work: Callable[[T], Coroutine[Any, Any, None]], cases: Sequence[T], most: int = AT_ONCE
) -> None:
    """Each case in its world; several at once, since they mostly wait for a start."""
    slots = asyncio.Semaphore(most)

    async def one(case: T) -> None:
        async with slots:
            try:
                await work(case)
            except BaseException as error:
                error.add_note(f"killed at {case}")
                raise

    async with asyncio.TaskGroup() as group:
        for case in cases:
            group.create_task(one(case))
