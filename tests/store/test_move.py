"""A SQLite database moves into PostgreSQL: every row, its numbers, its texts, page by page."""

from __future__ import annotations

import sqlite3
import tracemalloc
from contextlib import closing
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.budget import Scope
from bot.core.job import Credits
from bot.store import audit, controls
from bot.store.db import Database, open_beside, open_database
from bot.store.move import move
from bot.store.rows import to_row
from bot.store.tables import contents, jobs, ledger
from tests import postgres
from tests.exhaustive import examples
from tests.store import past, world
from tests.store.moving import everything, furnished, without_nul
from tests.store.other import connected
from tests.store.past import Past
from tests.store.world import ADA, DESIGN, NOW, TEAM, TODAY, url

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)


async def books(address: str) -> list[str]:
    """What is wrong with them."""
    async with open_beside(address) as db, db.read() as tx:
        return await audit.differences(tx)


@settings(max_examples=examples(5, 2), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pasts=st.lists(past.pasts(), max_size=8), text=TEXTS, content=st.binary(max_size=99))
async def test_every_row_arrives(
    tmp_path: Path, pasts: list[Past], text: str, content: bytes
) -> None:
    """Whatever has happened: both databases hold the same rows, and their books are right."""
    postgres.needed()
    target = postgres.created()
    file = await world.fresh(tmp_path)
    async with open_database(url(file)) as db:
        for one in pasts:
            await past.happened(db, one)
        await furnished(db, text, content)
    before = everything(url(file))
    copied = await move(url(file), target)
    after = everything(target)

    assert all(before.values()), "a table without a row"
    assert after == {
        name: sorted(map(without_nul, rows), key=repr) for name, rows in before.items()
    }
    assert copied.rows == {name: len(rows) for name, rows in before.items()}
    assert (copied.replaced > 0) == ("\0" in text)
    assert await books(target) == []

    postgres.dropped(target)


async def test_numbers_go_on(file: Path, target: str) -> None:
    """What PostgreSQL numbers by itself goes on after what was copied."""
    async with open_database(url(file)) as db:
        await furnished(db, "x", b"y")
    await move(url(file), target)
    before = everything(target)
    async with open_beside(target) as db:
        await past.happened(db, Past(1, DESIGN, world.MIA, 0, "held", 0))
        days = (TODAY, TODAY)
        async with db.write() as tx:
            await controls.add_grant(tx, Scope(TEAM), Credits(3), days, "more", ADA, NOW)
    after = everything(target)

    for name in ("ledger", "grants", "changes"):
        [new] = {row[0] for row in after[name]} - {row[0] for row in before[name]}

        assert new == max(row[0] for row in before[name]) + 1


async def test_what_is_no_text_for_postgresql_is_replaced_and_counted(
    file: Path, target: str
) -> None:
    """NUL, lone surrogates and bytes that are no UTF-8 become the replacement character."""
    async with open_database(url(file)) as db:
        await furnished(db, "x", b"y")
    with closing(sqlite3.connect(file, isolation_level=None)) as raw:
        raw.execute("UPDATE approval_requests SET why = CAST(x'61ff62' AS TEXT) WHERE id = 'P1'")
        raw.execute("UPDATE approval_requests SET reason = CAST(x'610062' AS TEXT) WHERE id = 'P1'")
        raw.execute(
            """UPDATE notices SET about = '{"a": ["\\ud800", "\\u0000"]}' WHERE key = 'seen'"""
        )
    copied = await move(url(file), target)

    assert copied.replaced == 3

    with connected(target) as other:
        texts = other.exec_driver_sql(
            "SELECT why, reason FROM approval_requests WHERE id = 'P1'"
        ).one()
        about = other.exec_driver_sql("SELECT about FROM notices WHERE key = 'seen'").scalar()

        assert tuple(texts) == ("a\ufffdb", "a\ufffdb")
        assert about == {"a": ["\ufffd", "\ufffd"]}


async def test_rows_pass_page_by_page(file: Path, target: str) -> None:
    """However many lines and pictures there are, no more than a page of them is in memory."""
    size = 1_000_000
    async with open_database(url(file)) as db:
        await furnished(db, "x", b"y")
        await many(db, made=2_000, pictures=20, size=size)
    tracemalloc.start()
    try:
        copied = await move(url(file), target)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert copied.rows["ledger"] > 4_000
    assert copied.rows["contents"] > 20
    assert peak < 10 * size


async def many(db: Database, *, made: int, pictures: int, size: int) -> None:
    """So many jobs that were held and charged, and pictures of so many bytes of one of them."""
    offer = to_row(world.an_offer(1))
    line = {"team": TEAM, "credits": 1, "channel": DESIGN, "user": world.MIA, "day": TODAY}
    line |= {"at": NOW, "table_version": "test"}
    content = {"team": TEAM, "job": "M0", "bytes": bytes(size)}
    async with db.write() as tx:
        await tx.run(jobs.insert(), [offer | {"id": f"M{number}"} for number in range(made)])
        for kind in ("held", "charged"):
            lines = [line | {"job": f"M{number}", "kind": kind} for number in range(made)]
            await tx.run(ledger.insert(), lines)
        for number in range(pictures):
            await tx.run(contents.insert(), content | {"number": number})
