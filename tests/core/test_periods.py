from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.periods import Period, Span, local_day, renews, span, starts_at

ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Havana",  # clocks go back over midnight
        "America/Sao_Paulo",  # clocks went forward at midnight
        "Africa/Cairo",  # clocks go forward at midnight
        "Australia/Lord_Howe",  # half an hour of summer time
        "Asia/Kathmandu",  # UTC+5:45
        "Pacific/Apia",  # has no 30 December 2011
        "Pacific/Kiritimati",  # UTC+14
    )
]
DAYS = st.dates(date(1996, 1, 1), date(2040, 12, 31))
INSTANTS = st.datetimes(datetime(1996, 1, 1), datetime(2040, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 -- the strategy adds the zone
INSTANT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("period", "day", "first", "last"),
    [
        (Period.DAY, "2026-11-22", "2026-11-22", "2026-11-22"),
        (Period.WEEK, "2026-11-22", "2026-11-16", "2026-11-22"),  # a Sunday ends its week
        (Period.WEEK, "2026-11-23", "2026-11-23", "2026-11-29"),
        (Period.WEEK, "2027-01-01", "2026-12-28", "2027-01-03"),
        (Period.MONTH, "2026-11-30", "2026-11-01", "2026-11-30"),
        (Period.MONTH, "2026-12-01", "2026-12-01", "2026-12-31"),
        (Period.MONTH, "2027-02-28", "2027-02-01", "2027-02-28"),
        (Period.MONTH, "2028-02-10", "2028-02-01", "2028-02-29"),
        (Period.MONTH, "2100-02-10", "2100-02-01", "2100-02-28"),
    ],
)
def test_spans_of_the_calendar(period: Period, day: str, first: str, last: str) -> None:
    """A period runs from its first to its last local day, over the ends of months and years."""
    expected = Span(date.fromisoformat(first), date.fromisoformat(last))

    assert expected == span(period, date.fromisoformat(day))


@pytest.mark.parametrize("first_weekday", range(7))
def test_weeks_begin_where_they_are_told(first_weekday: int) -> None:
    """A week begins on the configured day and holds the day it was asked for."""
    for offset in range(14):
        day = date(2026, 11, 16) + timedelta(days=offset)
        week = span(Period.WEEK, day, first_weekday)

        assert first_weekday == week.first.weekday()
        assert week.first <= day <= week.last


@given(DAYS, st.sampled_from(Period), st.integers(0, 6))
def test_periods_tile_the_calendar(day: date, period: Period, first_weekday: int) -> None:
    """Each day lies in one period of at most 31 days, and the next begins the day after it ends."""
    now = span(period, day, first_weekday)
    following = span(period, renews(now), first_weekday)

    assert now.first <= day <= now.last
    assert now == span(period, now.first, first_weekday) == span(period, now.last, first_weekday)
    assert following.first == renews(now) == now.last + timedelta(days=1)
    assert (now.last - now.first).days < 31


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00"),
        ("Europe/Berlin", "2026-03-30", "2026-03-29T22:00"),
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00"),
        ("Europe/Berlin", "2026-10-26", "2026-10-25T23:00"),
        ("America/New_York", "2026-11-02", "2026-11-02T05:00"),
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00"),
        ("Australia/Lord_Howe", "2026-04-06", "2026-04-05T13:30"),
        ("Asia/Kathmandu", "2026-11-01", "2026-10-31T18:15"),
        ("Pacific/Apia", "2011-12-29", "2011-12-29T10:00"),
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00"),  # never was: empty
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00"),
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00"),  # began at one o'clock
        ("America/Havana", "2026-11-01", "2026-11-01T04:00"),  # had two midnights
    ],
)
def test_starts_of_days(zone: str, day: str, expected: str) -> None:
    """A day begins at local midnight, or when clocks jump over it, also where they change."""
    first = date.fromisoformat(day)
    start = starts_at(Span(first, first), ZoneInfo(zone))

    assert datetime.fromisoformat(expected).replace(tzinfo=UTC) == start
    assert UTC is start.tzinfo


@given(DAYS, st.sampled_from(Period), st.sampled_from(ZONES))
def test_a_span_starts_with_its_first_day(day: date, period: Period, zone: ZoneInfo) -> None:
    """At its start a span's first day has come, and the instant before it had not."""
    now = span(period, day)
    start = starts_at(now, zone)

    assert local_day(start, zone) >= now.first
    assert local_day(start - INSTANT, zone) < now.first


@given(INSTANTS, st.sampled_from(Period), st.sampled_from(ZONES), st.integers(0, 6))
def test_every_instant_lies_in_its_span(
    now: datetime, period: Period, zone: ZoneInfo, first_weekday: int
) -> None:
    """An instant lies between the start of its day's span and the start of the next one."""
    here = span(period, local_day(now, zone), first_weekday)
    after = span(period, renews(here), first_weekday)

    assert starts_at(here, zone) <= now < starts_at(after, zone)


@pytest.mark.parametrize(
    ("now", "zone", "expected"),
    [
        ("2026-11-30T22:59:59.999999", "Europe/Berlin", "2026-11-30"),
        ("2026-11-30T23:00:00", "Europe/Berlin", "2026-12-01"),
        ("2026-12-01T04:59:59", "America/New_York", "2026-11-30"),
        ("2026-12-01T05:00:00", "America/New_York", "2026-12-01"),
        ("2011-12-30T09:59:59", "Pacific/Apia", "2011-12-29"),
        ("2011-12-30T10:00:00", "Pacific/Apia", "2011-12-31"),
    ],
)
def test_local_day_of_an_instant(now: str, zone: str, expected: str) -> None:
    """The local day changes at the zone's midnight, not at UTC's."""
    instant = datetime.fromisoformat(now).replace(tzinfo=UTC)

    assert date.fromisoformat(expected) == local_day(instant, ZoneInfo(zone))


def test_an_instant_needs_a_zone() -> None:
    """A time that does not say where it is measured has no local day."""
    with pytest.raises(ValueError, match="needs a time zone"):
        local_day(datetime(2026, 11, 22), ZoneInfo("UTC"))  # noqa: DTZ001 -- that is the point


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("day", Period.DAY),
        ("daily", Period.DAY),
        ("week", Period.WEEK),
        ("Weekly", Period.WEEK),
        ("month", Period.MONTH),
        ("MONTHLY", Period.MONTH),
        ("yearly", None),
        ("", None),
    ],
)
def test_words_for_periods(word: str, expected: Period | None) -> None:
    """A period is named by its noun or its adverb, in any case; nothing else names one."""
    assert expected is Period.named(word)


def test_adverbs() -> None:
    """People read daily, weekly, monthly."""
    assert [period.adverb for period in Period] == ["daily", "weekly", "monthly"]
