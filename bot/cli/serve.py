"""Easel serves a workspace (`easel run`), shows itself (`demo`), or is looked over (`doctor`)."""

from __future__ import annotations

import asyncio
import json
import sys

import click

from bot import log
from bot.cli import load_settings


@click.command()
def run() -> None:
    """Serve your Slack workspace until SIGTERM or Ctrl-C.

    Reads the environment and the file .env beside it; the environment wins. Needed are
    SLACK_BOT_TOKEN, PIXAPI_KEY, and SLACK_APP_TOKEN (Socket Mode, no public address needed) or
    SLACK_SIGNING_SECRET (Slack calls http://HOST:PORT/slack/events). The README has the table of
    all settings. Brings the database up to date first. In either mode health is at /healthz and
    /readyz on HOST:PORT; numbers are at /metrics on EASEL_METRICS, which Slack never reaches.
    """
    settings = load_settings()
    log.set_up(settings.log_level, settings.log_format)
    from bot.app import serve  # noqa: PLC0415 -- see `bot.cli`

    asyncio.run(serve(settings))


@click.command()
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
    from bot.demo.start import run as run_demo  # noqa: PLC0415 -- see `bot.cli`

    asyncio.run(run_demo(port))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for machines.")
def doctor(*, as_json: bool) -> None:
    """Check the configuration, Slack, Pixapi, prices, the database, metrics and the clock.

    Spends nothing and posts nothing. Prints one line for each check, with what to do where
    something is wrong; with --json an object: `ok`, and `checks` with `check`, `ok` and `sentence`
    each. Exit status 0 when all is well, else 1.
    """
    from bot.cli.doctor import examine  # noqa: PLC0415 -- see `bot.cli`

    findings = asyncio.run(examine())
    well = all(finding.well for finding in findings)
    if as_json:
        checks = [
            {"check": one.what, "ok": one.well, "sentence": log.redact(one.sentence)}
            for one in findings
        ]
        click.echo(json.dumps({"ok": well, "checks": checks}, ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            click.echo(log.redact(str(finding)))
    sys.exit(0 if well else 1)
