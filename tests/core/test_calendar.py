"""The calendar: another zone or first weekday begins at a boundary, and nobody loses a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.periods import Calendar, Period, Span

ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Pacific/Kiritimati",  # the first to begin a day
        "Etc/GMT+12",  # the last
        "America/New_York",
        "Europe/Berlin",
        "Africa/Cairo",  # clocks go forward over midnight
        "Australia/Lord_Howe",  # by half an hour
        "Asia/Kathmandu",
    )
]
ZONE = st.sampled_from(ZONES)
WEEKDAY = st.integers(0, 6)
MOMENT = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1)).map(  # noqa: DTZ001 -- made aware
    lambda naive: naive.replace(tzinfo=UTC)
)
HOURS = st.integers(0, 24 * 40)
CHANGES = st.lists(st.tuples(HOURS, ZONE, WEEKDAY), max_size=4)


def after_changes(
    start: datetime, first: tuple[ZoneInfo, int], changes: list[tuple[int, ZoneInfo, int]]
) -> tuple[Calendar, list[datetime]]:
    """A calendar that was changed so many hours after one another, and when."""
    calendar, now, moments = Calendar.fixed(*first), start, [start]
    for hours, zone, weekday in changes:
        now += timedelta(hours=hours)
        moments.append(now)
        begun = Calendar(tuple(one for one in calendar.reckonings if one.since <= now))
        change = begun.change_to(Calendar.fixed(zone, weekday), now)
        calendar = begun if change is None else Calendar((*begun.reckonings, change))
    return calendar, moments


@given(MOMENT, st.tuples(ZONE, WEEKDAY), CHANGES)
def test_the_local_day_never_goes_back(
    start: datetime, first: tuple[ZoneInfo, int], changes: list[tuple[int, ZoneInfo, int]]
) -> None:
    """From hour to hour the day stays or follows, whatever zones were set, and never is an old one.

    At most one day is left out: where a zone begins its days before the one before it.
    """
    calendar, moments = after_changes(start, first, changes)
    hours = [start + timedelta(hours=hour) for hour in range(24 * 60)]
    days = [calendar.day(now) for now in hours + moments[-1:]]
    steps = {(after - before).days for before, after in pairwise(days[:-1])}

    assert steps <= {0, 1, 2}
    assert all(abs((calendar.day(now) - now.date()).days) <= 1 for now in hours)


@given(MOMENT, st.tuples(ZONE, WEEKDAY), CHANGES, st.sampled_from(Period))
def test_periods_tile_the_days_through_every_change(
    start: datetime,
    first: tuple[ZoneInfo, int],
    changes: list[tuple[int, ZoneInfo, int]],
    period: Period,
) -> None:
    """Each day lies in one period, which is the same for all of its days, and is never too long."""
    calendar, _ = after_changes(start, first, changes)
    day, last = calendar.day(start), calendar.day(start) + timedelta(days=120)
    longest = {Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 31}[period]
    while day <= last:
        found = calendar.span(period, day)
        length = (found.last - found.first).days + 1
        inside = [found.first + timedelta(days=number) for number in range(length)]

        assert found.first <= day <= found.last
        assert length <= longest
        assert {calendar.span(period, each) for each in inside if each >= day} == {found}

        day = found.last + timedelta(days=1)


@pytest.mark.parametrize(
    ("zone", "since", "first_day"),
    [
        ("Asia/Tokyo", "2026-11-23T00:00", "2026-11-23"),  # a day there already: at our midnight
        ("America/New_York", "2026-11-23T05:00", "2026-11-23"),  # once it is that day there
        ("Pacific/Kiritimati", "2026-11-23T00:00", "2026-11-23"),
    ],
)
def test_another_zone_begins_with_the_next_day(zone: str, since: str, first_day: str) -> None:
    """A zone set on the 22nd counts from the 23rd on: at the later of the two midnights."""
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    change = Calendar.fixed(ZoneInfo("UTC")).change_to(Calendar.fixed(ZoneInfo(zone)), now)
    assert change is not None

    assert change.since == datetime.fromisoformat(since).replace(tzinfo=UTC)
    assert change.first_day == date.fromisoformat(first_day)


def test_another_first_weekday_begins_with_the_next_week() -> None:
    """Weeks from Monday end as they were told; the one in between is short, then Sundays begin."""
    monday, sunday = 0, 6
    calendar = Calendar.fixed(ZoneInfo("UTC"), monday)
    change = calendar.change_to(
        Calendar.fixed(ZoneInfo("UTC"), sunday), datetime(2026, 11, 25, 12, tzinfo=UTC)
    )
    assert change is not None
    calendar = Calendar((*calendar.reckonings, change))

    assert calendar.span(Period.WEEK, date(2026, 11, 29)) == Span(
        date(2026, 11, 23), date(2026, 11, 29)
    )
    assert calendar.span(Period.WEEK, date(2026, 11, 30)) == Span(
        date(2026, 11, 30), date(2026, 12, 5)
    )
    assert calendar.span(Period.WEEK, date(2026, 12, 6)) == Span(
        date(2026, 12, 6), date(2026, 12, 12)
    )


def test_what_is_set_already_is_no_change() -> None:
    """A start with the same settings changes nothing."""
    calendar = Calendar.fixed(ZoneInfo("Europe/Berlin"), 6)

    assert calendar.change_to(calendar, datetime(2026, 1, 1, tzinfo=UTC)) is None
