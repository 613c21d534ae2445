"""The parts with two processes on one PostgreSQL database: how much more, how soon one takes over.

Jobs a second of one process against two, in turns, where Pixapi's time is what limits. Then, only
when asked for, one of two is killed with jobs in flight: how long until the other asks Pixapi for
the last of its tasks. Every submit, picture and credit is counted: once each, or the part fails.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.bench import common
from tests.bench.common import (
    RUNNING,
    Scale,
    confirm,
    counted_once,
    databases,
    until_finished,
    until_rows,
)
from tests.bench.rows import Row
from tests.flow.stage import Stage
from tests.replicas.replicas import processes
from tests.restart.process import kill

AT_ONCE = 8  # jobs of a process at Pixapi
WHOSE = "SELECT args->>'job', worker_id FROM procrastinate_jobs WHERE status = 'doing'"
LEFT = "SELECT count(*) FROM procrastinate_jobs"
TASKS = "SELECT id, task FROM jobs WHERE state = 'running'"


@asynccontextmanager
async def world(task_seconds: float = 0) -> AsyncIterator[Stage]:
    """Both embedded servers and an empty PostgreSQL database."""
    async with common.world("postgresql", over_http=False, task_seconds=task_seconds) as built:
        built.extra = {
            "EASEL_MAX_CONCURRENT_JOBS": str(AT_ONCE),
            "EASEL_DEFAULT_CHANNEL_CAP": "1000000",
            "EASEL_POLL_SECONDS": "0.5",
        }
        yield built


async def part(scale: Scale) -> list[Row]:
    """One against two, in turns."""
    if "postgresql" not in databases():
        return []
    found: dict[int, list[float]] = defaultdict(list)
    for _ in range(max(scale.rounds // 4, 1)):
        for number in (1, 2):
            async with world(scale.task) as built, processes(built, number):
                began = time.monotonic()
                await confirm(built, scale.shared)
                await until_finished(built, scale.shared, 300)
                found[number].append(scale.shared / (time.monotonic() - began))
                await counted_once(built, scale.shared)
    what = f"two processes on PostgreSQL, {AT_ONCE} jobs at Pixapi each"
    return [
        Row(number=15, what=what, ours=found[2], unit="/s", beside="one process",
            reference=found[1], least=1.5)
    ]  # fmt: skip


async def takeovers(scale: Scale) -> list[Row]:
    """Kill the process that keeps house and the other, in turns; all is finished in the end."""
    if "postgresql" not in databases():
        return []
    async with world() as built:
        seconds = [
            await taken_over(built, turn % 2, AT_ONCE, turn * AT_ONCE)
            for turn in range(2 * scale.rounds)
        ]
        await counted_once(built, 2 * scale.rounds * AT_ONCE)
    what = "a process is killed; another has begun all of its jobs after"
    return [Row(number=15, what=what, ours=seconds, unit="s", most=30)]


async def taken_over(built: Stage, victim: int, jobs: int, done: int) -> float:
    """Kill one of two that run: seconds until the last of its jobs was begun anew."""
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
    return max(begun.values(), default=0)
