"""A stage for what is no walk: the same as in flow tests."""

from __future__ import annotations

from tests.flow.conftest import _database, _stage

__all__ = ["_database", "_stage"]
