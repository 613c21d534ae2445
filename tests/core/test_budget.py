"""Admission and closing as pure rules: for all prices, caps and grants."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.budget import (
    Admitted,
    BudgetStatus,
    Cap,
    Draw,
    Grant,
    Scope,
    TooDear,
    Used,
    admit,
    close,
    scopes_of,
    tightest,
)
from bot.core.job import ChannelId, Credits, TeamId, UserId
from bot.core.periods import Period, span

TEAM, CHANNEL, USER = TeamId("T1"), ChannelId("C1"), UserId("U1")
SCOPES = scopes_of(TEAM, CHANNEL, USER)
DAY = date(2026, 11, 22)
AMOUNTS = st.integers(0, 30).map(Credits)
LIMITS = st.none() | st.integers(0, 250).map(Credits)  # large enough that most prices fit


@st.composite
def status(draw: st.DrawFn, scope: Scope, first: int) -> BudgetStatus:
    """How a scope may stand; its grants are numbered from `first`."""
    period = draw(st.sampled_from(Period))
    grants = []
    for number in range(draw(st.integers(0, 3))):
        size = draw(st.integers(1, 30))
        used = draw(st.integers(0, size))
        ends = DAY + timedelta(days=draw(st.integers(0, 5)))
        grants.append(Grant(first + number, Credits(size), Credits(used), DAY, ends))
    return BudgetStatus(
        scope=scope,
        cap=Cap(period, draw(LIMITS)),
        span=span(period, DAY),
        used=Used(held=draw(AMOUNTS), charged=draw(AMOUNTS), granted=draw(AMOUNTS)),
        grants=tuple(draw(st.permutations(grants))),
    )


STANDINGS = st.tuples(*(status(scope, 10 * at) for at, scope in enumerate(SCOPES)))
PRICES = st.integers(1, 60).map(Credits)


@given(PRICES, STANDINGS)
def test_admitted_exactly_if_every_cap_covers_it(
    price: Credits, statuses: tuple[BudgetStatus, ...]
) -> None:
    """A price is admitted exactly if each capped scope has it left: cap + grants - used."""
    covered = [
        one.cap.limit + one.used.granted + sum(grant.left for grant in one.grants)
        >= one.used.charged + one.used.held + price
        for one in statuses
        if one.cap.limit is not None
    ]

    assert isinstance(admit(price, statuses), Admitted) == all(covered)


@given(PRICES, STANDINGS)
def test_the_tightest_is_named(price: Credits, statuses: tuple[BudgetStatus, ...]) -> None:
    """Where the price does not fit, the scope with the least left is named, and it is capped."""
    decision = admit(price, statuses)
    lefts = [one.left for one in statuses if one.left is not None]
    found = tightest(statuses)

    assert (found.left if found else None) == min(lefts, default=None)

    if isinstance(decision, TooDear):
        assert decision.tightest.left == min(lefts) < price


@given(PRICES, STANDINGS)
def test_grants_give_first_earliest_end_first(
    price: Credits, statuses: tuple[BudgetStatus, ...]
) -> None:
    """Of each capped scope the grants give as much as they can, no more, the earliest end first."""
    decision = admit(price, statuses)
    if not isinstance(decision, Admitted):
        return
    for one in statuses:
        given_ = {draw.grant: draw.credits for draw in decision.draws if draw.scope == one.scope}
        room = sum(grant.left for grant in one.grants) if one.cap.limit is not None else 0

        assert sum(given_.values()) == decision.granted(one.scope) == min(price, room)
        assert all(amount > 0 for amount in given_.values())

        later = False
        for grant in sorted(one.grants, key=lambda grant: (grant.ends, grant.id)):
            amount = given_.get(grant.id, 0)

            assert amount <= grant.left
            assert not (later and amount)  # nothing of a later one while an earlier one has some

            later = later or amount < grant.left


@given(PRICES, STANDINGS, st.integers(0, 120).map(Credits))
def test_closing_pays_from_the_grants_first(
    price: Credits, statuses: tuple[BudgetStatus, ...], charged: Credits
) -> None:
    """Of each scope the grants pay what they can of the charge; exactly the rest goes back."""
    decision = admit(price, statuses)
    if not isinstance(decision, Admitted):
        return
    closing = close(charged, decision.draws)

    assert closing.charged == charged

    for scope in SCOPES:
        granted = decision.granted(scope)

        assert closing.returned_to(scope) == max(0, granted - charged)

    back = {(draw.scope, draw.grant): draw.credits for draw in closing.returned}
    drawn = {(draw.scope, draw.grant): draw.credits for draw in decision.draws}

    assert all(0 < amount <= drawn[key] for key, amount in back.items())


@given(PRICES, STANDINGS)
def test_a_release_returns_every_draw(price: Credits, statuses: tuple[BudgetStatus, ...]) -> None:
    """A hold that ends with nothing charged gives each grant back what it took."""
    decision = admit(price, statuses)
    if isinstance(decision, Admitted):
        assert close(Credits(0), decision.draws).returned == decision.draws


@given(STANDINGS)
def test_cards_add_up(statuses: tuple[BudgetStatus, ...]) -> None:
    """Each card adds up: cap + grants = charged + held + left, for every capped scope."""
    for one in statuses:
        if one.cap.limit is None:
            assert one.left is None
        else:
            assert one.left is not None
            assert one.cap.limit + one.grants_total == one.used.charged + one.used.held + one.left


def test_the_last_ending_grant_gets_its_credits_back_first() -> None:
    """A charge below the hold is paid by the grant that ends first: the later one is spared."""
    early, late = (Draw(number, SCOPES[1], Credits(5)) for number in (1, 2))

    assert close(Credits(6), [early, late]).returned == (Draw(2, SCOPES[1], Credits(4)),)


def test_a_cap_of_nothing_is_not_no_cap() -> None:
    """0 admits nothing, none admits all."""
    nothing, none = (
        BudgetStatus(SCOPES[0], Cap(Period.DAY, limit), span(Period.DAY, DAY), Used())
        for limit in (Credits(0), None)
    )

    assert admit(Credits(1), [nothing]) == TooDear(nothing)
    assert admit(Credits(1), [none]) == Admitted()
    assert tightest([none]) is None


def test_a_lowered_cap_leaves_less_than_nothing() -> None:
    """Below what is used already, what is left is negative, and nothing more is admitted."""
    low = BudgetStatus(
        SCOPES[0], Cap(Period.DAY, Credits(5)), span(Period.DAY, DAY), Used(held=Credits(9))
    )

    assert low.left == -4
    assert admit(Credits(1), [low]) == TooDear(low)


def test_a_persons_scope_names_the_channel() -> None:
    """There is no cap of a person in no channel."""
    with pytest.raises(ValueError, match="channel"):
        Scope(TEAM, None, USER)
