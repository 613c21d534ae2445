"""What does one process hold with so many jobs in flight, on SQLite and on PostgreSQL?

    python tests/bench/in_flight.py --jobs 1000 --rounds 1

On each database in turn: `easel run` as a process of its own, the embedded Slack and Pixapi in
this one. All jobs are confirmed and submitted, polled for a while as no task ends, then all tasks
end and everything is delivered. Every submit, picture and credit is counted: once each, or it
fails. Beside it runs a process that does nothing; its lag is what the machine does to anybody.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.common import (
    Watched,
    confirm,
    counted_once,
    database,
    machine,
    p99,
    show,
    until_finished,
    until_rows,
    watched,
)
from tests.flow.stage import Stage, stage

DATABASES = ("sqlite", "postgresql")
RUNNING = "SELECT count(*) FROM jobs WHERE state = 'running'"
OPEN = "SELECT count(*) FROM jobs WHERE state NOT IN ('done', 'offered')"
AT_REST = 3.0  # seconds
PHASES = ("confirming", "polling", "delivering")


@dataclass(slots=True)
class Phase:
    """What was seen while one thing was done."""

    began: float
    ended: float
    cpu: float  # seconds, of Easel
    servers: float  # seconds, of this process with the embedded servers
    polls: int
    lags: list[float]
    bare: list[float]

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.began


@dataclass(slots=True)
class Mark:
    """What the clocks and counters say when one phase ends and the next begins."""

    at: float
    cpu: float
    servers: float
    polls: int


@dataclass(slots=True)
class Run:
    """One database, once."""

    rest: float  # MB
    in_flight: float
    peak: float
    phases: dict[str, Phase]
    refused: int
    counted: str
    kept: float  # bytes in the database, of each job


async def measure(kind: str, jobs: int, polling: float) -> Run:
    """Everything, on one database."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        address = stack.enter_context(database(kind))
        world = await stack.enter_async_context(stage(folder, database=address))
        world.extra = {
            "EASEL_MAX_CONCURRENT_JOBS": str(jobs),
            "EASEL_DEFAULT_CHANNEL_CAP": str(2 * jobs),
            "EASEL_POLL_SECONDS": "2",  # as it is without a setting
        }
        world.pixapi.manual = True
        easel = await stack.enter_async_context(watched(world, "easel"))
        bare = await stack.enter_async_context(watched(world, "bare", bare=True))
        await asyncio.sleep(AT_REST)
        rest = easel.status("VmRSS")
        empty = await _in_use(world)
        marks = [_mark(easel, world)]
        refused = await confirm(world, jobs)
        await until_rows(world, RUNNING, jobs)
        marks.append(_mark(easel, world))
        await asyncio.sleep(polling)
        in_flight = easel.status("VmRSS")
        marks.append(_mark(easel, world))
        world.pixapi.manual = False
        await until_finished(world, jobs, 300)
        marks.append(_mark(easel, world))
        await until_rows(world, OPEN, 0)
        await asyncio.sleep(1.5)  # the watch writes once a second
        phases = {
            name: Phase(
                before.at,
                after.at,
                after.cpu - before.cpu,
                after.servers - before.servers,
                after.polls - before.polls,
                easel.lags(before.at, after.at),
                bare.lags(before.at, after.at),
            )
            for name, before, after in zip(PHASES, marks, marks[1:], strict=False)
        }
        counted = await counted_once(world, jobs)
        kept = (await _in_use(world) - empty) / jobs
        return Run(rest, in_flight, easel.status("VmHWM"), phases, refused, counted, kept)


async def _in_use(world: Stage) -> int:
    """Bytes of rows and indexes, without the space that new ones would take first."""
    if not world.database:
        [(pages, free, size)] = await world.rows(
            "SELECT * FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
        )
        return int((pages - free) * size)
    with psycopg.connect(world.database, autocommit=True) as connection:
        connection.execute("VACUUM FULL")
    [(used,)] = await world.rows("SELECT pg_database_size(current_database())")
    return int(used)


def _mark(easel: Watched, world: Stage) -> Mark:
    polls = sum(1 for call in world.pixapi.calls if call.name == "poll")
    return Mark(time.monotonic(), easel.cpu(), time.process_time(), polls)


def table(runs: dict[str, list[Run]], jobs: int) -> list[str]:
    """A line for each measurement, a column for each database: medians over the rounds."""
    lines = [f"{'':44}" + "".join(f"{kind:>14}" for kind in runs)]

    def line(name: str, values: list[list[float]], form: str = ".1f") -> None:
        cells = (f"{statistics.median(each):>14{form}}" for each in values)
        lines.append(f"{name:44}" + "".join(cells))

    every = list(runs.values())
    line("memory at rest, MB", [[run.rest for run in each] for each in every])
    line("memory with all in flight, MB", [[run.in_flight for run in each] for each in every])
    line("memory, most ever, MB", [[run.peak for run in each] for each in every])
    line("kept in the database, bytes a job", [[run.kept for run in one] for one in every], ",.0f")
    for name in PHASES:
        phases = [[run.phases[name] for run in each] for each in every]
        line(f"{name}: seconds", [[one.seconds for one in each] for each in phases])
        if name == "confirming":
            line("  asked to try again", [[run.refused for run in each] for each in every], ".0f")
        if name == "polling":
            line("  polls a second", [[one.polls / one.seconds for one in each] for each in phases])
            line("  CPU, % of a core", [[100 * p.cpu / p.seconds for p in each] for each in phases])
        else:
            line("  jobs a second", [[jobs / one.seconds for one in each] for each in phases])
            line("  CPU ms a job", [[1000 * one.cpu / jobs for one in each] for each in phases])
            line(
                "  CPU ms a job of the embedded servers",
                [[1000 * one.servers / jobs for one in each] for each in phases],
            )
        line("  loop lag p50, ms", [[statistics.median(p.lags) for p in each] for each in phases])
        line("  loop lag p99, ms", [[p99(one.lags) for one in each] for each in phases])
        line("  loop lag longest, ms", [[max(one.lags) for one in each] for each in phases])
        line("  p99 of a process that does nothing", [[p99(p.bare) for p in e] for e in phases])
    return lines


async def main(jobs: int, rounds: int, polling: float) -> None:
    """Measure in turns, print."""
    show(f"{jobs} jobs in flight in one process; {machine()}.")
    show("The embedded Slack and Pixapi (and PostgreSQL) run on the same cores.")
    runs: dict[str, list[Run]] = {kind: [] for kind in DATABASES}
    for _ in range(rounds):
        for kind, measured in runs.items():
            measured.append(await measure(kind, jobs, polling))
    show(*table(runs, jobs))
    for kind, measured in runs.items():
        show(*(f"each once, {kind}: {run.counted}; duplicates: 0" for run in measured))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--polling", type=float, default=20, help="seconds of nothing but polls")
    given = parser.parse_args()
    asyncio.run(main(given.jobs, given.rounds, given.polling))
