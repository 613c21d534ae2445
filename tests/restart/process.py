"""`easel run` as a process of its own, which a test may kill."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Protocol

import aiohttp

from tests import nursery
from tests.flow.stage import Stage
from tests.restart import mortal

START = 90.0  # seconds; several processes may start at once on a busy machine
STOP = 90.0  # seconds that an orderly stop may take


class Process(Protocol):
    """A process that runs."""

    @property
    def pid(self) -> int:
        """Its number."""
        ...

    @property
    def returncode(self) -> int | None:
        """How it ended; None while it runs."""
        ...

    def send_signal(self, signal: int) -> None:
        """Send it a signal."""
        ...

    async def wait(self) -> int:
        """Wait for its end; how it ended."""
        ...


async def spawned(stage: Stage, *, stderr: int | None = None) -> asyncio.subprocess.Process:
    """`easel run` as it is started by people."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "run",
        env=_environment(stage),
        cwd=stage.folder,
        stderr=stderr,
    )


@asynccontextmanager
async def process(
    stage: Stage, *, stderr: int | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """`easel run` as it is started by people, connected; killed in the end if it still lives."""
    started = await spawned(stage, stderr=stderr)
    async with _connected(stage, started):
        yield started


@asynccontextmanager
async def quick(stage: Stage, *, commits: Path | None = None) -> AsyncIterator[Process]:
    """The same in a fraction of the time: forked from a process that has only imported it.

    With `commits` it notes there what it writes of jobs, and can be told to die (see `mortal`).
    """
    started = forked(stage, commits)
    async with _connected(stage, started):
        yield started


def forked(stage: Stage, commits: Path | None = None, *, log: Path | None = None) -> Process:
    """`easel run`, forked, not yet connected; the caller sees to its end. It logs to a file."""
    first = None if commits is None else partial(mortal.arm, commits)
    if log is not None:
        first = partial(nursery.write_to, log.with_suffix(".out"), log)
    return _Forked(nursery.fork(["run"], _environment(stage), stage.folder, first))


async def kill(easel: Process) -> None:
    """SIGKILL; over when it is dead."""
    easel.send_signal(signal.SIGKILL)
    await easel.wait()


async def stop(easel: Process) -> int:
    """SIGTERM; the status with which it ends."""
    easel.send_signal(signal.SIGTERM)
    return await asyncio.wait_for(easel.wait(), STOP)


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


async def asked(port: int, path: str) -> tuple[int, str]:
    """What a process answers over HTTP: status and text."""
    address = f"http://127.0.0.1:{port}/{path}"
    async with aiohttp.ClientSession() as http, http.get(address) as answer:
        return answer.status, await answer.text()


def _environment(stage: Stage) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return {**stage.env, **kept, "LOG_LEVEL": "warning"}


@asynccontextmanager
async def _connected(stage: Stage, started: Process) -> AsyncIterator[None]:
    try:
        await stage.ws.until(lambda: stage.ws.connections, seconds=START)
        yield
    finally:
        if started.returncode is None:
            await kill(started)
        await stage.ws.until(lambda: not stage.ws.connections)


class _Forked:
    """A process of the nursery, with as much of asyncio's as is needed."""

    def __init__(self, run: BaseProcess) -> None:
        self._run = run

    @property
    def pid(self) -> int:
        assert self._run.pid is not None
        return self._run.pid

    @property
    def returncode(self) -> int | None:
        return self._run.exitcode

    def send_signal(self, signal: int) -> None:
        os.kill(self.pid, signal)

    async def wait(self) -> int:
        return await nursery.ended(self._run)
