"""A process of Easel, and how its machine comes to lack something for a while."""

from __future__ import annotations

import asyncio
import re
import resource
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import psycopg

from tests.flow.stage import Stage
from tests.postgres import ended, name_of, server
from tests.restart.process import process


@dataclass(slots=True)
class Easel:
    """A running process and what it has logged so far."""

    pid: int
    lines: list[str] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def logged(self, words: str) -> list[str]:
        """The lines with these words, written `LEVEL words`; the level stands before the logger."""
        level, _, rest = words.partition(" ")
        return [one for one in self.lines if re.search(rf"\b{level}\b.*{re.escape(rest)}", one)]

    async def until(self, words: str) -> None:
        """Wait for a line with these words."""
        async with asyncio.timeout(90):
            while not self.logged(words):
                self.news.clear()
                await self.news.wait()


@asynccontextmanager
async def easel(stage: Stage) -> AsyncIterator[Easel]:
    """`easel run` as a process; in the end it has written no traceback."""
    async with process(stage, stderr=asyncio.subprocess.PIPE) as started:
        stderr = started.stderr
        assert stderr is not None
        running = Easel(started.pid)

        async def read() -> None:
            async for line in stderr:
                running.lines.append(line.decode())
                running.news.set()

        reading = asyncio.create_task(read())
        try:
            yield running
        finally:
            if started.returncode is None:
                started.kill()
            await reading

        assert [one for one in running.lines if "Traceback" in one] == []


@asynccontextmanager
async def lacking(key: str, stage: Stage, pid: int) -> AsyncIterator[None]:
    """Let the machine lack what the key says, and give it back."""
    if key == "locked":
        async with stage.locked():
            yield
        return
    with _LACKS[key](stage, pid):
        yield


@contextmanager
def _limit(pid: int, what: int, limit: int) -> Iterator[None]:
    soft, hard = resource.prlimit(pid, what)
    resource.prlimit(pid, what, (limit, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, what, (soft, hard))


@contextmanager
def _disk_full(_: Stage, pid: int) -> Iterator[None]:
    """No file may be written: Python ignores the signal, and SQLite gets EFBIG."""
    with _limit(pid, resource.RLIMIT_FSIZE, 0):
        yield


@contextmanager
def _no_descriptors(_: Stage, pid: int) -> Iterator[None]:
    """Every open one stays; no other can be had."""
    with _limit(pid, resource.RLIMIT_NOFILE, 3):
        yield


@contextmanager
def _read_only(stage: Stage, _: int) -> Iterator[None]:
    """For new connections; those that there are end. Afterwards nobody ends those of meanwhile."""
    name = name_of(stage.database)
    _administer(f"ALTER DATABASE {name} SET default_transaction_read_only = on", ended(name))
    try:
        yield
    finally:
        _administer(f"ALTER DATABASE {name} RESET default_transaction_read_only")


@contextmanager
def _gone(stage: Stage, _: int) -> Iterator[None]:
    """Every connection ends, and no new one is taken."""
    name = name_of(stage.database)
    _administer(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false", ended(name))
    try:
        yield
    finally:
        _administer(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def _administer(*statements: str) -> None:
    dsn = f"host=127.0.0.1 port={server()} user=easel dbname=postgres"
    with psycopg.connect(dsn, autocommit=True) as connection:
        for one in statements:
            connection.execute(one.encode())


_LACKS: dict[str, Callable[[Stage, int], AbstractContextManager[None]]] = {
    "disk full": _disk_full,
    "read-only": _read_only,
    "database gone": _gone,
    "no descriptors": _no_descriptors,
}
