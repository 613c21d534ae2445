"""What arrived is what is charged."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.core.catalogue import Catalogue, Model, compute_charge
from bot.core.job import (
    ChannelId,
    Credits,
    Job,
    JobId,
    JobState,
    ModelId,
    Place,
    Price,
    Quality,
    Request,
    Size,
    TeamId,
    Tier,
    UserId,
)
from bot.prices import SHIPPED_PRICES, read_prices

TABLE = read_prices(SHIPPED_PRICES.read_text("utf-8"))
AGREED = Credits(999)  # for one image; like no cell of the table, which has changed since
AGREED_FOR = Tier.T1K
SIZES = st.builds(Size, st.integers(1, 5000), st.integers(1, 5000))
PRICED = [model for model in TABLE.models if model.cells]


def job_of(model: ModelId, quality: Quality | None) -> Job:
    """A job whose agreed price is like none of the table."""
    return Job(
        id=JobId("J1"),
        revision=1,
        place=Place(TeamId("T1"), ChannelId("C1")),
        asker=UserId("U1"),
        request=Request("a red fox", model, quality=quality),
        price=Price(Credits(2 * AGREED), AGREED, AGREED_FOR, "test"),
        state=JobState.RUNNING,
        created=datetime(2026, 11, 22, tzinfo=UTC),
    )


def cell(table: Catalogue, model: Model, size: Size, quality: Quality | None) -> int | None:
    """The price of a picture, looked up by hand: the first tier that its long edge fits in.

    None where the table has none, and at the agreed tier, whose price was agreed.
    """
    billed = Quality.HIGH if quality is Quality.AUTO else quality
    reach = {Tier.T512: 512, Tier.T1K: 1536, Tier.T2K: 2048, Tier.T4K: 10**9}
    prices = {one.tier: one.credits for one in model.cells if one.quality is billed}
    has_512 = any(one.tier is Tier.T512 for one in model.cells)
    long = max(size.width, size.height)
    tier = next(t for t in Tier if long <= reach[t] and (t is not Tier.T512 or has_512))
    assert model in table.models
    return None if tier is AGREED_FOR else prices.get(tier)


@given(
    st.sampled_from(PRICED), st.sampled_from([*Quality]), st.lists(SIZES, max_size=10), st.data()
)
def test_each_picture_costs_the_cell_of_its_pixels(
    model: Model, quality: Quality, sizes: list[Size], data: st.DataObject
) -> None:
    """The charge is the sum over the pictures that came, each by its real long edge.

    At the agreed tier, and where the table has no price, what was agreed for one counts.
    """
    asked = quality if model.qualities else None
    cells = [cell(TABLE, model, size, asked) for size in sizes]
    charge = compute_charge(TABLE, job_of(model.id, asked), sizes, None)

    assert charge.credits == charge.computed == sum(AGREED if c is None else c for c in cells)
    assert charge.drift == 0

    mixed = data.draw(st.permutations(sizes))

    assert compute_charge(TABLE, job_of(model.id, asked), mixed, None) == charge


@given(st.lists(SIZES, max_size=10), st.integers(0, 5000))
def test_the_providers_word_wins(sizes: list[Size], cost: int) -> None:
    """`costCredits` is charged; drift is how much more it says than the table, or less."""
    job = job_of(ModelId("gpt-image-2"), Quality.MEDIUM)
    computed = compute_charge(TABLE, job, sizes, None).credits
    charge = compute_charge(TABLE, job, sizes, cost)

    assert (charge.credits, charge.computed) == (cost, computed)
    assert charge.drift == cost - computed


def test_a_larger_picture_than_asked_for_costs_its_own_cell() -> None:
    """A 4K picture is charged as 4K, whatever was held; the sign of drift tells who says more."""
    job = job_of(ModelId("gpt-image-2"), Quality.LOW)

    assert compute_charge(TABLE, job, [Size(3840, 2160)], None).credits == 4
    assert compute_charge(TABLE, job, [Size(3840, 2160)], 5).drift == 1
    assert compute_charge(TABLE, job, [Size(3840, 2160)], 1).drift == -3


def test_a_model_without_a_price_costs_what_was_agreed() -> None:
    """Gone from the table, or without a cell: each picture at the agreed price."""
    for model, quality in (("gpt-image-1.5", Quality.LOW), ("gone", None)):
        charge = compute_charge(TABLE, job_of(ModelId(model), quality), [Size(8, 8)] * 2, None)

        assert charge.credits == 2 * AGREED
