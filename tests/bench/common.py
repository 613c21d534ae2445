"""What the parts share: the world, databases, processes and what they use, people who ask."""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import sys
import tempfile
import time
from array import array
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.core.errors import EaselError
from bot.demo.slack.model import Change, Message, NotPossibleError, Pace
from bot.demo.slack.seed import DESIGN
from bot.pace import LIVE
from tests import postgres
from tests.bench.load import Orders, fire
from tests.flow.stage import Stage, stage
from tests.restart.process import START, asked, free_port

HERE = Path(__file__).parent
TICKS = os.sysconf("SC_CLK_TCK")
AT_ONCE = Pace(ack=30, trigger=30, sharing=0, processing=0)
"""A Slack that takes no time of its own."""
EACH = 5  # requests of one person
PEOPLE = 10  # who ask and click at the same time
MOST_CONNECTIONS = 200
QUIET = 60.0  # seconds without another picture, after which those that are missing count as lost
OPEN = "SELECT count(*) FROM jobs WHERE state NOT IN ('done', 'offered')"
RUNNING = "SELECT count(*) FROM jobs WHERE state = 'running'"
QUEUED = 30.0  # seconds after which a click counts as lost
EASEL = ("-m", "bot", "run")
LAGGED = (str(HERE / "lagged.py"),)


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured; the defaults take a few minutes on two cores."""

    rounds: int = 5
    commands: int = 200  # that are sent in turns
    seconds: float = 1.5  # of a load
    burst: tuple[int, int] = (50, 200)  # clicks at once
    in_flight: tuple[int, int, int] = (10, 200, 1000)
    polling: float = 5.0  # seconds of nothing but polls
    picture: int = 20_000_000  # bytes
    pictures: int = 50  # of that size, at once
    calls: int = 300  # to Slack over TLS
    lines: int = 1_000_000  # of the ledger
    shared: int = 32  # jobs for two processes
    task: float = 3.0  # seconds that Pixapi takes there


LARGE = Scale()
SMOKE = Scale(1, 5, 0.2, (2, 3), (1, 2, 3), 1.0, 100_000, 2, 2, 2000, 4, 0.1)
"""Only whether every part works."""


def databases() -> list[str]:
    """SQLite, and PostgreSQL where it is there."""
    return ["sqlite"] if postgres._binaries() is None else ["sqlite", "postgresql"]


def named(kind: str) -> str:
    """As a row ends that is not of SQLite."""
    return "" if kind == "sqlite" else ", PostgreSQL"


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


@asynccontextmanager
async def world(
    kind: str = "sqlite", *, over_http: bool = True, **options: Any
) -> AsyncIterator[Stage]:
    """Both embedded servers, as quick as they can be, and an empty database."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        address = stack.enter_context(database(kind))
        built = await stack.enter_async_context(
            stage(folder, over_http=over_http, database=address, pace=AT_ONCE, **options)
        )
        built.pace = LIVE
        yield built


@dataclass(slots=True)
class Watched:
    """A process, and what it uses."""

    process: asyncio.subprocess.Process
    port: int = 0
    samples: Path | None = None  # where its event loop is watched

    def status(self, field: str) -> float:
        """A line of /proc/PID/status, in MB."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        [found] = [line.split()[1] for line in lines if line.startswith(f"{field}:")]
        return int(found) / 1024

    def forget_peak(self) -> None:
        """Let VmHWM begin anew."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def cpu(self) -> float:
        """Seconds of CPU used until now."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    async def lags(self, since: float, until: float) -> list[float]:
        """Milliseconds that its loop was late for what was due in this time, of `monotonic`."""
        assert self.samples is not None
        pairs = array("d")
        while not pairs or pairs[-2] < until:  # it writes once a second
            await asyncio.sleep(0.2)
            data = self.samples.read_bytes()
            pairs = array("d", data[: len(data) // 16 * 16])
        return [
            1000 * lag
            for due, lag in zip(pairs[::2], pairs[1::2], strict=True)
            if since <= due < until
        ]


@asynccontextmanager
async def running(
    *command: str, env: Mapping[str, str], folder: Path | None = None, port: int = 0
) -> AsyncIterator[Watched]:
    """A process, stopped in order in the end; what it had to complain of is told in a line."""
    with tempfile.TemporaryFile("w+") as complaints:
        process = await asyncio.create_subprocess_exec(
            *command,
            env={**env, "PATH": os.environ["PATH"], "PORT": str(port), "LOG_LEVEL": "error"},
            cwd=folder,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=complaints,
        )
        try:
            yield Watched(process, port)
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            await process.wait()
            complaints.seek(0)
            if lines := complaints.read().splitlines():
                show(f"{command[-1]} logged {len(lines)} lines, the last of them: {lines[-1]}")


@asynccontextmanager
async def easel(
    stage: Stage, program: Sequence[str] = EASEL, **settings: object
) -> AsyncIterator[Watched]:
    """`easel run`, ready, with these settings beside the usual ones; Slack delivers to it."""
    given = {"EASEL_DEFAULT_CHANNEL_CAP": 1_000_000} | settings
    env, port = stage.env | {name: str(value) for name, value in given.items()}, free_port()
    samples = stage.folder / f"{port}.lag" if program == LAGGED else None
    command = (sys.executable, *program, *([str(samples)] if samples else []))
    async with running(*command, env=env, folder=stage.folder, port=port) as process:
        process.samples = samples
        await until_ready(port)
        if stage.over_http:
            stage.ws.deliver_http(f"http://127.0.0.1:{port}/slack/events")
        yield process


async def until_ready(port: int) -> None:
    """Wait until /readyz says 200."""
    async with asyncio.timeout(START):
        while True:
            with suppress(OSError):
                if (await asked(port, "readyz"))[0] == 200:
                    return
            await asyncio.sleep(0.05)


# People


def person(stage: Stage, number: int) -> str:
    """Who asks for this one: a few pictures are in one person's hands."""
    name = f"UCROWD{number // EACH:04}"
    if name not in stage.ws.world.users:
        stage.ws.add_user(name, f"Person {number // EACH}")
        stage.ws.world.channels[DESIGN].members.add(name)
    return name


@asynccontextmanager
async def recording(stage: Stage) -> AsyncIterator[list[str]]:
    """What people do meanwhile is not delivered but written down, as the forms that Slack sends."""
    bodies: list[str] = []

    async def take(request: web.Request) -> web.Response:
        body = await request.text()
        if request.content_type != "application/json":  # events go on by themselves
            bodies.append(body)
        return web.Response()

    site = web.Application()
    site.router.add_post("/", take)
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    before = stage.ws.wire.request_url
    stage.ws.deliver_http(f"http://127.0.0.1:{runner.addresses[0][1]}/")
    try:
        yield bodies
    finally:
        stage.ws.deliver_http(before)
        await runner.cleanup()


async def commands(stage: Stage, number: int) -> list[str]:
    """So many `/image`, as forms."""
    async with recording(stage) as bodies:
        for each in range(number):
            await stage.type(f"a red fox, picture {each} --draft", user=person(stage, each))
    return bodies


async def clicks(stage: Stage, number: int) -> list[str]:
    """So many clicks on Generate, as forms; their cards are made now."""
    cards: list[Message] = []

    async def make(each: int) -> None:
        cards.append(await card(stage, each))

    await by_people(range(number), make)
    async with recording(stage) as bodies:
        for one in cards:
            await stage.press(one, "generate")
    return bodies


async def by_people(numbers: Iterable[int], act: Callable[[int], Awaitable[None]]) -> None:
    """A few at a time, each in the hands of somebody who waits until it is done."""
    left = iter(numbers)

    async def somebody() -> None:
        for each in left:
            await act(each)

    async with asyncio.TaskGroup() as people:
        for _ in range(PEOPLE):
            people.create_task(somebody())


async def card(stage: Stage, number: int) -> Message:
    """A card of one credit; asked for again where the database was busy."""
    while True:
        shown = await stage.ask(f"picture {number}. --draft", user=person(stage, number))
        if shown.text.startswith("1 credit for"):
            return shown


async def confirm(stage: Stage, number: int, *, first: int = 0) -> None:
    """So many requests until they are queued; who is asked to try again does."""

    async def act(each: int) -> None:
        while not await _queued(stage, each):
            pass

    await by_people(range(first, first + number), act)


async def _queued(stage: Stage, number: int) -> bool:
    shown = await card(stage, number)
    try:
        await stage.press(shown, "generate")
    except NotPossibleError:  # no card, but a sentence
        return False
    async with asyncio.timeout(QUEUED):
        while shown.text.startswith("1 credit for"):  # noqa: ASYNC110 -- the card tells nobody
            await asyncio.sleep(0.01)
    return shown.text.startswith("Queued")


class Shared:
    """Counts the pictures that Slack is given, and lets it forget their bytes."""

    def __init__(self, stage: Stage) -> None:
        self.count, self.last = 0, 0.0  # seconds since 1970
        self._files = stage.ws.world.files
        stage.ws.world.subscribers.append(self._see)

    def _see(self, change: Change) -> None:
        if change.kind == "message" and change.message is not None and change.message.files:
            self.count, self.last = self.count + 1, float(change.message.ts)
            for file in change.message.files:
                self._files[file].data = b"-"

    async def until(self, number: int) -> int:
        """Wait until there are so many, or for a while no more; how many there are."""
        began = time.time()
        while self.count < number and time.time() < max(began, self.last) + QUIET:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        return self.count


@dataclass(slots=True)
class Burst:
    """What came of clicks."""

    seconds: float  # from the first to the last picture
    pictures: int
    cpu: float  # milliseconds of each, until all is written
    servers: float  # the same, of the embedded Slack and Pixapi


class Clicker:
    """Many people at one Easel."""

    def __init__(self, stage: Stage, process: Watched) -> None:
        self.stage, self.process, self.shared = stage, process, Shared(stage)
        self.staying = 0  # jobs that are meant to stay open

    async def click(self, number: int, rate: float = 0) -> Burst:
        """Click on so many cards, at once or in turns, and wait for their pictures."""
        bodies, before = await clicks(self.stage, number), self.shared.count
        orders = Orders(self.process.port, self.stage.ws.signing_secret, bodies, rate=rate)
        orders.connections = min(number, MOST_CONNECTIONS)
        cpu, servers = self.process.cpu(), time.process_time()
        fired = await fire(orders)
        came = await self.shared.until(before + number) - before
        seconds = self.shared.last - fired.began
        await until_rows(self.stage, OPEN, self.staying)
        cpu, servers = self.process.cpu() - cpu, time.process_time() - servers
        return Burst(seconds, came, *(1000 * used / max(came, 1) for used in (cpu, servers)))


# What is counted


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


def percentile(values: Sequence[float], hundredths: int) -> float:
    """The value that so many in a hundred are not above."""
    if len(values) < 2:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[hundredths - 1]


def show(*lines: str) -> None:
    """Print."""
    print(*lines, sep="\n", flush=True)  # noqa: T201 -- what a benchmark is for
