"""A stage whose database several processes may share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import postgres
from tests.flow.stage import Stage, stage


@pytest.fixture(name="stage")
async def _stage(tmp_path: Path) -> AsyncIterator[Stage]:
    postgres.needed()
    address = postgres.created()
    async with stage(tmp_path, database=address.replace("+psycopg", "")) as built:
        yield built
    postgres.dropped(address)
