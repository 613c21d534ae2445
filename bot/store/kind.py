"""What is different on each database: `bot.store.sqlite`, `bot.store.postgres`."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import sqlalchemy as sa

from bot.pace import Pace
from bot.store.statements import Values

if TYPE_CHECKING:  # only a migration needs it
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

T = TypeVar("T")

Claim = Callable[[], str | None]
"""Take the database for this process; None: it is ours, else which process has it."""


STARTING = "starting"
REVISION = "SELECT version_num FROM alembic_version"

log = logging.getLogger(__name__)


class Waiting:
    """Said in the log, once for each reason, and to whoever asks for as long as it is so."""

    def __init__(self) -> None:
        self.why: str | None = STARTING  # None: the start is over

    def say(self, why: str) -> None:
        """The start waits for this."""
        if why != self.why:
            log.warning("the start waits: %s", why)
        self.why = why

    def go_on(self) -> None:
        """What the start waited for is there."""
        if self.why != STARTING:
            log.info("the start goes on")
        self.why = STARTING

    def end(self) -> None:
        """From now on work begins."""
        self.why = None


class Session(Protocol):
    """What a transaction runs its statements on."""

    dialect: sa.Dialect
    driver: Any

    async def fetch(self, sql: str, values: Values) -> Sequence[Sequence[Any]]: ...  # noqa: D102
    def pages(  # noqa: D102
        self, sql: str, values: Values, size: int
    ) -> AsyncGenerator[Sequence[Sequence[Any]], None]: ...


class Connection(Session, Protocol):
    """A driver's connection. What it raises is its kind's `ERROR`."""

    async def begin_writing(self, pace: Pace) -> None: ...  # noqa: D102
    async def begin_reading(self) -> None: ...  # noqa: D102
    async def run(self, work: Callable[[Any], T]) -> T:
        """Do this with the driver, in the connection's own thread; where it has one."""
        ...

    async def commit(self) -> None: ...  # noqa: D102
    async def reset(self) -> bool:
        """Roll back what is not committed; whether the connection can be used again."""
        ...

    async def close(self) -> None: ...  # noqa: D102


class Kind(Protocol):
    """A module for each database."""

    WRITERS: int
    ERROR: type[Exception]

    def probe(self, address: sa.URL) -> None: ...  # noqa: D102
    def claimed(self, address: sa.URL) -> AbstractContextManager[Claim]: ...  # noqa: D102
    async def describe(self, address: sa.URL) -> str: ...  # noqa: D102
    async def answers(self, address: sa.URL) -> bool: ...  # noqa: D102
    async def revision(self, address: sa.URL) -> str | None: ...  # noqa: D102
    def engine(self, address: sa.URL, pace: Pace) -> AsyncEngine: ...  # noqa: D102
    async def begin_migration(  # noqa: D102
        self, connection: AsyncConnection, pace: Pace, waiting: Waiting
    ) -> None: ...
    async def connect(self, address: sa.URL, pace: Pace) -> Connection: ...  # noqa: D102
    def is_busy(self, error: BaseException | None, *, committing: bool) -> bool: ...  # noqa: D102
    def is_stuck(self, error: BaseException | None) -> bool: ...  # noqa: D102


def kind(address: sa.URL) -> Kind:
    """The module for a database."""
    if address.get_backend_name() == "sqlite":
        from bot.store import sqlite  # noqa: PLC0415 -- one of both is enough

        return sqlite
    from bot.store import postgres  # noqa: PLC0415 -- as above

    return postgres
