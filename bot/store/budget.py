"""Holds and how they end: the ledger, the books kept beside it, caps and grants.

Every function here runs inside the caller's transaction. Those that change the books hold the
workspace's budget lock first, so that an admission sees every hold before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from bot.core.budget import (
    EVERYBODY,
    NOTHING,
    Admitted,
    BudgetStatus,
    Cap,
    Closing,
    Draw,
    Grant,
    LineKind,
    Scope,
    Used,
    close,
    scopes_of,
)
from bot.core.job import ChannelId, Credits, Job, TeamId, UserId
from bot.core.limits import Spenders
from bot.core.periods import IN_UTC, Calendar, Period
from bot.store.db import Tx
from bot.store.errors import NotHeld
from bot.store.statements import insert, is_named, named
from bot.store.tables import caps, draws, grants, ledger, pauses, total, usage, workspaces

SUMS = ("held", "charged", "unknown", "granted")
"""What the books sum up."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings say about budgets."""

    default_channel_cap: Credits | None  # credits a month for a channel without a cap of its own
    calendar: Calendar = IN_UTC
    spenders: Spenders = Spenders.MEMBERS  # where no admin said who may spend

    def default(self, scope: Scope) -> Cap:
        """The cap of a scope for which nobody set one."""
        is_channel = scope.channel is not None and scope.user is None
        return Cap(Period.MONTH, self.default_channel_cap if is_channel else None)


KEY = ("team", "channel", "user")
WORKSPACE = insert(workspaces).on_conflict_do_nothing()
LOCKED = sa.select(workspaces.c.team).where(is_named(workspaces, team="of_team")).with_for_update()
LINE = ledger.insert()
LINES = (
    sa.select(ledger).where(is_named(ledger, team="of_team", job="of_job")).order_by(ledger.c.seq)
)
DRAWN = (
    sa.select(draws.c.grant, draws.c.credits, grants.c.team, grants.c.channel, grants.c.user)
    .join(grants, grants.c.id == draws.c.grant)
    .where(is_named(draws, team="of_team", job="of_job"))
    .order_by(grants.c.ends, grants.c.id)
)
STOPPED = sa.select(pauses).where(is_named(pauses, team="of_team"))


async def lock(tx: Tx, team: TeamId, now: datetime) -> None:
    """Take the workspace's budget lock until the transaction ends.

    PostgreSQL locks the row; SQLite's writer has the whole file already (BEGIN IMMEDIATE).
    """
    await tx.run(WORKSPACE, {"team": team, "since": now})
    if not tx.is_sqlite:
        await tx.run(LOCKED, {"of_team": team})


async def statuses(
    tx: Tx, team: TeamId, channel: ChannelId, user: UserId, today: date, rules: Rules
) -> tuple[BudgetStatus, ...]:
    """How every scope stands that a hold of this person here counts in, widest first."""
    return await _statuses(tx, scopes_of(team, channel, user), today, rules)


async def status(tx: Tx, scope: Scope, today: date, rules: Rules) -> BudgetStatus:
    """How one scope stands today: its cap, its books in the cap's period, its open grants."""
    return (await _statuses(tx, (scope,), today, rules))[0]


async def cap(tx: Tx, scope: Scope, rules: Rules) -> Cap:
    """The cap that counts for a scope."""
    set_ = await _caps(tx, (scope,))
    return set_.get(scope) or set_.get(_everybody(scope)) or rules.default(scope)


async def statuses_of(
    tx: Tx, scopes: Sequence[Scope], today: date, rules: Rules
) -> tuple[BudgetStatus, ...]:
    """How these scopes stand today, at most some hundred of them, in their order."""
    return await _statuses(tx, scopes, today, rules)


async def _statuses(
    tx: Tx, scopes: Sequence[Scope], today: date, rules: Rules
) -> tuple[BudgetStatus, ...]:
    """In four statements, however many scopes: a statement costs more than what it does."""
    set_ = await _caps(tx, scopes)
    given = await _open_grants(tx, scopes, today)
    the_caps = [
        set_.get(scope) or set_.get(_everybody(scope)) or rules.default(scope) for scope in scopes
    ]
    spans = [rules.calendar.span(cap.period, today) for cap in the_caps]
    sums = await _sums(tx, scopes, [(days.first, days.last) for days in spans])
    stopped = await _pauses(tx, scopes)
    return tuple(
        BudgetStatus(scope, cap, days, used, tuple(given.get(scope, ())), paused=scope in stopped)
        for scope, cap, days, used in zip(scopes, the_caps, spans, sums, strict=True)
    )


async def _sums(tx: Tx, scopes: Sequence[Scope], spans: Sequence[tuple[date, date]]) -> list[Used]:
    """The books of each scope over its days, in their order."""
    days = {
        f"{end}_{place}": day
        for place, span in enumerate(spans)
        for end, day in zip(("first", "last"), span, strict=True)
    }
    rows = await tx.rows(_summed(len(scopes)), {**_names(scopes), **days})
    return [
        Used(**{name: Credits(getattr(row, name)) for name in SUMS})
        for row in sorted(rows, key=lambda row: row.place)
    ]


@cache
def _summed(count: int) -> sa.CompoundSelect[Any]:
    sums = [total(usage.c[name]).label(name) for name in SUMS]
    return sa.union_all(
        *(
            sa.select(sa.literal(place).label("place"), *sums).where(
                _is_nth(usage, place),
                usage.c.day.between(
                    named(usage.c.day, f"first_{place}"), named(usage.c.day, f"last_{place}")
                ),
            )
            for place in range(count)
        )
    )


def _is_nth(table: sa.Table, place: int) -> sa.ColumnElement[bool]:
    return is_named(table, **{name: f"{name}_{place}" for name in KEY})


def _is_any(table: sa.Table, count: int) -> sa.ColumnElement[bool]:
    return sa.or_(*(_is_nth(table, place) for place in range(count)))


def _names(scopes: Sequence[Scope]) -> dict[str, str]:
    """What `_is_nth` is given."""
    return {
        f"{name}_{place}": value
        for place, scope in enumerate(scopes)
        for name, value in key_of(scope).items()
    }


@cache
def _set_caps(count: int) -> sa.Select[Any]:
    return sa.select(caps).where(_is_any(caps, count))


@cache
def _giving(count: int) -> sa.Select[Any]:
    today = named(grants.c.starts, "today")
    return (
        sa.select(grants)
        .where(
            _is_any(grants, count),
            grants.c.starts <= today,
            grants.c.ends >= today,
            grants.c.used < grants.c.credits,
        )
        .order_by(grants.c.ends, grants.c.id)
    )


async def _caps(tx: Tx, scopes: Sequence[Scope]) -> dict[Scope, Cap]:
    """The caps that somebody set, for these scopes or for everybody in their channel."""
    every = [*scopes, *(_everybody(scope) for scope in scopes if scope.user is not None)]
    rows = await tx.rows(_set_caps(len(every)), _names(every))
    return {
        _scope(row): Cap(Period(row.period), None if row.limit is None else Credits(row.limit))
        for row in rows
    }


def _everybody(scope: Scope) -> Scope:
    """Where the cap of a person stands that has none of their own."""
    return scope if scope.user is None else replace(scope, user=EVERYBODY)


async def _pauses(tx: Tx, scopes: Sequence[Scope]) -> set[Scope]:
    """Which of these scopes an admin has paused."""
    teams = {scope.team for scope in scopes}
    rows = [row for team in teams for row in await tx.rows(STOPPED, {"of_team": team})]
    stopped = {Scope(TeamId(row.team), ChannelId(row.channel) or None) for row in rows}
    return stopped.intersection(scopes)


async def _open_grants(tx: Tx, scopes: Sequence[Scope], today: date) -> dict[Scope, list[Grant]]:
    """Grants of these very scopes that still give today, the one that ends first ahead."""
    rows = await tx.rows(_giving(len(scopes)), {**_names(scopes), "today": today})
    given: dict[Scope, list[Grant]] = {}
    for row in rows:
        grant = Grant(row.id, Credits(row.credits), Credits(row.used), row.starts, row.ends)
        given.setdefault(_scope(row), []).append(grant)
    return given


async def hold(tx: Tx, job: Job, admitted: Admitted, now: datetime) -> None:
    """Write an admitted hold: the ledger's line, the books of every scope, the grants' draws."""
    await _line(tx, job, LineKind.HELD, job.price.credits, now)
    await _book(
        tx, job, lambda scope: Used(held=job.price.credits, granted=admitted.granted(scope))
    )
    for draw in admitted.draws:
        await tx.run(
            draws.insert(),
            {
                "team": job.place.team,
                "job": job.id,
                "grant": draw.grant,
                "credits": draw.credits,
            },
        )
        await _give(tx, draw.grant, draw.credits)


async def mark_unknown(tx: Tx, job: Job, now: datetime) -> None:
    """The hold's outcome was lost: it stays held and is named. Raises `NotHeld`."""
    await _open_kinds(tx, job)
    await _line(tx, job, LineKind.UNKNOWN, job.price.credits, now)
    await _book(tx, job, lambda _: Used(unknown=job.price.credits))


async def charge(tx: Tx, job: Job, credits: Credits, now: datetime) -> None:
    """End the hold: so many credits were spent; they may exceed the hold and the cap.

    Never refused while it is held. Raises `NotHeld`.
    """
    await _end(tx, job, LineKind.CHARGED, credits, now)


async def release(tx: Tx, job: Job, now: datetime) -> None:
    """End the hold: nothing was spent, all of it is free again. Raises `NotHeld`."""
    await _end(tx, job, LineKind.RELEASED, Credits(0), now)


async def _end(tx: Tx, job: Job, kind: LineKind, charged: Credits, now: datetime) -> None:
    await lock(tx, job.place.team, now)
    was_unknown = LineKind.UNKNOWN in await _open_kinds(tx, job)
    closing = close(charged, await _draws(tx, job))
    await _line(tx, job, kind, charged if kind is LineKind.CHARGED else job.price.credits, now)
    freed = Credits(-job.price.credits)
    await _book(
        tx,
        job,
        lambda scope: Used(
            held=freed,
            charged=charged,
            unknown=freed if was_unknown else NOTHING,
            granted=Credits(-closing.returned_to(scope)),
        ),
    )
    await _give_back(tx, job, closing)


async def _open_kinds(tx: Tx, job: Job) -> set[LineKind]:
    """What the ledger says of an open hold. Raises `NotHeld` where it has ended or never began."""
    kinds = {kind for kind, _, _ in await lines(tx, job)}
    if LineKind.HELD not in kinds or kinds & {LineKind.CHARGED, LineKind.RELEASED}:
        raise NotHeld(job.id)
    return kinds


async def lines(tx: Tx, job: Job) -> list[tuple[LineKind, Credits, datetime]]:
    """What the ledger says of a job, in order."""
    rows = await tx.rows(LINES, {"of_team": job.place.team, "of_job": job.id})
    return [(LineKind(row.kind), Credits(row.credits), row.at) for row in rows]


def key_of(scope: Scope) -> dict[str, str]:
    """A scope as columns."""
    return {"team": scope.team, "channel": scope.channel or "", "user": scope.user or ""}


def _scope(row: sa.Row[Any]) -> Scope:
    return Scope(
        TeamId(row.team),
        ChannelId(row.channel) if row.channel else None,
        UserId(row.user) if row.user else None,
    )


def is_scope(table: sa.Table, scope: Scope) -> tuple[sa.ColumnElement[bool], ...]:
    """The rows of this very scope."""
    return tuple(table.c[name] == value for name, value in key_of(scope).items())


def _day(job: Job) -> date:
    """The books' page of a job: the local day of its admission."""
    if job.day is None:
        raise AssertionError(f"{job.id} was never admitted")
    return job.day


async def _line(tx: Tx, job: Job, kind: LineKind, amount: Credits, now: datetime) -> None:
    await tx.run(
        LINE,
        {
            "team": job.place.team,
            "job": job.id,
            "kind": kind,
            "credits": amount,
            "channel": job.place.channel,
            "user": job.asker,
            "day": _day(job),
            "at": now,
            "table_version": job.price.table_version,
        },
    )


async def _book(tx: Tx, job: Job, change: Callable[[Scope], Used]) -> None:
    """Add to the books of every scope that the job counts in, on its page."""
    scopes = scopes_of(job.place.team, job.place.channel, job.asker)
    pages = {
        f"{name}_{place}": value
        for place, scope in enumerate(scopes)
        for name, value in {"day": _day(job), **asdict(change(scope))}.items()
    }
    await tx.run(_booking(len(scopes)), {**_names(scopes), **pages})


@cache
def _booking(count: int) -> sa.Executable:
    pages = insert(usage).values(
        [
            {name: named(usage.c[name], f"{name}_{place}") for name in (*KEY, "day", *SUMS)}
            for place in range(count)
        ]
    )
    return pages.on_conflict_do_update(
        index_elements=[*KEY, "day"],
        set_={name: usage.c[name] + pages.excluded[name] for name in SUMS},
    )


async def _draws(tx: Tx, job: Job) -> list[Draw]:
    rows = await tx.rows(DRAWN, {"of_team": job.place.team, "of_job": job.id})
    return [Draw(row.grant, _scope(row), Credits(row.credits)) for row in rows]


async def _give(tx: Tx, grant: int, amount: int) -> None:
    await tx.run(grants.update().where(grants.c.id == grant).values(used=grants.c.used + amount))


async def _give_back(tx: Tx, job: Job, closing: Closing) -> None:
    for draw in closing.returned:
        await _give(tx, draw.grant, -draw.credits)
        await tx.run(
            draws.update()
            .where(
                draws.c.team == job.place.team,
                draws.c.job == job.id,
                draws.c.grant == draw.grant,
            )
            .values(credits=draws.c.credits - draw.credits)
        )
