from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bot import __main__ as command_line

ROOT = Path(__file__).parents[1]
GOOD = {
    "SLACK_BOT_TOKEN": "xoxb-secret-one",
    "SLACK_SIGNING_SECRET": "secret-two",
    "PIXAPI_KEY": "sk_secret-three",
}


@pytest.fixture
def easel(tmp_path: Path) -> Easel:
    """The command line as a person calls it, in a folder of its own."""
    return Easel(tmp_path)


class Easel:
    """Runs `python -m bot`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run to the end; exit status and both outputs."""
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=self.folder,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def test_help_names_every_command(easel: Easel) -> None:
    """The first help leads to all commands."""
    done = easel("--help")

    assert done.returncode == 0
    for command in command_line.easel.commands:
        assert f"\n  {command} " in done.stdout


def every_command(group: click.Group, *before: str) -> Iterator[tuple[str, ...]]:
    """All commands and groups, as they are typed."""
    for name, command in group.commands.items():
        yield (*before, name)
        if isinstance(command, click.Group):
            yield from every_command(command, *before, name)


@pytest.mark.parametrize("command", sorted(every_command(command_line.easel)), ids=" ".join)
def test_help_on_each_command(easel: Easel, command: tuple[str, ...]) -> None:
    """Every command explains itself, without any configuration."""
    done = easel(*command, "--help")

    assert done.returncode == 0
    assert len(done.stdout) > 200


def test_version(easel: Easel) -> None:
    """`--version` says the version of the package."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert easel("--version").stdout == f"easel, version {project['version']}\n"


def test_the_script_is_the_module() -> None:
    """`easel` and `python -m bot` are the same function."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert project["scripts"] == {"easel": "bot.__main__:main"}
    assert callable(command_line.main)


def test_mistakes_in_the_configuration(easel: Easel) -> None:
    """`easel run` reports every mistake, one a line and without a value, with status 2."""
    done = easel("run", SLACK_BOT_TOKEN="secret-one", PORT="secret-two", EASEL_ADMIN="secret-three")

    assert done.returncode == 2
    assert done.stdout == ""
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == [
        "SLACK_BOT_TOKEN",
        "SLACK_SIGNING_SECRET",
        "PIXAPI_KEY",
        "PORT",
        "EASEL_ADMIN",
    ]
    assert "secret" not in done.stderr.replace("SLACK_SIGNING_SECRET", "")


def test_the_file_beside_it_is_read(easel: Easel) -> None:
    """Mistakes in `.env` of the working directory are mistakes too."""
    (easel.folder / ".env").write_text("PIXAPI_KEY=sk_1\nPORT=x\n", "utf-8")

    done = easel("run")

    assert "PORT: " in done.stderr
    assert "PIXAPI_KEY" not in done.stderr


def test_doctor_reports_mistakes_with_status_1(easel: Easel) -> None:
    """`easel doctor` has one line for each mistake, and never a status other than 0 or 1."""
    done = easel("doctor", PIXAPI_KEY="sk_1", SLACK_BOT_TOKEN="xoxb-1")

    assert done.returncode == 1
    assert [line.split()[:3] for line in done.stdout.splitlines()] == [
        ["PROBLEM", "configuration", "SLACK_SIGNING_SECRET:"]
    ]


@pytest.mark.parametrize("arguments", [["fly"], ["demo", "--port", "http"], ["run", "--fast"]])
def test_wrong_calls(easel: Easel, arguments: list[str]) -> None:
    """What the command line does not know is a usage error with status 2."""
    done = easel(*arguments)

    assert done.returncode == 2
    assert "Usage: " in done.stderr


@pytest.mark.parametrize(
    ("level", "trace"), [("info", False), ("debug", True)], ids=["info", "debug"]
)
def test_no_traceback_reaches_a_person(easel: Easel, level: str, trace: bool) -> None:  # noqa: FBT001
    """An unexpected failure is one sentence and status 1; `LOG_LEVEL=debug` shows where."""
    (easel.folder / "sitecustomize.py").write_text(
        "import sys\n"
        "class Broken:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'bot.app':\n"
        "            raise ZeroDivisionError('while drawing sk_secret-three')\n"
        "sys.meta_path.insert(0, Broken())\n",
        "utf-8",
    )

    done = easel("run", **GOOD, LOG_LEVEL=level, PYTHONPATH=str(easel.folder))

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Stopped by something unexpected (ZeroDivisionError)")
    assert ("Traceback" in done.stderr) is trace
    assert (len(done.stderr.splitlines()) > 1) is trace
    assert "secret" not in done.stderr
