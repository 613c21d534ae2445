"""Pictures of a job: where they are, their bytes where they are kept, how far they are in Slack.

Every function is fenced as `store.jobs.record` is, and runs inside the caller's transaction.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from bot.core.job import Job, Picture, Step
from bot.store.db import Tx
from bot.store.jobs import key_of, record
from bot.store.statements import is_named, named
from bot.store.tables import contents, pictures

STORED = "stored:"
"""The source of a picture whose bytes are in `contents`."""


NEW = pictures.insert()
OF_JOB = is_named(pictures, team="of_team", job="of_job")
SHARED = pictures.update().where(OF_JOB).values(shared=True)
CONTENT = contents.insert()
BYTES = sa.select(contents.c.bytes).where(
    is_named(contents, team="of_team", job="of_job", number="of_number")
)
UNNEEDED = contents.delete().where(is_named(contents, team="of_team", job="of_job"))
UPLOADED = (
    pictures.update()
    .where(OF_JOB, is_named(pictures, number="of_number"))
    .values(file=named(pictures.c.file, "new_file"))
)


async def keep(tx: Tx, job: Job, arrived: list[tuple[Picture, bytes | None]]) -> Job:
    """Write the pictures that arrived, with their bytes where the answer itself held them."""
    for picture, content in arrived:
        key = {"team": job.place.team, "job": job.id, "number": picture.number}
        await tx.run(
            NEW,
            {
                **key,
                "width": picture.size.width,
                "height": picture.size.height,
                "mime": picture.mime,
                "source": picture.source,
                "length": picture.length,
                "file": None,
                "shared": False,
            },
        )
        if content is not None:
            await tx.run(CONTENT, {**key, "bytes": content})
    return replace(job, pictures=tuple(picture for picture, _ in arrived))


async def content(tx: Tx, job: Job, number: int) -> bytes:
    """The bytes of a picture that came inside the provider's answer."""
    row = await tx.row(BYTES, {**key_of(job.place.team, job.id), "of_number": number})
    if row is None:
        raise LookupError(f"no content of picture {number} of {job.id}")
    return bytes(row.bytes)


async def moved(tx: Tx, job: Job, number: int, source: str) -> Job:
    """The provider gave a picture another address."""
    await record(tx, job)
    await tx.run(pictures.update().where(*_is_picture(pictures, job, number)).values(source=source))
    return with_picture(job, number, source=source)


async def keep_content(tx: Tx, job: Job, number: int, content: bytes) -> Job:
    """From now on a picture's bytes are here, whatever becomes of its address."""
    await record(tx, job)
    key = {"team": job.place.team, "job": job.id, "number": number}
    await tx.run(CONTENT, {**key, "bytes": content})
    changes = {"source": STORED, "length": len(content)}
    await tx.run(pictures.update().where(*_is_picture(pictures, job, number)).values(**changes))
    return with_picture(job, number, **changes)


async def share_begun(tx: Tx, job: Job) -> Job:
    """The pictures are about to be shared under the file ids that Slack gave them."""
    job = await record(tx, job, pending_step=Step.SHARE, waits_for=None)
    key = key_of(job.place.team, job.id)
    for one in job.pictures:
        await tx.run(UPLOADED, {**key, "of_number": one.number, "new_file": one.file})
    return job


async def shared(tx: Tx, job: Job) -> Job:
    """All pictures are in the thread; bytes kept for them are no longer needed."""
    job = await record(tx, job, pending_step=None)
    key = key_of(job.place.team, job.id)
    await tx.run(SHARED, key)
    if any(one.source == STORED for one in job.pictures):
        await tx.run(UNNEEDED, key)
    return replace(job, pictures=tuple(replace(one, shared=True) for one in job.pictures))


def _is_picture(table: sa.Table, job: Job, number: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        table.c.team == job.place.team,
        table.c.job == job.id,
        table.c.number == number,
    )


def with_picture(job: Job, number: int, **changes: Any) -> Job:
    """The job with something changed about one of its pictures; nothing is written."""
    return replace(
        job,
        pictures=tuple(
            replace(one, **changes) if one.number == number else one for one in job.pictures
        ),
    )
