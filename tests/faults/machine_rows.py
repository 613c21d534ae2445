"""The machine: disk, database, clock, files."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """Something that the machine lacks for a while, met by several people at once."""

    key: str  # how `tests.faults.machine.lacking` causes it
    what: str  # what goes wrong, in words
    reads: str  # what somebody reads who clicks Generate just then
    money: str  # what becomes of credits, and of what was paid for when it began
    logged: str  # a line that is there once, as `LEVEL words`
    database: str = "both"  # or the one on which it can happen so


NOT_HELD = "nothing is held by the click; what was submitted is charged and delivered afterwards"
STUCK = (
    "Easel's database cannot do its work at the moment: its disk may be full or read-only. "
    "Nothing was held or changed by this; try again."
)
BUSY = "Easel's database did not answer in time. Nothing was held or changed by this; try again."

TOLD = (
    Told(
        key="disk full",
        what="the disk is full",
        reads=STUCK,
        money=NOT_HELD,
        logged="WARNING the database cannot do its work at the moment",
        database="sqlite",
    ),
    Told(
        key="locked",
        what="the database is locked by somebody else",
        reads=BUSY,
        money=NOT_HELD,
        logged="WARNING the database did not answer in time",
    ),
    Told(
        key="read-only",
        what="the database is read-only",
        reads=STUCK,
        money=NOT_HELD,
        logged="WARNING the database cannot do its work at the moment",
    ),
    Told(
        key="database gone",
        what="the database's server is gone",
        reads=BUSY,
        money=NOT_HELD,
        logged="WARNING the database did not answer in time",
        database="postgresql",
    ),
    Told(
        key="no descriptors",
        what="the process has no file descriptor left",
        reads="Queued",
        money="held, and tried again: submitted, charged and delivered once there are some; what "
        "cannot be sent within 45 seconds is released",
        logged="ERROR asyncio: socket.accept() out of system resource",
    ),
)


@dataclass(frozen=True, slots=True)
class Jump:
    """The clock is put on by so much between the click and the picture."""

    key: str
    hours: int
    what: str  # in words


JUMPS = (
    Jump("an hour on", 1, "the clock jumps an hour forward while a picture is made"),
    Jump("an hour back", -1, "the clock jumps an hour back while a picture is made"),
    Jump("forty days on", 40 * 24, "the clock jumps into the next month while a picture is made"),
    Jump("forty days back", -40 * 24, "the clock jumps into the last month while one is made"),
)
"""The picture comes and is charged once, in the period of the click; nothing is not known."""
