"""Each test of the store gets a database of its own: a SQLite file, and one of PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.store.db import Database, open_database
from tests import postgres
from tests.store import world


@pytest.fixture(name="dialect", params=["sqlite", "postgresql"], scope="session")
def _dialect(request: pytest.FixtureRequest) -> str:
    dialect: str = request.param
    if dialect == "postgresql":
        postgres.needed()
    return dialect


@pytest.fixture(name="address")
async def _address(dialect: str, tmp_path: Path) -> AsyncIterator[str]:
    async with world.at(dialect, tmp_path) as address:
        yield address


@pytest.fixture(name="db")
async def _db(address: str) -> AsyncIterator[Database]:
    async with open_database(address) as db:
        yield db


@pytest.fixture(name="target")
def _target() -> Iterator[str]:
    """An empty database of PostgreSQL, without any table."""
    postgres.needed()
    address = postgres.created()
    yield address
    postgres.dropped(address)


@pytest.fixture(name="file")
async def _file(tmp_path: Path) -> Path:
    """A SQLite file of today, without any row."""
    return await world.fresh(tmp_path)
