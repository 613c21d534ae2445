"""What is asked of the database, and how it means to find that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from bot.store import postgres, sqlite
from bot.store.db import Tx
from bot.store.statements import Values

Asked = list[tuple[str, Values]]


@contextmanager
def asked() -> Iterator[Asked]:
    """Every statement that is run meanwhile, with its values; all of them are run."""
    seen: Asked = []
    with ExitStack() as stack:
        for kind in (sqlite.Connection, postgres.Connection):
            fetch = kind.fetch

            async def noted(
                self: Any, sql: str, values: Values, fetch: Any = fetch
            ) -> Sequence[Sequence[Any]]:
                seen.append((sql, values))
                result: Sequence[Sequence[Any]] = await fetch(self, sql, values)
                return result

            stack.enter_context(mock.patch.object(kind, "fetch", noted))
        yield seen


async def plan(tx: Tx, sql: str, values: Values) -> list[str]:
    """The steps of a statement's plan."""
    if tx.is_sqlite:
        rows = await tx.connection.fetch(f"EXPLAIN QUERY PLAN {sql}", values)
        return [row[3] for row in rows]
    await tx.connection.fetch("SET LOCAL enable_seqscan = off", {})  # the tables are small
    return [row[0] for row in await tx.connection.fetch(f"EXPLAIN {sql}", values)]


async def whole_tables(tx: Tx, sql: str, values: Values) -> list[str]:
    """The steps of a statement's plan that read a whole table: none where an index serves."""
    steps = await plan(tx, sql, values)
    if tx.is_sqlite:
        scans = [step for step in steps if step.startswith("SCAN")]
        return [scan for scan in scans if "CONSTANT ROW" not in scan]  # the statement's own values
    return [step for step in steps if "Seq Scan" in step]
