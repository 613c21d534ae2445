"""What keeps pictures from Slack, as each new card asks for it."""

from __future__ import annotations

import pytest

from bot.core.job import TeamId
from bot.store import jobs
from bot.store.db import Database
from tests.store.plans import asked, plan
from tests.store.world import TEAM, queued


async def waiting(db: Database, code: str | None) -> None:
    """A job that stands so."""
    job = await queued(db)
    async with db.write() as tx:
        await jobs.record(tx, job, waits_for=code)


@pytest.mark.parametrize(
    ("code", "known"),
    [
        (None, None),
        ("nowhere", None),
        ("file_type_not_allowed", None),
        ("storage_limit_reached", "storage_limit_reached"),
        ("file_uploads_disabled", "file_uploads_disabled"),
    ],
)
async def test_what_every_picture_would_meet(
    db: Database, code: str | None, known: str | None
) -> None:
    """Only what is no matter of one picture counts, and only in its own workspace."""
    await waiting(db, code)
    async with db.read() as tx:
        here = await jobs.hitch_of_all(tx, TEAM)
        elsewhere = await jobs.hitch_of_all(tx, TeamId("TOTHER"))

    assert here == known
    assert elsewhere is None


async def test_it_goes_by_the_index_of_open_jobs(db: Database) -> None:
    """However many jobs a workspace has had, only those are read that are not at their end."""
    async with db.read() as tx:
        with asked() as seen:
            await jobs.hitch_of_all(tx, TEAM)
        [(sql, values)] = seen
        steps = " ".join(await plan(tx, sql, values))

    assert "ix_jobs_open" in steps
