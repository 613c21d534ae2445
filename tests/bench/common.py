"""What the benchmarks with whole processes share: databases, processes, and what they use."""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import sys
from array import array
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.core.errors import EaselError
from bot.demo.slack.model import NotPossibleError
from tests import postgres
from tests.flow.stage import Stage
from tests.restart.process import START

LAGGED = Path(__file__).with_name("lagged.py")
TICKS = os.sysconf("SC_CLK_TCK")
PEOPLE = 10  # who ask and click at the same time
QUEUED = 30.0  # seconds after which a click counts as lost


@contextmanager
def database(kind: str) -> Iterator[str]:
    """An empty database's address; empty for the SQLite file of the stage's folder."""
    if kind == "sqlite":
        yield ""
        return
    if postgres._binaries() is None:
        raise SystemExit(postgres.MISSING)
    postgres.as_in_life()
    address = postgres.created()
    yield address.replace("+psycopg", "")
    postgres.dropped(address)


@dataclass(slots=True)
class Watched:
    """A process whose event loop is watched."""

    process: asyncio.subprocess.Process
    samples: Path

    def status(self, field: str) -> float:
        """A line of /proc/PID/status, in MB."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        [found] = [line.split()[1] for line in lines if line.startswith(f"{field}:")]
        return int(found) / 1024

    def cpu(self) -> float:
        """Seconds of CPU used until now."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def lags(self, since: float, until: float) -> list[float]:
        """Milliseconds that its loop was late for what was due in this time."""
        pairs = array("d", self.samples.read_bytes())
        return [
            1000 * lag
            for due, lag in zip(pairs[::2], pairs[1::2], strict=True)
            if since <= due < until
        ]


@asynccontextmanager
async def watched(stage: Stage, name: str, *, bare: bool = False) -> AsyncIterator[Watched]:
    """`easel run`, connected, or a process that does nothing; stopped in order."""
    samples = stage.folder / f"{name}.lag"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, os.fspath(LAGGED), os.fspath(samples)),
        *(["--bare"] if bare else []),
        env={**stage.env, "PATH": os.environ["PATH"], "LOG_LEVEL": "warning"},
        cwd=stage.folder,
    )
    try:
        if not bare:
            await stage.ws.until(lambda: stage.ws.connections, seconds=START)
        yield Watched(process, samples)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL if bare else signal.SIGTERM)
        await process.wait()


async def confirm(stage: Stage, number: int, *, first: int = 0) -> int:
    """So many requests of one credit, by a few people who each wait until theirs is queued.

    How often somebody was asked to try again, since the database did not answer in two seconds.
    """
    left, refused = iter(range(first, first + number)), 0

    async def person() -> None:
        nonlocal refused
        for each in left:
            while not await _queued(stage, f"picture {each}. --draft"):
                refused += 1

    async with asyncio.TaskGroup() as people:
        for _ in range(PEOPLE):
            people.create_task(person())
    return refused


async def _queued(stage: Stage, text: str) -> bool:
    card = await stage.ask(text)
    try:
        await stage.press(card, "generate")
    except NotPossibleError:  # no card, but a sentence
        return False
    async with asyncio.timeout(QUEUED):
        while card.text.startswith("1 credit for"):  # noqa: ASYNC110 -- the card tells nobody
            await asyncio.sleep(0.01)
    return card.text.startswith("Queued")


def finished(stage: Stage) -> int:
    """How many root messages say that they are done."""
    return sum(
        "Done" in one.text and one.user == stage.ws.bot_user_id and not one.files
        for messages in stage.ws.world.messages.values()
        for one in messages.values()
    )


async def until_finished(stage: Stage, number: int, seconds: float) -> None:
    """Wait until so many say it, looking seldom: looking costs the servers' process time."""
    async with asyncio.timeout(seconds):
        while finished(stage) < number:  # noqa: ASYNC110 -- see above
            await asyncio.sleep(0.1)


async def until_rows(stage: Stage, sql: str, wanted: int, seconds: float = 120) -> None:
    """Wait until the database counts so many."""
    async with asyncio.timeout(seconds):
        while await stage.rows(sql) != [(wanted,)]:  # noqa: ASYNC110 -- the database tells nobody
            await asyncio.sleep(0.1)


async def counted_once(stage: Stage, number: int) -> str:
    """Submits, pictures and credits, all of which must be this number; what was counted."""
    from tests.replicas.replicas import audited  # noqa: PLC0415

    [(charged,)] = await stage.rows("SELECT sum(credits) FROM ledger WHERE kind = 'charged'")
    found = (stage.submits(), stage.shares(), finished(stage), int(charged or 0))
    if set(found) != {number}:
        raise EaselError(
            f"{number} requests: {found[0]} submits, {found[1]} pictures, {found[2]} messages that "
            f"say done, {found[3]} credits charged"
        )
    await audited(stage)
    return "{} submits, {} pictures, {} messages, {} credits".format(*found)


def p99(values: Sequence[float]) -> float:
    """The value that one in a hundred is above."""
    return statistics.quantiles(values, n=100)[98]


def machine() -> str:
    """Where this was measured."""
    load = os.getloadavg()[0]
    python = ".".join(map(str, sys.version_info[:3]))
    return f"{os.cpu_count()} cores, load {load:.1f} at the start, Python {python}"


def show(*lines: str) -> None:
    """Print."""
    print(*lines, sep="\n", flush=True)  # noqa: T201 -- what a benchmark is for
