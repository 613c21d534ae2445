"""`easel export`, `erase` and `db`: the ledger as CSV, a person's words, the whole database."""

from __future__ import annotations

import re
import sys
from contextlib import aclosing
from datetime import date
from pathlib import Path

import click

from bot.cli import Day, load_settings, run_to_end


@click.command()
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
    from bot.features.export import export_lines  # noqa: PLC0415 -- see `bot.cli`

    async def write() -> None:
        async with aclosing(
            export_lines(load_settings(), first or date.min, last or date.max)
        ) as parts:
            async for part in parts:
                click.echo(part, nl=False)

    run_to_end(write())


def _member(_: click.Context, __: click.Parameter, value: str) -> str:
    if re.fullmatch("[UW][A-Z0-9]{2,}", value):
        return value
    raise click.BadParameter(
        f"{value} is no person. Write a member's id, which stands in their profile in Slack, as in "
        "U0123456789."
    )


@click.command()
@click.option("--person", required=True, metavar="U…", callback=_member, help="Whose words.")
@click.option("--team", metavar="T…", help="In this workspace; without it, in all.")
def erase(person: str, team: str | None) -> None:
    """Erase everything that a person typed, at once, whether or not Easel is running.

    Prompts, the names of the files to edit, reasons to the admins and of grants, and what they were
    told. Open offers and requests for more credits are withdrawn; what admins were told is told
    anew, without the words. Who, when and how much stays: budgets and easel export add up as
    before.

    What is on its way still needs its words and is named: call the same again once it has ended
    (exit status 1 until then). Messages and files in Slack, and backups, are not Easel's to erase.
    A SQLite file may keep what was written over in its free space until that is used again.
    """
    from bot.core.job import UserId  # noqa: PLC0415 -- see `bot.cli`
    from bot.features import shell  # noqa: PLC0415 -- see `bot.cli`
    from bot.views import plain  # noqa: PLC0415 -- see `bot.cli`

    found = run_to_end(shell.erase(load_settings(), UserId(person), team))
    for one in found:
        click.echo(f"{one.team}: {plain.render_erased(one.requests, one.reasons, one.left)}")
    if not found:
        click.echo(f"{person} has typed nothing that is in this database.")
    if any(one.left for one in found):
        sys.exit(1)


@click.group()
def db() -> None:
    """Back the SQLite file up while Easel runs, or move everything from it to PostgreSQL."""


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
    from bot.features import move  # noqa: PLC0415 -- see `bot.cli`

    stopped = "Stopped. Call the same easel db copy again: it says what came of it, or goes on."
    click.echo(run_to_end(move.copy(source or _database_url(), target), stopped))


@db.command()
@SOURCE
def reopen(source: str | None) -> None:
    """Let Easel run on a SQLite database again that easel db copy has marked as moved.

    Only where Easel never runs on the copy, or never again: requests that were open in both would
    be paid twice. What was done there since then is not in the file.
    """
    from bot.features import move  # noqa: PLC0415 -- see `bot.cli`

    click.echo(run_to_end(move.reopen(source or _database_url())))


@db.command()
@click.argument("file", type=click.Path(path_type=Path))
@SOURCE
def backup(file: Path, source: str | None) -> None:
    """Copy the SQLite database to FILE, as it is at this moment, whether or not Easel is running.

    Nobody waits for it: Easel goes on writing, and what it writes meanwhile is in the next backup.
    FILE must not be there yet, and is there once it is whole and looked through. It holds prompts,
    as the database does: only this user may read it.

    To go back to it: stop Easel, take away the old file with those beside it that end in -wal and
    -shm, put the copy in its place, and start Easel. Everything after the backup is forgotten. So a
    picture that was queued then, and drawn since, is drawn and paid once more: cancel it first, or
    let Pixapi tell what it charged.
    """
    from bot.features import move  # noqa: PLC0415 -- see `bot.cli`

    click.echo(move.backup(source or _database_url(), file))


def _database_url() -> str:
    return load_settings().database_url.get_secret_value()
