"""`make bench` works, and its table says what was found. How quick Easel is, no test asks."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from tests.bench.__main__ import PARTS
from tests.bench.rows import Row, table
from tests.exhaustive import some

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", some(PARTS, ["calls"]))
async def test_every_part_works(name: str, tmp_path: Path) -> None:
    """Each part can be run alone, starts what it needs, and finds a figure for each of its rows."""
    command = ("-m", "tests.bench", "--smoke", "--only", name, "--json", str(tmp_path / "found"))
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    rows = json.loads((tmp_path / "found").read_text("utf-8"))["rows"]

    assert process.returncode == 0
    assert rows
    assert all(row["what"] in printed.decode() and row["ours"] for row in rows)


def test_ratios_are_of_rounds() -> None:
    """A ratio is the median of the rounds' own: a slow round slows both, and changes nothing."""
    row = Row(number=1, what="", ours=[2, 200, 9], reference=[1, 100, 3], beside="it", most=2)

    assert (row.ratio, row.met) == (2, True)


def test_goals() -> None:
    """A goal is of the ratio where there is a reference, of the figure where there is none."""
    beside = Row(number=1, what="", ours=[30], reference=[10], beside="it", most=2.5)
    shown = Row(number=1, what="", ours=[30], reference=[10], beside="it", most=40, alone=True)
    alone = Row(number=1, what="", ours=[30], least=20)
    told = Row(number=1, what="", ours=[30])

    assert [row.met for row in (beside, shown, alone, told)] == [False, True, True, None]
    assert [row.goal for row in (beside, shown, alone)] == ["≤ 2.5 ×", "≤ 40 ms", "≥ 20 ms"]
    assert table([beside, told]).count("\n") == 3
