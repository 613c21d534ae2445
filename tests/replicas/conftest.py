"""A stage whose database several processes may share."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
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


@pytest.fixture(autouse=True)
def _no_trouble(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever several do at once, no Easel of this process has met an error."""
    yield
    found = caplog.get_records("call")
    assert [one.getMessage() for one in found if one.levelno >= logging.ERROR] == []
