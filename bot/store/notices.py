"""Notices: written in the transaction of what they tell of, told later, to each target once.

One process tells a target: the one whose claim stands in `deliveries`. A claim is a lease, which
lapses when its process does not come to an end in time. Every function runs inside the caller's
transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot.core.job import ChannelId, Place, TeamId, Ts, UserId
from bot.core.notices import KINDS, Notice
from bot.store.db import Tx
from bot.store.errors import NotClaimed
from bot.store.statements import insert
from bot.store.tables import Utc, deliveries, notices

_CODECS = {kind: TypeAdapter(about) for kind, about in KINDS.items()}
"""What each kind of notice is about, as JSON and back."""

_SECOND = 1_000_000  # microseconds
_NOW = sa.cast(sa.extract("epoch", sa.func.now()) * _SECOND, sa.BigInteger)
"""The server's clock: those of two processes may differ by more than a lease."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notice on its way to one target."""

    channel: ChannelId | None
    ts: Ts | None  # of the message; None: nobody knows whether it was posted
    version: int  # the version that stands there, 0: none yet
    at: datetime  # of the first claim
    is_new: bool  # claimed for the first time just now: it was certainly not posted

    def has(self, version: int) -> bool:
        """Whether a target needs not be told this version: it has it, or cannot be told at all."""
        is_unreachable = self.version > 0 and self.ts is None
        return self.version >= version or is_unreachable


async def add(tx: Tx, notice: Notice, now: datetime) -> None:
    """Tell of something; nothing happens when this key was told of before."""
    place = notice.place
    tx.has_news = True
    await tx.run(
        insert(notices)
        .values(
            team=notice.team,
            key=notice.key,
            kind=notice.about.KIND,
            about=_CODECS[notice.about.KIND].dump_python(notice.about, mode="json"),
            user=notice.user,
            channel=place.channel if place else None,
            thread=place.thread if place else None,
            version=notice.version,
            told=0,
            at=now,
        )
        .on_conflict_do_nothing()
    )


async def renew(tx: Tx, team: TeamId, key: str) -> None:
    """A notice reads differently now: what was told is changed where it stands."""
    tx.has_news = True
    await tx.run(
        notices.update()
        .where(notices.c.team == team, notices.c.key == key)
        .values(version=notices.c.version + 1)
    )


async def untold(tx: Tx) -> list[Notice]:
    """What is still to be told or changed, oldest first.

    All of it: those that cannot be told, however many, must not keep the others from being told.
    What only another version of Easel can word (as the digest of an earlier one) is left to it.
    """
    rows = await tx.rows(
        sa.select(notices)
        .where(notices.c.told < notices.c.version, notices.c.kind.in_(KINDS))
        .order_by(notices.c.at)
    )
    return [_notice(row) for row in rows]


async def told(tx: Tx, notice: Notice) -> None:
    """Everybody has this version of it."""
    await tx.run(
        notices.update()
        .where(
            notices.c.team == notice.team,
            notices.c.key == notice.key,
            notices.c.told < notice.version,
        )
        .values(told=notice.version)
    )


async def targets(tx: Tx, notice: Notice) -> list[str]:
    """To whom it is on its way, or was told."""
    rows = await tx.rows(
        sa.select(deliveries.c.target).where(
            deliveries.c.team == notice.team, deliveries.c.key == notice.key
        )
    )
    return [row.target for row in rows]


async def delivery(tx: Tx, notice: Notice, target: str) -> Delivery | None:
    """How far a notice came on its way to a target; None: nobody has begun."""
    row = await tx.row(sa.select(deliveries).where(*_is_delivery(notice, target)))
    return _delivery(row, is_new=False) if row is not None else None


async def claim(tx: Tx, notice: Notice, target: str, process: str, seconds: float) -> Delivery:
    """Take it on this process to tell a target, for so many seconds; once more: for longer.

    Raises `NotClaimed` where another process has the claim, or the target this version. On SQLite
    one process serves: what another one has claimed, it did not live to tell.
    """
    until = sa.type_coerce(_NOW + round(seconds * _SECOND), Utc)
    lease = {"claimed_by": process, "claimed_until": until}
    at = {"version": 0, "at": sa.type_coerce(_NOW, Utc)}
    new = await tx.row(
        insert(deliveries)
        .values(team=notice.team, key=notice.key, target=target, **at, **lease)
        .on_conflict_do_nothing()
        .returning(deliveries)
    )
    if new is not None:
        return _delivery(new, is_new=True)
    is_free = sa.or_(
        sa.true() if tx.is_sqlite else sa.false(),
        deliveries.c.claimed_by.is_(None),
        deliveries.c.claimed_by == process,
        deliveries.c.claimed_until <= sa.type_coerce(_NOW, Utc),
    )
    row = await tx.row(
        deliveries.update()
        .where(*_is_delivery(notice, target), deliveries.c.version < notice.version, is_free)
        .values(**lease)
        .returning(deliveries)
    )
    if row is None:
        raise NotClaimed(notice.key, target)
    return _delivery(row, is_new=False)


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a notice stands."""

    channel: ChannelId
    ts: Ts


async def settle(tx: Tx, notice: Notice, target: str, process: str, posted: Posted | None) -> None:
    """A target has this version (None: cannot be told, and is left in peace): the claim ends.

    Nothing is written where the claim is another process's by now.
    """
    await tx.run(
        deliveries.update()
        .where(*_is_delivery(notice, target), deliveries.c.claimed_by == process)
        .values(
            channel=posted and posted.channel,
            ts=posted and posted.ts,
            version=notice.version,
            claimed_by=None,
            claimed_until=None,
        )
    )


async def forget(tx: Tx, before: datetime) -> None:
    """Forget what was to be told before this, and to whom it was."""
    old = sa.select(notices.c.team, notices.c.key).where(notices.c.at < before)
    await tx.run(deliveries.delete().where(sa.tuple_(deliveries.c.team, deliveries.c.key).in_(old)))
    await tx.run(notices.delete().where(notices.c.at < before))


async def forget_of(tx: Tx, team: TeamId, user: UserId) -> None:
    """Forget what was told to a person alone, and what was still to be."""
    theirs = sa.select(notices.c.key).where(notices.c.team == team, notices.c.user == user)
    for table in (deliveries, notices):
        await tx.run(table.delete().where(table.c.team == team, table.c.key.in_(theirs)))


def _is_delivery(notice: Notice, target: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        deliveries.c.team == notice.team,
        deliveries.c.key == notice.key,
        deliveries.c.target == target,
    )


def _delivery(row: Any, *, is_new: bool) -> Delivery:
    return Delivery(
        ChannelId(row.channel) if row.channel else None,
        Ts(row.ts) if row.ts else None,
        row.version,
        row.at,
        is_new,
    )


def _notice(row: sa.Row[Any]) -> Notice:
    team = TeamId(row.team)
    thread = Ts(row.thread) if row.thread else None
    return Notice(
        team=team,
        key=row.key,
        about=_CODECS[row.kind].validate_python(row.about),
        user=UserId(row.user) if row.user else None,
        place=Place(team, ChannelId(row.channel), thread) if row.channel else None,
        version=row.version,
    )
