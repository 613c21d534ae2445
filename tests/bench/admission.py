"""Do the quota read, the admission and the settlement stay flat as the ledger grows?

    python tests/bench/admission.py --rows 1000 --rows 1000000

Fills a database for each number of ledger lines, times the three on all of them in turn (the
machine's mood then falls on each alike) and prints the medians and their ratio to the first.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack, closing
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bot.core.budget import Scope
from bot.core.job import ChannelId, Job, UserId
from bot.features.admission import Held
from bot.store import budget
from bot.store.db import Database, open_database
from tests.store.world import NO_DEFAULT, NOW, TEAM, TODAY, an_offer, capped, hold, offered, url

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


async def main(sizes: list[int], rounds: int) -> None:
    """Fill, time, print."""
    chance = random.Random(1)  # noqa: S311 -- as above
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        databases = []
        for place, rows in enumerate(sizes):
            file = folder / f"{place}.db"
            await fill(file, rows)
            db = await stack.enter_async_context(open_database(url(file)))
            await capped(db, 10**9, Scope(TEAM))
            databases.append(db)
        seconds: list[list[list[float]]] = [[] for _ in databases]
        for turn in range(rounds + 20):
            for db, measured in zip(databases, seconds, strict=True):
                steps = await once(db, chance)
                if turn >= 20:  # the first ones fill the caches
                    measured.append(steps)
        lines = [f"{'rows':>12}" + "".join(f"{step + ', ms':>18}{'ratio':>8}" for step in STEPS)]
        first: list[float] = []
        for rows, measured in zip(sizes, seconds, strict=True):
            medians = [1000 * statistics.median(each) for each in zip(*measured, strict=True)]
            first = first or medians
            cells = [f"{ms:>18.2f}{ms / one:>8.2f}" for ms, one in zip(medians, first, strict=True)]
            lines.append(f"{rows:>12,}" + "".join(cells))
        print("\n".join(lines))  # noqa: T201 -- what the program is for


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, action="append", help="ledger lines; may be repeated")
    parser.add_argument("--rounds", type=int, default=300)
    given = parser.parse_args()
    asyncio.run(main(given.rows or [1000, 1_000_000], given.rounds))
