"""What only happens within a process: SQLite that may not write or cannot confirm it, NUL."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from bot.core.payload import Part
from bot.demo.faults import Gate
from bot.slack_in.payloads import read_form
from bot.store import sqlite
from bot.store.batches import InThread
from bot.store.statements import Values
from tests.faults.machine_rows import STUCK
from tests.faults.test_machine import books_are_right
from tests.flow.stage import Stage, text_of
from tests.flow.unknown import CHARGED, LEDGER
from tests.postgres import BOTH


class ReadOnly:
    """Whether SQLite refuses every write of this process."""

    def __init__(self) -> None:
        self.on = False


@pytest.fixture(name="read_only")
def _read_only(monkeypatch: pytest.MonkeyPatch) -> ReadOnly:
    made = ReadOnly()
    fetch, within = sqlite.Connection.fetch, InThread.fetch

    async def guarded(self: sqlite.Connection, sql: str, values: Values) -> Sequence[Sequence[Any]]:
        await self.driver.execute_fetchall(f"PRAGMA query_only = {int(made.on)}")
        try:
            return await fetch(self, sql, values)
        finally:
            await self.driver.execute_fetchall("PRAGMA query_only = 0")

    async def guarded_within(self: InThread, sql: str, values: Values) -> Sequence[Sequence[Any]]:
        self.driver.execute(f"PRAGMA query_only = {int(made.on)}")
        try:
            return await within(self, sql, values)
        finally:
            self.driver.execute("PRAGMA query_only = 0")

    monkeypatch.setattr(sqlite.Connection, "fetch", guarded)
    monkeypatch.setattr(InThread, "fetch", guarded_within)
    return made


async def test_a_click_on_a_read_only_file_holds_nothing(stage: Stage, read_only: ReadOnly) -> None:
    """Who clicks while SQLite may not write reads that nothing was held; then the click works."""
    async with stage.bot():
        card = await stage.ask()
        read_only.on = True
        await stage.press(card, "generate")
        await stage.card(STUCK[:40])
        read_only.on = False

        assert await stage.rows(LEDGER) == []

        await stage.press(card, "generate")
        await stage.done(4)

        assert await stage.quota() == CHARGED


async def test_who_asks_of_a_read_only_file_is_told_why(stage: Stage, read_only: ReadOnly) -> None:
    """Before the acknowledgement too it is said what is wrong: nobody waits as for a lock."""
    async with stage.bot():
        read_only.on = True
        shown = await stage.ask()
        read_only.on = False

        assert STUCK in text_of(shown)


async def test_a_task_outlives_a_read_only_file(
    stage: Stage, read_only: ReadOnly, caplog: pytest.LogCaptureFixture
) -> None:
    """The task's id is kept until SQLite may write again, and the log says so once."""
    gate = Gate()
    async with stage.bot():
        stage.faults.arm("gate", "submit", gate=gate, when="after")
        await stage.press(await stage.ask(), "generate")
        await gate.reached.wait()
        read_only.on = True
        gate.opened.set()
        while not any("may be full or read-only" in one for one in caplog.messages):
            await stage.type("help")
        read_only.on = False
        await stage.done(4)

        assert (stage.submits(), stage.shares()) == (1, 1)
        assert await stage.rows(LEDGER) == [("held", 4), ("charged", 4)]
        assert sum("disk may be full or read-only" in one for one in caplog.messages) == 1
        await books_are_right(stage)


class Unconfirmed(sqlite3.Connection):
    """SQLite, whose disk does not confirm the COMMIT of a hold: it is there, or is taken back."""

    instead = ""  # what is run instead of the next such COMMIT

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        """Run a statement."""
        kind = type(self)
        self.holds = sql.startswith("INSERT INTO ledger") or getattr(self, "holds", False)
        if sql != "COMMIT" or not self.holds or not kind.instead:
            return super().execute(sql, *values)
        sql, kind.instead, self.holds = kind.instead, "", False
        super().execute(sql)
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
        raise error


@pytest.mark.parametrize("instead", ["COMMIT", "ROLLBACK"])
async def test_a_hold_that_the_disk_does_not_confirm(
    stage: Stage, instead: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job runs if its hold is written, and says nothing in the channel if it is not."""
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Unconfirmed))
    async with stage.bot():
        card = await stage.ask()
        Unconfirmed.instead = instead
        await stage.press(card, "generate")
        await stage.card("so it is not certain that it was")
        await stage.press(card, "generate")
        await stage.done(4)

        assert len(stage.ws.calls_of("chat.postMessage")) == 1
        assert await stage.rows(LEDGER) == [("held", 4), ("charged", 4)]
        await books_are_right(stage)


@BOTH
async def test_a_nul_is_not_written(stage: Stage) -> None:
    """A NUL, which PostgreSQL keeps nowhere, goes from a prompt; all else stays."""
    async with stage.bot():
        await stage.press(await stage.ask("a red\x00 fox"), "generate")
        await stage.done(4)

        assert await stage.rows("SELECT prompt FROM jobs") == [("a red fox",)]


def test_a_form_has_no_control_characters() -> None:
    """What was typed in a form arrives without NUL and half characters, with its line ends."""
    state = {"values": {"b": {"why": {"value": "one\x00\ud800\r\ntwo"}}}}
    sent = {"user": {"id": "U", "team_id": "T"}, "view": {"id": "V", "state": state}}

    assert read_form(Part(sent)).text("why") == "one\ntwo"
