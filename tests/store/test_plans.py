"""What is asked again and again is found by an index, however many jobs there ever were."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa

from bot.store import hitches, jobs, notices, unknown
from bot.store.db import Database, Tx
from bot.store.tables import metadata
from tests.store.plans import whole_tables
from tests.store.world import TEAM

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
    "what keeps pictures from Slack, on each card": lambda tx: hitches.met(tx, TEAM),
    "untold notices, every second": notices.untold,
    "not known jobs with a task, every minute": unknown.with_task,
}


@pytest.mark.parametrize("name", HOT)
async def test_no_whole_table_is_read(db: Database, name: str) -> None:
    """None of these reads a whole table."""
    seen: list[tuple[str, Any]] = []
    async with db.read() as tx:
        engine = tx.connection.sync_connection
        assert engine is not None

        def note(*call: Any) -> None:
            seen.append((call[2], call[3]))

        sa.event.listen(engine, "before_cursor_execute", note)
        await HOT[name](tx)
        sa.event.remove(engine, "before_cursor_execute", note)

        assert seen
        steps = [step for sql, values in seen for step in await whole_tables(tx, sql, values)]

        assert [step for step in steps if not any(name in step for name in FEW)] == []
