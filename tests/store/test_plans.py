"""What is asked again and again is found by an index, however many jobs there ever were."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.store import alerts, controls, jobs, notices, requests, threads, unknown
from bot.store.db import Database, Tx
from bot.store.tables import metadata
from tests.store.plans import asked, whole_tables
from tests.store.world import NOW, TEAM, an_offer, offered

PARTIAL = [
    str(index.name)
    for table in metadata.tables.values()
    for index in table.indexes
    if index.dialect_options["sqlite"]["where"] is not None
]
"""Indexes of the few rows of which something is left to do: they may be read whole."""
FEW = [*PARTIAL, "workspaces"]

HOT: dict[str, Callable[[Tx], Awaitable[object]]] = {
    "open jobs, at the start": jobs.open_jobs,
    "ended jobs with something left, every two seconds": jobs.unattended,
    "what keeps pictures from Slack, on each card": lambda tx: jobs.hitch_of_all(tx, TEAM),
    "untold notices, every second": notices.untold,
    "not known jobs with a task, every minute": unknown.with_task,
}


SWEEPS: dict[str, Callable[[Tx], Awaitable[object]]] = {
    "prompts": lambda tx: jobs.erase_prompts(tx, NOW, 9, NOW),
    "offers": lambda tx: jobs.forget_offers(tx, NOW + timedelta(1), 9),
    "reasons of requests": lambda tx: requests.erase(tx, NOW),
    "requests that lapse": lambda tx: requests.due(tx, NOW, 9),
    "reasons of grants": lambda tx: controls.erase_reasons(tx, NOW),
    "messages that were seen": lambda tx: threads.forget_sights(tx, NOW),
    "levels that were reached": lambda tx: alerts.forget(tx, NOW),
    "notices": lambda tx: notices.forget(tx, NOW),
}


@pytest.mark.parametrize("name", HOT)
async def test_no_whole_table_is_read(db: Database, name: str) -> None:
    """None of these reads a whole table."""
    async with db.read() as tx:
        assert await read_whole(tx, HOT[name]) == []


@pytest.mark.parametrize("name", SWEEPS)
async def test_no_sweep_reads_a_whole_table(db: Database, name: str) -> None:
    """What is erased or deleted by age is found by an index on that age."""
    await offered(db, an_offer())
    async with db.write() as tx:
        assert await read_whole(tx, SWEEPS[name]) == []


async def read_whole(tx: Tx, asks: Callable[[Tx], Awaitable[object]]) -> list[str]:
    """The steps in which a whole table is read, and not just what an index knows to be few."""
    with asked() as seen:
        await asks(tx)
    steps = [step for sql, values in seen for step in await whole_tables(tx, sql, values)]

    assert seen
    return [step for step in steps if not any(few in step for few in FEW)]
