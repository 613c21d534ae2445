"""The export adds up with the cards, in any state of the books, however many rows there are."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import re
import signal
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.budget import BudgetStatus, Cap, Scope
from bot.core.job import Credits
from bot.core.periods import Period
from bot.features.export import COLUMNS, export_lines
from bot.settings import load
from bot.store import budget, controls, export
from bot.store.budget import Rules
from bot.store.db import Database, Tx, open_database
from bot.store.tables import jobs, ledger
from tests.exhaustive import examples
from tests.store import world
from tests.store.machine import SCOPES
from tests.store.past import Past, happened, pasts
from tests.store.world import ADA, DESIGN, MIA, NOW, TEAM, TODAY

Row = dict[str, str]
STOPPED = (
    "Error: Stopped. What was printed may not be all; easel quota list shows how budgets stand.\n"
)
LIMITS = st.sampled_from([None, 0, 30, 100])


def environment(address: str) -> dict[str, str]:
    """The settings of an Easel whose database is here."""
    return {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "PIXAPI_KEY": "sk_1",
        "DATABASE_URL": re.sub(r"\+\w+", "", address, count=1),
        "EASEL_DEFAULT_CHANNEL_CAP": "40",
    }


async def exported(address: str, first: date = date.min, last: date = date.max) -> list[Row]:
    """What `easel export` writes."""
    parts = export_lines(load(environment(address)), first, last)
    text = "".join([part async for part in parts])
    return list(csv.DictReader(io.StringIO(text)))


def covers(scope: Scope, row: Row) -> bool:
    """Whether a job's row counts in a scope."""
    return scope.channel in (None, row["channel"]) and scope.user in (None, row["person"])


def is_of(scope: Scope, row: Row) -> bool:
    """Whether a cap's or a grant's row is this very scope's."""
    return (row["channel"], row["person"]) == (scope.channel or "", scope.user or "")


def added_up(rows: list[Row], scope: Scope) -> dict[str, object]:
    """The numbers of a scope's card, from the export of its period alone."""
    caps = [row["credits"] for row in rows if row["state"] == "cap" and is_of(scope, row)]
    if not caps and scope.channel and not scope.user:
        caps = [row["credits"] for row in rows if row["channel"] == "default"]

    def total(*states: str, given: bool = False) -> int:
        of = is_of if given else covers
        found = [row for row in rows if row["state"] in states and of(scope, row)]
        return sum(int(row["credits"]) for row in found)

    cap = caps[0] if caps else "none"
    grants = total("grant", given=True)
    held = total("held", "not known")
    used = sum(int(row["credits"]) for row in rows if row["job"] and covers(scope, row))
    return {
        "cap": cap,
        "charged": used - held,
        "held": held,
        "not known": total("not known"),
        "grants": grants,
        "left": None if cap == "none" else int(cap) + grants - used,
    }


def shown(status: BudgetStatus) -> dict[str, object]:
    """The numbers of the card."""
    limit = status.cap.limit
    return {
        "cap": "none" if limit is None else str(limit),
        "charged": status.used.charged,
        "held": status.used.held,
        "not known": status.used.unknown,
        "grants": status.grants_total,
        "left": status.left,
    }


@given(
    caps=st.lists(st.tuples(st.sampled_from(SCOPES), LIMITS, st.sampled_from(Period)), max_size=4),
    grants=st.lists(
        st.tuples(
            st.sampled_from(SCOPES), st.integers(1, 30), st.integers(0, 40), st.integers(-20, 3)
        ),
        max_size=4,
    ),
    history=st.lists(pasts(), max_size=8),
)
@settings(max_examples=examples(15, 3), suppress_health_check=[HealthCheck.too_slow])
def test_cards_and_export_add_up(
    dialect: str,
    caps: list[tuple[Scope, int | None, Period]],
    grants: list[tuple[Scope, int, int, int]],
    history: list[Past],
) -> None:
    """For every scope cap + grants = charged + held + left, and the card says the same."""
    rules = Rules(Credits(40))

    async def look() -> None:
        with tempfile.TemporaryDirectory() as name:
            async with (
                world.at(dialect, Path(name)) as address,
                open_database(address) as db,
            ):
                await set_up(db)
                for past in sorted(history, key=lambda past: -past.days_ago):
                    await happened(db, past, rules)
                for scope in SCOPES:
                    async with db.read() as tx:
                        status = await budget.status(tx, scope, TODAY, rules)
                    rows = await exported(address, status.span.first, TODAY)

                    assert added_up(rows, scope) == shown(status)

    async def set_up(db: Database) -> None:
        async with db.write() as tx:
            for scope, limit, period in caps:
                cap = Cap(period, None if limit is None else Credits(limit))
                await controls.set_cap(tx, scope, cap, ADA, NOW)
            for scope, amount, long, ends in grants:  # some end before, and with a rest
                last = TODAY + timedelta(days=ends)
                days = (min(last, TODAY) - timedelta(days=long), last)
                await controls.add_grant(tx, scope, Credits(amount), days, "", ADA, NOW)

    with asyncio.Runner() as runner:
        runner.run(look())


async def test_none_and_zero_differ(db: Database, address: str) -> None:
    """No cap is the word none, a cap of nothing is 0, and the default is there too."""
    await world.capped(db, None, Scope(TEAM))
    await world.capped(db, 0)
    rows = await exported(address)

    assert [(row["channel"], row["credits"]) for row in rows] == [
        ("default", "40"),
        ("", "none"),
        (DESIGN, "0"),
    ]
    assert tuple(rows[0]) == COLUMNS


async def test_days_are_included(db: Database, address: str) -> None:
    """Jobs of the first and of the last day are in it, their neighbours are not."""
    for ago in (3, 2, 1, 0):
        await happened(db, Past(ago + 1, DESIGN, ADA, ago, "charged", ago + 1))
    first, last = TODAY - timedelta(days=2), TODAY - timedelta(days=1)
    rows = await exported(address, first, last)

    assert [row["credits"] for row in rows if row["job"]] == ["3", "2"]


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx"])
async def test_a_spreadsheet_runs_nothing(db: Database, address: str, start: str) -> None:
    """What the provider calls a request cannot be a formula, nor break out of its cell."""
    job = await world.queued(db)
    hostile = f'{start}",x\n2'
    async with db.write() as tx:
        await tx.run(jobs.update().where(jobs.c.id == job.id).values(request_id=hostile))
    [*_, row] = await exported(address)

    assert row["request id"] == f"'{hostile}"
    assert row["state"] == "held"


async def test_many_rows_come_in_pages(db: Database, address: str) -> None:
    """2,000 jobs of a day are read page by page, in order of time, each once."""
    model = await world.queued(db, 1)
    async with db.write() as tx:
        await _multiply(tx, model.id, 2_000)
    sizes, numbers = [], []
    async with db.read() as tx:
        async for page in export.held(tx, date.min, date.max):
            sizes.append(len(page))
            numbers += [int(one.job) for one in page if one.job != model.id]

    assert max(sizes) == export.PAGE
    assert numbers == sorted(range(2_000), reverse=True)

    rows = await exported(address)

    assert sum(int(row["credits"]) for row in rows if row["job"]) == 2_001


@pytest.mark.parametrize("how", ["pipe", "Ctrl-C"])
async def test_an_export_that_is_cut_short(db: Database, address: str, how: str) -> None:
    """Whoever reads may stop (`| head`): it ends quietly. Ctrl-C says that it is not all."""
    model = await world.queued(db, 1)
    async with db.write() as tx:
        await _multiply(tx, model.id, 5_000)  # more than a pipe holds
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "export"),
        env=os.environ | environment(address),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=1000,  # bytes that we take by ourselves: it has to wait for us
    )
    assert child.stdout is not None
    assert child.stderr is not None
    assert (await child.stdout.readline()).startswith(b"time,")
    if how == "pipe":
        child._transport.get_pipe_transport(1).close()  # type: ignore[attr-defined] # no other way
    else:
        child.send_signal(signal.SIGINT)
        await child.stdout.read()
    said = (await child.stderr.read()).decode()

    assert await child.wait() == 1
    assert said == ("" if how == "pipe" else STOPPED)


async def _multiply(tx: Tx, job: str, times: int) -> None:
    """Copy a job and its ledger line; each copy one microsecond before the one before."""
    for table, name in ((jobs, "id"), (ledger, "job")):
        columns = [c.name for c in table.c if c.name not in {"seq", name, "at"}]
        copied = ", ".join(f'"{column}"' for column in columns)
        moved = ', "at"' if "at" in table.c else ""
        earlier = ', "at" - n - 1' if moved else ""
        await tx.connection.fetch(
            f"WITH RECURSIVE many(n) AS (SELECT 0 UNION ALL "  # noqa: S608 -- our own names
            f"SELECT n + 1 FROM many WHERE n < {times - 1}) "
            f'INSERT INTO "{table.name}" ({copied}, "{name}"{moved}) '
            f'SELECT {copied}, CAST(n AS TEXT){earlier} FROM "{table.name}", many '
            f"WHERE \"{name}\" = '{job}'",
            {},
        )
    if not tx.is_sqlite:
        await tx.run(sa.text("ANALYZE"))  # as it does by itself after a while


async def test_a_grant_that_has_ended_counts_with_what_it_gave(db: Database, address: str) -> None:
    """Its rest is gone from the card, and from the export; what was given stands there, too."""
    await world.capped(db, 100)
    scope, yesterday = Scope(TEAM, DESIGN), TODAY - timedelta(days=1)
    async with db.write() as tx:
        days = (yesterday, yesterday)
        await controls.add_grant(tx, scope, Credits(50), days, "", ADA, NOW)
    await happened(db, Past(20, DESIGN, MIA, 1, "charged", 20))
    async with db.read() as tx:
        status = await budget.status(tx, scope, TODAY, Rules(None))
    rows = await exported(address, status.span.first, TODAY)

    assert status.left == 100
    assert added_up(rows, scope) == shown(status)
    assert [(row["credits"], row["quality"]) for row in rows if row["state"] == "grant"] == [
        ("20", "50")
    ]
