"""What was used when and by whom, as far as cards and pictures tell of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from bot.core.budget import NOTHING, Standing
from bot.core.job import ChannelId, Credits, UserId


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
    so_far: tuple[Credits, ...]
    """Of each day until today: what the cap's period had used by its end."""


def biggest(days: Iterable[DayUse]) -> DayUse | None:
    """The day with the most credits, the first of equal ones; None where nothing was used."""
    used = [day for day in days if day.total > 0]
    return max(used, key=lambda day: (day.total, -day.day.toordinal()), default=None)
