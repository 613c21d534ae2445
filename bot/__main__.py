"""The command line: `easel`, the same as `python -m bot`.

Exit status: 0 done, 1 it failed, 2 the call or the configuration is wrong.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sys
from collections.abc import Coroutine
from contextlib import aclosing
from datetime import date
from typing import Any, NoReturn, TypeVar

import click

from bot import log
from bot.core.errors import EaselError, Mistake
from bot.settings import SettingsError, load

VERSION = "0.1.0"

T = TypeVar("T")

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
    # A shell says what went wrong in its own sentence; `run` replaces this by its settings.
    log.set_up("debug" if debugging else "error", "text")


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
    "--workspace",
    metavar="T…",
    help="Whose budgets, by the workspace's id; needed only where several use the database.",
)
LITERAL = {"ignore_unknown_options": True}  # `-5` is an amount, if a wrong one, and no option


@easel.group()
def quota() -> None:
    """Look at budgets and change them, from a shell, whether or not Easel is running.

    The same caps and grants as /image-quota; what is changed counts for the very next click. Reads
    the settings that `easel run` reads, in the same folder: the database, the time zone and the
    default cap. Channels and people are named by Slack's ids.
    """


@quota.command("list")
@WORKSPACE
def list_(workspace: str | None) -> None:
    """Print every budget: a line for each, columns two spaces or more apart.

    The workspace, then channels that have a cap, a grant, a pause or any use this month, then
    people with a cap or a grant of their own. Cap `none` is no cap, 0 is nothing allowed. RENEWS is
    the local day on which the next period begins. For sums over other days: easel export.
    """
    from bot.features import shell  # noqa: PLC0415 - see above
    from bot.views import plain  # noqa: PLC0415 - see above

    async def show() -> str:
        async with shell.opened(load(), workspace) as opened:
            return plain.table((one.status, one.own) for one in await opened.list())

    click.echo(_run(show()))


@quota.command("set", context_settings=LITERAL)
@click.argument("where")
@click.argument("amount")
@click.argument("period", required=False)
@click.option("--person", metavar="U…|everybody", help="Of this person in the channel, or of each.")
@WORKSPACE
def set_(
    where: str, amount: str, period: str | None, person: str | None, workspace: str | None
) -> None:
    """Set a cap, as in: easel quota set C0123456789 500 monthly.

    WHERE is `workspace` or a channel's id. AMOUNT is a number of credits, `none` (no cap, whatever
    the default), 0 (nothing allowed) or `default` (back to EASEL_DEFAULT_CHANNEL_CAP, or for a
    person to the cap of everybody). PERIOD is daily, weekly or monthly; without it the period stays
    as it is. Prints how the budget stands then.
    """
    from bot.core import quota_grammar  # noqa: PLC0415 - see above
    from bot.features import shell  # noqa: PLC0415 - see above
    from bot.views import plain  # noqa: PLC0415 - see above

    place = quota_grammar.parse_where(where)
    wanted = quota_grammar.parse_cap(place, amount, period)
    user = None if person is None else quota_grammar.parse_person(person, place)

    async def change() -> str:
        async with shell.opened(load(), workspace) as opened:
            return plain.changed(await opened.change(wanted, user))

    click.echo(_run(change()))


@quota.command(context_settings=LITERAL)
@click.argument("channel")
@click.argument("credits")
@click.option("--until", type=Day(), metavar="DATE", help="Last local day on which it counts.")
@click.option("--reason", default="", help="Shown with the grant, to admins.")
@WORKSPACE
def grant(
    channel: str, credits: str, until: date | None, reason: str, workspace: str | None
) -> None:
    """Give extra credits, once, as in: easel quota grant C0123456789 50 --reason launch.

    CHANNEL is a channel's id. A grant is used before the cap. It ends with the channel's present
    period, or after the day that --until names (as in 2026-12-31). Prints how the budget stands
    then.
    """
    from bot.core import quota_grammar  # noqa: PLC0415 - see above
    from bot.features import shell  # noqa: PLC0415 - see above
    from bot.views import plain  # noqa: PLC0415 - see above

    wanted = quota_grammar.parse_grant(quota_grammar.parse_where(channel), credits, until, reason)

    async def give() -> str:
        async with shell.opened(load(), workspace) as opened:
            return plain.changed(await opened.change(wanted))

    click.echo(_run(give()))


@easel.group()
def jobs() -> None:
    """Look at requests that hold credits, and end those whose outcome nobody knows.

    Not known is a request whose answer from Pixapi was lost: its price stays held. Where Pixapi
    gave a task, Easel asks for it again for seven days; else, and after that, look at Pixapi's bill
    and say what it came to. The first word counts: an admin's, in Slack or here, or Pixapi's.
    """


@jobs.command("list")
@click.option("--open", "every_open", is_flag=True, help="Also those that are still under way.")
@WORKSPACE
def list_jobs(workspace: str | None, *, every_open: bool) -> None:
    """Print the requests that are not known: a line for each, columns two spaces or more apart.

    SINCE is when it was lost (or, of others, held), in UTC; CREDITS are held; TASK and REQUEST are
    Pixapi's ids, for its support.
    """
    from bot.features import shell  # noqa: PLC0415 - see above
    from bot.views import plain  # noqa: PLC0415 - see above

    async def show() -> str:
        async with shell.opened(load(), workspace) as opened:
            found = await opened.jobs(every_open=every_open)
            return plain.jobs((one.job, one.since) for one in found)

    click.echo(_run(show()))


@jobs.command()
@click.argument("job")
@WORKSPACE
def release(job: str, workspace: str | None) -> None:
    """Nothing was spent on a request that is not known: what is held is free again.

    JOB is its id, as easel jobs list prints it. Its asker is told by the Easel that runs, within a
    minute.
    """
    _end(job, "0", workspace)


@jobs.command(context_settings=LITERAL)
@click.argument("job")
@click.argument("credits", required=False)
@WORKSPACE
def settle(job: str, credits: str | None, workspace: str | None) -> None:
    """Charge a request that is not known, as in: easel jobs settle 0123456789abcdef 14.

    JOB is its id, as easel jobs list prints it. CREDITS is what it came to by Pixapi's bill, also
    more than was held; without it, what is held; 0 is the same as easel jobs release. Its asker is
    told by the Easel that runs, within a minute.
    """
    _end(job, credits, workspace)


def _end(job: str, spent: str | None, workspace: str | None) -> None:
    from bot.core import quota_grammar  # noqa: PLC0415 - see above
    from bot.core.job import JobId  # noqa: PLC0415 - see above
    from bot.features import shell  # noqa: PLC0415 - see above
    from bot.views import requests  # noqa: PLC0415 - see above

    amount = None if spent is None else quota_grammar.parse_spent(spent)

    async def end() -> str:
        async with shell.opened(load(), workspace) as opened:
            return requests.hold_decision(await opened.end(JobId(job), amount))

    click.echo(_run(end()))


@easel.command()
@click.option("--from", "first", type=Day(), metavar="DATE", help="First local day, included.")
@click.option("--to", "last", type=Day(), metavar="DATE", help="Last local day, included.")
def export(first: date | None, last: date | None) -> None:
    """Write the ledger as CSV to standard output, whether or not Easel is running.

    Every workspace of the database, as it is at this moment; dates as in 2026-12-31, in
    EASEL_TIMEZONE. First the caps that are set now (state `cap`; credits are a number, or `none`
    for no cap; size has the period; channel `default` is the cap of channels without one of their
    own, an empty channel the workspace's), then the grants that count on one of these days (state
    `grant`; size has the first and the last day on which they count, quality what was given, and
    credits what of it counts: drawn by jobs of these days, or left to be), then a row for each job
    that was admitted on these days, in order of time.

    A job's state is `held`, `not known`, `charged` or `released`, as it is now, and credits is what
    counts now: held or charged, 0 when released. So for the days of a budget's period
    cap + grants = charged + held + not known + left, as on the quota card. Images are those asked
    for. Times are UTC. A text that a spreadsheet would take for a formula begins with '.
    """
    if first is not None and last is not None and first > last:
        raise click.UsageError(f"--from {first} is after --to {last}: no day is left.")
    from bot.features.export import lines  # noqa: PLC0415 - see above

    async def write() -> None:
        async with aclosing(lines(load(), first or date.min, last or date.max)) as parts:
            async for part in parts:
                click.echo(part, nl=False)

    _run(write())


@easel.group()
def db() -> None:
    """Move the database: from a SQLite file to PostgreSQL."""


SOURCE = click.option(
    "--from",
    "source",
    metavar="sqlite:///FILE",
    help="The SQLite database; without it, the one that DATABASE_URL names.",
)


@db.command()
@click.argument("target", metavar="postgresql://USER:PASSWORD@HOST/NAME")
@SOURCE
def copy(target: str, source: str | None) -> None:
    """Move everything from a SQLite database into an empty PostgreSQL one.

    Stop Easel first: budgets, the ledger, cards and open requests all go along, and the next start
    goes on with what is open. Everything arrives and is verified (rows counted, the ledger
    replayed), or nothing does. Then set DATABASE_URL to the new database and start Easel.

    The SQLite file stays, as a backup, and is marked: Easel does not run on it any more, since
    requests that are open in both would be paid twice. A copy that was interrupted is called once
    more. The password is printed nowhere; to keep it off the command line, leave it out and set
    PGPASSWORD, or use ~/.pgpass.
    """
    from bot.features import move  # noqa: PLC0415 - see above

    stopped = "Stopped. Call the same easel db copy again: it says what came of it, or goes on."
    click.echo(_run(move.copy(source or _database_url(), target), stopped))


@db.command()
@SOURCE
def reopen(source: str | None) -> None:
    """Let Easel run on a SQLite database again that easel db copy has marked as moved.

    Only where Easel never runs on the copy, or never again: requests that were open in both would
    be paid twice. What was done there since then is not in the file.
    """
    from bot.features import move  # noqa: PLC0415 - see above

    click.echo(_run(move.reopen(source or _database_url())))


def _database_url() -> str:
    return load().database_url.get_secret_value()


STOPPED = "Stopped. What was printed may not be all; easel quota list shows how budgets stand."


def _run(work: Coroutine[Any, Any, T], stopped: str = STOPPED) -> T:
    """Do it, and say what Ctrl-C leaves behind."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        raise click.ClickException(stopped) from None


def main() -> None:
    """Run the command line. What goes wrong is said in a sentence, never as a traceback."""
    try:
        easel()
    except SettingsError as error:
        for mistake in error.mistakes:
            click.echo(mistake, err=True)
        sys.exit(2)
    except Mistake as error:
        click.echo(log.redact(error.sentence), err=True)
        sys.exit(2)
    except EaselError as error:
        _fail(error, error.sentence)
    except ModuleNotFoundError as error:
        _fail(error, f"The Python package {error.name} is needed for this, and not installed.")
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        _fail(error, f"Stopped: {error.strerror or error}{where}.")
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
