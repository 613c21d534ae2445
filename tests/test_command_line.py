from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import click
import pytest

from bot import __main__, cli
from tests.nursery import Called, call

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
    """Runs `easel`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def __call__(self, *arguments: str, **environment: str) -> Called:
        """Run to the end."""
        return await call(arguments, os.environ | environment, self.folder)


async def test_help_names_every_command(easel: Easel) -> None:
    """The first help leads to all commands."""
    done = await easel("--help")

    assert done.status == 0
    for command in cli.COMMANDS:
        assert f"\n  {command} " in done.out


def every_command(group: click.Group, *before: str) -> Iterator[tuple[str, ...]]:
    """All commands and groups, as they are typed."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*before, name)
        if isinstance(command, click.Group):
            yield from every_command(command, *before, name)


@pytest.mark.parametrize("command", sorted(every_command(cli.easel)), ids=" ".join)
async def test_help_on_each_command(easel: Easel, command: tuple[str, ...]) -> None:
    """Every command explains itself, without any configuration."""
    done = await easel(*command, "--help")

    assert done.status == 0
    assert len(done.out) > 200


def test_help_loads_nothing_that_serves() -> None:
    """Only what a command runs is imported: help is there at once, and `run` knows no demo."""
    heavy = "alembic", "httpx", "pydantic", "slack_bolt", "sqlalchemy", "bot.demo", "bot.cli.doctor"
    program = (
        "import sys\nfrom bot import cli\n"
        "cli.easel(['--help'], standalone_mode=False)\n"
        f"print(sorted(sys.modules.keys() & {set(heavy)!r}))"
    )
    helped, served = (
        subprocess.run([sys.executable, "-c", each], check=True, capture_output=True, text=True)
        for each in (program, "import sys, bot.app\nprint('bot.demo' in sys.modules)")
    )

    assert helped.stdout.endswith("\n[]\n")
    assert served.stdout == "False\n"


async def test_version(easel: Easel) -> None:
    """`--version` says the version of the package."""
    assert (await easel("--version")).out == f"easel, version {version('easel-bot')}\n"


def test_the_script_is_the_module() -> None:
    """`easel` and `python -m bot` are the same function."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert project["scripts"] == {"easel": "bot.__main__:main"}
    assert __main__.main is cli.main


async def test_mistakes_in_the_configuration(easel: Easel) -> None:
    """`easel run` reports every mistake, one a line and without a value, with status 2."""
    done = await easel(
        "run", SLACK_BOT_TOKEN="secret-one", PORT="secret-two", EASEL_ADMIN="secret-three"
    )

    assert done.status == 2
    assert done.out == ""
    assert [line.partition(":")[0] for line in done.err.splitlines()] == [
        "SLACK_BOT_TOKEN",
        "SLACK_SIGNING_SECRET",
        "PIXAPI_KEY",
        "PORT",
        "EASEL_ADMIN",
    ]
    assert "secret" not in done.err.replace("SLACK_SIGNING_SECRET", "")


async def test_the_file_beside_it_is_read(easel: Easel) -> None:
    """Mistakes in `.env` of the working directory are mistakes too."""
    (easel.folder / ".env").write_text("PIXAPI_KEY=sk_1\nPORT=x\n", "utf-8")

    done = await easel("run")

    assert "PORT: " in done.err
    assert "PIXAPI_KEY" not in done.err


async def test_doctor_reports_mistakes_with_status_1(easel: Easel) -> None:
    """`easel doctor` has one line for each mistake, and never a status other than 0 or 1."""
    done = await easel("doctor", PIXAPI_KEY="sk_1", SLACK_BOT_TOKEN="xoxb-1")

    assert done.status == 1
    assert [line.split()[:3] for line in done.out.splitlines()] == [
        ["PROBLEM", "configuration", "SLACK_SIGNING_SECRET:"]
    ]


@pytest.mark.parametrize("arguments", [["fly"], ["demo", "--port", "http"], ["run", "--fast"]])
async def test_wrong_calls(easel: Easel, arguments: list[str]) -> None:
    """What the command line does not know is a usage error with status 2."""
    done = await easel(*arguments)

    assert done.status == 2
    assert "Usage: " in done.err


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

    done = subprocess.run(
        [sys.executable, "-m", "bot", "run"],
        cwd=easel.folder,
        env=os.environ | GOOD | {"LOG_LEVEL": level, "PYTHONPATH": str(easel.folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Stopped by something unexpected (ZeroDivisionError)")
    assert ("Traceback" in done.stderr) is trace
    assert (len(done.stderr.splitlines()) > 1) is trace
    assert "secret" not in done.stderr
