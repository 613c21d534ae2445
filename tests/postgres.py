"""A real PostgreSQL for tests: one server for each process that runs tests, a database for each."""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import subprocess
import tempfile
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
import pytest

MISSING = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
_lax = ["-c fsync=off", "-c full_page_writes=off", "-c autovacuum=off"]
TEMPLATE = "template1"
GROWN = 15_000_000  # bytes; an empty one has nine million
_numbers = count(1)

BOTH = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
"""For a module of flow tests: each of them runs on both databases."""


def needed() -> None:
    """Without PostgreSQL a test is skipped, but where everything has to run it fails."""
    if _binaries() is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)


def as_in_life() -> None:
    """For measurements, before the server is started: what is committed is on the disk."""
    _lax.clear()


def created(template: str = TEMPLATE) -> str:
    """A new database; its SQLAlchemy address."""
    name = f"easel_{next(_numbers)}"
    _server_runs(f"CREATE DATABASE {name} TEMPLATE {template}")
    return f"postgresql+psycopg://easel@127.0.0.1:{server()}/{name}"


def emptied(address: str, revision: str) -> bool:
    """Take out every row; whether the database is as good as a new one of this revision.

    One that has grown is not: nobody takes out what dead rows leave behind.
    """
    name = name_of(address)
    _server_runs(ended(name))
    with psycopg.connect(_dsn(name), autocommit=True) as connection:
        tables = connection.execute(
            "SELECT quote_ident(tablename) FROM pg_tables "
            "WHERE schemaname = 'public' AND tablename != 'alembic_version'"
        )
        rows = [f"DELETE FROM {table}" for (table,) in tables]  # noqa: S608 -- ours
        # Without triggers and foreign keys, which is a matter of the session.
        connection.execute("; ".join(["SET session_replication_role = replica", *rows]).encode())
        connection.execute("SELECT setval(seqrelid, seqstart, false) FROM pg_sequence")
        [found] = connection.execute(
            "SELECT version_num, pg_database_size(current_database()) FROM alembic_version"
        )
    return bool(found[0] == revision and found[1] < GROWN)


def ended(name: str) -> str:
    """What ends every connection to a database."""
    return f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608


def dropped(address: str) -> None:
    """Take a database away, whoever is still connected."""
    _server_runs(f"DROP DATABASE {name_of(address)} WITH (FORCE)")


def name_of(address: str) -> str:
    """The database's name."""
    return address.rpartition("/")[2]


def _server_runs(sql: str) -> None:
    with psycopg.connect(_dsn("postgres"), autocommit=True) as connection:
        connection.execute(sql.encode())


def _dsn(name: str) -> str:
    return f"host=127.0.0.1 port={server()} user=easel dbname={name}"


@cache
def _binaries() -> Path | None:
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return debian[-1].parent if debian else None


@cache
def server() -> int:
    """The port of a server that ends with this process; started when it is first asked for."""
    binaries = _binaries()
    assert binaries is not None, MISSING
    folder = Path(tempfile.mkdtemp(prefix="easel-postgres-"))
    user = []
    if os.geteuid() == 0:  # which PostgreSQL refuses to run as
        shutil.chown(folder, "postgres")
        user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [*user, str(binaries / program), "-D", str(folder / "data"), *arguments],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
        )

    run("initdb", "--auth=trust", "--username=easel", "--encoding=UTF8", "--no-sync")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    options = (
        f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=200 "
        + " ".join(_lax)
    )

    def stop() -> None:
        run("pg_ctl", "stop", "-m", "immediate")
        shutil.rmtree(folder)

    run("pg_ctl", "start", "-w", "-o", options, "-l", str(folder / "log"))
    atexit.register(stop)
    return port
