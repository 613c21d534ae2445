"""Try what a newcomer does, as it will be in two years: `make clone`.

For each supported Python of this machine, two at a time: clone what is committed, make an
environment with the oldest pip that this line of Python brought, offer a newer release of every
package that the locks name, install by the Makefile, and look at what is there. Easel's demo has to
answer and to stop with the run dependencies alone; the tests have to be found with all of them.

Needs make, git and Python 3.11 alone. Exit status 1 if something is not as it should be.
"""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import IO
from urllib.request import ProxyHandler, build_opener

ROOT = Path(__file__).resolve().parent.parent
LOCKS = (ROOT / "requirements" / "run.lock", ROOT / "requirements" / "dev.lock")
PINNED = re.compile(r"^([a-z0-9-]+)(?:\[[a-z0-9, -]+\])?==", re.MULTILINE)
NEWER = "9999"  # newer than every release, those that are numbered by years included

OLDEST_PIP = {  # the pip in the first release of each Python, and its wheel's SHA-256
    "3.11": ("22.3", "1daab4b8d3b97d1d763caeb01a4640a2250a0ea899e257b1e44b9eded91e15ab"),
    "3.12": ("23.2.1", "7ccf472345f20d35bdc9d1841ff5f313260c2c33fe417f48c30ac46cccabf5be"),
    "3.13": ("24.2", "2cd581cf58ab7fcfca4ce8efa6dcacd0de5bf8d0a3eb9ec927e07405f4d9e2a2"),
    "3.14": ("25.2", "6d67a2b4e7f14d8b31b8b52648866fa717f45a1eb70e83002f4331d07e953717"),
}

INSTALLING, STARTING = 600, 60  # seconds: a slow network's download; the demo's start or end


class NotAsItShouldBe(Exception):
    """What was wrong, with what the program said."""


@dataclass(frozen=True, slots=True)
class Clone:
    """A fresh clone in which the commands of a newcomer run."""

    folder: Path
    env: Mapping[str, str]

    @property
    def python(self) -> str:
        """The interpreter of the clone's environment."""
        return str(self.folder / ".venv" / "bin" / "python")

    def run(self, *command: str | Path) -> str:
        """Run a command there and return what it printed, errors included."""
        ended = subprocess.run(  # noqa: S603 -- the commands below
            command,
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=INSTALLING,
            check=False,
        )
        if ended.returncode:
            raise NotAsItShouldBe(f"{' '.join(map(str, command))}\n{ended.stdout}")
        return ended.stdout

    def pip(self, *arguments: str | Path) -> str:
        """Run the environment's pip."""
        return self.run(self.python, "-m", "pip", "--disable-pip-version-check", *arguments)


def pythons() -> Iterator[tuple[str, str]]:
    """The supported Pythons that run on this machine: the version, and the interpreter's path."""
    mine = f"{sys.version_info.major}.{sys.version_info.minor}"
    for version in OLDEST_PIP:
        if version == mine:
            yield version, sys.executable
            continue
        try:
            found = subprocess.run(  # noqa: S603
                [f"python{version}", "-c", "import ensurepip, sys; print(sys.executable)"],
                env=os.environ | {"PYENV_VERSION": version},  # else pyenv's shim may not run
                capture_output=True,
                text=True,
                check=True,
            )
        except (OSError, subprocess.CalledProcessError):
            continue
        yield version, found.stdout.strip()


def offer_newer(folder: Path) -> None:
    """Write a wheel of a newer release of each package that the locks name, with nothing in it."""
    for name in {name for lock in LOCKS for name in PINNED.findall(lock.read_text("utf-8"))}:
        stem = f"{name.replace('-', '_')}-{NEWER}"
        with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as wheel:
            wheel.writestr(
                f"{stem}.dist-info/METADATA",
                f"Metadata-Version: 2.1\nName: {name}\nVersion: {NEWER}\n",
            )
            wheel.writestr(
                f"{stem}.dist-info/WHEEL",
                "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            )
            wheel.writestr(f"{stem}.dist-info/RECORD", "")


def surroundings(newer: Path) -> dict[str, str]:
    """This process' environment without what belongs to it alone, and with the newer releases."""
    own = re.compile("MAKE|MFLAGS|PYTHON|VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not own.match(name)}
    return kept | {"PIP_FIND_LINKS": f"{newer} {kept.get('PIP_FIND_LINKS', '')}".strip()}


def check_closure(clone: Clone) -> None:
    """The environment has all that its packages ask for, and nothing that was not locked."""
    clone.pip("check")
    got_in = [line for line in clone.pip("list").splitlines() if line.split()[1] == NEWER]
    if got_in:
        raise NotAsItShouldBe("These came from outside the locks:\n" + "\n".join(got_in))


@contextmanager
def demo(clone: Clone) -> Iterator[subprocess.Popen[str]]:
    """`easel demo` as a process."""
    with subprocess.Popen(  # noqa: S603
        [clone.python, "-m", "bot", "demo", "--port", "0"],
        cwd=clone.folder,
        env=clone.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as started:
        try:
            yield started
        finally:
            started.kill()


def first_line(output: IO[str]) -> str:
    """The first line that a process prints; empty if it ends or takes too long."""
    ready, _, _ = select.select([output], [], [], STARTING)
    return output.readline() if ready else ""


def check_demo(clone: Clone, end: signal.Signals) -> None:
    """The demo prints its page's address, answers there, and stops cleanly on this signal."""
    with demo(clone) as started:
        assert started.stdout is not None
        said = first_line(started.stdout)
        address = re.search(r"http://\S+", said)
        if address is None:
            raise NotAsItShouldBe(f"`easel demo` printed no address: {said!r}")
        with build_opener(ProxyHandler({})).open(address[0], timeout=STARTING) as page:
            if page.status != HTTPStatus.OK or page.headers.get_content_type() != "text/html":
                raise NotAsItShouldBe(f"`easel demo` answered {page.status} {page.headers}")
        started.send_signal(end)
        status = started.wait(STARTING)
    if status:
        raise NotAsItShouldBe(f"`easel demo` ended on {end.name} with status {status}")


def newcomer(version: str, python: str, folder: Path, env: Mapping[str, str]) -> str:
    """Do it all with one Python in an empty folder; what was seen, in a line."""
    began = monotonic()
    pip, sha256 = OLDEST_PIP[version]
    clone = Clone(folder / "easel", env)
    Clone(folder, env).run("git", "clone", "--quiet", "--no-hardlinks", ROOT, "easel")
    (folder / "pip.txt").write_text(f"pip=={pip} --hash=sha256:{sha256}\n", "utf-8")

    clone.run("make", f"PYTHON={python}", ".venv/python.stamp")
    clone.pip("install", "--no-deps", "--require-hashes", "-r", folder / "pip.txt")
    if f"idna-{NEWER}" not in clone.pip("install", "--dry-run", "idna"):
        raise NotAsItShouldBe("pip does not see the newer releases: this would prove nothing")

    clone.run("make", ".venv/run.stamp")
    check_closure(clone)
    check_demo(clone, signal.SIGINT)
    check_demo(clone, signal.SIGTERM)

    # Without --no-deps, as people do it by hand: pip resolves, and arrives at the same.
    by_hand = ("install", "--dry-run", "--ignore-installed", "--require-hashes", "-r")
    if NEWER in clone.pip(*by_hand, "requirements/dev.lock"):
        raise NotAsItShouldBe("A pip that resolves takes newer releases than the locks name")

    clone.run("make", ".venv/dev.stamp")
    check_closure(clone)
    found = clone.run(clone.python, "-m", "pytest", "--collect-only", "--quiet").splitlines()[-1]
    return f"Python {version}, pip {pip}: the demo answers; {found}; {monotonic() - began:.0f} s"


def main() -> int:
    """Try every Python that is here; the exit status."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # not ignored by the demo either
    failures = 0
    with TemporaryDirectory(prefix="easel-clone-") as name, ThreadPoolExecutor(2) as pool:
        newer = Path(name) / "newer"
        newer.mkdir()
        offer_newer(newer)
        tries = {}
        for version, python in pythons():
            folder = Path(name) / version
            folder.mkdir()
            tries[version] = pool.submit(newcomer, version, python, folder, surroundings(newer))
        for version, one in tries.items():
            try:
                print(one.result(), flush=True)
            except (NotAsItShouldBe, OSError, subprocess.TimeoutExpired) as wrong:
                failures += 1
                print(f"Python {version}: {wrong}", file=sys.stderr, flush=True)
        for version in OLDEST_PIP.keys() - tries.keys():
            print(f"Python {version} is not on this machine: not tried")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
