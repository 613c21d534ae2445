"""How the database means to find what a statement asks for."""

from __future__ import annotations

from typing import Any

from bot.store.db import Tx


async def whole_tables(tx: Tx, sql: str, values: Any = None) -> list[str]:
    """The steps of a statement's plan that read a whole table: none where an index serves."""
    if tx.is_sqlite:
        rows = await tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
        scans = [row.detail for row in rows if row.detail.startswith("SCAN")]
        return [scan for scan in scans if "CONSTANT ROW" not in scan]  # the statement's own values
    await tx.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # the tables are small
    rows = await tx.connection.exec_driver_sql(f"EXPLAIN {sql}", values)
    return [row[0] for row in rows if "Seq Scan" in row[0]]
