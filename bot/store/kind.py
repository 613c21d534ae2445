"""What is different on each database: `bot.store.sqlite`, `bot.store.postgres`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.pace import Pace
from bot.store import postgres, sqlite
from bot.store.waiting import Waiting

Ours = Callable[[], Awaitable[None]]
"""Raises `NotOurs` when it is another process's turn."""

Claim = Callable[[], str | None]
"""Take the database for this process; None: it is ours, else which process has it."""


class Kind(Protocol):
    """A module for each database."""

    WRITERS: int

    def probe(self, address: sa.URL) -> None: ...  # noqa: D102
    def claimed(self, address: sa.URL) -> AbstractContextManager[Claim]: ...  # noqa: D102
    async def answers(self, address: sa.URL) -> bool: ...  # noqa: D102
    def writer(self, address: sa.URL, pace: Pace) -> AsyncEngine: ...  # noqa: D102
    def reader(self, address: sa.URL, size: int, pace: Pace) -> AsyncEngine: ...  # noqa: D102
    async def begin(self, connection: AsyncConnection, pace: Pace) -> None: ...  # noqa: D102
    async def begin_migration(  # noqa: D102
        self, connection: AsyncConnection, pace: Pace, waiting: Waiting
    ) -> None: ...
    async def interrupt(self, connection: AsyncConnection) -> None: ...  # noqa: D102
    def is_busy(self, error: DBAPIError, *, committing: bool) -> bool: ...  # noqa: D102
    def is_stuck(self, error: DBAPIError) -> bool: ...  # noqa: D102
    def turn(self, address: sa.URL, pace: Pace) -> AbstractAsyncContextManager[Ours]: ...  # noqa: D102


def kind(address: sa.URL) -> Kind:
    """The module for a database."""
    return sqlite if address.get_backend_name() == "sqlite" else postgres
