"""A process that kills itself right before one of its commits.

Between two commits there may be no outside call at which a switch could hold it. Only commits that
wrote something of a job count: a statement that writes, with a job's id among its values.
"""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event

JOB = re.compile("[0-9a-f]{32}")
WRITES = re.compile(r"(INSERT INTO|UPDATE|DELETE FROM) (\w+)")


def deadly(notes: Path) -> Path:
    """The file in which the line stands that shall not be written any more, counted from 1."""
    return notes.with_suffix(".last")


def arm(notes: Path) -> None:
    """From now on note each commit by its tables, a line each, and die before the one asked for."""
    written: dict[Connection, list[str]] = {}
    last = deadly(notes)
    counted = 0

    @event.listens_for(Engine, "after_cursor_execute")
    def see(
        connection: Connection, _cursor: object, statement: str, values: Any, *_rest: object
    ) -> None:
        writes = WRITES.match(statement)
        listed = values.values() if isinstance(values, dict) else values or ()
        if writes and any(isinstance(one, str) and JOB.fullmatch(one) for one in listed):
            written.setdefault(connection, []).append(writes[2])

    @event.listens_for(Engine, "rollback")
    def forget(connection: Connection) -> None:
        written.pop(connection, None)

    @event.listens_for(Engine, "commit")
    def count(connection: Connection) -> None:
        nonlocal counted
        tables = written.pop(connection, None)
        if tables is None:
            return
        counted += 1
        if last.exists() and int(last.read_text()) == counted:
            os.kill(os.getpid(), signal.SIGKILL)
        with notes.open("a") as file:
            file.write(f"{' '.join(dict.fromkeys(tables))}\n")
