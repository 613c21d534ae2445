"""What an older Easel has written is read by today's, with the same meaning."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from bot.core.job import ChannelId, JobId, JobState, Step
from bot.store import jobs, schema
from bot.store.db import open_database
from tests import postgres
from tests.store.world import TEAM, url

ROWS = {
    "announcing": {"state": "queued", "doing": "root"},
    "sharing": {"state": "delivering", "doing": "share"},
    "waiting": {"state": "delivering", "doing": "waits:storage_limit_reached"},
    "moved": {"state": "done", "fault": "moved:is_archived", "detail": "C-design"},
    "failed": {"state": "failed", "doing": "tell", "fault": "rejected", "detail": "no foxes"},
}


def _at(address: str, revision: str) -> None:
    """Bring a database to a revision, with a row for each state of a job."""
    engine = sa.create_engine(address.replace("+aiosqlite", ""))
    with engine.connect() as connection:
        config = Config()
        config.set_main_option("script_location", str(schema.MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        table = sa.Table("jobs", sa.MetaData(), autoload_with=connection)
        usual = {
            "team": TEAM,
            "revision": 1,
            "attempt": 1,
            "channel": "D1",
            "asker": "U1",
            "model": "gpt-image-2",
            "images": 1,
            "inputs": [],
            "notes": [],
            "credits": 4,
            "each": 4,
            "tier": "1K",
            "table_version": "test",
            "created": 0,
            "deleted": False,
        }
        for name, row in ROWS.items():
            connection.execute(table.insert().values(**usual, id=name, **row))
        connection.commit()
    engine.dispose()


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
async def test_the_state_of_every_job_is_kept(dialect: str, tmp_path: Path) -> None:
    """Pending steps, what is waited for, and from where a job was moved mean what they meant."""
    address = url(tmp_path / "easel.db")
    if dialect == "postgresql":
        postgres.needed()
        address = await asyncio.to_thread(postgres.created)
    await asyncio.to_thread(_at, address, "0005")
    async with open_database(address) as db, db.read() as tx:
        found = {name: await jobs.get(tx, TEAM, JobId(name)) for name in ROWS}
    if dialect == "postgresql":
        await asyncio.to_thread(postgres.dropped, address)

    assert {
        name: (job.state, job.pending_step, job.waits_for, job.moved_from, job.moved_for, job.fault)
        for name, job in found.items()
        if job is not None
    } == {
        "announcing": (JobState.QUEUED, Step.ANNOUNCE, None, None, None, None),
        "sharing": (JobState.DELIVERING, Step.SHARE, None, None, None, None),
        "waiting": (JobState.DELIVERING, None, "storage_limit_reached", None, None, None),
        "moved": (JobState.DONE, None, None, ChannelId("C-design"), "is_archived", None),
        "failed": (JobState.FAILED, Step.TELL, None, None, None, "rejected"),
    }
