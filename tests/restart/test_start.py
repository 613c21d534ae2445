"""A start that has to wait: it says for whom, answers health, and ends when it is asked to."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psycopg
import pytest

from bot.store.postgres import MIGRATING
from tests import postgres
from tests.flow.stage import Stage
from tests.restart.process import Process, asked, forked, free_port, kill, quick, stop

SIGNALS = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])


@dataclass(slots=True)
class Waits:
    """A second Easel that waits, perhaps."""

    process: Process
    port: int
    log: Path

    async def says(self, words: str) -> None:
        """Wait until it is not ready for this reason: by HTTP, alive all the while, and in the log.

        The log says it once.
        """
        async with asyncio.timeout(90):
            while words not in await self.asked(503):  # noqa: ASYNC110 -- it tells nobody
                await asyncio.sleep(0.02)

        assert await asked(self.port, "healthz") == (200, "ok\n")
        assert self.log.read_text().count(words) == 1

    async def serves(self) -> None:
        """Wait until it is ready."""
        async with asyncio.timeout(90):
            while await self.asked(200) != "ready\n":  # noqa: ASYNC110 -- it tells nobody
                await asyncio.sleep(0.02)

    async def asked(self, wanted: int) -> str:
        """What `/readyz` answers with this status; nothing while nobody listens."""
        try:
            status, text = await asked(self.port, "readyz")
        except aiohttp.ClientConnectionError:
            return ""
        return text if status == wanted else ""


@asynccontextmanager
async def second(stage: Stage, *, port: int | None = None) -> AsyncIterator[Waits]:
    """Another `easel run` of this stage, on another port if not told; killed in the end."""
    port, log = port or free_port(), stage.folder / "second.log"
    stage.extra = stage.extra | {"PORT": str(port)}
    log.touch()
    started = forked(stage, log=log)
    try:
        yield Waits(started, port, log)
    finally:
        if started.returncode is None:
            await kill(started)


@SIGNALS
async def test_the_file_is_taken(stage: Stage, number: signal.Signals) -> None:
    """A second Easel on a SQLite file names the process that has it; any signal ends it at once."""
    async with quick(stage) as first, second(stage) as other:
        await other.says(f"demo.db is in use by process {first.pid} on ")
        other.process.send_signal(number)

        assert await asyncio.wait_for(other.process.wait(), 90) == 0
        assert first.returncode is None
        assert (await stage.type("a fox")).ok


async def test_a_rolling_restart(stage: Stage) -> None:
    """The new Easel waits for the old one, and serves once that has ended."""
    async with quick(stage) as first, second(stage) as other:
        await other.says(f"process {first.pid}")

        assert await stop(first) == 0

        await other.serves()

        assert (await stage.type("a fox")).ok


async def test_a_rolling_restart_on_one_port(stage: Stage) -> None:
    """On one machine the port is the old one's, too: the new one waits for both, and has both."""
    port = free_port()
    stage.extra = {"PORT": str(port)}
    async with quick(stage) as first, second(stage, port=port) as other:
        async with asyncio.timeout(90):
            while f"process {first.pid}" not in other.log.read_text():  # noqa: ASYNC110 -- as above
                await asyncio.sleep(0.02)

        assert await stop(first) == 0

        await stage.ws.until(lambda: stage.ws.connections)
        await other.serves()


POSTGRESQL = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@POSTGRESQL
@SIGNALS
async def test_another_migrates(stage: Stage, number: signal.Signals) -> None:
    """While another process migrates it is named; any signal ends the wait, or it ends itself."""
    with psycopg.connect(stage.database, autocommit=True) as other:
        other.execute(f"SELECT pg_advisory_lock({MIGRATING})".encode())
        here = f"brought up to date by process {other.info.backend_pid} of PostgreSQL for 127.0.0.1"
        async with second(stage) as ended:
            await ended.says(here)
            ended.process.send_signal(number)

            assert await asyncio.wait_for(ended.process.wait(), 90) == 0

        async with second(stage) as goes_on:
            await goes_on.says(here)
            other.execute(f"SELECT pg_advisory_unlock({MIGRATING})".encode())
            await goes_on.serves()


@POSTGRESQL
@SIGNALS
async def test_the_server_does_not_answer(stage: Stage, number: signal.Signals) -> None:
    """A server that is away is waited for; any signal ends the wait, or the server comes."""
    there, away = str(postgres.server()), free_port()
    stage.database = stage.database.replace(f":{there}/", f":{away}/")
    async with second(stage) as ended:
        await ended.says("PostgreSQL does not answer: the database cannot be read")
        ended.process.send_signal(number)

        assert await asyncio.wait_for(ended.process.wait(), 90) == 0

    async with second(stage) as goes_on:
        await goes_on.says("PostgreSQL does not answer: the database cannot be read")
        async with forwarding(away, int(there)):
            await goes_on.serves()
            await kill(goes_on.process)


@asynccontextmanager
async def forwarding(port: int, to: int) -> AsyncIterator[None]:
    """From now on a server answers on this port."""
    piped: list[asyncio.Task[None]] = []

    async def pipe(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while some := await source.read(65536):
                target.write(some)
                await target.drain()
        target.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", to)
        piped.append(asyncio.create_task(pipe(server_reader, writer)))
        piped.append(asyncio.create_task(pipe(reader, server_writer)))

    async with await asyncio.start_server(connected, "127.0.0.1", port):
        yield
        await asyncio.gather(*piped)
