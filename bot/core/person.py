"""What is a person's own: what they used, and what they have chosen for themselves. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from bot.core.budget import Used
from bot.core.errors import Mistake
from bot.core.grammar import NO_DEFAULTS, Defaults
from bot.core.job import ChannelId, Credits
from bot.core.periods import Period, Span, span

MONTHS = 6  # months that are told of, this one included


@dataclass(frozen=True, slots=True)
class Amount:
    """Images that arrived, and credits."""

    images: int = 0
    used: Used = field(default_factory=Used)

    def __add__(self, other: Amount) -> Amount:
        """Both together."""
        mine, theirs = self.used, other.used
        return Amount(
            self.images + other.images,
            Used(
                Credits(mine.held + theirs.held),
                Credits(mine.charged + theirs.charged),
                Credits(mine.unknown + theirs.unknown),
                Credits(mine.granted + theirs.granted),
            ),
        )

    @property
    def credits(self) -> Credits:
        """Charged and held."""
        return Credits(self.used.charged + self.used.held)


@dataclass(frozen=True, slots=True)
class ChannelDay:
    """What was used in one channel on one local day."""

    day: date
    channel: ChannelId
    amount: Amount


@dataclass(frozen=True, slots=True)
class OwnUse:
    """This month and the months before it."""

    everywhere: Amount  # this month
    channels: tuple[tuple[ChannelId, Amount], ...]  # this month, the most used first
    months: tuple[tuple[date, Amount], ...]  # by their first day, the oldest first

    def here(self, channel: ChannelId) -> Amount:
        """This month, in one channel."""
        return dict(self.channels).get(channel, Amount())


def months_until(today: date) -> list[Span]:
    """The months that are told of, the oldest first."""
    spans = [span(Period.MONTH, today)]
    while len(spans) < MONTHS:
        spans.append(span(Period.MONTH, spans[-1].first - timedelta(days=1)))
    return spans[::-1]


def own_use(entries: Iterable[ChannelDay], today: date) -> OwnUse:
    """Sum up what somebody used in the months until this day."""
    known = list(entries)
    spans = months_until(today)
    by_channel: dict[ChannelId, Amount] = {}
    for one in known:
        if one.day >= spans[-1].first:
            by_channel[one.channel] = by_channel.get(one.channel, Amount()) + one.amount
    return OwnUse(
        everywhere=_sum(by_channel.values()),
        channels=tuple(
            sorted(by_channel.items(), key=lambda one: (-one[1].credits, -one[1].images, one[0]))
        ),
        months=tuple(
            (
                month.first,
                _sum(one.amount for one in known if month.first <= one.day <= month.last),
            )
            for month in spans
        ),
    )


def _sum(amounts: Iterable[Amount]) -> Amount:
    return sum(amounts, start=Amount())


# Settings


MAX_SKIP = 1_000_000
"""Credits: whoever wants never to be asked at all is not helped by a longer number."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """A person's own settings, everywhere in the workspace."""

    skip_below: Credits | None = None  # prices below it need no card; None: always ask
    defaults: Defaults = NO_DEFAULTS

    def skips(self, price: Credits) -> bool:
        """Whether a price is confirmed by asking for it."""
        return self.skip_below is not None and price < self.skip_below


UNSET = Preferences()


def parse_skip(text: str) -> Credits | None:
    """What was typed as the level; empty and 0 are "always ask". Raises `Mistake`."""
    said = text.strip()
    if not said:
        return None
    if not re.fullmatch(r"[0-9]{1,7}", said) or int(said) > MAX_SKIP:
        raise Mistake(
            f"Write a whole number of credits from 0 to {MAX_SKIP:,}, as in 10, or leave it empty "
            "to be asked always."
        )
    return Credits(int(said)) or None
