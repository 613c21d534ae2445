"""Each test of the store gets a database file of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.db import Database
from tests.store.world import database


@pytest.fixture(name="db")
async def _db(tmp_path: Path) -> AsyncIterator[Database]:
    async with database(tmp_path) as db:
        yield db


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    return tmp_path / "easel.db"  # where `db` is
