"""Each flow test gets a stage of its own."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests import postgres
from tests.flow.inputs import left
from tests.flow.stage import Stage, stage
from tests.store.world import fresh_postgres, given_back


@pytest.fixture(name="database")
def _database(request: pytest.FixtureRequest) -> Iterator[str]:
    """A SQLite file; in modules that ask for it (`BOTH`) also an empty PostgreSQL database."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield ""
        return
    postgres.needed()
    address = fresh_postgres()
    yield address.replace("+psycopg", "")
    given_back(address)


@pytest.fixture(name="stage")
async def _stage(tmp_path: Path, database: str) -> AsyncIterator[Stage]:
    async with stage(tmp_path, database=database) as built:
        yield built


@pytest.fixture(name="either", params=["socket", "http"])
async def _either(
    request: pytest.FixtureRequest, tmp_path: Path, database: str
) -> AsyncIterator[Stage]:
    over_http = request.param == "http"
    async with stage(tmp_path, over_http=over_http, database=database) as built:
        yield built


@pytest.fixture(name="spool")
def _spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where temporary files go; at a test's end there are none, whatever happened."""
    folder = tmp_path / "spool"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder

    assert (left(folder), list(folder.iterdir())) == ([], [])
