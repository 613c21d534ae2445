"""Another operating-system process: `python process.py sell|keep|move|write ADDRESS ...`.

It says `ready`, waits for a line, does its work, prints what came of it.
"""

from __future__ import annotations

import asyncio
import sys
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bot.core.job import Job, TeamId
from bot.features.admission import Held
from bot.store import budget
from bot.store.db import Database, open_beside, open_database
from bot.store.errors import Busy
from bot.store.move import move
from tests.store.world import NOW, an_offer, hold, offered


def say(text: str) -> None:
    """To the test."""
    print(text, flush=True)  # noqa: T201 -- a program's output


async def told() -> None:
    """Wait for the test."""
    await asyncio.to_thread(sys.stdin.readline)


async def sell(address: str, first: int, count: int, credits: int) -> None:
    """Confirm so many jobs at once, beside others over the same database; prints how many."""
    async with open_beside(address) as db:  # without what makes Easel the only process on SQLite
        say("ready")
        await told()
        numbers = range(first, first + count)
        offers = await patiently_offered(db, [an_offer(credits, number=one) for one in numbers])
        held = await asyncio.gather(*(confirmed(db, offer) for offer in offers))
    say(str(sum(held)))


async def patiently_offered(db: Database, offers: list[Job]) -> list[Job]:
    """Write the offers; `Busy` means that nothing was written, so trying again is safe."""
    while True:
        try:
            return await offered(db, *offers)
        except Busy:
            continue


async def confirmed(db: Database, offer: Job) -> bool:
    """Whether the price was held; tried again while the database is busy."""
    while True:
        try:
            async with db.write() as tx:
                return isinstance(await hold(tx, offer), Held)
        except Busy:
            continue


async def keep(address: str) -> None:
    """Open the database as `easel run` does, and keep it until told."""
    say("ready")
    await told()
    async with open_database(address):
        say("open")
        await told()
    say("closed")


async def moved(source: str, target: str) -> None:
    """Move the database."""
    say("ready")
    await told()
    await move(source, target)
    say("moved")


async def write(address: str) -> None:
    """Write rows for ever, many at a time; says each that was answered."""
    async with open_database(address) as db:
        say("ready")
        await told()
        numbers = count()

        async def one_after_another() -> None:
            for number in numbers:
                team = TeamId(f"T{number}")
                await db.transact(lambda tx, team=team: budget.lock(tx, team, NOW))  # type: ignore[misc]  # bound at once
                say(team)

        await asyncio.gather(*(one_after_another() for _ in range(20)))


if __name__ == "__main__":
    what, address, *more = sys.argv[1:]
    if what == "sell":
        asyncio.run(sell(address, *map(int, more)))
    elif what == "move":
        asyncio.run(moved(address, *more))
    elif what == "write":
        asyncio.run(write(address))
    else:
        asyncio.run(keep(address))
