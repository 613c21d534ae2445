"""What the state machine of the books stands on: the real store, the model, a clock, one loop."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from hypothesis.stateful import RuleBasedStateMachine

from bot.core.budget import EVERYBODY, BudgetStatus, Scope
from bot.core.job import Credits, Job
from bot.core.periods import Calendar
from bot.store import budget, controls
from bot.store.budget import Rules
from bot.store.db import Database
from tests.store import world
from tests.store.ledger_model import Books, Hold
from tests.store.world import DESIGN, GENERAL, MIA, NOW, TEAM, TOM

T = TypeVar("T")

EVERYBODY_HERE = Scope(TEAM, DESIGN, EVERYBODY)
"""Where each person's cap in the channel is set who has none of their own."""

SCOPES = [
    Scope(TEAM),
    *(Scope(TEAM, channel) for channel in (DESIGN, GENERAL)),
    *(Scope(TEAM, channel, user) for channel in (DESIGN, GENERAL) for user in (MIA, TOM)),
]


class Machine(RuleBasedStateMachine):
    """The store and the model side by side, and how they are compared."""

    dialect = "sqlite"

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.folder = tempfile.TemporaryDirectory()
        self.books = Books()
        self.offers: list[Job] = []
        self.now: datetime = NOW
        self.db: Database = self.run(self._open())
        self.calendar = Calendar.fixed(ZoneInfo("UTC"))
        self.start(ZoneInfo("UTC"), 0)

    async def _open(self) -> Database:
        return await self.stack.enter_async_context(
            world.database(self.dialect, Path(self.folder.name))
        )

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run on the machine's own loop."""
        return self.runner.run(work)

    def teardown(self) -> None:
        """Look at everything once more, and close."""
        try:
            self.look(SCOPES)
        finally:
            self.run(self.stack.aclose())
            self.runner.close()
            self.folder.cleanup()

    def start(self, zone: ZoneInfo, first_weekday: int) -> None:
        """Easel starts with these settings; what was told of the present periods stays."""
        before = self.today

        async def settle() -> Calendar:
            async with self.db.write() as tx:
                return await controls.adopt_calendar(
                    tx, Calendar.fixed(zone, first_weekday), self.now
                )

        self.calendar = self.run(settle())
        one = self.calendar.reckonings
        self.books.weeks = [(each.first_day, each.first_weekday) for each in one]

        assert self.today == before

    @property
    def today(self) -> date:
        """The local day."""
        return self.calendar.day(self.now)

    @property
    def budget_rules(self) -> Rules:
        """The settings."""
        default = self.books.default
        return Rules(
            None if default is None else Credits(default),
            self.calendar,
        )

    def open_holds(self) -> list[Hold]:
        """Holds that have not ended, and whose job is on its way."""
        return [hold for hold in self.books.holds if hold.state in {"held", "unknown"}]

    def unknown_holds(self) -> list[Hold]:
        """Holds whose outcome was lost."""
        return [hold for hold in self.books.holds if hold.state == "unknown"]

    def waiting(self) -> list[Hold]:
        """Holds that wait for an admin."""
        return [hold for hold in self.books.holds if hold.state == "waiting"]

    def ended_holds(self) -> list[Hold]:
        """Holds that have ended."""
        return [hold for hold in self.books.holds if hold.state in {"charged", "released"}]

    def look(self, scopes: list[Scope]) -> None:
        """The cards of these scopes say what the model says, and add up."""
        scopes = list(dict.fromkeys(scopes))
        for scope, status in zip(scopes, self.run(self._statuses(scopes)), strict=True):
            expected = self.books.sums(scope, self.today)

            assert status.used.charged == expected.charged
            assert status.used.held == expected.held
            assert status.used.unknown == expected.unknown
            assert status.grants_total == expected.grants
            assert status.left == expected.left
            assert status.span.first <= self.today < status.renews

    async def _statuses(self, scopes: list[Scope]) -> list[BudgetStatus]:
        async with self.db.read() as tx:
            return [
                await budget.status(tx, scope, self.today, self.budget_rules) for scope in scopes
            ]
