"""What holds for every test: nothing of the machine's own configuration gets in."""

from __future__ import annotations

import os
import re

import pytest
from hypothesis import settings

OWN = re.compile(r"(SLACK|PIXAPI|EASEL)_.*|DATABASE_URL|HOST|PORT|LOG_(LEVEL|FORMAT)")
# A property holds however slow the machine is; speed is for benchmarks.
settings.register_profile("easel", deadline=None)
settings.load_profile("easel")

PROXY = re.compile(r"(https?|all|no)_proxy", re.IGNORECASE)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if OWN.fullmatch(name) or PROXY.fullmatch(name):
            monkeypatch.delenv(name)
