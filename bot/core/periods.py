"""Days, weeks and months in a zone: derived from the calendar, never reset by a job.

The books are kept by local day; a period is a run of at most 31 of them. "Local" is
`EASEL_TIMEZONE`; instants are timezone-aware and leave this module in UTC.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


class Period(StrEnum):
    """How long a cap counts before it renews."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @property
    def adverb(self) -> str:
        """The word that people type and read: daily, weekly, monthly."""
        return "daily" if self is Period.DAY else f"{self}ly"

    @classmethod
    def named(cls, word: str) -> Period | None:
        """The period of this word, noun or adverb, in any case; None for any other word."""
        wanted = word.casefold()
        return next((each for each in cls if wanted in (each, each.adverb)), None)


@dataclass(frozen=True, slots=True)
class Span:
    """Local days from `first` to `last`, both included."""

    first: date
    last: date


def span(period: Period, day: date, first_weekday: int = 0) -> Span:
    """The period in which a local day lies. Weeks begin on `first_weekday`: 0 Monday, 6 Sunday."""
    match period:
        case Period.DAY:
            return Span(day, day)
        case Period.WEEK:
            first = day - timedelta(days=(day.weekday() - first_weekday) % 7)
            return Span(first, first + timedelta(days=6))
        case Period.MONTH:
            length = monthrange(day.year, day.month)[1]
            return Span(day.replace(day=1), day.replace(day=length))
        case _:
            assert_never(period)


def renews(of: Span) -> date:
    """The local day on which the next period begins."""
    return of.last + timedelta(days=1)


def local_day(now: datetime, zone: ZoneInfo) -> date:
    """The date on the wall at this instant. Raises `ValueError` for a time without a zone."""
    if now.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return now.astimezone(zone).date()


def starts_at(of: Span, zone: ZoneInfo) -> datetime:
    """The first instant of a span, in UTC.

    Local midnight, and where clocks go forward over it, the moment they do; where they go back over
    it, the first of the two midnights. A day that a zone left out begins with the day after it.
    """
    return datetime.combine(of.first, time.min, tzinfo=zone).astimezone(UTC)
