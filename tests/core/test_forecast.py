"""Pace and forecast of a budget, and what is left as pictures."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import SHIPPED_PRICES
from bot.core.budget import Cap, Grant, Scope, Standing, Used
from bot.core.catalogue import parse
from bot.core.forecast import Pictures, Remains, UsedUp, forecast, pace, pictures
from bot.core.job import Credits, Quality, TeamId, Tier
from bot.core.periods import Period, span

CATALOGUE = parse(SHIPPED_PRICES.read_text())
MODEL = CATALOGUE.default
DAY = date(2026, 11, 10)  # the tenth day of its month, the second of its week


def standing(
    limit: int | None,
    charged: int,
    *,
    held: int = 0,
    period: Period = Period.MONTH,
    today: date = DAY,
    grants: tuple[Grant, ...] = (),
) -> Standing:
    """A budget with so much used."""
    cap = Cap(period, None if limit is None else Credits(limit))
    used = Used(held=Credits(held), charged=Credits(charged))
    return Standing(Scope(TeamId("T")), cap, span(period, today), used, grants)


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
    standing,
    st.none() | st.integers(0, 500),
    st.integers(0, 300),
    held=st.integers(0, 100),
    period=st.sampled_from(Period),
    grants=GRANTS,
)


@pytest.mark.parametrize(
    ("now", "coming"),
    [
        (standing(100, 50), UsedUp(date(2026, 11, 20))),
        (standing(100, 30, held=20), UsedUp(date(2026, 11, 20))),
        (standing(100, 20), Remains(Credits(40))),
        (standing(99, 33), UsedUp(date(2026, 11, 30))),  # exactly on the last day
        (standing(100, 33), Remains(Credits(1))),
        (standing(100, 0), None),  # no pace
        (standing(0, 0), None),
        (standing(None, 50), None),
        (standing(50, 50), None),  # over already
        (standing(50, 80), None),
        (standing(100, 50, period=Period.DAY), None),
        (standing(20, 10, period=Period.WEEK), UsedUp(date(2026, 11, 12))),
        (standing(0, 10, grants=(a_grant(13, date(2026, 12, 24)),)), UsedUp(date(2026, 11, 13))),
        (standing(13, 10, grants=(a_grant(90, DAY),)), UsedUp(date(2026, 11, 13))),
    ],
)
def test_the_forecast_goes_on_with_the_average(
    now: Standing, coming: UsedUp | Remains | None
) -> None:
    """The pace so far, today counted as a whole day, is what the rest of the period brings."""
    assert forecast(now, DAY) == coming


def test_a_few_hours_are_no_pace() -> None:
    """On the first day of a period nothing is foretold; on the second it is."""
    first, second = date(2026, 11, 1), date(2026, 11, 2)

    assert forecast(standing(100, 50), first) is None
    assert forecast(standing(100, 50), second) == UsedUp(date(2026, 11, 4))


@given(STANDINGS)
def test_a_forecast_is_about_what_is_left_of_the_period(now: Standing) -> None:
    """The day of a forecast comes, within the period; what remains is part of what is left."""
    match forecast(now, DAY):
        case UsedUp(day):
            assert DAY < day <= now.span.last
        case Remains(credits):
            assert now.left is not None
            assert 0 <= credits <= now.left
        case None:
            assert now.left is None or now.left <= 0 or not pace(now, DAY) or now.span.first == DAY


@given(st.integers(1, 500), st.integers(1, 300), st.sampled_from([Period.WEEK, Period.MONTH]))
def test_without_grants_it_is_one_division(limit: int, used: int, period: Period) -> None:
    """Used up on the first day by which the average has used the cap, where that day is in time."""
    now = standing(limit, used, period=period)
    passed = (DAY - now.span.first).days + 1
    needed = -(-limit * passed // used)  # days from the period's first one
    day = now.span.first + timedelta(days=needed - 1)

    if limit > used:
        coming = forecast(now, DAY)
        assert (coming == UsedUp(day)) is (day <= now.span.last)


@given(STANDINGS, st.integers(1, 50))
def test_more_lasts_longer(now: Standing, extra: int) -> None:
    """A higher cap or one more grant never brings the end nearer."""
    richer = [replace(now, grants=(*now.grants, a_grant(extra, now.span.last, number=9)))]
    if now.cap.limit is not None:
        richer.append(replace(now, cap=replace(now.cap, limit=Credits(now.cap.limit + extra))))
    before = forecast(now, DAY)

    for one in richer:
        after = forecast(one, DAY)
        if isinstance(before, Remains):
            assert isinstance(after, Remains)
        elif isinstance(before, UsedUp) and isinstance(after, UsedUp):
            assert after.day >= before.day


@given(st.integers(-50, 5000).map(Credits))
def test_pictures_are_counted_with_the_price_table(left: Credits) -> None:
    """So many pictures of a kind fit into what is left, and not one more; none is never named."""
    found = pictures(left, MODEL)

    for kind in found:
        each = CATALOGUE.cell(MODEL, Tier.T1K, kind.quality)
        assert kind.count >= 1
        assert kind.count * each <= left < (kind.count + 1) * each
    assert bool(found) is (left >= CATALOGUE.cell(MODEL, Tier.T1K, Quality.LOW))


def test_the_dearest_kinds_that_fit_are_named() -> None:
    """High and medium where there is enough, else what there is enough for."""
    named = [[(kind.count, kind.quality) for kind in pictures(Credits(n), MODEL)] for n in (168, 5)]

    assert named == [
        [(12, Quality.HIGH), (42, Quality.MEDIUM)],
        [(1, Quality.MEDIUM), (5, Quality.LOW)],
    ]
    banana = CATALOGUE.find("nano-banana")
    assert pictures(Credits(5), banana) == (Pictures(2, None),)
