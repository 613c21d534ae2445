"""Days, weeks and months in a zone: derived from the calendar, never reset by a job.

The books are kept by local day; a period is a run of at most 31 of them. "Local" is
`EASEL_TIMEZONE`; instants are timezone-aware and leave this module in UTC.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import assert_never
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


@dataclass(frozen=True, slots=True)
class Reckoning:
    """How days and weeks are counted: the zone from an instant, weeks from a local day on."""

    since: datetime
    first_day: date
    zone: ZoneInfo
    first_weekday: int  # 0 is Monday


BEGINNING = datetime(1, 1, 2, tzinfo=UTC)
"""Since ever; a day after the first one, so that every zone has a date for it."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The zone and the first day of the week through time. A change begins at a boundary.

    So no period that somebody was told of becomes shorter, and the local day never goes back.
    """

    reckonings: tuple[Reckoning, ...]  # in their order; the first one is since ever

    @classmethod
    def fixed(cls, zone: ZoneInfo, first_weekday: int = 0) -> Calendar:
        """A calendar that never changed."""
        return cls((Reckoning(BEGINNING, BEGINNING.date(), zone, first_weekday),))

    def at(self, now: datetime) -> Reckoning:
        """What is in force at an instant."""
        return next(one for one in reversed(self.reckonings) if one.since <= now)

    def day(self, now: datetime) -> date:
        """The local day: the page of the books on which a hold is booked.

        Never one before the last day of the zone that counted before: some are over 24 hours apart.
        """
        present = self.at(now)
        day = local_day(now, present.zone)
        if present is self.reckonings[0]:
            return day
        return max(day, self.day(present.since - timedelta(microseconds=1)))

    def span(self, period: Period, day: date) -> Span:
        """The period in which a local day lies. A week is cut where weeks began to be others."""
        if period is not Period.WEEK:
            return span(period, day)
        begun = self.reckonings[0].first_day
        first_weekday = self.reckonings[0].first_weekday
        for before, after in pairwise(self.reckonings):
            if after.first_day <= day and after.first_weekday != before.first_weekday:
                begun, first_weekday = after.first_day, after.first_weekday
        whole = span(Period.WEEK, day, first_weekday)
        return Span(max(whole.first, begun), whole.last)

    def change_to(self, wanted: Calendar, now: datetime) -> Reckoning | None:
        """What a fixed calendar asks for, and from when; None where it counts already.

        A new zone begins with the next day, another first day of the week with the next week.
        """
        present, other = self.reckonings[-1], wanted.reckonings[0]
        if (present.zone.key, present.first_weekday) == (other.zone.key, other.first_weekday):
            return None
        other_week = other.first_weekday != present.first_weekday
        first = renews(self.span(Period.WEEK if other_week else Period.DAY, self.day(now)))
        since = max(starts_at(Span(first, first), each.zone) for each in (present, other))
        return replace(other, since=since, first_day=first)


IN_UTC = Calendar.fixed(ZoneInfo("UTC"))
"""Days of UTC and weeks from Monday on: what counts where nothing is set."""
