"""What the card offers beside the request: priced, short enough for Slack, each once."""

from __future__ import annotations

from itertools import product
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import sizes
from bot.core.catalogue import Model
from bot.core.choices import QUICK, Choice, Choices, decode, encode, list_choices
from bot.core.errors import Mistake
from bot.core.job import JobId, ModelId, Quality, Request, Size, Tier
from bot.prices import SHIPPED_PRICES, read_prices
from bot.views.names import Ref, read_ref

TABLE = read_prices(SHIPPED_PRICES.read_text("utf-8"))
PRICED = [model for model in TABLE.models if model.cells]
GROUPS = ("quick", "cells", "counts", "models")
LONGEST_LABEL, LONGEST_VALUE = 75, 150  # Slack's limits of an option, in characters
JOB = JobId(uuid4().hex)


def requests_of(model: Model) -> st.SearchStrategy[Request]:
    """Every request that the grammar could have made for a model."""
    sized = st.builds(Size, st.integers(1, 5000), st.integers(1, 5000))
    valid = st.none() | st.sampled_from([*sizes.PRESETS.values()]) | sized
    qualities = st.sampled_from([*Quality]) if model.qualities else st.none()
    return st.builds(
        Request,
        prompt=st.just("a red fox"),
        model=st.just(model.id),
        size=valid.map(lambda size: size and sizes.nearest_size(model, size)),
        quality=qualities,
        count=st.integers(1, 10),
    )


def has_price(request: Request) -> bool:
    """Whether a card could be shown for it at all."""
    try:
        TABLE.price(request)
    except Mistake:
        return False
    return True


REQUESTS = st.sampled_from(PRICED).flatmap(requests_of).filter(has_price)


def groups(shown: Choices) -> list[tuple[Choice, ...]]:
    """The choices as the card has them: buttons, and one menu each."""
    return [getattr(shown, name) for name in GROUPS]


def every(shown: Choices) -> list[Choice]:
    """All choices."""
    return [one for group in groups(shown) for one in group]


@given(REQUESTS)
def test_every_choice_has_the_catalogues_price(request: Request) -> None:
    """What a choice says it costs is what choosing it costs; without a price nothing is offered."""
    for one in every(list_choices(TABLE, request)):
        assert one.price == TABLE.price(one.request)
        assert one.price.credits > 0


@given(REQUESTS)
def test_every_choice_is_one_that_the_model_takes(request: Request) -> None:
    """A choice changes what it names, is valid for its model, and keeps the prompt."""
    for one in every(list_choices(TABLE, request)):
        model = TABLE.find(one.request.model)
        if one.request.size is not None:
            sizes.check_size(model, one.request.size)

        assert one.request.prompt == request.prompt
        assert one.request != request
        assert (one.request.quality is None) != model.qualities


@given(REQUESTS)
def test_a_label_is_true(request: Request) -> None:
    """A tier in a label is the tier that is paid for; a count is the count; a model the model's."""
    shown = list_choices(TABLE, request)
    for one in (*shown.cells, *shown.quick):
        named = next((tier for tier in Tier if one.label.startswith(tier)), None)

        assert one.price.tier is (named or TABLE.price(request).tier)
        assert one.request.model == request.model
        assert one.request.count == request.count

    for one in shown.counts:
        assert one.label.split()[0] == str(one.request.count)
    for one in shown.models:
        assert one.label == TABLE.label(one.request.model)


@given(REQUESTS)
def test_a_choice_goes_to_slack_and_comes_back(request: Request) -> None:
    """What a control carries, with its job and revision, is read back as the choice it was."""
    for one in every(list_choices(TABLE, request)):
        value = str(Ref(JOB, 9999, encode(one.request)))

        assert read_ref(value) == Ref(JOB, 9999, encode(one.request))
        assert decode(read_ref(value).choice, request) == one.request


@given(REQUESTS)
def test_a_choice_fits_into_slack(request: Request) -> None:
    """Labels have 1 to 75 characters with their price, values at most 150."""
    for one in every(list_choices(TABLE, request)):
        label = f"{one.label} · {one.price.credits:,} credits"
        value = str(Ref(JOB, 9999, encode(one.request)))

        assert one.label
        assert len(label) <= LONGEST_LABEL
        assert len(value) <= LONGEST_VALUE


@given(REQUESTS)
def test_each_choice_is_offered_once(request: Request) -> None:
    """No two choices of one menu carry the same value, nor the same label."""
    shown = list_choices(TABLE, request)
    for group in groups(shown):
        values = [encode(one.request) for one in group]

        assert len(set(values)) == len(values)
        assert len({one.label for one in group}) == len(group)

    assert len(shown.quick) <= QUICK
    assert set(shown.quick) <= set(shown.cells)


@given(REQUESTS, st.integers(-5, 300))
def test_what_still_fits(request: Request, left: int) -> None:
    """What is offered where the budget is short fits into what is left, each price once."""
    fitting = list_choices(TABLE, request).within(left)
    prices = [one.price.credits for one in fitting]

    assert all(price <= left for price in prices)
    assert prices == sorted(set(prices), reverse=True)
    assert len(prices) <= QUICK


def test_the_card_of_the_default() -> None:
    """The example of the product's description: cheaper and dearer ones around a medium picture."""
    request = Request("a red fox", ModelId("gpt-image-2"), quality=Quality.MEDIUM)
    quick = [(one.label, one.price.credits) for one in list_choices(TABLE, request).quick]

    assert quick == [("Draft", 1), ("High", 14), ("2K medium", 17)]


@pytest.mark.parametrize(
    ("model", "size", "quality"),
    [
        (model, size, quality)
        for model in PRICED
        for size, quality in product(
            [None, *sizes.PRESETS.values()], [*Quality] if model.qualities else [None]
        )
    ],
    ids=lambda value: str(getattr(value, "id", value)),
)
def test_each_preset_has_a_card_or_no_price(
    model: Model, size: Size | None, quality: Quality | None
) -> None:
    """Every model, preset and quality with a price has all its other cells on the card."""
    request = Request("a red fox", model.id, size, quality)
    if not has_price(request):
        return
    shown = list_choices(TABLE, request)
    cells = {(one.price.tier, one.request.quality) for one in shown.cells}
    priced = {(one.tier, one.quality) for one in model.cells}

    assert cells | {(TABLE.price(request).tier, quality)} >= priced


@pytest.mark.parametrize(
    "text",
    ["", "gpt-image-2", "gpt-image-2|auto|best|1", "gpt-image-2|auto|-|x", "a|b|c|d|e"],
)
def test_a_choice_that_was_never_offered_is_refused(text: str) -> None:
    """A value that Easel never made is a mistake in a sentence, not a crash."""
    with pytest.raises(Mistake):
        decode(text, Request("a red fox", ModelId("gpt-image-2")))
