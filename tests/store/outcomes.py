"""How holds end in the model of the books: by what the provider says, or by an admin's word."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from bot.core.job import Credits, Job, JobState
from bot.store import budget, jobs, tables, unknown
from bot.store.db import Tx
from bot.store.errors import NotHeld
from tests.store.ledger_model import Hold
from tests.store.machine import Machine
from tests.store.world import ADA, TEAM

ANSWERS = ["0", "50", "100", "125", "400", "failed", "lost"]  # charged, in % of what was held
PICK = st.integers(0, 10_000)  # which of those that there are


class Outcomes(Machine):
    """What becomes of jobs once they are confirmed."""

    @precondition(lambda self: self.open_holds())
    @rule(answers=st.lists(st.tuples(PICK, st.sampled_from(ANSWERS)), min_size=1, max_size=5))
    def answers(self, answers: list[tuple[int, str]]) -> None:
        """Pictures arrive and are charged, whatever the caps say by now; or fail; or are lost."""
        for pick, answer in answers:
            holds = self.open_holds()
            if not holds:
                return
            hold = holds[pick % len(holds)]
            price = hold.job.price.credits
            match answer:
                case "failed":
                    self._end(hold, "released", 0)
                case "lost":
                    self._lose(hold)
                case _:
                    self._end(hold, "charged", price * int(answer) // 100)

    @precondition(lambda self: self.unknown_holds())
    @rule(
        pick=PICK,
        words=st.lists(st.sampled_from([None, 0, 1, 50]), min_size=1, max_size=3),
    )
    def admins_end_it(self, pick: int, words: list[int | None]) -> None:
        """Admins say what became of a hold that is not known: the first one counts."""
        hold = self.unknown_holds()[pick % len(self.unknown_holds())]
        ended: list[Job] = []

        async def say(spent: int | None) -> None:
            async with self.db.write() as tx:
                await budget.lock(tx, TEAM, self.now)
                amount = None if spent is None else Credits(spent)
                decided = await unknown.decide(
                    tx, TEAM, hold.job.id, amount, ADA, self.now, self.budget_rules
                )
                if decided is not None:
                    ended.append(decided)

        async def say_all() -> None:
            await asyncio.gather(*map(say, words))

        self.run(say_all())
        [decided] = ended
        charged = decided.charged or 0

        assert charged in {hold.job.price.credits if word is None else word for word in words}

        self.books.end(hold, "charged" if charged else "released", charged)
        self.look(self.books.scopes(hold.job))

    def _lose(self, hold: Hold) -> None:
        if hold.state == "unknown":
            return

        async def lose(tx: Tx, job: Job) -> None:
            await jobs.record(tx, job, state=JobState.UNKNOWN)
            await budget.mark_unknown(tx, job, self.now)

        self.run(self._on_its_way(hold, lose))
        hold.state = "unknown"
        self.look(self.books.scopes(hold.job))

    def _end(self, hold: Hold, how: str, charged: int) -> None:
        async def end(tx: Tx, job: Job) -> None:
            await budget.lock(tx, TEAM, self.now)
            if how == "charged":
                job = await jobs.record(
                    tx, job, state=JobState.DELIVERING, charged=Credits(charged)
                )
                await budget.charge(tx, job, Credits(charged), self.now)
            else:
                job = await jobs.record(tx, job, state=JobState.FAILED)
                await budget.release(tx, job, self.now)

        self.run(self._on_its_way(hold, end))
        self.books.end(hold, how, charged)
        self.look(self.books.scopes(hold.job))

    async def _on_its_way(self, hold: Hold, write: Any) -> None:
        """What a run does: it goes on with the row as it is, and then writes."""
        async with self.db.write() as tx:
            job = await jobs.get(tx, TEAM, hold.job.id)
            assert job is not None
            if job.state is JobState.QUEUED:
                job = await jobs.record(tx, job, state=JobState.SUBMITTING)
            await write(tx, job)

    @precondition(lambda self: self.ended_holds())
    @rule(pick=PICK, how=st.sampled_from(["charge", "release", "lose"]))
    def end_again(self, pick: int, how: str) -> None:
        """A hold that has ended cannot end again, nor become unknown; nothing changes."""
        job = self.ended_holds()[pick % len(self.ended_holds())].job

        async def again() -> None:
            async with self.db.write() as tx:
                match how:
                    case "charge":
                        await budget.charge(tx, job, Credits(1), self.now)
                    case "release":
                        await budget.release(tx, job, self.now)
                    case _:
                        await budget.mark_unknown(tx, job, self.now)

        before = self.run(self._everything())
        with pytest.raises(NotHeld):
            self.run(again())

        assert self.run(self._everything()) == before

    async def _everything(self) -> list[list[sa.Row[Any]]]:
        async with self.db.read() as tx:
            return [await tx.rows(sa.select(table)) for table in tables.metadata.tables.values()]
