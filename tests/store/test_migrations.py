"""What an older Easel has written is read by today's, with the same meaning."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from bot.core.job import ChannelId, Credits, JobId, JobState, Place, Step, Ts, UserId
from bot.core.notices import Alert, Discrepancy, RequestDecided, RequestMade, Trouble
from bot.core.periods import Period
from bot.core.requests import ApprovalRequest, Decision, Outcome, RequestId, RequestKind
from bot.store import jobs, notices, requests, schema
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


JOB = {
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

Rows = dict[str, list[dict[str, Any]]]
"""Of each table, in the order in which they can be written."""


def _at(address: str, revision: str, rows: Rows) -> None:
    """Bring a database to a revision, with these rows."""
    engine = sa.create_engine(address.replace("+aiosqlite", ""))
    with engine.connect() as connection:
        config = Config()
        config.set_main_option("script_location", str(schema.MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        for name, some in rows.items():
            table = sa.Table(name, sa.MetaData(), autoload_with=connection)
            for row in some:
                connection.execute(table.insert().values(**row))
        connection.commit()
    engine.dispose()


@pytest.fixture(name="old", params=["sqlite", "postgresql"])
async def _old(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a database without a table."""
    if request.param == "sqlite":
        yield url(tmp_path / "easel.db")
        return
    postgres.needed()
    address = await asyncio.to_thread(postgres.created)
    yield address
    await asyncio.to_thread(postgres.dropped, address)


async def test_the_state_of_every_job_is_kept(old: str) -> None:
    """Pending steps, what is waited for, and from where a job was moved mean what they meant."""
    before = [{**JOB, "id": name, **row} for name, row in ROWS.items()]
    await asyncio.to_thread(_at, old, "0005", {"jobs": before})
    async with open_database(old) as db, db.read() as tx:
        found = {name: await jobs.get(tx, TEAM, JobId(name)) for name in ROWS}

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


REQUEST = {
    "team": TEAM,
    "wish": "more",
    "channel": "C1",
    "thread": "1.5",
    "asker": "U1",
    "credits": 9,
    "why": "please",
    "asked": 0,
    "lapses": 7 * 86_400_000_000,
    "verdict": "open",
    "answer": "",
}
NOTICE = {"team": TEAM, "version": 1, "told": 0, "at": 0, "about": {"petition": "open"}}
ALERT = {
    "channel": "C1",
    "user": None,
    "level": 50,
    "cap": 10,
    "period": "week",
    "grants": 1,
    "charged": 2,
    "held": 4,
    "unknown": 3,
    "renews": "2026-12-01",
}
DRIFT = {"job": "J", "charged": 60, "computed": 4, "held": 5}


async def test_requests_and_their_notices_are_kept(old: str) -> None:
    """What was asked of the admins, how it was decided, and what is still to be told of it."""
    declined = {"verdict": "declined", "by": "UADA", "decided": 5, "answer": "no"}
    approved = {"wish": "approval", "job": "J", "verdict": "granted", "by": "UADA", "decided": 5}
    before: Rows = {
        "jobs": [{**JOB, "id": "J", "state": "queued"}],
        "petitions": [
            {**REQUEST, "id": "open"},
            {**REQUEST, "id": "declined", **declined},
            {**REQUEST, "id": "approved", **approved},
        ],
        "notices": [
            {**NOTICE, "key": "petition:open", "kind": "petition"},
            {**NOTICE, "key": "verdict:open", "kind": "verdict", "user": "U1"},
            {**NOTICE, "key": "the first", "kind": "alert", "about": ALERT},
            {**NOTICE, "key": "the second", "kind": "drift", "about": DRIFT},
            {**NOTICE, "key": "the third", "kind": "provider", "about": {"fault": "rejected"}},
        ],
        "deliveries": [
            {"team": TEAM, "key": "petition:open", "target": "UADA", "version": 0, "at": 0}
        ],
    }
    await asyncio.to_thread(_at, old, "0006", before)
    async with open_database(old) as db:
        async with db.read() as tx:
            found = [
                await requests.get(tx, TEAM, RequestId(one))
                for one in ("open", "declined", "approved")
            ]
            untold = sorted(await notices.untold(tx), key=lambda one: one.key)
        async with db.write() as tx:
            claimed = await notices.claim(tx, untold[0], "UADA", "a process", 60)

    start, admin = datetime(1970, 1, 1, tzinfo=UTC), UserId("UADA")
    decided = start + timedelta(microseconds=5)
    place = Place(TEAM, ChannelId("C1"), Ts("1.5"))
    wanted = ApprovalRequest(
        RequestId("open"), RequestKind.MORE, place, UserId("U1"), None, Credits(9), "please", start
    )
    assert found == [
        wanted,
        replace(
            wanted,
            id=RequestId("declined"),
            decision=Decision(Outcome.DECLINED, decided, admin, "no"),
        ),
        replace(
            wanted,
            id=RequestId("approved"),
            kind=RequestKind.APPROVAL,
            job=JobId("J"),
            decision=Decision(Outcome.GRANTED, decided, admin),
        ),
    ]
    alert = Alert(
        channel=ChannelId("C1"),
        user=None,
        level=50,
        cap=Credits(10),
        period=Period.WEEK,
        grants=Credits(1),
        charged=Credits(2),
        held=Credits(4),
        unknown=Credits(3),
        renews=date(2026, 12, 1),
    )
    discrepancy = Discrepancy(JobId("J"), Credits(60), Credits(4), Credits(5))

    assert [(one.key, one.about, one.user) for one in untold] == [
        ("petition:open", RequestMade(RequestId("open")), None),
        ("the first", alert, None),
        ("the second", discrepancy, None),
        ("the third", Trouble("rejected"), None),
        ("verdict:open", RequestDecided(RequestId("open")), "U1"),
    ]
    assert not claimed.is_new
