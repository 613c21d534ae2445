"""What was used when and by whom, as far as cards tell of it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from bot.core.budget import NOTHING
from bot.core.job import ChannelId, Credits, UserId
from bot.core.periods import Span

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
class Lately:
    """What a scope used since its first use, or in the last fourteen days where that is longer ago.

    Without a first use there are no such days.
    """

    days: int = 0
    credits: Credits = NOTHING  # charged and held

    @property
    def pace(self) -> Fraction | None:
        """Credits a day; None while the days are too few to tell."""
        return Fraction(self.credits, self.days) if self.days >= FEWEST else None


def charted(today: date) -> Span:
    """The local days that a card shows."""
    return Span(today - timedelta(days=CHARTED - 1), today)


def each_day(used: Iterable[DayUse], days: Span) -> tuple[DayUse, ...]:
    """A value for every day of a span, used or not."""
    known = {one.day: one for one in used}
    count = (days.last - days.first).days + 1
    every = (days.first + timedelta(days=number) for number in range(count))
    return tuple(known.get(day) or DayUse(day) for day in every)


def lately(first: date | None, used: Iterable[DayUse], today: date) -> Lately:
    """What was used since the `first` use of all, of the days whose average is the pace."""
    if first is None:
        return Lately()
    since = max(first, today - timedelta(days=LOOKS_BACK - 1))
    amount = sum(one.total for one in used if since <= one.day <= today)
    return Lately((today - since).days + 1, Credits(amount))


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
    """Who used the most; whoever is not named is counted, so that it adds up."""

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


def ranking(shares: Iterable[Share], most: int) -> Ranking:
    """The first so many by use; whoever used nothing is left out."""
    users = [share for share in shares if share.total > 0]
    users.sort(key=lambda share: (-share.total, share.channel, share.user or ""))
    rest = users[most:]
    return Ranking(tuple(users[:most]), len(rest), Credits(sum(share.total for share in rest)))


def biggest(days: Iterable[DayUse]) -> DayUse | None:
    """The day with the most credits, the first of equal ones; None where nothing was used."""
    used = [day for day in days if day.total > 0]
    return max(used, key=lambda day: (day.total, -day.day.toordinal()), default=None)
