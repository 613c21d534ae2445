"""`easel db`: a SQLite database is copied or moves into PostgreSQL; what its owner reads of it."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from bot.core.budget import Used
from bot.core.errors import Mistake
from bot.settings import check_database, for_sqlalchemy
from bot.store import move, sqlite


async def copy(source: str, target: str) -> str:
    """Move everything; what was moved and what to do next.

    Raises `Mistake` for what is no such address, `StoreError` when nothing was moved.
    """
    copied = await move.move(_address(source), _address(target))
    file, where = _file(source), move.named(_address(target))
    replaced = f"Texts that lost characters which PostgreSQL does not take: {copied.replaced}."
    done = [
        f"Everything in {file} is in {where} now: counted, and the ledger replayed.",
        "Rows:",
        *(f"  {name} {count}" for name, count in copied.rows.items() if count),
        *(f"Credits of {team}: {_used(used)}." for team, used in copied.used.items()),
        *([replaced] if copied.replaced else []),
        f"Open requests, which the next start goes on with: {copied.open_jobs}.",
        f"Next: set DATABASE_URL to {where}, with user and password, and start Easel.",
        f"Keep {file} as a backup: Easel does not run on it any more (easel db reopen --help).",
    ]
    return "\n".join(done)


async def reopen(source: str) -> str:
    """Take the mark of a move away; what that means."""
    where = await move.reopen(_address(source))
    file = _file(source)
    if where is None:
        return f"{file} is not marked as moved: Easel runs on it as it is."
    return (
        f"Easel runs on {file} again, as it was when it was moved. Never start Easel on what was "
        f"moved to {where}: open requests would be paid twice."
    )


def backup(source: str, target: Path) -> str:
    """Copy a SQLite database while Easel runs on it; where the copy is, and how it is used.

    Raises `Mistake` for PostgreSQL, which has a program for it; `StoreError`: there is no copy.
    """
    address = _address(source)
    if not source.startswith("sqlite:"):
        raise Mistake(
            "easel db backup copies a SQLite file. PostgreSQL has its own program: "
            f"pg_dump --format=custom --file={target} {move.named(address)}"
        )
    size = sqlite.backup(Path(_file(source)), target)
    return (
        f"{_file(source)} as it was a moment ago is in {target}: {size:,} bytes, looked through.\n"
        "Next: keep it on another machine. easel db backup --help says how to go back to it."
    )


def _address(url: str) -> str:
    try:
        return for_sqlalchemy(check_database(SecretStr(url)))
    except ValueError:
        raise Mistake(
            "The address of a database is sqlite:///easel.db for a file, or postgresql:// with "
            "user, password, host and, after a slash, the database's name."
        ) from None


def _file(source: str) -> str:
    return source.partition(":///")[2]


def _used(used: Used) -> str:
    unknown = f" ({used.unknown} not known)" if used.unknown else ""
    return f"{used.charged} charged, {used.held} held{unknown}"
