"""A stage for each row, as in the flow tests, and no waits between tries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina

from tests.flow.conftest import _database, _stage

__all__ = ["_database", "_stage"]


@pytest.fixture(autouse=True)
def _no_waits() -> Iterator[None]:
    """What may pass is tried twice, without the waits in between."""
    with stamina.set_testing(True, attempts=2, cap=True):
        yield
