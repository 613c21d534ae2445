"""Pace and forecast of a budget, and what is left as pictures."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.budget import BudgetStatus, Cap, Grant, Scope, Used
from bot.core.job import Credits, Quality, TeamId, Tier
from bot.core.periods import Period, span
from bot.core.report import (
    FEWEST,
    LOOKS_BACK,
    DayUse,
    Pictures,
    RecentUse,
    Remains,
    UsedUp,
    count_pictures,
    forecast,
    measure_recent_use,
)
from bot.prices import SHIPPED_PRICES, read_prices

CATALOGUE = read_prices(SHIPPED_PRICES.read_text())
MODEL = CATALOGUE.default
DAY = date(2026, 11, 10)  # the tenth day of its month, the second of its week


def status(
    limit: int | None,
    charged: int,
    *,
    held: int = 0,
    period: Period = Period.MONTH,
    today: date = DAY,
    grants: tuple[Grant, ...] = (),
) -> BudgetStatus:
    """A budget with so much used."""
    cap = Cap(period, None if limit is None else Credits(limit))
    used = Used(held=Credits(held), charged=Credits(charged))
    return BudgetStatus(Scope(TeamId("T")), cap, span(period, today), used, grants)


def over(days: int, credits: int) -> RecentUse:
    """So much used in so many days."""
    return RecentUse(days, Credits(credits))


def a_grant(credits: int, ends: date, number: int = 1) -> Grant:
    """A grant from which nothing was taken."""
    return Grant(number, Credits(credits), Credits(0), DAY, ends)


GRANTS = st.lists(
    st.tuples(st.integers(1, 200), st.integers(0, 40)).map(
        lambda one: a_grant(one[0], DAY + timedelta(days=one[1]))
    ),
    max_size=3,
).map(lambda found: tuple(replace(one, id=number) for number, one in enumerate(found)))
STANDINGS = st.builds(
    status,
    st.none() | st.integers(0, 500),
    st.integers(0, 300),
    held=st.integers(0, 100),
    period=st.sampled_from(Period),
    grants=GRANTS,
)
LATELY = st.builds(over, st.integers(0, LOOKS_BACK), st.integers(0, 400))


@pytest.mark.parametrize(
    ("now", "used", "coming"),
    [
        (status(100, 50), over(10, 50), UsedUp(date(2026, 11, 20))),
        (status(100, 30, held=20), over(10, 50), UsedUp(date(2026, 11, 20))),
        (status(100, 20), over(10, 20), Remains(Credits(40))),
        (status(99, 33), over(10, 33), UsedUp(date(2026, 11, 30))),  # exactly on the last day
        (status(100, 33), over(10, 33), Remains(Credits(1))),
        (status(100, 50), over(14, 70), UsedUp(date(2026, 11, 20))),  # most of it before
        (status(100, 50), over(3, 30), UsedUp(date(2026, 11, 15))),  # in use for three days
        (status(101, 0), over(14, 70), Remains(Credits(1))),  # nothing in this period
        (status(100, 0), RecentUse(), None),  # never used
        (status(100, 50), over(14, 0), None),  # not used any more
        (status(0, 0), over(10, 10), None),
        (status(None, 50), over(10, 50), None),
        (status(50, 50), over(10, 50), None),  # over already
        (status(50, 80), over(10, 80), None),
        (status(100, 50, period=Period.DAY), over(10, 50), None),
        (status(20, 10, period=Period.WEEK), over(10, 50), UsedUp(date(2026, 11, 12))),
        (
            status(0, 10, grants=(a_grant(13, date(2026, 12, 24)),)),
            over(10, 10),
            UsedUp(date(2026, 11, 13)),
        ),
        (status(13, 10, grants=(a_grant(90, DAY),)), over(10, 10), UsedUp(date(2026, 11, 13))),
    ],
)
def test_the_forecast_goes_on_with_the_average(
    now: BudgetStatus, used: RecentUse, coming: UsedUp | Remains | None
) -> None:
    """The pace of the days in use, today counted as a whole one, is what the rest brings."""
    assert forecast(now, used, DAY) == coming


DAYS = [DAY - timedelta(days=back) for back in range(40)]
BOOKS = st.dictionaries(
    st.sampled_from(DAYS),
    st.tuples(st.integers(0, 50), st.integers(0, 50)).filter(any),
    min_size=1,
).map(lambda found: [DayUse(day, *map(Credits, amounts)) for day, amounts in found.items()])


@given(BOOKS)
def test_the_pace_is_that_of_the_days_in_use(books: list[DayUse]) -> None:
    """The average since the first use, of fourteen days at most; no pace of fewer than three."""
    first = min(one.day for one in books)
    days = min((DAY - first).days + 1, LOOKS_BACK)
    used = sum(one.total for one in books if (DAY - one.day).days < days)
    found = measure_recent_use(first, books, DAY)

    assert found.days == days
    assert found.pace == (Fraction(used, days) if days >= FEWEST else None)


@given(st.integers(1, 40), st.integers(1, 50), st.sampled_from(DAYS))
def test_an_even_use_is_its_own_pace(since: int, each: int, today: date) -> None:
    """So much on every day since the first is the pace, whenever the period began."""
    days = [today - timedelta(days=back) for back in range(since)]
    found = measure_recent_use(days[-1], [DayUse(day, Credits(each)) for day in days], today)

    assert found.pace == (each if since >= FEWEST else None)


@given(STANDINGS, st.integers(0, FEWEST - 1), st.integers(0, 400))
def test_a_day_or_two_are_no_pace(now: BudgetStatus, days: int, credits: int) -> None:
    """Whatever was used in fewer than three days, nothing is foretold."""
    assert forecast(now, over(days, credits), DAY) is None


@given(STANDINGS, LATELY)
def test_a_forecast_is_about_what_is_left_of_the_period(now: BudgetStatus, used: RecentUse) -> None:
    """The day of a forecast comes, within the period; what remains is part of what is left."""
    match forecast(now, used, DAY):
        case UsedUp(day):
            assert DAY < day <= now.span.last
        case Remains(credits):
            assert now.left is not None
            assert 0 <= credits <= now.left
        case None:
            no_budget = now.left is None or now.left <= 0 or now.cap.period is Period.DAY
            assert no_budget or not used.pace


@given(
    st.integers(1, 500),
    st.integers(1, 300),
    st.sampled_from([Period.WEEK, Period.MONTH]),
    LATELY.filter(lambda used: bool(used.pace)),
)
def test_without_grants_it_is_one_division(
    limit: int, charged: int, period: Period, used: RecentUse
) -> None:
    """Used up on the first day by which the pace has used what is left, if that is in time."""
    now = status(limit, charged, period=period)
    assert used.pace
    needed = ceil((limit - charged) / used.pace)  # days from tomorrow on
    day = DAY + timedelta(days=needed)

    if limit > charged:
        coming = forecast(now, used, DAY)
        assert (coming == UsedUp(day)) is (day <= now.span.last)


@given(STANDINGS, LATELY, st.integers(1, 50))
def test_more_lasts_longer(now: BudgetStatus, used: RecentUse, extra: int) -> None:
    """A higher cap or one more grant never brings the end nearer."""
    richer = [replace(now, grants=(*now.grants, a_grant(extra, now.span.last, number=9)))]
    if now.cap.limit is not None:
        richer.append(replace(now, cap=replace(now.cap, limit=Credits(now.cap.limit + extra))))
    before = forecast(now, used, DAY)

    for one in richer:
        after = forecast(one, used, DAY)
        if isinstance(before, Remains):
            assert isinstance(after, Remains)
        elif isinstance(before, UsedUp) and isinstance(after, UsedUp):
            assert after.day >= before.day


@given(st.integers(-50, 5000).map(Credits))
def test_pictures_are_counted_with_the_price_table(left: Credits) -> None:
    """So many pictures of a kind fit into what is left, and not one more; none is never named."""
    found = count_pictures(left, MODEL)

    for kind in found:
        each = CATALOGUE.cell(MODEL, Tier.T1K, kind.quality)
        assert kind.count >= 1
        assert kind.count * each <= left < (kind.count + 1) * each
    assert bool(found) is (left >= CATALOGUE.cell(MODEL, Tier.T1K, Quality.LOW))


def test_the_dearest_kinds_that_fit_are_named() -> None:
    """High and medium where there is enough, else what there is enough for."""
    named = [
        [(kind.count, kind.quality) for kind in count_pictures(Credits(n), MODEL)] for n in (168, 5)
    ]

    assert named == [
        [(12, Quality.HIGH), (42, Quality.MEDIUM)],
        [(1, Quality.MEDIUM), (5, Quality.LOW)],
    ]
    banana = CATALOGUE.find("nano-banana")
    assert count_pictures(Credits(5), banana) == (Pictures(2, None),)
