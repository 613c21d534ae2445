"""The part that asks whether quota read, admission and settlement stay flat as the ledger grows.

Fills a database with few ledger lines and one with many, and times the three on both in turn: the
machine's mood then falls on each alike.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import statistics
import tempfile
import time
from contextlib import AsyncExitStack, closing
from datetime import date
from pathlib import Path

from bot.core.budget import Scope
from bot.core.job import ChannelId, Job, UserId
from bot.features.admission import Held
from bot.store import budget
from bot.store.db import Database, open_database
from tests.bench.common import Scale
from tests.bench.rows import Row
from tests.store.world import NO_DEFAULT, NOW, TEAM, TODAY, an_offer, capped, hold, offered, url

FEW = 1000  # lines
WARM = 20  # turns that fill the caches
CHANNELS, PEOPLE, DAYS = 200, 500, 730
STEPS = ("quota read", "admission", "settlement")


async def fill(file: Path, rows: int) -> None:
    """Two lines for each job (held, charged), spread over channels, people and two years."""
    async with open_database(url(file)) as db:
        await offered(db, an_offer(number=0))
    await asyncio.to_thread(multiply, file, rows // 2)


def multiply(file: Path, count: int) -> None:
    """Make so many old jobs of the one that there is, whatever columns it has, and book them."""
    changed = {
        "id": "'old-' || n",
        "state": "'done'",
        "channel": f"'C' || (abs(random()) % {CHANNELS})",
        "asker": f"'U' || (abs(random()) % {PEOPLE})",
        "day": f"date('{TODAY}', '-' || (abs(random()) % {DAYS}) || ' days')",
        "charged": "credits",
    }
    with closing(sqlite3.connect(file)) as db, db:
        names = [f'"{name}"' for _, name, *_ in db.execute("PRAGMA table_info(jobs)")]
        values = [changed.get(name.strip('"'), name) for name in names]
        db.execute(
            f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers"  # noqa: S608 -- all of it is ours
            f" WHERE n < {count}) INSERT INTO jobs ({', '.join(names)})"
            f" SELECT {', '.join(values)} FROM numbers, jobs WHERE state = 'offered'"
        )
        for kind in ("held", "charged"):
            db.execute(
                "INSERT INTO ledger (team, job, kind, credits, channel, user, day, at,"
                " table_version) SELECT team, id, ?, credits, channel, asker, day, created,"
                " table_version FROM jobs WHERE state = 'done'",
                (kind,),
            )
        for channel, user in (("''", "''"), ("channel", "''"), ("channel", "user")):
            db.execute(
                "INSERT INTO usage (team, channel, user, day, held, charged, unknown, granted)"  # noqa: S608 -- as above
                f" SELECT team, {channel}, {user}, day, 0, sum(credits), 0, 0 FROM ledger"
                " WHERE kind = 'charged' GROUP BY 1, 2, 3, 4"
            )


async def once(db: Database, chance: random.Random) -> list[float]:
    """Seconds of each step, for one more job."""
    channel, user = ChannelId(f"C{chance.randrange(CHANNELS)}"), UserId("U1")
    [offer] = await offered(db, an_offer(channel=channel, user=user))
    began = time.perf_counter()
    async with db.read() as tx:
        await budget.status(tx, Scope(TEAM, channel), TODAY, NO_DEFAULT)
    read = time.perf_counter()
    job = await admitted(db, offer, TODAY)
    held = time.perf_counter()
    async with db.write() as tx:
        await budget.charge(tx, job, job.price.credits, NOW)
    return [read - began, held - read, time.perf_counter() - held]


async def admitted(db: Database, offer: Job, today: date) -> Job:
    """Hold the price, in a transaction of its own."""
    async with db.promptly() as tx:
        outcome = await hold(tx, offer, today=today)
    assert isinstance(outcome, Held)
    return outcome.job


async def part(scale: Scale) -> list[Row]:
    """Fill, time, in turns."""
    chance, sizes = random.Random(1), (FEW, scale.lines)  # noqa: S311 -- as above
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        opened = []
        for place, lines in enumerate(sizes):
            file = folder / f"{place}.db"
            await fill(file, lines)
            db = await stack.enter_async_context(open_database(url(file)))
            await capped(db, 10**9, Scope(TEAM))
            opened.append(db)
        seconds: list[list[list[float]]] = [[] for _ in opened]
        for turn in range(WARM + 60 * scale.rounds):
            for db, measured in zip(opened, seconds, strict=True):
                steps = await once(db, chance)
                if turn >= WARM:
                    measured.append(steps)
    few, many = ([1000 * statistics.median(of) for of in zip(*s, strict=True)] for s in seconds)
    return [
        Row(number=13, what=f"{step} with {scale.lines:,} ledger lines", ours=[ours],
            beside=f"{FEW:,}:", reference=[reference], most=1.2)
        for step, ours, reference in zip(STEPS, many, few, strict=True)
    ]  # fmt: skip
