"""Processes that die, stop for a while, are replaced: nothing is lost, nothing is done twice."""

from __future__ import annotations

import asyncio
import signal

import pytest

from bot.demo.faults import Gate
from bot.demo.slack.seed import DESIGN
from tests.flow.stage import Stage, text_of
from tests.replicas.replicas import audited, processes, started, until_rows
from tests.restart.process import kill, stop

CAP = {"EASEL_DEFAULT_CHANNEL_CAP": "1000"}


async def confirm(stage: Stage, number: int, *, first: int = 0) -> None:
    """So many requests of 1 credit, confirmed one after the other."""
    for each in range(first, first + number):
        await stage.press(await stage.ask(f"picture {each} --draft"), "generate")


async def at_pixapi(stage: Stage, number: int) -> None:
    """Wait until Pixapi has so many requests, and their tasks are written."""
    await until_rows(stage, "SELECT count(*) FROM jobs WHERE state = 'running'", number)


async def shared(stage: Stage, number: int) -> None:
    """Wait until so many pictures are in the channel, and their jobs are at their end."""
    await stage.ws.until(lambda: stage.shares() >= number)
    ended = "SELECT count(*) FROM jobs WHERE state NOT IN ('done', 'failed', 'offered')"
    await until_rows(stage, ended, 0)


async def exactly(stage: Stage, number: int) -> None:
    """So many submits and pictures and root messages, each charged once."""
    quota = await stage.quota()
    roots = [m for m in stage.ws.messages(DESIGN) if "picture " in text_of(m)]

    assert (stage.submits(), stage.shares(), len(roots)) == (number, number, number)
    assert (quota["Charged"], quota["Held"]) == (str(number), "0")
    await audited(stage)


async def at_work(stage: Stage) -> int:
    """How many workers have jobs in hand now."""
    [(found,)] = await stage.rows(
        "SELECT count(DISTINCT worker_id) FROM procrastinate_jobs WHERE status = 'doing'"
    )
    return int(found)


async def test_the_jobs_of_the_dead_are_taken_over(stage: Stage) -> None:
    """SIGKILL for one of two with ten jobs in flight between them: the other delivers all ten."""
    stage.extra = CAP
    stage.pixapi.manual = True
    async with processes(stage, 2) as (one, _):
        await confirm(stage, 10)
        await at_pixapi(stage, 10)
        had_both = await at_work(stage)
        await kill(one)
        stage.pixapi.manual = False
        await shared(stage, 10)

        assert had_both == 2
        await exactly(stage, 10)


async def test_paused_and_revived(stage: Stage) -> None:
    """SIGSTOP until its jobs were another's, then SIGCONT: it does nothing again, and works on."""
    stage.extra = CAP
    stage.pixapi.manual = True
    async with processes(stage, 2) as (one, two):
        await confirm(stage, 10)
        await at_pixapi(stage, 10)
        one.send_signal(signal.SIGSTOP)
        stage.pixapi.manual = False
        await shared(stage, 10)
        one.send_signal(signal.SIGCONT)
        await kill(two)
        await stage.ws.until(lambda: stage.ws.connections == 1)
        await confirm(stage, 2, first=10)
        await shared(stage, 12)

        await exactly(stage, 12)


@pytest.mark.parametrize("call", ["chat.postMessage", "upload", "files.completeUploadExternal"])
async def test_paused_in_the_middle_of_a_call(stage: Stage, call: str) -> None:
    """Paused while Slack's answer was on its way: another looks what it led to, and goes on."""
    gate = Gate()
    async with processes(stage, 1) as all_of_them:
        [one] = all_of_them
        stage.faults.arm("gate", call, gate=gate, when="after")
        await stage.press(await stage.ask("picture 0 --draft"), "generate")
        await asyncio.wait_for(gate.reached.wait(), 90)
        one.send_signal(signal.SIGSTOP)
        all_of_them.append(await started(stage))
        gate.opened.set()
        await shared(stage, 1)
        one.send_signal(signal.SIGCONT)
        await confirm(stage, 1, first=1)
        await shared(stage, 2)

        await exactly(stage, 2)


async def test_paused_in_the_submit(stage: Stage) -> None:
    """Paused while Pixapi's answer was on its way: not known; once it reads the answer, it is."""
    gate = Gate()
    async with processes(stage, 1) as all_of_them:
        [one] = all_of_them
        stage.faults.arm("gate", "submit", gate=gate, when="after")
        await stage.press(await stage.ask("picture 0 --draft"), "generate")
        await asyncio.wait_for(gate.reached.wait(), 90)
        one.send_signal(signal.SIGSTOP)
        all_of_them.append(await started(stage))
        await stage.root("not known yet")
        gate.opened.set()
        one.send_signal(signal.SIGCONT)
        await stage.root("Done · ")
        await shared(stage, 1)

        await exactly(stage, 1)


async def test_the_queue_may_be_emptied(stage: Stage) -> None:
    """Somebody empties procrastinate's tables with jobs queued and in flight: all are done once."""
    stage.extra = CAP | {"EASEL_MAX_CONCURRENT_JOBS": "2"}
    stage.pixapi.manual = True
    async with processes(stage, 2):
        await confirm(stage, 24)
        await at_pixapi(stage, 4)
        await stage.write("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")
        await confirm(stage, 2, first=24)
        stage.pixapi.manual = False
        await shared(stage, 26)

        await exactly(stage, 26)


async def test_the_queue_may_be_dropped(stage: Stage) -> None:
    """Without procrastinate's tables the next start makes them anew and goes on with every job."""
    stage.extra = CAP
    stage.pixapi.manual = True
    async with processes(stage, 1) as (one,):
        await confirm(stage, 3)
        await at_pixapi(stage, 3)
        await kill(one)
    await stage.write(
        "DROP TABLE procrastinate_jobs, procrastinate_workers, procrastinate_events, "
        "procrastinate_periodic_defers CASCADE"
    )
    stage.pixapi.manual = False
    async with processes(stage, 1):
        await shared(stage, 3)

        await exactly(stage, 3)


async def test_rolling_restart(stage: Stage) -> None:
    """Each of three is replaced by a new one while people click on: no click and no job is lost."""
    stage.extra = CAP
    stage.pixapi.manual = True
    async with processes(stage, 3) as all_of_them:
        await confirm(stage, 6)
        await at_pixapi(stage, 6)
        for turn, old in enumerate(list(all_of_them)):
            all_of_them.append(await started(stage))

            assert await stop(old) == 0

            await confirm(stage, 2, first=6 + 2 * turn)
        stage.pixapi.manual = False
        await shared(stage, 12)

        await exactly(stage, 12)


async def test_others_do_not_take_what_a_stop_waits_for(stage: Stage) -> None:
    """While a stop waits for its submit the process gives signs of life: the job stays its own."""
    stage.hurry(grace=0.0)
    stage.extra = CAP | {"EASEL_PIXAPI_TASKS": "off"}
    gate = Gate()
    stage.faults.arm("gate", "sync", gate=gate, when="after")
    async with processes(stage, 2) as both:
        await confirm(stage, 1)
        await gate.reached.wait()
        for one in both:  # whoever has it
            one.send_signal(signal.SIGTERM)
        await stage.ws.until(lambda: not stage.ws.connections)
        both.append(await started(stage))
        stopped = (await stage.rows("SELECT now()::text"))[0][0]
        beats = (
            "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > "  # noqa: S608 -- ours
            f"'{stopped}'::timestamptz + interval '{stage.pace.lease} seconds'"
        )
        await until_rows(stage, beats, 2)  # of the new one, and of the one that waits
        gate.opened.set()
        await shared(stage, 1)

        await exactly(stage, 1)
