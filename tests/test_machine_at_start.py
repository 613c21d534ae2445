"""What the machine has against a start is said in a sentence: the variable, the place, what to do.

`easel doctor` says the same of the database beforehand.
"""

from __future__ import annotations

import errno
import os
import resource
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli.doctor import examine
from bot.core.errors import CannotStart, explain_os_error
from bot.engine.inputs import require_temporary_files
from tests.nursery import call

NOBODY = 65_534
NOWHERE = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_SIGNING_SECRET": "secret",
    "SLACK_API_URL": "http://127.0.0.1:1/api/",
    "PIXAPI_KEY": "sk_1",
    "PIXAPI_BASE_URL": "http://127.0.0.1:1",
    "PORT": "0",
    "EASEL_METRICS": "off",
}


def nothing(folder: Path) -> None:
    """The folder is as it should be."""


def closed(folder: Path) -> None:
    """Whoever is not root may only read in `data`."""
    (folder / "data").mkdir(mode=0o555)


def a_file_of_others(folder: Path) -> None:
    """The database belongs to somebody else."""
    (folder / "data").mkdir()
    (folder / "data").chmod(0o777)
    (folder / "data" / "easel.db").touch(mode=0o444)


def a_file(folder: Path) -> None:
    """`data` is no folder."""
    (folder / "data").touch()


def a_folder(folder: Path) -> None:
    """The database's name is a folder's."""
    (folder / "data" / "easel.db").mkdir(parents=True)


def somebody() -> None:
    """Root may write everywhere: be somebody else from now on."""
    if os.geteuid() == 0:
        os.seteuid(NOBODY)


def full() -> None:
    """No file may grow beyond what a sentence takes; SQLite and we get EFBIG."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))


@dataclass(frozen=True, slots=True)
class Case:
    """What is wrong with the database's place, and what is said of it."""

    said: str
    prepare: Callable[[Path], None] = nothing
    first: Callable[[], None] | None = None
    file: str = "data/easel.db"


CASES = {
    "missing": Case("there is no folder {folder}/data: create it, or name another"),
    "a file": Case("{folder}/data is not a folder: name another", a_file),
    "a folder": Case("{folder}/data/easel.db is a folder: name a file in it", a_folder),
    "closed": Case("this user may not write in the folder {folder}/data, or not", closed, somebody),
    "of others": Case("or not to easel.db there: give it leave", a_file_of_others, somebody),
    "full": Case("the disk with the folder {folder} is full: make room", nothing, full, "easel.db"),
    "long": Case("the file's name is too long for the folder {folder}: ", file=f"{'x' * 250}.db"),
}


@pytest.fixture(name="folder")
def _folder() -> Iterator[Path]:
    """A folder that everybody may look into, unlike pytest's."""
    folder = Path(tempfile.mkdtemp(prefix="easel-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def content(folder: Path) -> list[Path]:
    """Everything in a folder."""
    return sorted(folder.rglob("*"))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_the_database_cannot_be_where_it_should(folder: Path, case: Case) -> None:
    """`run` and `doctor` say why in one line, by variable and folder, and what to do; status 1."""
    case.prepare(folder)
    env = NOWHERE | {"DATABASE_URL": f"sqlite:///{case.file}"}
    before = content(folder)
    ran = await call(["run"], env, folder, case.first)
    examined = await call(["doctor"], env, folder, case.first)
    said = case.said.format(folder=folder)
    (line,) = ran.err.splitlines()
    lines = [one for one in examined.out.splitlines() if "DATABASE_URL" in one]

    assert (ran.status, ran.out) == (1, "")
    assert line.startswith("DATABASE_URL: ")
    assert said in line
    assert [one.partition("database")[2].strip() for one in lines] == [line]
    assert content(folder) == before


@pytest.mark.parametrize("number", [errno.EROFS, errno.EDQUOT, errno.ENFILE, errno.EIO])
def test_every_error_explain_os_error_is_said(number: int) -> None:
    """Also what cannot be brought about here: the place, and what to do."""
    said = explain_os_error(OSError(number, os.strerror(number)), Path("/srv/data/easel.db"))

    assert "/srv/data" in said or "ulimit" in said
    assert ": " in said
    assert "Errno" not in said


async def test_the_port_is_taken(folder: Path) -> None:
    """A port that another program has is named, and no database is made for it."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = await call(["run"], NOWHERE | {"PORT": str(port)}, folder)

    assert (done.status, done.out) == (1, "")
    assert done.err == f"PORT: another program has 127.0.0.1:{port}: end it, or set another PORT\n"
    assert not (folder / "easel.db").exists()


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
async def test_the_host_is_another_machine(folder: Path, host: str) -> None:
    """An address that this machine does not have is named."""
    done = await call(["run"], NOWHERE | {"HOST": host}, folder)

    assert done.status == 1
    assert done.err.startswith(("HOST: this machine does not have the address", "HOST, PORT: "))
    assert host in done.err


async def test_a_price_file_that_may_not_be_read(folder: Path) -> None:
    """Its variable is named, with the other mistakes; so is one whose name is too long."""
    (folder / "prices.json").touch(mode=0o000)
    for name in ("prices.json", "x" * 300):
        done = await call(["run"], NOWHERE | {"EASEL_PRICES": name}, folder, somebody)

        assert done.status == 2
        assert done.err.startswith("EASEL_PRICES: should be a file that this user may read (")


async def test_no_room_for_temporary_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no folder takes temporary files, the variable is named, also by doctor."""
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: [str(folder / "none")])
    with pytest.raises(CannotStart, match="TMPDIR: nothing can be written"):
        require_temporary_files()

    assert "files" in [found.what for found in await examine(NOWHERE) if not found.well]
