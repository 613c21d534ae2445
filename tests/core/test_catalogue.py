from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import Mistake
from bot.core.job import Credits, ModelId, Price, Quality, Request, Size, Tier
from bot.prices import MAX_CELL, SHIPPED_PRICES, read_prices

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.core.catalogue import Catalogue

FILE = SHIPPED_PRICES.read_text(encoding="utf-8")
CATALOGUE = read_prices(FILE)

LOW, MEDIUM, HIGH, AUTO = Quality
T512, T1K, T2K, T4K = Tier

CELLS: dict[tuple[str, Quality | None], dict[Tier, int]] = {
    ("gpt-image-2", LOW): {T1K: 1, T2K: 2, T4K: 4},
    ("gpt-image-2", MEDIUM): {T1K: 4, T2K: 17, T4K: 34},
    ("gpt-image-2", HIGH): {T1K: 14, T2K: 67, T4K: 133},
    ("gpt-image-2", AUTO): {T1K: 14, T2K: 67, T4K: 133},
    ("gemini-2.5-flash-image", None): {T1K: 2},
    ("gemini-3.1-flash-image-preview", None): {T512: 4, T1K: 4, T2K: 6, T4K: 8},
    ("gemini-3-pro-image-preview", None): {T1K: 8, T2K: 8, T4K: 16},
    ("gpt-image-1.5", LOW): {},
    ("gpt-image-1.5", MEDIUM): {},
    ("gpt-image-1.5", HIGH): {},
    ("gpt-image-1.5", AUTO): {},
}
"""Pixapi's published prices, credits for one image; what is not here has no price."""


def cell(name: str, tier: Tier, quality: Quality | None) -> int | None:
    """The cell's credits, None where it is refused."""
    try:
        return CATALOGUE.cell(CATALOGUE.find(name), tier, quality)
    except Mistake:
        return None


def refusal(name: str, tier: Tier, quality: Quality | None) -> str:
    """The sentence with which a cell is refused."""
    with pytest.raises(Mistake) as caught:
        CATALOGUE.cell(CATALOGUE.find(name), tier, quality)
    return caught.value.sentence


def request(name: str, size: Size | None, quality: Quality | None, count: int = 1) -> Request:
    """A request for pictures of this size."""
    return Request("a fox", ModelId(name), size, quality, count)


@pytest.mark.parametrize("tier", Tier)
@pytest.mark.parametrize(("name", "quality"), CELLS)
def test_cells(name: str, quality: Quality | None, tier: Tier) -> None:
    """Every cell of the table that ships is the published price, and no other cell has one."""
    expected = CELLS[name, quality].get(tier)

    assert expected == cell(name, tier, quality)


def test_table_is_complete() -> None:
    """The table that ships has the published models and no price beyond the published ones."""
    published = sum(len(row) for (_, quality), row in CELLS.items() if quality is not AUTO)

    assert {name for name, _ in CELLS} == {model.id for model in CATALOGUE.models}
    assert published == sum(len(model.cells) for model in CATALOGUE.models)
    assert CATALOGUE.default.id == "gpt-image-2"


@pytest.mark.parametrize(
    ("name", "tier", "quality", "expected"),
    [
        ("nano-banana", T2K, None, "Nano Banana has no price at 2K, only at 1K."),
        ("gpt-image-2", T512, LOW, "GPT Image 2 at low quality has no price at 512, only at 1K"),
        ("gpt-image-1.5", T1K, HIGH, "GPT Image 1.5 at high quality has no price yet. An admin"),
        ("gpt-image-2", T1K, None, "GPT Image 2 needs a quality: low, medium, high, auto."),
        ("nano-banana", T1K, LOW, "Nano Banana has no quality to choose. Leave the quality out."),
    ],
)
def test_refused_cell_names_the_way_out(
    name: str, tier: Tier, quality: Quality | None, expected: str
) -> None:
    """A cell without a price is refused with the tiers that have one."""
    assert refusal(name, tier, quality).startswith(expected)


@pytest.mark.parametrize(
    "name", ["nano-banana-pro", "NANO-Banana-Pro", "GEMINI-3-pro-image-preview"]
)
def test_find_by_id_or_alias_in_any_case(name: str) -> None:
    """A model is found by its id and by its alias, in any case."""
    assert CATALOGUE.find(name).id == "gemini-3-pro-image-preview"


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("gpt-image-3", "gpt-image-2"),
        ("nano", "nano-banana"),
        ("nanobanana", "nano-banana"),
        ("gemini-3", "gemini-3.1-flash-image-preview"),
    ],
)
def test_unknown_model_names_the_nearest(name: str, nearest: str) -> None:
    """An unknown model is refused with all models and the nearest one."""
    with pytest.raises(Mistake) as caught:
        CATALOGUE.find(name)

    assert caught.value.sentence == (
        f"There is no model {name}. Models: gpt-image-2, nano-banana, nano-banana-2,"
        f" nano-banana-pro, gpt-image-1.5; nearest: {nearest}."
    )


def test_label_of_a_model_that_is_gone() -> None:
    """A model is shown by its label, by its id once the table does not have it any more."""
    assert CATALOGUE.label(ModelId("gpt-image-2")) == "GPT Image 2"
    assert CATALOGUE.label(ModelId("gpt-image-1")) == "gpt-image-1"


@pytest.mark.parametrize(
    ("name", "long_edge", "expected"),
    [
        ("gpt-image-2", 512, T1K),
        ("gpt-image-2", 1536, T1K),
        ("gpt-image-2", 1537, T2K),
        ("gpt-image-2", 2048, T2K),
        ("gpt-image-2", 2049, T4K),
        ("gpt-image-2", 3840, T4K),
        ("gpt-image-2", 10_000, T4K),  # it arrived, so it has a tier
        ("nano-banana-2", 512, T512),
        ("nano-banana-2", 513, T1K),
        ("nano-banana-2", 4096, T4K),
        ("nano-banana-pro", 512, T1K),
        ("nano-banana", 512, T1K),
    ],
)
def test_tier_goes_by_the_long_edge(name: str, long_edge: int, expected: Tier) -> None:
    """A tier reaches up to its long edge, upright or not; 512 only where it has a price."""
    model = CATALOGUE.find(name)

    assert expected == CATALOGUE.tier_of(model, Size(long_edge, 300))
    assert expected == CATALOGUE.tier_of(model, Size(300, long_edge))


@pytest.mark.parametrize("model", CATALOGUE.models, ids=lambda model: model.id)
def test_auto_size_counts_as_1k(model: Any) -> None:
    """A size that the model chooses is estimated at 1K, also where there is a smaller tier."""
    assert CATALOGUE.tier_of(model, None) is T1K


@pytest.mark.parametrize("count", range(1, 11))
def test_price_is_the_cell_times_the_images(count: int) -> None:
    """A request costs its cell times its images, and says which table that was read from."""
    asked = request("gpt-image-2", Size(2048, 1152), AUTO, count)
    expected = Price(Credits(67 * count), Credits(67), T2K, CATALOGUE.version)

    assert expected == CATALOGUE.price(asked)


def test_price_of_what_has_none_is_refused() -> None:
    """A request for a cell without a price is refused."""
    with pytest.raises(Mistake, match=r"has no price at 4K, only at 1K\."):
        CATALOGUE.price(request("nano-banana", Size(3840, 2160), None))


# The file


def changed(change: Callable[[Any], None]) -> str:
    """The file that ships, with one change."""
    data = json.loads(FILE)
    change(data)
    return json.dumps(data)


def model_named(data: Any, name: str) -> Any:
    """The entry of a model."""
    return next(entry for entry in data["models"] if entry["id"] == name)


@given(
    st.sampled_from([(m.id, c) for m in CATALOGUE.models for c in m.cells]),
    st.integers(1, MAX_CELL),
)
def test_a_changed_cell_changes_the_version(which: Any, amount: int) -> None:
    """Whatever cell is changed to whatever else, the version is another one."""
    name, old = which

    def change(data: Any) -> None:
        prices = model_named(data, name)["prices"]
        if old.quality is None:
            prices[old.tier] = amount
        else:
            prices[old.tier][old.quality] = amount

    after = read_prices(changed(change))

    assert (amount == old.credits) == (after.version == CATALOGUE.version)
    assert amount == after.cell(after.find(name), old.tier, old.quality)
    assert after.version.startswith("2026-11-22+")
    assert len(after.version) == len("2026-11-22+01234567")


def test_layout_is_no_content() -> None:
    """Blanks and the order of keys in the file do not change its version."""
    again = json.dumps(json.loads(FILE), indent=8, sort_keys=True)

    assert read_prices(again) == CATALOGUE


def test_an_admin_may_price_what_has_no_price() -> None:
    """A cell that an admin's file adds is a price like any other."""

    def change(data: Any) -> None:
        model_named(data, "gpt-image-1.5")["prices"] = {"1K": {"low": 1, "medium": MAX_CELL}}

    table = read_prices(changed(change))

    assert table.cell(table.find("gpt-image-1.5"), T1K, MEDIUM) == MAX_CELL


def gpt(key: str, value: Any) -> Callable[[Any], None]:
    """A change of one key of the first model."""
    return lambda data: data["models"][0].__setitem__(key, value)


def price(value: Any) -> Callable[[Any], None]:
    """A change of one cell of the first model."""
    return lambda data: data["models"][0]["prices"]["2K"].__setitem__("high", value)


NO_CREDITS = "is not a whole number of credits from 1 to 1,000,000"

BAD: list[tuple[Callable[[Any], None], str]] = [
    (price(-1), f"gpt-image-2: prices: 2K: high: -1 {NO_CREDITS}"),
    (price(0), f"gpt-image-2: prices: 2K: high: 0 {NO_CREDITS}"),
    (price(1_000_001), f"gpt-image-2: prices: 2K: high: 1000001 {NO_CREDITS}"),
    (price(1.0), f"gpt-image-2: prices: 2K: high: 1.0 {NO_CREDITS}"),
    (price(value=True), f"gpt-image-2: prices: 2K: high: true {NO_CREDITS}"),
    (price("1"), f'gpt-image-2: prices: 2K: high: "1" {NO_CREDITS}'),
    (price(None), f"gpt-image-2: prices: 2K: high: null {NO_CREDITS}"),
    (price(float("nan")), f"gpt-image-2: prices: 2K: high: NaN {NO_CREDITS}"),
    (
        lambda data: data["models"][0]["prices"].update({"3K": {"low": 1}}),
        "gpt-image-2: prices: 3K: is not a tier; tiers: 512, 1K, 2K, 4K",
    ),
    (
        lambda data: data["models"][0]["prices"]["2K"].update(auto=1),
        "gpt-image-2: prices: 2K: auto: has no price; qualities: low, medium, high",
    ),
    (
        lambda data: data["models"][0]["prices"].update({"2K": 17}),
        "gpt-image-2: prices: 2K: 17 is not an object of qualities",
    ),
    (
        lambda data: data["models"][1]["prices"].update({"1K": {"low": 1}}),
        f'gemini-2.5-flash-image: prices: 1K: {{"low": 1}} {NO_CREDITS}',
    ),
    (gpt("prices", [1]), "gpt-image-2: prices: [1] is not an object of tiers"),
    (gpt("qualities", 1), "gpt-image-2: qualities: 1 is not true or false"),
    (gpt("sizes", "any"), 'gpt-image-2: sizes: "any" is not custom or gemini'),
    (gpt("sizes", ["custom"]), 'gpt-image-2: sizes: ["custom"] is not custom or gemini'),
    (gpt("label", " "), 'gpt-image-2: label: " " is not a text'),
    (gpt("alias", "a b"), 'gpt-image-2: alias: "a b" is not a word of letters, digits, . _ -'),
    (gpt("id", ""), 'model 1: id: "" is not a word of letters, digits, . _ -'),
    (gpt("id", 2), "model 1: id: 2 is not a word of letters, digits, . _ -"),
    (gpt("price", 2), "gpt-image-2: price is not a known key"),
    (lambda data: data["models"][0].pop("label"), "gpt-image-2: label is missing"),
    (
        lambda data: data["models"].append(data["models"][1]),
        "gemini-2.5-flash-image: gemini-2.5-flash-image already names gemini-2.5-flash-image",
    ),
    (gpt("alias", "NANO-banana"), "nano-banana already names gpt-image-2"),
    (
        lambda data: data["models"].insert(0, "gpt"),
        'model 1: "gpt" is not an object with alias, id, label, prices, qualities, sizes',
    ),
    (lambda data: data.update(models=[]), "models: must be a list with at least one model"),
    (lambda data: data.update(default="gpt"), 'default: "gpt" is not a model of this file'),
    (
        lambda data: data.update(default="gpt-image-1.5"),
        'default: "gpt-image-1.5" has no price at 1K',
    ),
    (lambda data: data.update(version=""), 'version: "" is not a text such as 2026-11-22'),
    (lambda data: data.update(versoin="1"), "The price file: versoin is not a known key"),
    (lambda data: data.pop("default"), "The price file: default is missing"),
]


@pytest.mark.parametrize(("change", "expected"), BAD, ids=[expected for _, expected in BAD])
def test_wrong_entry_is_named(change: Callable[[Any], None], expected: str) -> None:
    """A wrong entry is refused with a sentence that names it."""
    with pytest.raises(ValueError, match=r".") as caught:
        read_prices(changed(change))

    assert expected in str(caught.value)


def test_all_mistakes_are_told_together() -> None:
    """Several wrong entries are told at once, a line for each, and nothing that only follows."""

    def change(data: Any) -> None:
        data["models"][0]["prices"]["1K"]["low"] = -1
        data["models"][0]["alias"] = "nano-banana"
        data["models"][1]["id"] = "GPT-image-1.5"
        data["models"][2]["sizes"] = "huge"
        data["models"][3]["qualities"] = "no"
        data["versoin"] = data.pop("version")

    with pytest.raises(ValueError, match=r".") as caught:
        read_prices(changed(change))

    assert str(caught.value).splitlines() == [
        "The price file: version is missing",
        f"gpt-image-2: prices: 1K: low: -1 {NO_CREDITS}",
        'gemini-3.1-flash-image-preview: sizes: "huge" is not custom or gemini',
        'gemini-3-pro-image-preview: qualities: "no" is not true or false',
        "gpt-image-1.5: gpt-image-1.5 already names GPT-image-1.5",
        "The price file: versoin is not a known key",
    ]


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_what_is_no_price_file_is_refused(text: str) -> None:
    """Text that is no object is refused."""
    with pytest.raises(ValueError, match="The price file"):
        read_prices(text)


def test_a_key_stands_once() -> None:
    """A key that stands twice is refused: which of the two prices was meant, nobody knows."""
    twice = FILE.replace('"low": 1,', '"low": 1, "low": 2,', 1)

    with pytest.raises(ValueError, match="low stands twice in one object"):
        read_prices(twice)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=5,
    ),
    st.sampled_from(["version", "default", "models", *json.loads(FILE)["models"][0]]),
)
def test_no_file_breaks_the_reader(value: Any, key: str) -> None:
    """Whatever stands where, the answer is a catalogue or a `ValueError`."""
    data = json.loads(FILE)
    (data if key in data else data["models"][0])[key] = value
    try:
        result: Catalogue | None = read_prices(json.dumps(data))
    except ValueError:
        result = None

    assert result is None or result.default in result.models
