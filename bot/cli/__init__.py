"""The command line: `easel`, the same as `python -m bot`.

Exit status: 0 done, 1 it failed, 2 the call or the configuration is wrong.

Each command is imported when it is called, and imports what it runs when it runs: `--help` and
mistakes answer at once, and the product never loads the demo.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sys
from collections.abc import Coroutine
from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from bot import __version__, log
from bot.core.errors import EaselError, Mistake

if TYPE_CHECKING:
    from bot.settings import Settings

T = TypeVar("T")

COMMANDS = {
    "db": "ledger",
    "demo": "serve",
    "doctor": "serve",
    "erase": "ledger",
    "export": "ledger",
    "jobs": "jobs",
    "quota": "quota",
    "run": "serve",
}
"""By name: the module here that has it."""


class Lazy(click.Group):
    """A group whose commands are imported one by one."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's
        """The names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command; None where there is no such."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"bot.cli.{COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="easel")
def easel() -> None:
    """An image studio with a price tag, in Slack.

    Try it without any account: easel demo. Then set it up as the README says, look over your work
    with easel doctor, and serve your workspace with easel run.
    """
    debugging = os.environ.get("LOG_LEVEL", "").lower() == "debug"
    # A shell says what went wrong in its own sentence; `run` replaces this by its settings.
    log.set_up("debug" if debugging else "error", "text")


class Day(click.ParamType[date]):
    """A date, as in 2026-12-31."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The date that is written so; anything else is a wrong call."""
        written = re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", str(value))
        try:
            return date.fromisoformat(written[0] if written else "")
        except ValueError:
            self.fail(f"{value} is not a date. Write it as in 2026-12-31.", param, ctx)


WORKSPACE = click.option(
    "--team",
    "--workspace",
    "workspace",
    metavar="T…",
    help="Whose budgets, by the workspace's id; needed only where several use the database.",
)
LITERAL = {"ignore_unknown_options": True}  # `-5` is an amount, if a wrong one, and no option


def load_settings() -> Settings:
    """The settings from the environment. Raises `SettingsError`."""
    from bot.settings import load  # noqa: PLC0415 -- see above

    return load()


STOPPED = "Stopped. What was printed may not be all; easel quota list shows how budgets stand."


def run_to_end(work: Coroutine[Any, Any, T], stopped: str = STOPPED) -> T:
    """Do it, and say what Ctrl-C leaves behind."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        raise click.ClickException(stopped) from None


def main() -> None:
    """Run the command line. What goes wrong is said in a sentence, never as a traceback."""
    try:
        easel()
    except Exception as error:  # noqa: BLE001 - the last place before a person
        _end(error)


def _end(error: Exception) -> NoReturn:
    from bot.settings import SettingsError  # noqa: PLC0415 -- loaded, if it is one

    match error:
        case SettingsError():
            for mistake in error.mistakes:
                click.echo(mistake, err=True)
            sys.exit(2)
        case Mistake():
            click.echo(log.redact(error.sentence), err=True)
            sys.exit(2)
        case EaselError():
            sentence = error.sentence
        case ModuleNotFoundError():
            sentence = f"The Python package {error.name} is needed for this, and not installed."
        case OSError():
            where = f" ({error.filename})" if error.filename else ""
            sentence = f"Stopped: {error.strerror or error}{where}."
        case _:
            # Not the error's own text: it may hold what somebody wrote.
            hint = "set LOG_LEVEL=debug to see where."
            sentence = f"Stopped by something unexpected ({type(error).__name__}): {hint}"
    click.echo(log.redact(sentence), err=True)
    logging.getLogger("bot").debug("Where it happened:", exc_info=error)
    sys.exit(1)
