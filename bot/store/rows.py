"""Jobs and pictures as rows, and rows as jobs and pictures."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.core.job import (
    ChannelId,
    Credits,
    FileId,
    Job,
    JobId,
    JobState,
    ModelId,
    Picture,
    Place,
    Price,
    Quality,
    Request,
    Size,
    Step,
    TaskId,
    TeamId,
    Tier,
    Ts,
    UserId,
)
from bot.store.db import Tx
from bot.store.statements import is_named
from bot.store.tables import pictures

OFFERED = frozenset(
    {
        "revision",
        "prompt",
        "model",
        "size",
        "quality",
        "images",
        "inputs",
        "mask",
        "parent",
        "notes",
        "credits",
        "each",
        "tier",
        "table_version",
    }
)
"""The columns that a choice on the card changes."""


def to_row(job: Job) -> dict[str, Any]:
    """The columns that an offer is written with."""
    request, price = job.request, job.price
    return {
        "team": job.place.team,
        "id": job.id,
        "revision": job.revision,
        "state": job.state,
        "attempt": job.attempt,
        "channel": job.place.channel,
        "thread": job.place.thread,
        "asker": job.asker,
        "source": job.source,
        "prompt": request.prompt,
        "model": request.model,
        "size": str(request.size) if request.size else None,
        "quality": request.quality,
        "images": request.count,
        "inputs": list(request.inputs),
        "mask": request.mask,
        "parent": request.parent,
        "notes": list(job.notes),
        "deleted": job.deleted,
        "credits": price.credits,
        "each": price.each,
        "tier": price.tier,
        "table_version": price.table_version,
        "created": job.created,
    }


def from_row(row: sa.Row[Any], of_job: tuple[Picture, ...]) -> Job:
    """The job that a row tells of, with its pictures."""
    return Job(
        id=JobId(row.id),
        revision=row.revision,
        place=Place(
            TeamId(row.team), ChannelId(row.channel), Ts(row.thread) if row.thread else None
        ),
        asker=UserId(row.asker),
        source=Ts(row.source) if row.source else None,
        request=Request(
            prompt=row.prompt or "",
            model=ModelId(row.model),
            size=size_of(row.size),
            quality=Quality(row.quality) if row.quality else None,
            count=row.images,
            inputs=tuple(FileId(file) for file in row.inputs),
            mask=FileId(row.mask) if row.mask else None,
            parent=JobId(row.parent) if row.parent else None,
            auto=row.size is None and bool(row.inputs),  # else it has its first picture's shape
        ),
        price=Price(Credits(row.credits), Credits(row.each), Tier(row.tier), row.table_version),
        state=JobState(row.state),
        created=row.created,
        notes=tuple(row.notes),
        attempt=row.attempt,
        pending_step=None if row.pending_step is None else Step(row.pending_step),
        waits_for=row.waits_for,
        day=row.day,
        root=Ts(row.root) if row.root else None,
        task=TaskId(row.task) if row.task else None,
        submitted=row.submitted,
        request_id=row.request_id,
        charged=None if row.charged is None else Credits(row.charged),
        computed=None if row.computed is None else Credits(row.computed),
        pictures=of_job,
        deleted=row.deleted,
        fault=row.fault,
        detail=row.detail,
        moved_from=None if row.moved_from is None else ChannelId(row.moved_from),
        moved_for=row.moved_for,
    )


PICTURES = (
    sa.select(pictures)
    .where(is_named(pictures, team="of_team", job="of_job"))
    .order_by(pictures.c.number)
)


def size_of(text: str | None) -> Size | None:
    """A column's `WIDTHxHEIGHT`; None is `auto`."""
    if text is None:
        return None
    width, _, height = text.partition("x")
    return Size(int(width), int(height))


async def pictures_of(tx: Tx, team: TeamId, job: JobId) -> tuple[Picture, ...]:
    """The pictures of a job, in their order."""
    rows = await tx.rows(PICTURES, {"of_team": team, "of_job": job})
    return tuple(
        Picture(
            number=row.number,
            size=Size(row.width, row.height),
            mime=row.mime,
            source=row.source,
            length=row.length,
            file=FileId(row.file) if row.file else None,
            shared=row.shared,
        )
        for row in rows
    )
