"""What the database can do to us.

StoreError
├── Busy       no answer in time, or locked: nothing was written, trying again is safe
│   └── Stuck  it cannot write: the disk is full, or read-only; nothing was written either
├── Unsure     the answer to a COMMIT was lost: nobody knows yet whether it was written
├── TooNew     the database was migrated by a newer Easel: this one must not touch it
├── Moved      the SQLite database was moved to PostgreSQL: nobody may run on it any more
├── NotReady   there is no database yet, or it was made by an older Easel: a start mends it
├── Taken      another process has this SQLite file
├── NotClaimed another process tells a target of a notice, or has told it
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


class Moved(StoreError):
    """Another database has everything that this one has, open jobs included."""

    def __init__(self, where: str) -> None:
        super().__init__(
            f"This database was moved to {where}, and Easel does not run on it any more: its open "
            "requests would be paid twice. Set DATABASE_URL to that database. If easel db copy "
            "did not come to its end, call it once more. If that database is never to be used, "
            "easel db reopen makes this one usable again."
        )


class NotReady(StoreError):
    """The database is not there yet, or of an older Easel."""


class Taken(StoreError):
    """Another process serves from this database."""


class NotClaimed(StoreError):
    """One process tells a target."""

    def __init__(self, key: str, target: str) -> None:
        super().__init__(f"another process tells {target} of {key}")


class Stale(StoreError):
    """The job moved on without this run."""

    def __init__(self, job: str) -> None:
        super().__init__(f"job {job} was taken over by a newer run")


class NotHeld(StoreError):
    """A hold ends once."""

    def __init__(self, job: str) -> None:
        super().__init__(f"nothing is held for job {job}")
