"""What the database can do to us.

StoreError
├── Busy       no answer in time, or locked: nothing was written, trying again is safe
│   └── Stuck  it cannot write: the disk is full, or read-only; nothing was written either
├── Unsure     the answer to a COMMIT was lost: nobody knows yet whether it was written
├── TooNew     the database was migrated by a newer Easel: this one must not touch it
├── NotReady   there is no database yet, or it was made by an older Easel: a start mends it
├── Taken      another process has this SQLite file
├── Stale      a newer run of the job has taken over: this one ends quietly
└── NotHeld    the job's hold has ended already, or never began: the books stay as they are
"""

from __future__ import annotations

from bot.core.errors import EaselError


class StoreError(EaselError):
    """The database could not do what was asked; the transaction was rolled back."""


class Busy(StoreError):
    """The database did not answer in time. As text it is what the database said, for the log."""

    what = "did not answer in time"

    def __init__(self, why: str = "") -> None:
        super().__init__(
            f"Easel's database {self.what}. Nothing was held or changed by this; try again."
        )
        self._why = why

    def __str__(self) -> str:
        return f"the database {self.what}{f' ({self._why})' if self._why else ''}"


class Stuck(Busy):
    """The database cannot write, or not read, for want of something that the machine lacks."""

    what = "cannot do its work at the moment: its disk may be full or read-only"


class Unsure(StoreError):
    """The connection was lost in a COMMIT: what it was for may be written, or not."""

    def __init__(self, why: str) -> None:
        super().__init__(
            "Easel's database was lost while it wrote this down, so it is not certain that it was. "
            "Look at it again, or try again: a request is never held twice."
        )
        self._why = why

    def __str__(self) -> str:
        return f"the database was lost in a commit ({self._why})"


class TooNew(StoreError):
    """The database belongs to a newer Easel."""


class NotReady(StoreError):
    """The database is not there yet, or of an older Easel."""


class Taken(StoreError):
    """Another process serves from this database."""


class Stale(StoreError):
    """The job moved on without this run."""

    def __init__(self, job: str) -> None:
        super().__init__(f"job {job} was taken over by a newer run")


class NotHeld(StoreError):
    """A hold ends once."""

    def __init__(self, job: str) -> None:
        super().__init__(f"nothing is held for job {job}")
