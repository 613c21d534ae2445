"""`easel db backup`: a whole copy of the SQLite file, made while Easel writes to it."""

from __future__ import annotations

import asyncio
import resource
from pathlib import Path

import pytest

from bot.core.job import Credits
from bot.features.move import backup
from bot.store import audit, budget
from bot.store.db import Database, open_beside, open_database
from bot.store.tables import contents
from tests.nursery import Called, call
from tests.store.world import NOW, TEAM, queued, url

BIG = 20_000_000  # bytes of a picture: a backup takes several steps


async def admitted(file: Path) -> int:
    """How many holds the ledger has, in a database that is whole and whose books are right."""
    async with open_beside(url(file)) as db, db.read() as tx:
        assert await audit.differences(tx) == []
        lines = await tx.connection.fetch("SELECT count(*) FROM ledger WHERE kind = 'held'", {})
        return int(lines[0][0])


class Busy:
    """Holds credits, and charges every second hold, again and again."""

    def __init__(self, db: Database) -> None:
        self.holds = 0
        self.stopped = asyncio.Event()
        self._db = db

    async def work(self) -> None:
        """Until it is stopped."""
        while not self.stopped.is_set():
            job = await queued(self._db)
            if self.holds % 2:
                async with self._db.write() as tx:
                    await budget.charge(tx, job, Credits(4), NOW)
            self.holds += 1


async def test_a_backup_beside_writes(file: Path) -> None:
    """While holds and charges go on, the copy opens, and its books are those of one moment."""
    target = file.with_name("copy.db")
    async with open_database(url(file)) as db:
        job = await queued(db)
        async with db.write() as tx:
            picture = {"team": TEAM, "job": job.id, "number": 1, "bytes": bytes(BIG)}
            await tx.run(contents.insert().values(picture))
        busy = Busy(db)
        working = asyncio.create_task(busy.work())
        while busy.holds < 5:  # noqa: ASYNC110 -- it only counts
            await asyncio.sleep(0.01)
        before = busy.holds
        said = await asyncio.to_thread(backup, f"sqlite:///{file}", target)
        between = busy.holds
        busy.stopped.set()
        await working
    held = await admitted(target)

    assert before < between, "nothing was written meanwhile: make the picture bigger"
    assert before <= held - 1 <= between
    assert await admitted(file) == busy.holds + 1
    assert f"{target.stat().st_size:,} bytes" in said
    assert target.stat().st_mode & 0o777 == 0o600
    assert sorted(one.name for one in file.parent.glob("*copy*")) == ["copy.db"]


async def easel(file: Path, target: str, source: str | None = None) -> Called:
    """`easel db backup` in the file's folder."""
    arguments = ["db", "backup", target, "--from", source or f"sqlite:///{file.name}"]
    return await call(arguments, {}, file.parent)


async def test_a_file_is_never_written_over(file: Path) -> None:
    """A file that is there is named and stays as it is, with status 1."""
    target = file.with_name("copy.db")
    target.write_text("mine")
    done = await easel(file, "copy.db")

    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("copy.db is there already. Name another file")
    assert target.read_text() == "mine"


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("none/copy.db", "/none: create it, or name another"),
        (f"{'x' * 300}.db", "the file's name is too long"),
    ],
)
async def test_a_place_that_cannot_be(file: Path, target: str, said: str) -> None:
    """A folder or name that cannot be used is said in a sentence."""
    done = await easel(file, target)

    assert (done.status, done.out) == (1, "")
    assert said in done.err


async def test_a_full_disk_leaves_nothing(file: Path) -> None:
    """A copy that does not fit is taken away again."""
    arguments = ["db", "backup", "copy.db", "--from", f"sqlite:///{file.name}"]
    done = await call(arguments, {}, file.parent, full)

    assert (done.status, done.out) == (1, "")
    assert done.err.endswith(": there is no copy.db.\n")
    assert list(file.parent.glob("*copy*")) == []


def full() -> None:
    """No file may grow beyond what SQLite needs beside the one that it reads."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))


async def test_postgresql_has_its_own(file: Path) -> None:
    """Of PostgreSQL `pg_dump` is named, without a password; a file that is missing is said."""
    done = await easel(file, "copy.dump", "postgresql://easel:Sesame@db/easel")
    missing = await easel(file, "copy.db", "sqlite:///other.db")

    assert (done.status, done.out) == (2, "")
    assert "pg_dump --format=custom --file=copy.dump postgresql://db/easel" in done.err
    assert "Sesame" not in done.err
    assert (missing.status, missing.err) == (1, "There is no database at other.db.\n")
