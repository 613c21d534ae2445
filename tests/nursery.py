"""`easel` as a process, forked from one that has imported it already.

Several tests need hundreds of processes, and an interpreter that imports everything anew costs a
second of CPU each. A few tests start `python -m bot` as people do: it is the same program.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory

_nursery = multiprocessing.get_context("forkserver")
_nursery.set_forkserver_preload(
    [
        "anyio._backends._asyncio",
        "bot.cli.jobs",
        "bot.cli.ledger",
        "bot.cli.quota",
        "bot.cli.serve",
        "bot.app",
        "bot.features.export",
        "bot.features.move",
        "bot.features.shell",
        "bot.engine.queue",
        "httpcore._backends.anyio",
        "sqlalchemy.dialects.postgresql.psycopg",
        "sqlalchemy.dialects.sqlite.aiosqlite",
        __name__,
    ]
)


def fork(
    arguments: Sequence[str],
    env: Mapping[str, str],
    folder: Path,
    first: Callable[[], None] | None = None,
) -> BaseProcess:
    """Start `easel` in this environment and folder; it does something else `first`."""
    process = _nursery.Process(target=_main, args=(arguments, dict(env), folder, first))
    process.start()
    return process


def _main(
    arguments: Sequence[str],
    env: dict[str, str],
    folder: Path,
    first: Callable[[], None] | None,
) -> None:
    from bot.cli import main  # noqa: PLC0415 -- in the child

    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    sys.argv = ["easel", *arguments]
    if first is not None:
        first()
    main()


async def ended(process: BaseProcess) -> int:
    """Wait for a process' end; its exit status, the negative signal where one ended it."""
    loop, end = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(process.sentinel, end.set)
    try:
        await end.wait()
    finally:
        loop.remove_reader(process.sentinel)
    process.join()
    assert process.exitcode is not None
    return process.exitcode


@dataclass(frozen=True, slots=True)
class Called:
    """How a call ended."""

    status: int
    out: str
    err: str


async def call(
    arguments: Sequence[str],
    env: Mapping[str, str],
    folder: Path,
    first: Callable[[], None] | None = None,
) -> Called:
    """Run `easel` to its end; it does something else `first`."""
    with TemporaryDirectory() as beside:
        out, err = Path(beside, "out"), Path(beside, "err")
        process = fork(arguments, env, folder, partial(write_to, out, err, first))
        try:
            status = await asyncio.wait_for(ended(process), 90)
        finally:
            process.kill()
        return await asyncio.to_thread(lambda: Called(status, out.read_text(), err.read_text()))


def write_to(out: Path, err: Path, then: Callable[[], None] | None = None) -> None:
    """Send both outputs of this process into files; then do something else."""
    for number, path in ((1, out), (2, err)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(file, number)
        os.close(file)
    if then is not None:
        then()


# What is imported by now stays: a child's collector need not touch it, and so copy its memory.
gc.collect()
gc.freeze()
