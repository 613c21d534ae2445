"""Everything of one database into the other, page by page, and whether it arrived."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import REGCLASS

from bot.core.budget import Used
from bot.core.job import Credits, TeamId
from bot.store import audit
from bot.store.db import Tx
from bot.store.tables import OPEN_STATES, contents, jobs, ledger, metadata, total

PAGE = 500  # rows in memory at once
TABLES = metadata.sorted_tables  # whoever is pointed to comes first
UNFIT = re.compile("[\0\ud800-\udfff]")  # what SQLite keeps in a text and PostgreSQL refuses
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class Copied:
    """What was there, and is there now."""

    rows: dict[str, int]  # of each table
    used: dict[TeamId, Used]  # by the ledger, replayed on both sides
    open_jobs: int  # what the next start goes on with
    replaced: int  # texts that lost a character which PostgreSQL does not take


async def filled(tx: Tx) -> list[str]:
    """The tables that have rows; nobody else writes to any until the transaction ends."""
    await tx.run(sa.text(f"LOCK TABLE {_names(tx)} IN EXCLUSIVE MODE"))
    return sorted(
        [
            table.name
            for table in TABLES
            if (await tx.rows(sa.select(sa.select(table).exists())))[0][0]
        ]
    )


async def copy(source: Tx, target: Tx) -> Copied | None:
    """Copy every table of a SQLite database to PostgreSQL; None: what arrived is not the same."""
    rows: dict[str, int] = {}
    replaced = 0
    for table in TABLES:
        rows[table.name], altered = await _copy_table(source, target, table)
        replaced += altered
    await target.run(sa.text(f"ANALYZE {_names(target)}"))
    books = await audit.replay(target)
    if (
        rows != await _counted(target)
        or books != await audit.replay(source)
        or await _lines(target) != await _lines(source)
    ):
        return None
    is_open = sa.select(sa.func.count()).select_from(jobs).where(sa.text(OPEN_STATES))
    [count] = await target.rows(is_open)
    return Copied(rows, _by_team(books), count[0], replaced)


def _names(tx: Tx) -> str:
    quoted = tx.connection.dialect.identifier_preparer.format_table
    return ", ".join(quoted(table) for table in TABLES)


async def _copy_table(source: Tx, target: Tx, table: sa.Table) -> tuple[int, int]:
    """How many rows there were, and in how many texts something was replaced."""
    count = replaced = 0
    names, new = table.columns.keys(), table.insert()
    # A row of contents is a whole picture.
    pages = source.pages(sa.select(table), 1 if table is contents else PAGE)
    async with aclosing(pages):
        async for page in pages:
            fit = [[_fit(value) for value in row] for row in page]
            await target.run(new, [dict(zip(names, row, strict=True)) for row in fit])
            count += len(page)
            replaced += _differing(page, fit)
    await _continue_numbers(target, table)
    return count, replaced


def _fit(value: Any) -> Any:
    """A value without what PostgreSQL refuses in a text."""
    match value:
        case str():
            return UNFIT.sub(REPLACEMENT, value)
        case list():
            return [_fit(one) for one in value]
        case dict():
            return {_fit(name): _fit(one) for name, one in value.items()}
        case _:
            return value


def _differing(page: Sequence[sa.Row[Any]], fit: Sequence[Sequence[Any]]) -> int:
    return sum(
        was != now
        for row, changed in zip(page, fit, strict=True)
        for was, now in zip(row, changed, strict=True)
    )


async def _continue_numbers(target: Tx, table: sa.Table) -> None:
    """Let the numbers that PostgreSQL gives by itself go on after those that were copied."""
    for column in table.columns:
        if column.autoincrement is True:
            sequence = sa.cast(sa.func.pg_get_serial_sequence(table.name, column.name), REGCLASS)
            last = sa.func.max(sa.cast(column, sa.BigInteger))  # of no rows NULL: nothing is set
            await target.rows(sa.select(sa.func.setval(sequence, last)))


async def _counted(tx: Tx) -> dict[str, int]:
    counts = {}
    for table in TABLES:
        [row] = await tx.rows(sa.select(sa.func.count()).select_from(table))
        counts[table.name] = int(row[0])
    return counts


async def _lines(tx: Tx) -> set[tuple[Any, ...]]:
    """How many lines of each kind the ledger has for each workspace, and over how much."""
    kinds = sa.select(ledger.c.team, ledger.c.kind, sa.func.count(), total(ledger.c.credits))
    return {tuple(row) for row in await tx.rows(kinds.group_by(ledger.c.team, ledger.c.kind))}


def _by_team(books: dict[audit.Page, Used]) -> dict[TeamId, Used]:
    sums: dict[TeamId, Used] = {}
    for page, used in books.items():
        before = sums.get(page.team, Used())
        sums[page.team] = Used(
            Credits(before.held + used.held),
            Credits(before.charged + used.charged),
            Credits(before.unknown + used.unknown),
        )
    return sums
