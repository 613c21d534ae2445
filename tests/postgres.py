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


def dropped(address: str) -> None:
    """Take a database away, whoever is still connected."""
    _server_runs(f"DROP DATABASE {name_of(address)} WITH (FORCE)")


def name_of(address: str) -> str:
    """The database's name."""
    return address.rpartition("/")[2]


def _server_runs(sql: str) -> None:
    dsn = f"host=127.0.0.1 port={server()} user=easel dbname=postgres"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(sql.encode())


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
