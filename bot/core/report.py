"""What was used when and by whom, as far as cards and pictures tell of it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from bot.core.budget import NOTHING, Standing
from bot.core.job import ChannelId, Credits, UserId
from bot.core.periods import Span

LOOKS_BACK = 14  # days at most, today's included, whose average is the pace
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


def looked_at(today: date) -> Span:
    """The local days whose use a pace is made of, at most."""
    return Span(today - timedelta(days=LOOKS_BACK - 1), today)


def lately(first: date, used: Iterable[DayUse], today: date) -> Lately:
    """What was used on those days that are `looked_at` and not before the `first` use."""
    since = max(first, looked_at(today).first)
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

    def naming(self, named: Collection[ChannelId]) -> Ranking:
        """With these channels by name, and the rest among the others."""
        rest = [share for share in self.top if share.channel not in named]
        return Ranking(
            tuple(share for share in self.top if share.channel in named),
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


@dataclass(frozen=True, slots=True)
class Month:
    """A budget's month, as its picture shows it; what is equal here looks the same."""

    name: str  # of the channel: untrusted; empty where it has none or is not known
    standing: Standing
    today: date
    days: tuple[DayUse, ...]  # every local day of the month
    lately: Lately
    so_far: tuple[Credits, ...]
    """Of each day until today: what the cap's period had used by its end."""


def biggest(days: Iterable[DayUse]) -> DayUse | None:
    """The day with the most credits, the first of equal ones; None where nothing was used."""
    used = [day for day in days if day.total > 0]
    return max(used, key=lambda day: (day.total, -day.day.toordinal()), default=None)
