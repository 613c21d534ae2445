"""The books hold, whatever people, the provider, the admins and the calendar do, in any order."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from bot.core.budget import Cap, Scope
from bot.core.job import ChannelId, Credits, Job, JobState, UserId
from bot.core.limits import Policy
from bot.core.periods import Period
from bot.core.requests import Decision, Outcome, RequestId
from bot.features.admission import Gone, Held, Short
from bot.store import audit, budget, controls, jobs, requests
from tests import postgres
from tests.exhaustive import examples
from tests.store import world
from tests.store.ledger_model import Given
from tests.store.machine import EVERYBODY_HERE, SCOPES
from tests.store.outcomes import PICK, Outcomes
from tests.store.world import ADA, DESIGN, GENERAL, MIA, TEAM, TOM

ZONES = ["UTC", "Pacific/Kiritimati", "America/Los_Angeles", "Africa/Cairo", "Asia/Kathmandu"]
PRICES = st.sampled_from([1, 4, 14])
LIMITS = st.sampled_from([None, 0, 30, 100, 300])
PLACES = st.sampled_from([DESIGN, GENERAL])
ASKED = st.lists(st.tuples(PRICES, PLACES, st.sampled_from([MIA, TOM])), min_size=1, max_size=6)
OUTCOMES = [Outcome.GRANTED, Outcome.DECLINED, Outcome.LAPSED, Outcome.WITHDRAWN]


class World(Outcomes):
    """The real store beside the model; every rule is one transaction, or a few at once."""

    # What people do

    @initialize(
        default=LIMITS,
        limit=st.sampled_from([14, 30, 100]),
        extra=st.integers(1, 20),
        level=st.sampled_from([None, 4, 14]),
    )
    def started(self, default: int | None, limit: int, extra: int, level: int | None) -> None:
        """A workspace with a cap and an approval level, and a person with some extra credits."""
        self.approve_from(level)
        self.books.default = default
        self.set_cap(Scope(TEAM), limit, Period.WEEK)
        self.set_cap(Scope(TEAM, DESIGN, MIA), 5, Period.DAY)
        self.grant(Scope(TEAM, DESIGN, MIA), extra, 0, 3)
        self.grant(Scope(TEAM, DESIGN, MIA), extra, 0, 0)  # later given, and ends first

    @rule(asked=ASKED, at_once=st.booleans())
    def ask(self, asked: list[tuple[int, ChannelId, UserId]], *, at_once: bool) -> None:
        """Cards are shown, and perhaps confirmed at the same moment."""
        offers = [
            world.an_offer(price, channel=channel, user=user) for price, channel, user in asked
        ]
        self.offers += self.run(world.offered(self.db, *offers))
        if at_once:
            self._confirm(offers)

    @precondition(lambda self: self.offers)
    @rule(pick=PICK)
    def confirm(self, pick: int) -> None:
        """Generate is clicked: admitted exactly if it fits, and then no cap is exceeded."""
        self._confirm([self.offers[pick % len(self.offers)]])

    @precondition(lambda self: self.offers)
    @rule(picks=st.lists(PICK, min_size=2, max_size=8))
    def confirm_at_once(self, picks: list[int]) -> None:
        """Several cards are confirmed at the same moment, some of them twice."""
        self._confirm([self.offers[pick % len(self.offers)] for pick in picks])

    def _confirm(self, clicked: list[Job]) -> None:
        decided: list[tuple[Job, Held | Short | Gone]] = []

        async def click(job: Job) -> None:
            async with self.db.write() as tx:
                outcome = await world.hold(
                    tx, job, now=self.now, today=self.today, rules=self.budget_rules
                )
                decided.append((job, outcome))

        async def click_all() -> None:
            await asyncio.gather(*(click(job) for job in clicked))

        self.run(click_all())
        for job, outcome in decided:  # in the order in which they were decided
            known = {hold.job.id for hold in self.books.holds}
            expected = (
                Gone if job.id in known else Held if self.books.fits(job, self.today) else Short
            )

            assert type(outcome) is expected

            if isinstance(outcome, Held):
                level = self.books.approve_from
                waits = level is not None and job.price.credits >= level

                assert (outcome.job.state is JobState.WAITING) == waits

                self.books.admit(outcome.job, self.today, self.now)
                for scope in self.books.scopes(job):
                    sums, limit = self.books.sums(scope, self.today), self.books.cap(scope).limit

                    assert limit is None or sums.charged + sums.held <= limit + sums.grants

        self.look([scope for job in clicked for scope in self.books.scopes(job)])

    @precondition(lambda self: self.offers)
    @rule(pick=PICK)
    def confirm_and_stop(self, pick: int) -> None:
        """A hold that is released leaves every card as it was before."""
        job = self.offers[pick % len(self.offers)]
        scopes = self.books.scopes(job)
        before = self.run(self._statuses(scopes))
        if job.id in {hold.job.id for hold in self.books.holds}:
            return
        self._confirm([job])
        hold = self.books.holds[-1] if self.books.holds else None
        if hold is not None and hold.job.id == job.id:
            self._end(hold, "released", 0)

        assert self.run(self._statuses(scopes)) == before

    @rule(level=st.sampled_from([None, None, 0, 4, 14]))
    def approve_from(self, level: int | None) -> None:
        """From so many credits on an admin has to approve; what is held already stays as it is."""
        policy = Policy(approve_from=None if level is None else Credits(level))

        async def put() -> None:
            async with self.db.write() as tx:
                await controls.set_policy(tx, Scope(TEAM), policy, ADA, self.now)

        self.run(put())
        self.books.approve_from = level

    @precondition(lambda self: self.waiting())
    @rule(pick=PICK, outcomes=st.lists(st.sampled_from(OUTCOMES), min_size=1, max_size=3))
    def decide(self, pick: int, outcomes: list[Outcome]) -> None:
        """Admins decide, time runs out, its asker stops it, all at once: it ends at most once."""
        hold = self.waiting()[pick % len(self.waiting())]
        decided: list[tuple[Outcome, bool]] = []

        async def say(outcome: Outcome) -> None:
            async with self.db.write() as tx:
                await budget.lock(tx, TEAM, self.now)
                asked = await requests.get(tx, TEAM, RequestId(hold.job.id))
                assert asked is not None
                if outcome is Outcome.WITHDRAWN:
                    ended = await requests.stop(tx, hold.job, self.now) is not None
                else:
                    ended = (
                        await requests.decide(tx, asked, Decision(outcome, self.now)) is not None
                    )
                decided.append((outcome, ended))

        async def say_all() -> None:
            await asyncio.gather(*map(say, outcomes))

        self.run(say_all())
        is_over = self.now >= hold.at + timedelta(hours=24)
        for outcome, counted in decided:  # in the order in which they came
            if outcome is Outcome.WITHDRAWN:
                counts = hold.state in {"waiting", "held"}
            else:
                counts = hold.state == "waiting" and (outcome is Outcome.LAPSED) == is_over

            assert counted == counts

            if counts and outcome is Outcome.GRANTED:
                hold.state = "held"
            elif counts:
                self.books.end(hold, "released", 0)
        self.look(self.books.scopes(hold.job))

    # What admins and the calendar do

    @rule(
        scope=st.sampled_from(SCOPES),
        credits=st.integers(1, 40),
        starts=st.integers(-3, 3),
        days=st.integers(0, 40),
    )
    def grant(self, scope: Scope, credits: int, starts: int, days: int) -> None:
        """Extra credits are given, for days that may lie over the end of the period."""
        first = self.today + timedelta(days=starts)
        last = first + timedelta(days=days)

        async def give() -> int:
            async with self.db.write() as tx:
                return await controls.add_grant(
                    tx, scope, Credits(credits), (first, last), "why", ADA, self.now
                )

        self.books.grants.append(Given(self.run(give()), scope, credits, first, last))
        self.look([scope])

    @rule(
        scope=st.sampled_from([*SCOPES, EVERYBODY_HERE]),
        limit=LIMITS,
        period=st.sampled_from(Period),
    )
    def set_cap(self, scope: Scope, limit: int | None, period: Period) -> None:
        """A cap is set, perhaps below what is used already: it counts for the next click."""
        cap = Cap(period, None if limit is None else Credits(limit))
        self.run(self._write_cap(scope, cap))
        self.books.caps[scope] = cap
        self.look(SCOPES)

    @rule(scope=st.sampled_from([*SCOPES, EVERYBODY_HERE]))
    def unset_cap(self, scope: Scope) -> None:
        """A cap is taken away: the default counts."""
        self.run(self._write_cap(scope, None))
        self.books.caps.pop(scope, None)
        self.look(SCOPES)

    async def _write_cap(self, scope: Scope, cap: Cap | None) -> None:
        async with self.db.write() as tx:
            await controls.set_cap(tx, scope, cap, ADA, self.now)

    @rule(hours=st.sampled_from([1, 6, 24, 24 * 6, 24 * 20]))
    def time_passes(self, hours: int) -> None:
        """Days, weeks and months begin; the local day never goes back."""
        before = self.today
        self.now += timedelta(hours=hours)

        assert self.today >= before

        self.look(SCOPES)

    @rule(zone=st.sampled_from(ZONES), first_weekday=st.integers(0, 6))
    def started_again_elsewhere(self, zone: str, first_weekday: int) -> None:
        """The zone and the first day of the week are changed: present periods and books stay."""
        before = self.run(self._statuses(SCOPES))
        self.start(ZoneInfo(zone), first_weekday)

        assert self.run(self._statuses(SCOPES)) == before

        self.look(SCOPES)

    @precondition(lambda self: self.offers)
    @rule(pick=PICK, price=PRICES)
    def choose(self, pick: int, price: int) -> None:
        """Another price is chosen on a card; who clicks on the old one holds nothing."""
        place = pick % len(self.offers)
        old = self.offers[place]

        async def choose() -> tuple[Job | None, Held | Short | Gone]:
            async with self.db.write() as tx:
                cost = replace(old.price, credits=Credits(price))
                changed = await jobs.choose(tx, old, old.request, cost)
                return changed, await world.hold(
                    tx, old, now=self.now, today=self.today, rules=self.budget_rules
                )

        changed, outcome = self.run(choose())
        is_offer = old.id not in {hold.job.id for hold in self.books.holds}

        assert isinstance(outcome, Gone)
        assert (changed is not None) == is_offer

        if changed is not None:
            self.offers[place] = changed

    # What always holds

    @invariant()
    def the_ledger_bears_the_books_out(self) -> None:
        """Replayed, the ledger gives the books of every page; grants gave what was drawn."""
        assert self.run(self._audit()) == []

    async def _audit(self) -> list[str]:
        async with self.db.read() as tx:
            return await audit.differences(tx)


class OnPostgres(World):
    """The same on PostgreSQL."""

    dialect = "postgresql"

    def __init__(self) -> None:
        postgres.needed()
        super().__init__()


EXAMPLES = settings(
    max_examples=examples(16, 3),
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],  # every step is written to a disk
)
World.TestCase.settings = EXAMPLES
OnPostgres.TestCase.settings = EXAMPLES
TestBooks = World.TestCase
TestBooksOnPostgres = OnPostgres.TestCase
