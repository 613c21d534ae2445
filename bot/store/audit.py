"""Do the books say what the ledger says? The ledger is replayed and compared."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from bot.core.budget import LineKind, Used
from bot.core.job import ChannelId, Credits, TeamId, UserId
from bot.store.db import Tx
from bot.store.tables import draws, grants, jobs, ledger, total, usage

PAGE = 500  # lines in memory at once


@dataclass(frozen=True, slots=True)
class Page:
    """One row of the books: a person in a channel on a local day."""

    team: TeamId
    channel: ChannelId
    user: UserId
    day: date


async def replay(tx: Tx) -> dict[Page, Used]:
    """What the books of every person have to be, from the ledger alone (`granted` left out)."""
    sums: dict[Page, _Sums] = {}
    open_holds: dict[tuple[str, str], int] = {}
    unknown: set[tuple[str, str]] = set()
    lines = tx.pages(sa.select(ledger).order_by(ledger.c.seq), PAGE)
    async with aclosing(lines):
        async for page in lines:
            for line in page:
                _book(line, sums, open_holds, unknown)
    return {
        page: Used(Credits(one.held), Credits(one.charged), Credits(one.unknown))
        for page, one in sums.items()
    }


@dataclass(slots=True)
class _Sums:
    held: int = 0
    charged: int = 0
    unknown: int = 0


def _book(
    line: sa.Row[Any],
    pages: dict[Page, _Sums],
    open_holds: dict[tuple[str, str], int],
    unknown: set[tuple[str, str]],
) -> None:
    page = Page(TeamId(line.team), ChannelId(line.channel), UserId(line.user), line.day)
    sums = pages.setdefault(page, _Sums())
    job = (line.team, line.job)
    match LineKind(line.kind):
        case LineKind.HELD:
            open_holds[job] = line.credits
            sums.held += line.credits
        case LineKind.UNKNOWN:
            unknown.add(job)
            sums.unknown += open_holds.get(job, 0)
        case LineKind.CHARGED | LineKind.RELEASED as kind:
            held = open_holds.pop(job, 0)  # without a hold it frees nothing, and shows
            sums.held -= held
            sums.unknown -= held if job in unknown else 0
            sums.charged += line.credits if kind is LineKind.CHARGED else 0


async def differences(tx: Tx) -> list[str]:
    """A line for each sum of the books that the ledger does not bear out; none when all is well."""
    expected = await replay(tx)
    found: list[str] = []
    booked: dict[Page, Used] = {}
    totals: dict[tuple[str, str, date], list[int]] = {}
    for row in await tx.rows(sa.select(usage)):
        sums = (row.held, row.charged, row.unknown)
        if row.user:
            page = Page(TeamId(row.team), ChannelId(row.channel), UserId(row.user), row.day)
            booked[page] = Used(*map(Credits, sums))
        else:
            totals[row.team, row.channel, row.day] = list(sums)
    found += [
        f"{page}: the ledger says {expected.get(page)}, the books {booked.get(page)}"
        for page in expected.keys() | booked.keys()
        if expected.get(page, Used()) != booked.get(page, Used())
    ]
    for page, used in booked.items():
        for channel in ("", page.channel):
            total = totals.setdefault((page.team, channel, page.day), [0, 0, 0])
            for index, amount in enumerate((used.held, used.charged, used.unknown)):
                total[index] -= amount
    found += [
        f"{team} {channel or 'workspace'} {day}: the books' totals are off by {total}"
        for (team, channel, day), total in totals.items()
        if any(total)
    ]
    return found + await _grant_differences(tx)


async def _grant_differences(tx: Tx) -> list[str]:
    """Grants have given what holds drew from them, no more than they have, and it is booked."""
    drawn = await tx.rows(
        sa.select(grants, total(draws.c.credits).label("drawn"))
        .outerjoin(draws, draws.c.grant == grants.c.id)
        .group_by(grants.c.id)
    )
    found = [
        f"grant {row.id} of {row.credits} says that it gave {row.used}, and {row.drawn} were drawn"
        for row in drawn
        if row.used != row.drawn or not 0 <= row.used <= row.credits
    ]
    of_page = (grants.c.team, grants.c.channel, grants.c.user, jobs.c.day)
    given = {
        tuple(row[:4]): row.drawn
        for row in await tx.rows(
            sa.select(*of_page, total(draws.c.credits).label("drawn"))
            .select_from(draws)
            .join(grants, draws.c.grant == grants.c.id)
            .join(jobs, sa.and_(jobs.c.team == draws.c.team, jobs.c.id == draws.c.job))
            .group_by(*of_page)
        )
    }
    booked = {
        (row.team, row.channel, row.user, row.day): row.granted
        for row in await tx.rows(sa.select(usage))
    }
    found += [
        f"{page}: {given.get(page, 0)} were drawn from grants, the books say {booked.get(page, 0)}"
        for page in given.keys() | booked.keys()
        if given.get(page, 0) != booked.get(page, 0)
    ]
    return found
