"""What `make test-all` does beyond `make test`: every case, where the suite takes some.

A test is marked `exhaustive` if another one shows its property with fewer cases.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import settings

USUAL, EXHAUSTIVE = "usual", "exhaustive"  # hypothesis' profiles; `--exhaustive` chooses


def examples(every: int, usually: int) -> int:
    """How many examples a property is tried with, where hypothesis' hundred take too long."""
    return every if settings.get_current_profile_name() == EXHAUSTIVE else usually


def some(cases: Iterable[Any], usual: Iterable[Any]) -> list[Any]:
    """These cases as parameters: the `usual` ones in every run, the others in an exhaustive one."""
    kept, rest = list(usual), pytest.mark.exhaustive
    return [one if one in kept else pytest.param(one, marks=rest) for one in cases]
