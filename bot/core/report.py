"""What was used when and by whom, and where a budget is going. Pure.

The pace is the average of the days since the first use, fourteen at most, today counted as a whole
one; a period that begins does not change it. A forecast goes on with it, draws on grants as an
admission does (earliest end first), and forgets what a grant does not give in time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from bot.core.budget import NOTHING, BudgetStatus
from bot.core.catalogue import Model
from bot.core.job import ChannelId, Credits, JobId, Quality, Tier, UserId
from bot.core.periods import Period, Span

CHARTED = 20  # days, today's included, that a card shows
LOOKS_BACK = 14  # of these at most, whose average is the pace
FEWEST = 3  # days from which on an average is a pace


@dataclass(frozen=True, slots=True)
class DayUse:
    """What was admitted on one local day: charged by now, or held still. Credits."""

    day: date
    charged: Credits = NOTHING
    held: Credits = NOTHING

    @property
    def total(self) -> Credits:
        """Charged and held."""
        return Credits(self.charged + self.held)


@dataclass(frozen=True, slots=True)
class RecentUse:
    """What a scope used since its first use, or in the last fourteen days where that is longer ago.

    Without a first use there are no such days.
    """

    days: int = 0
    credits: Credits = NOTHING  # charged and held

    @property
    def pace(self) -> Fraction | None:
        """Credits a day; None while the days are too few to tell."""
        return Fraction(self.credits, self.days) if self.days >= FEWEST else None


def charted_days(today: date) -> Span:
    """The local days that a card shows."""
    return Span(today - timedelta(days=CHARTED - 1), today)


def fill_days(used: Iterable[DayUse], days: Span) -> tuple[DayUse, ...]:
    """A value for every day of a span, used or not."""
    known = {one.day: one for one in used}
    count = (days.last - days.first).days + 1
    every = (days.first + timedelta(days=number) for number in range(count))
    return tuple(known.get(day) or DayUse(day) for day in every)


def measure_recent_use(first: date | None, used: Iterable[DayUse], today: date) -> RecentUse:
    """What was used since the `first` use of all, of the days whose average is the pace."""
    if first is None:
        return RecentUse()
    since = max(first, today - timedelta(days=LOOKS_BACK - 1))
    amount = sum(one.total for one in used if since <= one.day <= today)
    return RecentUse((today - since).days + 1, Credits(amount))


@dataclass(frozen=True, slots=True)
class Share:
    """What one person used in a channel, or (without a person) one channel in the workspace."""

    channel: ChannelId
    user: UserId | None
    charged: Credits
    held: Credits

    @property
    def total(self) -> Credits:
        """Charged and held."""
        return Credits(self.charged + self.held)


@dataclass(frozen=True, slots=True)
class Ranking:
    """Who used the most; the others are counted, so that the sum is right."""

    top: tuple[Share, ...] = ()
    others: int = 0
    others_total: Credits = NOTHING  # charged and held

    def naming(self, named: Collection[Share]) -> Ranking:
        """With these by name, and the rest among the others."""
        rest = [share for share in self.top if share not in named]
        return Ranking(
            tuple(share for share in self.top if share in named),
            self.others + len(rest),
            Credits(self.others_total + sum(share.total for share in rest)),
        )


NOBODY = Ranking()


def rank(shares: Iterable[Share], most: int) -> Ranking:
    """The first so many by use; whoever used nothing is left out."""
    users = [share for share in shares if share.total > 0]
    users.sort(key=lambda share: (-share.total, share.channel, share.user or ""))
    rest = users[most:]
    return Ranking(tuple(users[:most]), len(rest), Credits(sum(share.total for share in rest)))


def find_biggest_day(days: Iterable[DayUse]) -> DayUse | None:
    """The day with the most credits, the first of equal ones; None where nothing was used."""
    used = [day for day in days if day.total > 0]
    return max(used, key=lambda day: (day.total, -day.day.toordinal()), default=None)


# Where a budget is going


SHOWN = 2  # kinds of pictures that a card names


@dataclass(frozen=True, slots=True)
class UsedUp:
    """At this pace nothing is left by the end of this local day."""

    day: date


@dataclass(frozen=True, slots=True)
class Remains:
    """At this pace so many credits are left when the period ends."""

    credits: Credits


def forecast(status: BudgetStatus, used: RecentUse, today: date) -> UsedUp | Remains | None:
    """What becomes of a budget by the end of its period.

    None where there is nothing to foretell: no cap, a daily one, nothing left, nothing used lately,
    or not for long enough.
    """
    left, each = status.left, used.pace
    if left is None or left <= 0 or not each or status.cap.period is Period.DAY:
        return None
    grants = {grant: Fraction(grant.left) for grant in status.grants}
    cap = left - sum(grants.values())  # negative after the cap was lowered
    day = today
    while day < status.span.last:
        day += timedelta(days=1)
        grants = {grant: rest for grant, rest in grants.items() if grant.ends >= day}
        if each >= cap + sum(grants.values()):
            return UsedUp(day)
        need = each
        for grant in sorted(grants, key=lambda grant: (grant.ends, grant.id)):
            part = min(need, grants[grant])
            grants[grant] -= part
            need -= part
        cap -= need
    return Remains(Credits(int(cap + sum(grants.values()))))


@dataclass(frozen=True, slots=True)
class Pictures:
    """How many pictures of a kind some credits are enough for."""

    count: int
    quality: Quality | None  # None: of a model without qualities


def count_pictures(left: Credits, model: Model) -> tuple[Pictures, ...]:
    """What some credits are enough for at 1K, the dearest kinds first; empty: for none."""
    cells = [cell for cell in model.cells if cell.tier is Tier.T1K and cell.credits <= left]
    cells.sort(key=lambda cell: -cell.credits)
    return tuple(Pictures(left // cell.credits, cell.quality) for cell in cells[:SHOWN])


# What admins are told of a whole workspace


@dataclass(frozen=True, slots=True)
class Unknown:
    """A hold whose outcome was lost."""

    job: JobId
    channel: ChannelId
    asker: UserId
    credits: Credits
    since: datetime


@dataclass(frozen=True, slots=True)
class Drift:
    """What the provider charged beside the price table, over the jobs where the two differ."""

    jobs: int
    credits: Credits  # charged minus computed; negative when it charged less
