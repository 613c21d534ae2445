"""What another process sees of a database, and how it is in the way."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from tests.store.world import TEAM


@contextmanager
def connected(address: str) -> Iterator[sa.Connection]:
    """A connection past the product; what it has not committed is rolled back."""
    engine = sa.create_engine(address.replace("+aiosqlite", ""), poolclass=sa.NullPool)
    if engine.dialect.name == "sqlite":

        @sa.event.listens_for(engine, "connect")
        def prepare(connection: sqlite3.Connection, _: object) -> None:
            connection.isolation_level = None
            connection.execute("PRAGMA busy_timeout = 0")

    with engine.connect() as connection:
        yield connection


def rows(address: str, team: str = TEAM) -> int:
    """How many rows another process sees."""
    query = sa.text("SELECT count(*) FROM workspaces WHERE team = :team")
    with connected(address) as other:
        return int(other.execute(query, {"team": team}).scalar_one())


def lock_is_free(address: str) -> bool:
    """Whether nobody is in the middle of writing; on PostgreSQL, or of reading."""
    with connected(address) as other:
        try:
            if other.dialect.name == "sqlite":
                other.exec_driver_sql("BEGIN IMMEDIATE")
                other.exec_driver_sql("ROLLBACK")
            else:
                other.exec_driver_sql("LOCK TABLE workspaces IN ACCESS EXCLUSIVE MODE NOWAIT")
        except OperationalError:
            return False
        return True


def nobody_reads(address: str) -> bool:
    """Whether no reader is left with an old picture."""
    if address.startswith("postgresql"):
        return lock_is_free(address)
    with connected(address) as other:
        busy, _, _ = other.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
    return bool(busy == 0)


@contextmanager
def locked(address: str) -> Iterator[sa.Connection]:
    """Another process in the middle of writing: what it writes would be the team's row."""
    with connected(address) as other:
        if other.dialect.name == "sqlite":
            other.exec_driver_sql("BEGIN IMMEDIATE")
        other.execute(sa.text("INSERT INTO workspaces VALUES (:team, 0)"), {"team": TEAM})
        try:
            yield other
        finally:
            if other.dialect.name == "sqlite":
                other.exec_driver_sql("ROLLBACK")
            other.rollback()
