"""How much of Easel does one journey enter, and how often does it ask the database?

    python tests/bench/journeys.py [--names]

Three journeys, against the embedded Slack and Pixapi, on SQLite: `/image` to its card, the click on
Generate to the picture, a reply with an image to its card. Counted are the functions of `bot`
(without `bot.demo`; comprehensions belong to their function) that are entered, in how many modules,
and the database's statements and commits. What only waits for a time of its own is put off.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType

sys.path.insert(0, str(Path(__file__).parents[2]))

import bot
from tests.bench.common import show
from tests.drivers import listen
from tests.flow.stage import FOX, Stage, stage
from tests.flow.talk import png, say

ROOT = str(Path(bot.__file__).parent)
DEMO = f"{ROOT}/demo/"
LATER = 3600.0  # seconds
BETWEEN = frozenset({"BEGIN", "COMMIT", "PRAGMA", "RELEASE", "ROLLBACK", "SAVEPOINT"})
INNER = ("<listcomp>", "<genexpr>", "<dictcomp>", "<setcomp>", "<module>")


@dataclass(slots=True)
class Journey:
    """What one journey entered and asked."""

    functions: set[CodeType] = field(default_factory=set)
    statements: list[str] = field(default_factory=list)
    begun: int = 0  # transactions, reading or writing
    commits: int = 0  # of writing transactions; several may share one

    def names(self) -> list[tuple[str, str]]:
        """The module and the name of each function, both as in the source."""
        return sorted(
            (one.co_filename.removeprefix(f"{ROOT}/"), one.co_qualname) for one in self.functions
        )

    def line(self) -> str:
        """The figures."""
        modules = {one.co_filename for one in self.functions}
        pure = sum(module.startswith(("core/", "views/")) for module, _ in self.names())
        return (
            f"{len(self.functions)} functions in {len(modules)} modules ({pure} of them pure), "
            f"{len(self.statements)} statements in {self.begun} transactions, "
            f"{self.commits} commits"
        )


class Watch:
    """Sees every function that is entered and every statement, and tells the present journey."""

    def __init__(self) -> None:
        self.journey: Journey | None = None

    def entered(self, frame: FrameType, event: str, _: object) -> None:
        """As `sys.setprofile` wants it."""
        code, journey = frame.f_code, self.journey
        if journey is None or event != "call" or not code.co_filename.startswith(ROOT):
            return
        if not code.co_filename.startswith(DEMO) and code.co_name not in INNER:
            journey.functions.add(code)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch every thread and every database from now on."""
        writing: set[object] = set()
        easels: set[object] = set()  # its connections; the stage looks at the database as it is

        def hear(connection: object, said: str) -> None:
            what = said.partition(" ")[0]
            if what == "PRAGMA":
                easels.add(connection)
            if what == "BEGIN" and "IMMEDIATE" in said:
                writing.add(connection)
            is_write = connection in writing
            if what in {"COMMIT", "ROLLBACK"}:
                writing.discard(connection)
            journey = self.journey
            if journey is None or connection not in easels:
                return
            journey.begun += what == "BEGIN"
            journey.commits += what == "COMMIT" and is_write
            if what not in BETWEEN:
                journey.statements.append(" ".join(said.split()))

        listen(hear)
        threading.setprofile(self.entered)
        sys.setprofile(self.entered)
        try:
            yield
        finally:
            sys.setprofile(None)
            threading.setprofile(None)

    async def journey_of(self, work: Awaitable[object]) -> Journey:
        """What is entered and asked until it has come to its end."""
        self.journey = journey = Journey()
        try:
            await work
        finally:
            self.journey = None
        return journey


async def main(*, names: bool) -> None:
    """Travel, and print."""
    watch = Watch()
    with watch.watching(), tempfile.TemporaryDirectory() as folder:
        async with _stage(Path(folder)) as built, built.bot():
            for title, journey in [each async for each in _journeys(built, watch)]:
                show(f"{title}: {journey.line()}")
                if names:
                    show(*(f"    {module} {name}" for module, name in journey.names()))
                    show(*(f"    {statement[:150]}" for statement in journey.statements))


@asynccontextmanager
async def _stage(folder: Path) -> AsyncIterator[Stage]:
    async with stage(folder) as built:
        built.hurry(attend=LATER, notices=LATER, notices_most=LATER, socket_look=LATER)
        yield built


async def _journeys(stage: Stage, watch: Watch) -> AsyncIterator[tuple[str, Journey]]:
    """The three journeys, each as it is the second time: what is asked of Slack once is known."""
    await stage.press(await stage.ask(FOX), "generate")
    root = await stage.done(4)
    cards = []

    async def ask() -> None:
        cards.append(await stage.ask(f"{FOX} at night"))

    async def generate() -> None:
        await stage.press(cards[0], "generate")
        await stage.done(4, like="at night")

    async def reply() -> None:
        await say(stage, "make it day", ("cat.png", png()), under=root)
        await stage.card("make it day")

    yield "`/image` to its card", await watch.journey_of(ask())
    yield "Generate to the picture", await watch.journey_of(generate())
    yield "A reply with an image to its card", await watch.journey_of(reply())


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--names", action="store_true", help="each function and statement, too")
    asyncio.run(main(names=arguments.parse_args().names))
