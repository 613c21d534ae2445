"""Own use: months, channels and sums."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.core.budget import Used
from bot.core.job import ChannelId, Credits
from bot.core.person import Amount, ChannelDay, months_until, own_use

entries = st.builds(
    ChannelDay,
    day=st.dates(date(2026, 6, 1), date(2026, 11, 22)),
    channel=st.sampled_from([ChannelId(one) for one in ("C1", "C2", "D1")]),
    amount=st.builds(
        lambda images, charged, held: Amount(images, Used(Credits(held), Credits(charged))),
        st.integers(0, 10),
        st.integers(0, 100),
        st.integers(0, 100),
    ),
)


@given(st.lists(entries, max_size=30))
def test_sums_add_up(known: list[ChannelDay]) -> None:
    """The months hold everything that was used, and this month's channels all of this month."""
    own = own_use(known, date(2026, 11, 22))

    assert sum(amount.credits for _, amount in own.months) == sum(
        one.amount.credits for one in known
    )
    assert own.everywhere == own.months[-1][1]
    assert sum(amount.images for _, amount in own.channels) == own.everywhere.images
    assert sum(own.here(ChannelId(one)).credits for one in ("C1", "C2", "D1")) == (
        own.everywhere.credits
    )


@given(st.dates(date(2, 1, 1)))
def test_six_months_end_with_this_one(today: date) -> None:
    """Six whole months without a gap, the last of them this month."""
    spans = months_until(today)

    assert len(spans) == 6
    assert spans[-1].first <= today <= spans[-1].last
    assert all((after.first - before.last).days == 1 for before, after in pairwise(spans))
