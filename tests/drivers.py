"""What a process asks its database, heard at the driver right before the database hears it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg

Hear = Callable[[object, str], None]
"""Is told which connection says what: SQL with its values in it, `COMMIT` and `ROLLBACK` too."""


def listen(hear: Hear) -> None:
    """Let every connection that is opened from now on be heard, for the rest of the process."""
    _listen_to_sqlite(hear)
    _listen_to_postgres(hear)


def _listen_to_sqlite(hear: Hear) -> None:
    connect = sqlite3.connect

    def connected(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)
        connection.set_trace_callback(partial(hear, object()))
        return connection

    sqlite3.connect = connected  # type: ignore[assignment]  # of one of its overloads


def _listen_to_postgres(hear: Hear) -> None:
    said: Any = psycopg.AsyncConnection
    execute, commit, rollback = said.execute, said.commit, said.rollback

    async def executed(connection: Any, query: Any, params: Any = None, **options: Any) -> Any:
        sql = query.decode() if isinstance(query, bytes) else str(query)
        values = params.values() if isinstance(params, dict) else ()
        hear(connection, " ".join([sql, *(repr(value) for value in values)]))
        return await execute(connection, query, params, **options)

    async def committed(connection: Any) -> None:
        hear(connection, "COMMIT")
        await commit(connection)

    async def rolled_back(connection: Any) -> None:
        hear(connection, "ROLLBACK")
        await rollback(connection)

    said.execute, said.commit, said.rollback = executed, committed, rolled_back
