"""`easel jobs`: requests that hold credits, from a shell."""

from __future__ import annotations

import click

from bot.cli import LITERAL, WORKSPACE, load_settings, run_to_end


@click.group()
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
    from bot.features import shell  # noqa: PLC0415 -- see `bot.cli`
    from bot.views import plain  # noqa: PLC0415 -- see `bot.cli`

    async def show() -> str:
        async with shell.open_shell(load_settings(), workspace) as opened:
            found = await opened.jobs(every_open=every_open)
            return plain.render_jobs((one.job, one.since) for one in found)

    click.echo(run_to_end(show()))


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
    from bot.core import quota_grammar  # noqa: PLC0415 -- see `bot.cli`
    from bot.core.job import JobId  # noqa: PLC0415 -- see `bot.cli`
    from bot.features import shell  # noqa: PLC0415 -- see `bot.cli`
    from bot.views import requests  # noqa: PLC0415 -- see `bot.cli`

    amount = None if spent is None else quota_grammar.parse_spent(spent)

    async def end() -> str:
        async with shell.open_shell(load_settings(), workspace) as opened:
            return requests.hold_decision(await opened.end(JobId(job), amount))

    click.echo(run_to_end(end()))
