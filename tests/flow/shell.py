"""`easel` as an admin calls it in a shell, beside whatever runs."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass

from tests import nursery
from tests.flow.stage import Stage


@dataclass(frozen=True, slots=True)
class Done(nursery.Called):
    """How a call ended, and what it printed."""

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
    env = os.environ | stage.env | {"LOGNAME": "root"}
    done = await nursery.call(arguments, env, stage.folder)
    return Done(done.status, done.out, done.err)
