"""Killed and started again: nothing is lost, nothing is paid or delivered twice."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.demo.faults import Gate
from bot.demo.slack.model import Message
from bot.demo.slack.seed import DESIGN
from tests.flow.stage import FOX, Stage, text_of
from tests.postgres import BOTH

pytestmark = BOTH


@asynccontextmanager
async def process(
    stage: Stage, *, stderr: int | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """`easel run` as a process of its own, connected; killed in the end if it still lives."""
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "run",
        env={
            **stage.env,
            **{name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ},
            "LOG_LEVEL": "warning",
        },
        cwd=stage.folder,
        stderr=stderr,
    )
    try:
        await stage.ws.until(lambda: stage.ws.connections, seconds=30)
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()
        await stage.ws.until(lambda: not stage.ws.connections)


async def kill_at(stage: Stage, call: str, when: str) -> Message:
    """Confirm a request, and kill the bot at the given call, before or after it took effect."""
    async with process(stage) as easel:
        card = await stage.ask()
        gate = Gate()
        stage.faults.arm("gate", call, gate=gate, when=when)
        await stage.press(card, "generate")
        await asyncio.wait_for(gate.reached.wait(), 20)
        easel.kill()
        await easel.wait()
        gate.opened.set()
    return card


@pytest.mark.parametrize(
    ("call", "when"),
    [
        ("chat.postMessage", "before"),
        ("chat.postMessage", "after"),
        ("poll", "before"),
        ("poll", "after"),
        ("files.getUploadURLExternal", "after"),
        ("upload", "before"),
        ("upload", "after"),
        ("files.completeUploadExternal", "before"),
        ("files.completeUploadExternal", "after"),
    ],
)
async def test_killed_anywhere_it_delivers_once(stage: Stage, call: str, when: str) -> None:
    """Killed after the click, after the submit or in delivery: one submit, one picture, exact."""
    await kill_at(stage, call, when)
    async with process(stage):
        root = await stage.root("4 credits charged", seconds=30)
        await stage.ws.until(lambda: any(b["type"] == "image" for b in root.blocks))

        assert stage.submits() == 1
        assert stage.shares() == 1
        assert sum(FOX in text_of(one) for one in stage.ws.messages(DESIGN)) == 1
        assert await stage.quota() == {"Cap": "100", "Charged": "4", "Held": "0", "Left": "96"}


@pytest.mark.parametrize("when", ["before", "after"])
async def test_killed_in_the_last_edit_it_delivers_once(stage: Stage, when: str) -> None:
    """Killed while the finished root message is edited: edited again, nothing shared twice."""
    async with process(stage) as easel:
        sharing, editing = Gate(), Gate()
        stage.faults.arm("gate", "files.completeUploadExternal", gate=sharing, when="after")
        await stage.press(await stage.ask(), "generate")
        await asyncio.wait_for(sharing.reached.wait(), 20)
        stage.faults.arm("gate", "chat.update", gate=editing, when=when)
        sharing.opened.set()
        await asyncio.wait_for(editing.reached.wait(), 20)
        easel.kill()
        await easel.wait()
        editing.opened.set()
    async with process(stage):
        await stage.root("4 credits charged", seconds=30)

        assert stage.submits() == 1
        assert stage.shares() == 1


@pytest.mark.parametrize("when", ["before", "after"])
async def test_killed_in_the_submit_it_is_not_known(stage: Stage, when: str) -> None:
    """Killed while the request was on its way: never sent again; held, and said to be not known."""
    await kill_at(stage, "submit", when)
    async with process(stage):
        await stage.root("not known yet", seconds=30)

        assert stage.submits() == 1
        assert stage.shares() == 0
        assert (await stage.quota())["Held"] == "4 (4 not known)"


async def test_an_orderly_stop_loses_nothing(stage: Stage) -> None:
    """SIGTERM with jobs in flight: the process ends with status 0, the next start finishes them."""
    stage.pixapi.manual = True
    async with process(stage) as easel:
        cards = [await stage.ask(f"picture {number} --draft") for number in range(20)]
        for card in cards:
            await stage.press(card, "generate")
        await stage.pixapi.until(lambda: stage.submits() == 20)
        easel.send_signal(signal.SIGTERM)

        assert await asyncio.wait_for(easel.wait(), 30) == 0

    stage.pixapi.manual = False
    async with process(stage):
        await stage.ws.until(lambda: stage.shares() == 20, seconds=40)

        assert stage.submits() == 20
        assert await stage.quota() == {"Cap": "100", "Charged": "20", "Held": "0", "Left": "80"}


async def test_a_card_from_before_the_restart_works(stage: Stage) -> None:
    """A card shown by the process before is confirmed with the process after."""
    async with process(stage):
        card = await stage.ask()
    async with process(stage):
        await stage.press(card, "generate")
        await stage.root("4 credits charged")

        assert stage.submits() == 1
