"""The part with many jobs in flight: polls, memory, and how late the event loop comes.

On each database: some jobs, more and many, confirmed and submitted by one Easel over Socket Mode,
and polled as none of their tasks ends, beside a bare aiohttp session that polls as many. Then all
tasks end, and everything is delivered. Every submit, picture and credit is counted: once each, or
the part fails. Beside it runs a process that does nothing: its lag is the machine's.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg

from bot.demo.pixapi.server import Pixapi
from tests.bench.common import (
    HERE,
    LAGGED,
    OPEN,
    RUNNING,
    Scale,
    Watched,
    confirm,
    counted_once,
    databases,
    easel,
    named,
    percentile,
    running,
    until_finished,
    until_rows,
    world,
)
from tests.bench.rows import Row
from tests.flow.stage import Stage

POLLS = 100  # a second, however many are in flight
SHORTEST = 0.05  # seconds between two polls of a task


async def part(scale: Scale) -> list[Row]:
    """All of it, on each database."""
    return [row for kind in databases() for row in await measure(kind, scale)]


async def measure(kind: str, scale: Scale) -> list[Row]:
    """All of it, on one."""
    end, most = named(kind), scale.in_flight[-1]
    ours: list[float] = []
    lags: dict[str, list[float]] = {}
    rows, peak = [], 0.0
    async with world(kind, over_http=False) as stage, _bare(stage) as bare:
        stage.pixapi.manual = True
        before = empty = 0
        for number in scale.in_flight:
            wait = max(number / POLLS, SHORTEST)
            stage.hurry(poll_most=wait)
            settings = {"EASEL_POLL_SECONDS": wait, "EASEL_MAX_CONCURRENT_JOBS": 10_000}
            async with easel(stage, LAGGED, **settings) as process:
                empty = empty or await _in_use(stage)
                await confirm(stage, number - before, first=before)
                await until_rows(stage, RUNNING, number)
                await asyncio.sleep(min(wait, scale.polling))  # what submitting left to do
                before, began = number, time.monotonic()
                found, reference = await _polls(stage, process, bare, number, scale.polling)
                polled = time.monotonic()
                ours.append(found)
                rows.append(
                    Row(number=10, what=f"CPU of a poll, {number} tasks in flight{end}", most=3,
                        ours=[found], beside="bare aiohttp", reference=[reference])
                )  # fmt: skip
                if number == most:
                    stage.pixapi.manual = False
                    await until_finished(stage, number, 300)
                    delivered = time.monotonic()
                    await until_rows(stage, OPEN, 0)
                    peak = process.status("VmHWM")
                    spans = {"polling": (began, polled), "delivering": (polled, delivered)}
                    lags = {
                        what: [percentile(await one.lags(*span), 99) for one in (process, bare)]
                        for what, span in spans.items()
                    }
        await counted_once(stage, most)
        kept = (await _in_use(stage) - empty) / most
    rows += [
        Row(number=10, what=f"the same, {number} beside {scale.in_flight[0]}{end}", ours=[found],
            beside="ours", reference=ours[:1], least=0.5, most=1.5)
        for number, found in zip(scale.in_flight[1:], ours[1:], strict=True)
    ]  # fmt: skip
    rows.append(
        Row(number=14, what=f"memory, {most} jobs in flight{end}", ours=[peak], unit="MB", most=150)
    )
    rows += [
        Row(number=14, what=f"loop lag p99, {what} {most}{end}", ours=[lag], most=20, alone=True,
            beside="idle process", reference=[machine])
        for what, (lag, machine) in lags.items()
    ]  # fmt: skip
    rows.append(Row(number=14, what=f"a job keeps in the database{end}", ours=[kept], unit="bytes"))
    return rows


async def _polls(
    stage: Stage, process: Watched, bare: Watched, number: int, seconds: float
) -> tuple[float, float]:
    """Milliseconds of CPU of a poll: ours, without the watch's, and a bare session's meanwhile."""
    wait = max(number / POLLS, SHORTEST)
    async with await Pixapi.start(plain=True) as other:
        other.manual = True
        reference = await asyncio.create_subprocess_exec(
            *(sys.executable, str(HERE / "references.py"), "poll", other.url, other.key),
            *(str(number), str(wait)),
            stdout=asyncio.subprocess.PIPE,
        )
        assert reference.stdout is not None
        await reference.stdout.readline()  # it has begun
        before, cpu = len(stage.pixapi.calls), process.cpu() - bare.cpu()
        await asyncio.sleep(max(seconds, wait))
        used, polls = process.cpu() - bare.cpu() - cpu, len(stage.pixapi.calls) - before
        reference.terminate()
        printed, _ = await reference.communicate()
    return 1000 * used / polls, 1000 * json.loads(printed)["cpu"]


@asynccontextmanager
async def _bare(stage: Stage) -> AsyncIterator[Watched]:
    samples = stage.folder / "bare.lag"
    command = (sys.executable, *LAGGED, str(samples), "--bare")
    async with running(*command, env={}) as process:
        process.samples = samples
        yield process


async def _in_use(stage: Stage) -> int:
    """Bytes of rows and indexes, without the space that new ones would take first."""
    if not stage.database:
        [(pages, free, size)] = await stage.rows(
            "SELECT * FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
        )
        return int((pages - free) * size)
    with psycopg.connect(stage.database, autocommit=True) as connection:
        connection.execute("VACUUM FULL")
    [(used,)] = await stage.rows("SELECT pg_database_size(current_database())")
    return int(used)
