"""docs/faults.md is the code's table of faults."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_is_todays() -> None:
    """The page that is there is the one that the script writes."""
    program = "from scripts.faults import page; import sys; sys.stdout.write(page())"
    written = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True
    )

    assert written.stdout.decode() == (ROOT / "docs" / "faults.md").read_text("utf-8")
