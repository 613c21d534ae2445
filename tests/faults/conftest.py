"""A stage for each row, as in the flow tests."""

from __future__ import annotations

from tests.flow.conftest import _database, _stage

__all__ = ["_database", "_stage"]
