"""The wheel is all that somebody needs who installs it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_wheel_holds_what_runs(tmp_path: Path) -> None:
    """Code, prices, migrations, the demo's page and the manifest are in it, the tests are not."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    tracked = subprocess.run(
        ["git", "ls-files", "bot"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()

    assert "bot/manifest.yml" in names
    assert set(tracked) <= names
    assert not any(name.startswith("tests") for name in names)
