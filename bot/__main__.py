"""The command line: `easel`, the same as `python -m bot`.

Exit status: 0 done, 1 it failed, 2 the call or the configuration is wrong.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import sys
from typing import NoReturn

import click

from bot import log
from bot.core.errors import EaselError
from bot.settings import SettingsError, load

VERSION = "0.1.0"

# Each command imports what it runs when it runs: `--help` and mistakes answer at once, and the
# product never loads the demo.


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="easel")
def easel() -> None:
    """An image studio with a price tag, in Slack.

    Try it without any account: easel demo. Then set it up as the README says, look over your work
    with easel doctor, and serve your workspace with easel run.
    """
    debugging = os.environ.get("LOG_LEVEL", "").lower() == "debug"
    log.set_up("debug" if debugging else "warning", "text")  # `run` replaces it by its settings


@easel.command()
def run() -> None:
    """Serve your Slack workspace until SIGTERM or Ctrl-C.

    Reads the environment and the file .env beside it; the environment wins. Needed are
    SLACK_BOT_TOKEN, PIXAPI_KEY, and SLACK_APP_TOKEN (Socket Mode, no public address needed) or
    SLACK_SIGNING_SECRET (Slack calls http://HOST:PORT/slack/events). The README has the table of
    all settings. Brings the database up to date first. Health at /healthz and /readyz, numbers at
    /metrics, on HOST:PORT in either mode.
    """
    settings = load()
    log.set_up(settings.log_level, settings.log_format)
    from bot.app import serve  # noqa: PLC0415 - see above

    asyncio.run(serve(settings))


@easel.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="Port of the page; 0 takes a free one.",
)
def demo(port: int) -> None:
    """Try Easel in a minute: no account, no configuration, nothing leaves this machine.

    Starts a small Slack workspace with a web page, a Pixapi that paints by itself, and the very
    bot that `easel run` starts, connected to them. Prints the page's address; Ctrl-C ends it.
    """
    from bot.demo.start import run as run_demo  # noqa: PLC0415 - see above

    asyncio.run(run_demo(port))


@easel.command()
def doctor() -> None:
    """Check the configuration, Slack, Pixapi, the database and the clock.

    Spends nothing and posts nothing. Prints one line for each check, with what to do where
    something is wrong. Exit status 0 when `easel run` can start, else 1.
    """
    from bot.doctor import examine  # noqa: PLC0415 - see above

    well = True
    for finding in asyncio.run(examine()):
        click.echo(log.redact(str(finding)))
        well = well and finding.well
    sys.exit(0 if well else 1)


def main() -> None:
    """Run the command line. What goes wrong is said in a sentence, never as a traceback."""
    try:
        easel()
    except SettingsError as error:
        for mistake in error.mistakes:
            click.echo(mistake, err=True)
        sys.exit(2)
    except EaselError as error:
        _fail(error, error.sentence)
    except ModuleNotFoundError as error:
        _fail(error, f"The Python package {error.name} is needed for this, and not installed.")
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        _fail(error, "The port is taken by another program." if taken else f"Stopped: {error}")
    except Exception as error:  # noqa: BLE001 - the last place before a person
        # Not the error's own text: it may hold what somebody wrote.
        hint = "set LOG_LEVEL=debug to see where."
        _fail(error, f"Stopped by something unexpected ({type(error).__name__}): {hint}")


def _fail(error: Exception, sentence: str) -> NoReturn:
    click.echo(log.redact(sentence), err=True)
    logging.getLogger("bot").debug("Where it happened:", exc_info=error)
    sys.exit(1)


if __name__ == "__main__":
    main()
