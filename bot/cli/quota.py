"""`easel quota`: budgets, from a shell."""

from __future__ import annotations

from datetime import date

import click

from bot.cli import LITERAL, WORKSPACE, Day, load_settings, run_to_end


@click.group()
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
    from bot.features import shell  # noqa: PLC0415 -- see `bot.cli`
    from bot.views import plain  # noqa: PLC0415 -- see `bot.cli`

    async def show() -> str:
        async with shell.open_shell(load_settings(), workspace) as opened:
            return plain.render_table((one.status, one.own) for one in await opened.list())

    click.echo(run_to_end(show()))


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
    from bot.core import quota_grammar  # noqa: PLC0415 -- see `bot.cli`
    from bot.features import shell  # noqa: PLC0415 -- see `bot.cli`
    from bot.views import plain  # noqa: PLC0415 -- see `bot.cli`

    place = quota_grammar.parse_where(where)
    wanted = quota_grammar.parse_cap(place, amount, period)
    user = None if person is None else quota_grammar.parse_person(person, place)

    async def change() -> str:
        async with shell.open_shell(load_settings(), workspace) as opened:
            return plain.render_changed(await opened.change(wanted, user))

    click.echo(run_to_end(change()))


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
    from bot.core import quota_grammar  # noqa: PLC0415 -- see `bot.cli`
    from bot.features import shell  # noqa: PLC0415 -- see `bot.cli`
    from bot.views import plain  # noqa: PLC0415 -- see `bot.cli`

    wanted = quota_grammar.parse_grant(quota_grammar.parse_where(channel), credits, until, reason)

    async def give() -> str:
        async with shell.open_shell(load_settings(), workspace) as opened:
            return plain.render_changed(await opened.change(wanted))

    click.echo(run_to_end(give()))
