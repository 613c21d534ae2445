"""Notices: written in the transaction of what they tell of, told later, to each target once.

Every function runs inside the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.core.job import ChannelId, Place, TeamId, Ts, UserId
from bot.core.notice import Notice, Topic
from bot.store.db import Tx
from bot.store.statements import insert
from bot.store.tables import deliveries, notices


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notice on its way to one target; without `ts` it is in doubt whether it arrived."""

    channel: ChannelId | None
    ts: Ts | None
    version: int  # the version that stands there
    at: datetime  # the intent


async def add(tx: Tx, notice: Notice, now: datetime) -> None:
    """Tell of something; nothing happens when this key was told of before."""
    place = notice.place
    await tx.run(
        insert(notices)
        .values(
            team=notice.team,
            key=notice.key,
            kind=notice.topic,
            about=dict(notice.about),
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
        .where(notices.c.told < notices.c.version, notices.c.kind.in_(list(Topic)))
        .order_by(notices.c.at)
    )
    return [_notice(row) for row in rows]


async def told(tx: Tx, notice: Notice) -> None:
    """Everybody has this version of it."""
    await tx.run(
        notices.update()
        .where(notices.c.team == notice.team, notices.c.key == notice.key)
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
    """How far a notice came on its way to a target; None: not begun."""
    row = await tx.row(sa.select(deliveries).where(*_is_delivery(notice, target)))
    if row is None:
        return None
    return Delivery(
        ChannelId(row.channel) if row.channel else None,
        Ts(row.ts) if row.ts else None,
        row.version,
        row.at,
    )


async def intend(tx: Tx, notice: Notice, target: str, now: datetime) -> None:
    """Before a notice is posted: from here on it is in doubt until `arrived`."""
    await tx.run(
        insert(deliveries)
        .values(team=notice.team, key=notice.key, target=target, version=0, at=now)
        .on_conflict_do_nothing()
    )


async def arrived(
    tx: Tx, notice: Notice, target: str, channel: ChannelId | None, ts: Ts | None
) -> None:
    """A target has this version; without a channel it cannot be told, and is left in peace."""
    await tx.run(
        deliveries.update()
        .where(*_is_delivery(notice, target))
        .values(channel=channel, ts=ts, version=notice.version)
    )


async def forget(tx: Tx, before: datetime) -> None:
    """Forget what was to be told before this, and to whom it was."""
    old = sa.select(notices.c.team, notices.c.key).where(notices.c.at < before)
    await tx.run(deliveries.delete().where(sa.tuple_(deliveries.c.team, deliveries.c.key).in_(old)))
    await tx.run(notices.delete().where(notices.c.at < before))


def _is_delivery(notice: Notice, target: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        deliveries.c.team == notice.team,
        deliveries.c.key == notice.key,
        deliveries.c.target == target,
    )


def _notice(row: sa.Row[Any]) -> Notice:
    team = TeamId(row.team)
    thread = Ts(row.thread) if row.thread else None
    return Notice(
        team=team,
        key=row.key,
        topic=Topic(row.kind),
        about=row.about,
        user=UserId(row.user) if row.user else None,
        place=Place(team, ChannelId(row.channel), thread) if row.channel else None,
        version=row.version,
    )
