"""What is erased by age and what stays; what is forgotten, and not a day too early."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.dialects import postgresql

from bot.core.budget import Scope
from bot.core.job import Credits, Job, JobState
from bot.core.limits import Policy
from bot.core.notices import Notice, Trouble
from bot.core.person import MAX_SKIP
from bot.core.quota_grammar import MAX_CREDITS
from bot.core.requests import ApprovalRequest, Decision, Outcome, RequestId, RequestKind
from bot.engine import sweep
from bot.features.admission import Held
from bot.pixapi.answers import MOST_CREDITS
from bot.prices import MAX_CELL
from bot.settings import LARGEST_CAP
from bot.store import alerts, budget, controls, jobs, notices, requests, schema, tables
from bot.store.db import Database, open_database
from bot.store.tables import changes, grants
from tests.store.plans import asked, plan
from tests.store.world import (
    ADA,
    MIA,
    NOW,
    TEAM,
    TODAY,
    an_offer,
    capped,
    hold,
    offered,
    present,
    queued,
    url,
)

LATER = NOW + timedelta(days=1)


async def test_prompts_are_erased_some_at_a_time(db: Database) -> None:
    """So many in one transaction, the oldest first; what is on its way keeps its prompt."""
    on_its_way = await queued(db)
    offers = await offered(db, *(an_offer(1) for _ in range(5)))
    erased = []
    for _ in range(4):
        async with db.write() as tx:
            erased.append(await jobs.erase_prompts(tx, LATER, 2, LATER))

    assert erased == [2, 2, 1, 0]
    assert {(await present(db, one)).state for one in offers} == {JobState.CANCELLED}
    assert (await present(db, on_its_way)).request.prompt


@pytest.mark.parametrize(
    "dialect", ["sqlite"], indirect=True
)  # whose plans speak of tables so small
async def test_old_prompts_are_found_without_reading_every_job(
    db: Database,
) -> None:
    """The look for old prompts, which holds the write lock, goes by its own index."""
    async with db.write() as tx:
        with asked() as seen:
            await jobs.erase_prompts(tx, LATER, 2, LATER)
        [(sql, values)] = seen
        steps = await plan(tx, sql, values)

    assert any("ix_jobs_prompt" in step for step in steps)
    assert not any(step.startswith("SCAN jobs") for step in steps)


async def asked_for(db: Database, job: Job) -> ApprovalRequest:
    """More credits are asked for, for an offer."""
    wish = ApprovalRequest(
        RequestId(f"P-{job.id}"),
        RequestKind.MORE,
        job.place,
        MIA,
        job.id,
        Credits(4),
        "please",
        NOW,
    )
    async with db.write() as tx:
        await requests.add(tx, wish)
    return wish


async def ids(db: Database) -> set[str]:
    """The jobs that there are."""
    async with db.read() as tx:
        return {row.id for row in await tx.rows(sa.select(tables.jobs.c.id))}


async def test_what_nobody_confirmed_is_deleted(db: Database) -> None:
    """Offers go, cancelled ones too; whatever held credits or was asked of the admins stays."""
    _, declined, wanted, granted = await offered(db, *(an_offer(1) for _ in range(4)))
    cancelled, failed, lost, done, _ = stays = [await queued(db) for _ in range(5)]
    [waits] = await offered(db, an_offer(50))
    await asked_for(db, wanted)
    wish = await asked_for(db, granted)
    async with db.write() as tx:
        await jobs.withdraw(tx, declined)
        await jobs.withdraw(tx, granted)
        await requests.decide(tx, wish, Decision(Outcome.GRANTED, NOW, ADA, given=Credits(4)))
        await controls.set_policy(tx, Scope(TEAM), Policy(approve_from=Credits(40)), ADA, NOW)
        held = await hold(tx, waits)
        assert isinstance(held, Held)
        assert held.job.state is JobState.WAITING
        await requests.stop(tx, cancelled, NOW)
        await jobs.record(tx, failed, state=JobState.FAILED)
        await budget.release(tx, failed, NOW)
        await budget.mark_unknown(tx, lost, NOW)
        await budget.charge(tx, done, Credits(4), NOW)
    before = await books(db)
    async with db.write() as tx:
        assert await jobs.forget_offers(tx, NOW, 100) == 0
        assert await jobs.forget_offers(tx, LATER, 100) == 2

    assert await ids(db) == {one.id for one in (*stays, waits, wanted, granted)}
    assert await books(db) == before
    assert (await present(db, waits)).state is JobState.WAITING


async def books(db: Database) -> list[list[sa.Row[Any]]]:
    """All that has to do with money."""
    every = (tables.ledger, tables.usage, tables.approval_requests, tables.draws, tables.grants)
    async with db.read() as tx:
        return [await tx.rows(sa.select(table)) for table in every]


async def test_offers_are_deleted_some_at_a_time(db: Database) -> None:
    """So many in one transaction, the oldest first: whoever waits for the lock has a turn."""
    offers = await offered(
        db, *(replace(an_offer(1), created=NOW - timedelta(minutes=n)) for n in range(5))
    )
    deleted = []
    for _ in range(4):
        async with db.write() as tx:
            deleted.append(await jobs.forget_offers(tx, LATER, 2))
        left = await ids(db)
        assert left == {one.id for one in offers[: len(left)]}

    assert deleted == [2, 2, 1, 0]


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)  # SQLite has one writer
async def test_an_offer_in_somebodys_hands_is_not_deleted(db: Database) -> None:
    """Confirmed or asked for by a transaction that is under way, it is left for the next sweep."""
    confirmed, wanted, _ = await offered(db, *(an_offer(1) for _ in range(3)))
    wish = ApprovalRequest(
        RequestId("P"), RequestKind.MORE, wanted.place, MIA, wanted.id, Credits(4), "please", NOW
    )
    async with db.write() as clicks:
        await hold(clicks, confirmed)
        await requests.add(clicks, wish)
        async with db.write() as sweeps:
            assert await jobs.forget_offers(sweeps, LATER, 100) == 1
    async with db.write() as tx:
        assert await jobs.forget_offers(tx, LATER, 100) == 0

    assert await ids(db) == {confirmed.id, wanted.id}


async def test_reasons_of_grants_are_erased(db: Database) -> None:
    """Why somebody gave is gone with the prompts of that time, everywhere; how much stays."""
    for given in (NOW, LATER):
        async with db.write() as tx:
            await controls.add_grant(
                tx, Scope(TEAM), Credits(5), (TODAY, TODAY), "a secret launch", ADA, given
            )
    async with db.write() as tx:
        await controls.erase_reasons(tx, LATER)
    async with db.read() as tx:
        kept = [
            (row.reason, row.credits)
            for row in await tx.rows(sa.select(grants).order_by(grants.c.id))
        ]
        recorded = [row.what for row in await tx.rows(sa.select(changes))]

    assert kept == [("", 5), ("a secret launch", 5)]
    assert recorded == [f"grant 5 until {TODAY}"] * 2


async def test_what_was_told_is_forgotten(db: Database) -> None:
    """Levels, notices and where they stand are forgotten by age, and newer ones are not."""
    for days_ago in (200, 0):
        at = NOW - timedelta(days=days_ago)
        await capped(db, 10)
        [offer] = await offered(db, an_offer(5))
        async with db.write() as tx:
            await hold(tx, offer, now=at, today=TODAY - timedelta(days=days_ago))
            for one in await notices.untold(tx):
                await notices.claim(tx, one, ADA, "a process", 1)
                await notices.told(tx, one)

    assert await _counts(db) == (2, 2, 2)

    async with db.write() as tx:
        await alerts.forget(tx, NOW)
        await notices.forget(tx, NOW)

    assert await _counts(db) == (1, 1, 1)


async def _counts(db: Database) -> tuple[int, ...]:
    every = (tables.alerts, tables.notices, tables.deliveries)
    async with db.read() as tx:
        rows = [await tx.rows(sa.select(sa.func.count()).select_from(table)) for table in every]
    return tuple(found[0][0] for found in rows)


def test_nothing_is_forgotten_while_it_can_be_asked_for() -> None:
    """Notes of what was told outlive the longest period and a request with its decision."""
    assert timedelta(days=31 + 31) < sweep.TOLD


async def test_many_untold_do_not_keep_the_others_waiting(db: Database) -> None:
    """However many notices cannot be told, those behind them are in the same round."""
    async with db.write() as tx:
        for number in range(300):
            notice = Notice(TEAM, f"drift:{number}", Trouble("rejected"))
            await notices.add(tx, notice, NOW + timedelta(seconds=number))
        found = await notices.untold(tx)

    assert [one.key for one in found] == [f"drift:{number}" for number in range(300)]


def test_no_sum_is_too_large_for_its_column() -> None:
    """On PostgreSQL one amount fits 32 bits, and what sums up many of them has 64."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    sums = {tables.usage.c[name].type.compile(dialect=dialect) for name in budget.SUMS}

    assert sums == {"BIGINT"}
    assert max(MAX_CREDITS, LARGEST_CAP, MOST_CREDITS, 10 * MAX_CELL, MAX_SKIP) < 2**31


async def test_reasons_of_an_older_easel_leave_the_changes(tmp_path: Path) -> None:
    """The migration takes reasons out of the record of changes, where they would stay for ever."""
    file = tmp_path / "easel.db"

    def older() -> None:
        engine = sa.create_engine(f"sqlite:///{file}")
        with engine.connect() as connection:
            config = Config()
            config.set_main_option("script_location", str(schema.MIGRATIONS))
            config.attributes["connection"] = connection
            command.upgrade(config, "0002")
            for what in ("grant 5 until 2026-11-30: a secret: launch", "cap 5 a month", "pause"):
                row = {"team": TEAM, "channel": "", "user": "", "what": what, "by": ADA, "at": NOW}
                connection.execute(changes.insert(), row)
            connection.commit()
        engine.dispose()

    await asyncio.to_thread(older)
    async with open_database(url(file)) as db, db.read() as tx:
        rows = await tx.rows(sa.select(changes.c.what).order_by(changes.c.id))

    assert [row.what for row in rows] == ["grant 5 until 2026-11-30", "cap 5 a month", "pause"]
