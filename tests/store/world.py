"""What tests of the store stand on: real databases, offers, and the product's own admission."""

from __future__ import annotations

import asyncio
import atexit
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

import psycopg

from bot.core.budget import Cap, Scope
from bot.core.job import (
    ChannelId,
    Credits,
    Job,
    JobId,
    JobState,
    ModelId,
    Place,
    Price,
    Quality,
    Request,
    TeamId,
    Tier,
    UserId,
)
from bot.core.periods import Period
from bot.features import admission
from bot.features.admission import Gone, Held, Short
from bot.store import controls, jobs, schema
from bot.store.budget import Rules
from bot.store.db import Database, Tx, open_database
from tests import postgres

TEAM = TeamId("T1")
DESIGN, GENERAL = ChannelId("C-design"), ChannelId("C-general")
MIA, TOM, ADA = UserId("U-mia"), UserId("U-tom"), UserId("U-ada")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = date(2026, 11, 22)
NO_DEFAULT = Rules(default_channel_cap=None)

TEMPORARY = tempfile.gettempdir()  # a test may move it

REFUSED = (sqlite3.IntegrityError, psycopg.IntegrityError)
"""A rule of the schema, broken."""

_numbers = count(1)


def url(file: Path) -> str:
    """The SQLAlchemy address of a SQLite file."""
    return f"sqlite+aiosqlite:///{file}"


async def _opened(address: str) -> None:
    async with open_database(address):
        pass


_one_at_a_time = Lock()  # Alembic is not for several threads


@cache
def _template() -> Path:
    """An empty database of today's schema, migrated once for all tests of this process."""
    folder = Path(tempfile.mkdtemp(prefix="easel-template-", dir=TEMPORARY))
    atexit.register(shutil.rmtree, folder)
    with asyncio.Runner() as runner:
        runner.run(_opened(url(folder / "template.db")))
    return folder / "template.db"


@cache
def _postgres_template() -> str:
    """The same on PostgreSQL; its name."""
    address = postgres.created()
    with asyncio.Runner() as runner:
        runner.run(_opened(address))
    return postgres.name_of(address)


async def fresh(folder: Path, name: str = "easel.db") -> Path:
    """A migrated, empty database file in this folder."""
    file = folder / name

    def copy() -> None:  # in a thread: making the template runs a loop of its own
        with _one_at_a_time:
            shutil.copyfile(_template(), file)

    await asyncio.to_thread(copy)
    return file


def fresh_postgres() -> str:
    """The address of a migrated, empty database; not for the thread of a running loop."""
    with _one_at_a_time:
        return _given_back.pop() if _given_back else postgres.created(_postgres_template())


_given_back: list[str] = []
REVISION = max(file.name[:4] for file in (schema.MIGRATIONS / "versions").glob("0*.py"))


def given_back(address: str) -> None:
    """A test needs its database no more: emptied for the next, in a tenth of the time of a new."""
    if postgres.emptied(address, REVISION):
        _given_back.append(address)
    else:
        postgres.dropped(address)


@asynccontextmanager
async def at(dialect: str, folder: Path) -> AsyncIterator[str]:
    """The address of a migrated, empty database."""
    if dialect == "sqlite":
        yield url(await fresh(folder))
    else:
        address = await asyncio.to_thread(fresh_postgres)
        try:
            yield address
        finally:
            await asyncio.to_thread(given_back, address)


@asynccontextmanager
async def database(dialect: str, folder: Path) -> AsyncIterator[Database]:
    """A migrated, empty database, open."""
    async with at(dialect, folder) as address, open_database(address) as db:
        yield db


def an_offer(
    credits: int = 4, *, channel: ChannelId = DESIGN, user: UserId = MIA, number: int | None = None
) -> Job:
    """A new offer at this price; every one has an id of its own."""
    return Job(
        id=JobId(f"J{next(_numbers) if number is None else number}"),
        revision=1,
        place=Place(TEAM, channel),
        asker=user,
        request=Request("a red fox", ModelId("gpt-image-2"), quality=Quality.MEDIUM),
        price=Price(Credits(credits), Credits(credits), Tier.T1K, "test"),
        state=JobState.OFFERED,
        created=NOW,
    )


async def offered(db: Database, *offers: Job) -> list[Job]:
    """Write offers."""
    async with db.write() as tx:
        for offer in offers:
            await jobs.add(tx, offer)
    return list(offers)


async def hold(
    tx: Tx, job: Job, *, now: datetime = NOW, today: date = TODAY, rules: Rules = NO_DEFAULT
) -> Held | Short | Gone:
    """The product's own admission."""
    return await admission.hold(tx, job, now=now, today=today, rules=rules, reply_url=None)


async def queued(db: Database, credits: int = 4) -> Job:
    """A job whose price is held."""
    [offer] = await offered(db, an_offer(credits))
    async with db.write() as tx:
        outcome = await hold(tx, offer)
    assert isinstance(outcome, Held)
    return outcome.job


async def capped(
    db: Database, limit: int | None, scope: Scope | None = None, period: Period = Period.MONTH
) -> None:
    """Set a cap, on the channel where no other scope is named."""
    cap = Cap(period, None if limit is None else Credits(limit))
    async with db.write() as tx:
        await controls.set_cap(tx, scope or Scope(TEAM, DESIGN), cap, ADA, NOW)


async def present(db: Database, job: Job) -> Job:
    """The job as the database has it."""
    async with db.read() as tx:
        found = await jobs.get(tx, job.place.team, job.id)
    assert found is not None
    return found


def at_revision(job: Job, revision: int) -> Job:
    """The same job as another card shows it."""
    return replace(job, revision=revision)


class Steps:
    """Runs a coroutine and calls `hit` each time it waits, from the `first` to the `last` time."""

    def __init__(
        self, work: Coroutine[Any, Any, Any], hit: Callable[[], None], first: int, last: int
    ) -> None:
        self._work = work
        self._hit = hit
        self._first = first
        self._last = last
        self.waits = 0

    def __await__(self) -> Generator[Any, Any, Any]:
        """Hand everything through between the work and the event loop."""
        steps = self._work.__await__()
        thrown: BaseException | None = None
        while True:
            try:
                future = next(steps) if thrown is None else steps.throw(thrown)
            except StopIteration as end:
                return end.value
            thrown = None
            self.waits += 1
            if self._first <= self.waits <= self._last:
                self._hit()
            try:
                yield future
            except BaseException as error:  # noqa: BLE001 -- handed through
                thrown = error


@asynccontextmanager
async def process(what: str, *arguments: object) -> AsyncIterator[asyncio.subprocess.Process]:
    """Another process (see `process.py`), ready and waiting to be told; killed in the end."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("process.py")),
        what,
        *map(str, arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert await heard(child) == "ready"
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.communicate()


async def heard(child: asyncio.subprocess.Process) -> str:
    """The next line that a process says."""
    assert child.stdout is not None
    return (await child.stdout.readline()).decode().strip()


def tell(child: asyncio.subprocess.Process) -> None:
    """Let a process go on."""
    assert child.stdin is not None
    child.stdin.write(b"go\n")
