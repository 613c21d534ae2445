"""A process that kills itself right before one of its commits.

Between two commits there may be no outside call at which a switch could hold it. Only commits that
wrote something of a job count: a statement that writes, with a job's id among its values.
"""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

from tests.drivers import listen

JOB = re.compile("'[0-9a-f]{32}'")
WRITES = re.compile(r"(INSERT INTO|UPDATE|DELETE FROM) (\w+)")


def deadly(notes: Path) -> Path:
    """The file in which the line stands that shall not be written any more, counted from 1."""
    return notes.with_suffix(".last")


def arm(notes: Path) -> None:
    """From now on note each commit by its tables, a line each, and die before the one asked for."""
    written: dict[object, list[str]] = {}
    last = deadly(notes)
    counted = 0

    def hear(connection: object, said: str) -> None:
        nonlocal counted
        writes = WRITES.match(said)
        if writes and JOB.search(said):
            written.setdefault(connection, []).append(writes[2])
        if said.startswith("ROLLBACK"):
            written.pop(connection, None)
        tables = written.pop(connection, None) if said == "COMMIT" else None
        if tables is None:
            return
        counted += 1
        if last.exists() and int(last.read_text()) == counted:
            os.kill(os.getpid(), signal.SIGKILL)
        with notes.open("a") as file:
            file.write(f"{' '.join(dict.fromkeys(tables))}\n")

    listen(hear)
