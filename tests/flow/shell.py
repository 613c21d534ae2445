"""`easel` as an admin calls it in a shell, beside whatever runs."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import sys
from dataclasses import dataclass

from tests.flow.stage import Stage


@dataclass(frozen=True, slots=True)
class Done:
    """How a call ended."""

    status: int
    out: str
    err: str

    @property
    def card(self) -> dict[str, str]:
        """The numbers of a card that was printed."""
        lines = (line.partition(" ") for line in self.out.splitlines()[1:])
        return {word: rest for word, _, rest in lines}

    @property
    def records(self) -> list[dict[str, str]]:
        """The rows of a CSV file that was printed."""
        return list(csv.DictReader(io.StringIO(self.out)))


async def easel(stage: Stage, *arguments: str) -> Done:
    """Run `easel` with the settings of the stage's bot, to its end."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        env=os.environ | stage.env | {"LOGNAME": "root"},
        cwd=stage.folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(child.communicate(), 60)
    assert child.returncode is not None
    return Done(child.returncode, out.decode(), err.decode())
