"""When a job that is not known is asked for again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.core.job import GIVEN_UP, lookup_is_due

SENT = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def looks(rounds: list[timedelta]) -> list[timedelta]:
    """At which of these ages a job is asked for."""
    return [now for last, now in pairwise(rounds) if lookup_is_due(SENT, SENT + last, SENT + now)]


def test_often_at_first_then_once_an_hour() -> None:
    """Rounds every minute: waits double up to an hour, are an hour, and end after seven days."""
    found = looks([number * MINUTE for number in range(9 * 24 * 60)])

    assert [age // MINUTE for age in found[:9]] == [1, 2, 4, 8, 16, 32, 60, 120, 180]
    assert {later - earlier for earlier, later in pairwise(found[6:])} == {HOUR}
    assert found[-1] == GIVEN_UP


@given(st.lists(st.integers(0, 8 * 24 * 3600), min_size=2, max_size=40).map(sorted))
def test_a_late_round_looks_once(ages: list[int]) -> None:
    """However rarely rounds come, none of them is due twice, and no turn is lost between two."""
    rounds = [timedelta(seconds=age) for age in ages]
    every = looks([timedelta(), *rounds])

    assert len(every) == len(set(every))
    for last, now in pairwise([timedelta(), *rounds]):
        a_turn_between = now <= GIVEN_UP and last // HOUR < now // HOUR
        assert not a_turn_between or now in every


def test_a_start_looks_at_all() -> None:
    """The first round looks for every job of the last seven days, and for none before."""
    assert lookup_is_due(SENT, None, SENT)
    assert lookup_is_due(SENT, None, SENT + GIVEN_UP)
    assert not lookup_is_due(SENT, None, SENT + GIVEN_UP + MINUTE)


def test_a_clock_that_jumps_back_looks_for_nothing() -> None:
    """Back by hours, even to before the request was sent: no look, and no mistake."""
    assert not lookup_is_due(SENT, SENT + HOUR, SENT - 3 * HOUR)
    assert lookup_is_due(SENT, SENT - HOUR, SENT + MINUTE)
