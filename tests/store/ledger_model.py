"""The books as a person would keep them: a list of holds, summed up anew for each question.

Written apart from the product's rules, so that a mistake in those shows.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from bot.core.budget import EVERYBODY, Cap, Scope
from bot.core.job import Job
from bot.core.periods import Period


@dataclass(slots=True)
class Given:
    """A grant."""

    id: int
    scope: Scope
    credits: int
    starts: date
    ends: date
    used: int = 0

    def left_on(self, day: date) -> int:
        """Credits that it gives to a hold of this day."""
        return self.credits - self.used if self.starts <= day <= self.ends else 0


@dataclass(slots=True)
class Hold:
    """A hold and what became of it: waiting, held, unknown, charged or released."""

    job: Job
    day: date
    at: datetime
    state: str
    charged: int = 0
    drawn: dict[int, int] = field(default_factory=dict)  # by grant

    @property
    def held(self) -> int:
        """Credits held now."""
        is_open = self.state in {"waiting", "held", "unknown"}
        return self.job.price.credits if is_open else 0


@dataclass(frozen=True, slots=True)
class Sums:
    """What the card of a scope has to say on a day; `left` None without a cap."""

    charged: int
    held: int
    unknown: int
    grants: int
    left: int | None


def covers(scope: Scope, job: Job) -> bool:
    """Whether a job counts in a scope."""
    return (
        scope.team == job.place.team
        and scope.channel in (None, job.place.channel)
        and scope.user in (None, job.asker)
    )


def same_period(period: Period, one: date, other: date, weeks: list[tuple[date, int]]) -> bool:
    """Whether two days lie in the same day, week or month."""
    match period:
        case Period.DAY:
            return one == other
        case Period.WEEK:
            return week_begun(one, weeks) == week_begun(other, weeks)
        case Period.MONTH:
            return (one.year, one.month) == (other.year, other.month)


def week_begun(day: date, weeks: list[tuple[date, int]]) -> date:
    """The day on which this one's week began, found by walking back; `weeks` as in `Books`."""
    while True:
        known = [rule for rule in weeks if rule[0] <= day]
        first_weekday = known[-1][1]
        is_new_rule = len(known) > 1 and known[-1][0] == day and known[-2][1] != first_weekday
        if day.weekday() == first_weekday or is_new_rule:
            return day
        day -= timedelta(days=1)


@dataclass(slots=True)
class Books:
    """Holds, grants and caps."""

    holds: list[Hold] = field(default_factory=list)
    grants: list[Given] = field(default_factory=list)
    caps: dict[Scope, Cap] = field(default_factory=dict)
    default: int | None = None
    approve_from: int | None = None
    weeks: list[tuple[date, int]] = field(default_factory=list)
    """From which day on weeks began with which weekday (0 is Monday)."""

    def cap(self, scope: Scope) -> Cap:
        """The cap of a scope, else everybody's there, else the channels' default or none."""
        if scope.user is not None and scope not in self.caps:
            scope = replace(scope, user=EVERYBODY)
        is_channel = scope.channel is not None and scope.user is None
        unset = Cap(Period.MONTH, self.default if is_channel else None)  # type: ignore[arg-type] # plain int
        return self.caps.get(scope, unset)

    def sums(self, scope: Scope, today: date) -> Sums:
        """What a scope's card has to say today."""
        cap = self.cap(scope)
        of = [
            hold
            for hold in self.holds
            if covers(scope, hold.job) and same_period(cap.period, hold.day, today, self.weeks)
        ]
        own = {grant.id: grant for grant in self.grants if grant.scope == scope}
        granted = sum(hold.drawn.get(grant, 0) for hold in of for grant in own)
        grants = granted + sum(grant.left_on(today) for grant in own.values())
        charged, held = sum(hold.charged for hold in of), sum(hold.held for hold in of)
        return Sums(
            charged=charged,
            held=held,
            unknown=sum(hold.held for hold in of if hold.state == "unknown"),
            grants=grants,
            left=None if cap.limit is None else cap.limit + grants - charged - held,
        )

    def scopes(self, job: Job) -> list[Scope]:
        """Every scope that a job counts in."""
        team, channel = job.place.team, job.place.channel
        return [Scope(team), Scope(team, channel), Scope(team, channel, job.asker)]

    def fits(self, job: Job, today: date) -> bool:
        """Whether every cap allows the price."""
        lefts = [self.sums(scope, today).left for scope in self.scopes(job)]
        return all(left is None or left >= job.price.credits for left in lefts)

    def admit(self, job: Job, today: date, now: datetime) -> None:
        """Hold the price: of each capped scope, its grants give first, earliest end first."""
        waits = self.approve_from is not None and job.price.credits >= self.approve_from
        hold = Hold(job, today, now, "waiting" if waits else "held")
        for scope in self.scopes(job):
            if self.cap(scope).limit is None:
                continue
            rest = int(job.price.credits)
            for grant in self.in_order(scope):
                part = min(rest, grant.left_on(today))
                if part:
                    grant.used += part
                    hold.drawn[grant.id] = part
                    rest -= part
        self.holds.append(hold)

    def in_order(self, scope: Scope) -> list[Given]:
        """A scope's grants, in the order in which they give."""
        own = [grant for grant in self.grants if grant.scope == scope]
        return sorted(own, key=lambda grant: (grant.ends, grant.id))

    def end(self, hold: Hold, state: str, charged: int) -> None:
        """Charge or release: grants pay first, and get back what they need not pay."""
        hold.state, hold.charged = state, charged
        for scope in self.scopes(hold.job):
            rest = charged
            for grant in self.in_order(scope):
                part = hold.drawn.get(grant.id, 0)
                paid = min(part, rest)
                rest -= paid
                grant.used -= part - paid
                if part:
                    hold.drawn[grant.id] = paid
