from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.budget import EVERYBODY, Cap
from bot.core.job import Credits, UserId
from bot.core.limits import Charged, WhatIf, replay
from bot.core.periods import IN_UTC, Calendar, Period

MIA, NOAH, GUS = UserId("U-mia"), UserId("U-noah"), UserId("U-gus")
FIRST = date(2026, 11, 1)  # a Sunday
NO_CAP = Cap(Period.MONTH, None)


def cap(limit: int | None, period: Period = Period.MONTH) -> Cap:
    """A cap."""
    return Cap(period, None if limit is None else Credits(limit))


def charged(day: int, credits_: int, user: UserId = MIA) -> Charged:
    """A request on this day of November."""
    return Charged(user, date(2026, 11, day), Credits(credits_))


caps = st.builds(cap, st.one_of(st.none(), st.integers(0, 15)), st.sampled_from(Period))
months = st.lists(
    st.builds(charged, st.integers(1, 30), st.integers(0, 6), st.sampled_from([MIA, NOAH, GUS])),
    max_size=40,
).map(lambda each: sorted(each, key=lambda one: one.day))
persons = st.dictionaries(st.sampled_from([EVERYBODY, MIA, NOAH]), caps)


def naive(
    asked: Sequence[Charged], whole: Cap, people: Mapping[UserId, Cap], calendar: Calendar
) -> WhatIf:
    """Each request looked at by itself, with all that was let through before it."""
    let_through: list[Charged] = []
    refused: list[Charged] = []
    for one in asked:
        own = people.get(one.user) or people.get(EVERYBODY) or NO_CAP
        mine = [other for other in let_through if other.user == one.user]
        fits = True
        for limits, before in ((whole, let_through), (own, mine)):
            days = calendar.span(limits.period, one.day)
            used = sum(o.credits for o in before if days.first <= o.day <= days.last)
            fits = fits and (limits.limit is None or used + one.credits <= limits.limit)
        (let_through if fits else refused).append(one)
    return WhatIf(len(asked), len(refused), len({one.user for one in refused}))


@given(months, caps, persons, st.integers(0, 6))
def test_it_refuses_what_a_naive_replay_refuses(
    asked: list[Charged], whole: Cap, people: dict[UserId, Cap], first_weekday: int
) -> None:
    """For any month, caps and first day of the week the count is that of the plain definition."""
    calendar = Calendar.fixed(ZoneInfo("Europe/Berlin"), first_weekday)

    assert naive(asked, whole, people, calendar) == replay(asked, whole, people, calendar)


@given(months, caps, persons)
def test_no_cap_refuses_nothing_and_0_all_that_costs(
    asked: list[Charged], whole: Cap, people: dict[UserId, Cap]
) -> None:
    """No cap refuses nothing, and caps of 0 everything that costs something."""
    costing = [one for one in asked if one.credits > 0]
    free = replay(asked, NO_CAP, {}, IN_UTC)
    closed = replay(asked, cap(0), people, IN_UTC)

    assert WhatIf(len(asked)) == free
    assert len(costing) == closed.refused
    assert len({one.user for one in costing}) == closed.people
    assert replay(asked, whole, people, IN_UTC).refused <= len(costing)


@pytest.mark.parametrize(
    ("period", "refused"), [(Period.DAY, 0), (Period.WEEK, 1), (Period.MONTH, 2)]
)
def test_each_period_counts_by_the_calendar(period: Period, refused: int) -> None:
    """Four requests of 5 under a cap of 10: by day all fit, by week one does not, by month two."""
    asked = [charged(2, 5), charged(4, 5), charged(8, 5), charged(9, 5)]

    assert replay(asked, cap(10, period), {}, IN_UTC) == WhatIf(4, refused, 1 if refused else 0)


def test_weeks_change_at_their_first_day() -> None:
    """Sunday and Monday are two weeks, or one where weeks begin on Sunday."""
    asked = [charged(8, 10), charged(9, 10)]
    sundays = Calendar.fixed(ZoneInfo("UTC"), 6)

    assert replay(asked, cap(10, Period.WEEK), {}, IN_UTC) == WhatIf(2)
    assert replay(asked, cap(10, Period.WEEK), {}, sundays) == WhatIf(2, 1, 1)


def test_a_week_that_began_before_counts_from_the_first_day() -> None:
    """The week of Sunday, 1 November began in October: of it only what is asked about counts."""
    asked = [charged(1, 10), charged(2, 10)]

    assert replay(asked, cap(10, Period.WEEK), {}, IN_UTC) == WhatIf(2)
    assert FIRST - timedelta(days=6) == IN_UTC.span(Period.WEEK, FIRST).first


def test_what_is_refused_uses_nothing() -> None:
    """After a request that does not fit, a cheaper one still does."""
    asked = [charged(1, 8), charged(1, 5, NOAH), charged(1, 2)]

    assert replay(asked, cap(10), {}, IN_UTC) == WhatIf(3, 1, 1)


def test_a_persons_own_cap_takes_the_place_of_each_ones() -> None:
    """Noah's own cap counts for Noah alone; everybody else has each one's."""
    asked = [charged(1, 6), charged(1, 6, NOAH), charged(2, 6, GUS)]
    each = {EVERYBODY: cap(5)}

    assert replay(asked, NO_CAP, each, IN_UTC) == WhatIf(3, 3, 3)
    assert replay(asked, NO_CAP, {**each, NOAH: NO_CAP}, IN_UTC) == WhatIf(3, 2, 2)
    assert replay(asked, NO_CAP, {NOAH: cap(0)}, IN_UTC) == WhatIf(3, 1, 1)


def test_a_person_refused_leaves_room_for_others() -> None:
    """What one's own cap refuses does not use up the cap of all."""
    asked = [charged(1, 6), charged(1, 6, NOAH)]

    assert replay(asked, cap(6), {MIA: cap(5)}, IN_UTC) == WhatIf(2, 1, 1)
