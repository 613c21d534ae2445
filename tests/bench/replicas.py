"""Two processes on one PostgreSQL database: how much more they do, how soon one takes over.

    python tests/bench/replicas.py --rounds 3 --kills 10

Jobs a second of one process against two, in turns, where Pixapi's time is what limits (tasks of
TASK seconds, AT_ONCE of them for each process). Then one of two is killed (SIGKILL) with jobs in
flight, as often as asked: how long until the other asks Pixapi for the first and for the last of
its tasks. Every submit, picture and credit is counted: once each, or it fails.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.common import (
    confirm,
    counted_once,
    database,
    machine,
    show,
    until_finished,
    until_rows,
)
from tests.flow.stage import Stage, stage
from tests.replicas.replicas import processes
from tests.restart.process import kill

TASK = 3.0  # seconds that Pixapi takes
AT_ONCE = 8  # jobs of a process at Pixapi
MOST = 1_000_000  # credits
RUNNING = "SELECT count(*) FROM jobs WHERE state = 'running'"
WHOSE = "SELECT args->>'job', worker_id FROM procrastinate_jobs WHERE status = 'doing'"
LEFT = "SELECT count(*) FROM procrastinate_jobs"
TASKS = "SELECT id, task FROM jobs WHERE state = 'running'"


@asynccontextmanager
async def world(task_seconds: float = 0) -> AsyncIterator[Stage]:
    """Both embedded servers and an empty PostgreSQL database."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        address = stack.enter_context(database("postgresql"))
        built = await stack.enter_async_context(
            stage(folder, database=address, task_seconds=task_seconds)
        )
        built.extra = {
            "EASEL_MAX_CONCURRENT_JOBS": str(AT_ONCE),
            "EASEL_DEFAULT_CHANNEL_CAP": str(MOST),
            "EASEL_POLL_SECONDS": "0.5",
        }
        yield built


async def a_second(number: int, jobs: int) -> float:
    """Jobs a second of so many processes, from the first click to the last picture."""
    async with world(task_seconds=TASK) as built, processes(built, number):
        began = time.monotonic()
        await confirm(built, jobs)
        await until_finished(built, jobs, 300)
        seconds = time.monotonic() - began
        await counted_once(built, jobs)
        return jobs / seconds


async def throughput(rounds: int, jobs: int) -> None:
    """One against two, in turns."""
    found: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(rounds):
        for number, measured in found.items():
            measured.append(await a_second(number, jobs))
    one, two = (statistics.median(measured) for measured in found.values())
    ratio = statistics.median(b / a for a, b in zip(found[1], found[2], strict=True))
    show(
        f"{jobs} jobs whose tasks take {TASK:.0f} s, {AT_ONCE} of a process at Pixapi at once:",
        f"{'':32}{'one process':>14}{'two':>10}{'ratio':>10}",
        f"{'jobs a second':32}{one:>14.1f}{two:>10.1f}{ratio:>10.2f}",
    )


async def taken_over(built: Stage, victim: int, jobs: int, done: int) -> tuple[float, float, int]:
    """Kill one of two that run: seconds until the first and the last of its jobs was begun anew.

    And how many it had. What runs in the end is finished.
    """
    async with processes(built, 2) as pair:
        built.pixapi.manual = True
        await confirm(built, jobs, first=done)
        await until_rows(built, RUNNING, jobs)
        before = dict(await built.rows(WHOSE))
        tasks = dict(await built.rows(TASKS))
        killed = time.time()
        await kill(pair[victim])
        while True:
            after = await built.rows(WHOSE)
            if len(after) == jobs and len({worker for _, worker in after}) == 1:
                break
            await asyncio.sleep(0.1)
        survivor = after[0][1]
        theirs = {tasks[job] for job, worker in before.items() if worker != survivor}
        begun: dict[str, float] = {}
        while theirs - begun.keys():
            await asyncio.sleep(0.1)
            for call in built.pixapi.calls:
                task = call.path.rpartition("/")[2]
                if call.name == "poll" and task in theirs and call.at > killed:
                    begun.setdefault(task, call.at - killed)
        built.pixapi.manual = False
        await until_finished(built, done + jobs, 120)
        await until_rows(built, LEFT, 0)
    return min(begun.values()), max(begun.values()), len(theirs)


async def takeovers(kills: int, jobs: int) -> None:
    """Kill the one that keeps house and the other, in turns."""
    firsts, lasts, had = [], [], 0
    async with world() as built:
        for turn in range(kills):
            first, last, number = await taken_over(built, turn % 2, jobs, turn * jobs)
            firsts.append(first)
            lasts.append(last)
            had += number
        counted = await counted_once(built, kills * jobs)
    show(
        f"{kills} times one of two killed, {jobs} jobs in flight, {had} of them its own:",
        f"{'seconds until the other began':32}{'least':>14}{'median':>10}{'most':>10}",
    )
    for name, values in (("the first of them", firsts), ("the last of them", lasts)):
        middle = statistics.median(values)
        show(f"{name:32}{min(values):>14.1f}{middle:>10.1f}{max(values):>10.1f}")
    show(f"each once: {counted}; duplicates: 0")


async def main(rounds: int, jobs: int, kills: int) -> None:
    """Measure, print."""
    show(f"Two processes on one PostgreSQL database; {machine()}.")
    show("The embedded Slack and Pixapi and PostgreSQL run on the same cores.")
    if rounds:
        await throughput(rounds, jobs)
    if kills:
        await takeovers(kills, AT_ONCE)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="of one process against two")
    parser.add_argument("--jobs", type=int, default=64, help="in each of them")
    parser.add_argument("--kills", type=int, default=10, help="takeovers that are timed")
    given = parser.parse_args()
    asyncio.run(main(given.rounds, given.jobs, given.kills))
