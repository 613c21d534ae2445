"""The client with nothing installed beside what Easel runs on."""

from __future__ import annotations

import sys

import pytest

from bot.pixapi.client import open_http


async def test_it_opens_without_what_only_tests_have(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client opens where sniffio is missing: Easel's own dependencies do not bring it."""
    monkeypatch.setitem(sys.modules, "sniffio", None)  # as if it were not installed
    async with open_http() as http:
        opened = not http.is_closed

    assert opened
