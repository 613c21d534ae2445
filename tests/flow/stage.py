"""The world of a flow test: the embedded servers, the real bot, and what people do."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from copy import deepcopy
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import aiosqlite
import psycopg

from bot.app import running
from bot.demo.faults import Faults
from bot.demo.pixapi.server import Pixapi
from bot.demo.slack.model import Delivery, Message, Pace
from bot.demo.slack.seed import DESIGN, MIA
from bot.demo.slack.workspace import Workspace
from bot.demo.start import Demo, environment, manifest
from bot.pace import Pace as Patience
from bot.settings import load
from bot.store.tables import metadata
from tests.store.world import fresh

MANIFEST = manifest()
FOX = "a red fox in the snow"
PATIENCE = 90.0  # seconds, for what comes at once unless the machine is busy
SWIFT = Patience(
    busy=20.0,
    admin=20.0,
    acquaintance=0.2,
    link=20.0,
    start=0.05,
    write_retry=0.02,
    write_retry_most=0.2,
    idle_session=4.0,
    job_retry=0.1,
    job_retry_most=1.0,
    doubt=0.05,
    share_looks=(0.0, 0.1, 0.3, 0.6),
    processed_looks=(0.05, 0.1, 0.2, 0.5, 1.0, 2.0),
    poll_most=1.0,
    fetch_retry=0.05,
    fetch_retry_most=0.5,
    attend=0.5,
    heartbeat=0.5,
    lease=4.0,
    entries=0.5,
    worker_retry=0.1,
    notices=0.5,
    notices_most=0.5,
    notice_lease=4.0,
    strangers=0.0,
    slack_retry=0.02,
    slack_retry_most=0.2,
    socket_look=0.5,
    socket_ping=2.0,
    pixapi_retry=0.02,
    pixapi_retry_most=0.2,
)
"""Easel in a hurry where it waits, and patient where a busy machine keeps it waiting."""

QUICK = Pace(
    ack=30, trigger=30, sharing=0.01, processing=0.02
)  # a busy machine is no failure of Easel's


@dataclass(slots=True)
class Stage:
    """Both servers, and the bot when it runs; what a person does here, they do as in Slack."""

    ws: Workspace
    pixapi: Pixapi
    faults: Faults
    folder: Path
    over_http: bool = False
    database: str = ""  # the address of another database than the folder's SQLite file
    extra: dict[str, str] = field(default_factory=dict)  # settings beside the usual ones
    pace: Patience = SWIFT

    @property
    def env(self) -> dict[str, str]:
        """What `easel run` would find in its environment."""
        env = environment(Demo(self.ws, self.pixapi), self.folder)
        env |= {"EASEL_POLL_SECONDS": "0.02", "EASEL_PACE": json.dumps(asdict(self.pace))}
        if self.database:
            env["DATABASE_URL"] = self.database
        if self.over_http:
            del env["SLACK_APP_TOKEN"]
            env["SLACK_SIGNING_SECRET"] = self.ws.signing_secret
        return {name: value for name, value in (env | self.extra).items() if value}

    def hurry(self, **waits: float) -> None:
        """Start Easel with these waits, in seconds, from now on."""
        self.pace = replace(self.pace, **waits)  # type: ignore[arg-type]  # each is a number

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[str]:
        """Easel, started in this process and connected; yields its HTTP address."""
        async with running(load(self.env)) as address:
            if self.over_http:
                self.ws.deliver_http(f"{address}/slack/events")
            else:
                await self.ws.until(lambda: self.ws.connections)
            yield address
            if self.over_http:
                # asyncio loses a connection that it accepts in the moment in which it stops
                # listening (python/cpython#109564).
                await self.ws.events_delivered()

    async def type(self, text: str, *, user: str = MIA, channel: str = DESIGN) -> Delivery:
        """Send `/image text`."""
        return await self.ws.command(user, channel, "/image", text)

    async def ask(self, text: str = FOX, *, user: str = MIA, channel: str = DESIGN) -> Message:
        """Send `/image text`; the card."""
        delivery = await self.type(text, user=user, channel=channel)
        assert delivery.shown is not None, delivery
        return delivery.shown

    async def press(self, card: Message, action: str, value: str | None = None) -> Delivery:
        """Click something on a message, as the person who sees it."""
        user = card.only_for or MIA
        return await self.ws.click(user, card.channel, card.ts, action, value)

    async def card(self, like: str, *, user: str = MIA, channel: str = DESIGN) -> Message:
        """Wait for the person's newest ephemeral to match."""

        def found() -> Message | None:
            shown = self.ws.ephemerals(user, channel)
            return shown[-1] if shown and re.search(like, text_of(shown[-1])) else None

        return _some(await self.ws.until(found))

    async def root(self, like: str, *, channel: str = DESIGN, seconds: float = PATIENCE) -> Message:
        """Wait for a message of the bot in the channel to match."""

        def found() -> Message | None:
            for one in reversed(self.ws.messages(channel)):
                if one.user == self.ws.bot_user_id and re.search(like, text_of(one)):
                    return one
            return None

        return _some(await self.ws.until(found, seconds=seconds))

    async def done(
        self,
        credits: int | None = None,
        *,
        like: str = "",
        channel: str = DESIGN,
        seconds: float = PATIENCE,
    ) -> Message:
        """Wait for a picture: its charge is said, its files are shared, its row is at its end.

        The root message. `like` is what the message says before, where there are several pictures.
        """
        charge = r"Done · \*\d+ credits?" if credits is None else rf"Done · \*{credits} credits?"
        root = await self.root(rf"{like}.*{charge} charged", channel=channel, seconds=seconds)
        job = f"WHERE root = '{root.ts}'"
        ended = f"SELECT count(*) FROM jobs {job} AND state = 'done' AND pending_step IS NULL"  # noqa: S608 -- ours
        await self.until_rows(ended, 1, seconds=seconds)
        files = await self.rows(
            "SELECT file FROM pictures "  # noqa: S608 -- ours
            f"JOIN jobs ON jobs.team = pictures.team AND jobs.id = job {job}"
        )
        await self.ws.until(lambda: {file for (file,) in files} <= self.shared(), seconds=seconds)
        return root

    async def until_rows(self, sql: str, wanted: int, *, seconds: float = PATIENCE) -> None:
        """Wait until the database counts so many."""
        async with asyncio.timeout(seconds):
            while await self.rows(sql) != [(wanted,)]:  # noqa: ASYNC110 -- it tells nobody
                await asyncio.sleep(0.02)

    def shared(self) -> set[str]:
        """The ids of all files that are in a channel."""
        channels = self.ws.world.messages.values()
        return {file for messages in channels for one in messages.values() for file in one.files}

    async def confirm(self, text: str = FOX) -> Message:
        """Ask and click Generate; the root message once it is there."""
        card = await self.ask(text)
        await self.press(card, "generate")
        return await self.root(re.escape(text.split(" --", maxsplit=1)[0][:40]))

    async def quota(self, *, channel: str = DESIGN, user: str = MIA) -> dict[str, str]:
        """The numbers of the channel's card."""
        shown = await self.quota_card(channel=channel, user=user)
        lines = (line.partition(" ") for line in shown.text.splitlines())
        return {word: rest for word, _, rest in lines}

    async def quota_card(
        self, text: str = "", *, channel: str = DESIGN, user: str = MIA
    ) -> Message:
        """Send `/image-quota text`; the card that comes."""

        def cards() -> list[Message]:
            shown = self.ws.ephemerals(user, channel)
            return [one for one in shown if one.text.startswith("Cap ")]

        before = len(cards())
        await self.ws.command(user, channel, "/image-quota", text)
        return (await self.ws.until(lambda: cards()[before:]))[-1]

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Look into the database, past the product."""
        if self.database:
            async with await self._connected() as postgres:
                return await (await postgres.execute(sql.encode())).fetchall()
        async with self._file() as file:
            return [*map(tuple, await file.execute_fetchall(sql))]

    async def write(self, sql: str) -> None:
        """Change the database, past the product."""
        if self.database:
            async with await self._connected() as postgres:
                await postgres.execute(sql.encode())
            return
        async with self._file() as file:
            await file.execute(sql)
            await file.commit()

    async def _connected(self) -> psycopg.AsyncConnection:
        return await psycopg.AsyncConnection.connect(self.database)

    def _file(self) -> aiosqlite.Connection:
        return aiosqlite.connect(self.folder / "demo.db")

    @asynccontextmanager
    async def holding(self, lock: str) -> AsyncIterator[None]:
        """Keep what this statement locks, on PostgreSQL, as another process might."""
        async with await self._connected() as postgres:
            await postgres.execute(lock.encode())
            yield

    @asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        """Keep everybody from writing to the database, as another process might."""
        if self.database:
            async with await self._connected() as postgres:
                while not await _locks_all(postgres):  # noqa: ASYNC110 -- the server tells nobody
                    await asyncio.sleep(0.05)
                yield
            return
        async with self._file() as file:
            await file.execute("BEGIN IMMEDIATE")
            yield
            await file.rollback()

    def submits(self) -> int:
        """How many requests that may cost have reached Pixapi."""
        return sum(1 for call in self.pixapi.asked if call.name in {"submit", "sync"})

    def shares(self) -> int:
        """How many files were shared in channels by the bot."""
        return sum(
            len(one.files)
            for messages in self.ws.world.messages.values()
            for one in messages.values()
            if one.user == self.ws.bot_user_id
        )


async def _locks_all(postgres: psycopg.AsyncConnection) -> bool:
    """Lock every table, or none: who waited for one with another in hand could be waited for."""
    tables = ", ".join(f'"{name}"' for name in (*metadata.tables, "procrastinate_jobs"))
    try:
        await postgres.execute(f"LOCK TABLE {tables} IN EXCLUSIVE MODE NOWAIT".encode())
    except psycopg.OperationalError:
        await postgres.rollback()
        return False
    return True


def text_of(message: Message) -> str:
    """Everything that stands in a message."""
    return f"{message.text} {message.blocks}"


def _some(found: Message | None) -> Message:
    assert found is not None
    return found


@asynccontextmanager
async def stage(
    folder: Path,
    *,
    over_http: bool = False,
    database: str = "",
    faults: Faults | None = None,
    pace: Pace = QUICK,
    **pixapi: Any,
) -> AsyncIterator[Stage]:
    """Start both servers; the bot is started by the test."""
    faults = faults or Faults()
    if not database:
        await fresh(folder, "demo.db")
    options = {"task_seconds": 0.0, "plain": True} | pixapi
    async with AsyncExitStack() as stack:
        ws = await stack.enter_async_context(
            await Workspace.start(manifest=deepcopy(MANIFEST), faults=faults, pace=pace)
        )
        provider = await stack.enter_async_context(await Pixapi.start(faults=faults, **options))
        yield Stage(ws, provider, faults, folder, over_http=over_http, database=database)
