from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import sizes
from bot.core.catalogue import LONG_EDGE
from bot.core.errors import Mistake
from bot.core.job import Size, Tier
from bot.prices import SHIPPED_PRICES, read_prices

if TYPE_CHECKING:
    from bot.core.catalogue import Model

CATALOGUE = read_prices(SHIPPED_PRICES.read_text(encoding="utf-8"))
GPT = CATALOGUE.find("gpt-image-2")
GEMINI = CATALOGUE.find("nano-banana-2")

EDGES = st.integers(0, 5000) | st.integers(0, 313).map(lambda steps: 16 * steps)
ANY_SIZE = st.builds(Size, EDGES, EDGES)
RATIOS = st.builds(Fraction, st.integers(1, 300), st.integers(1, 300)).filter(
    lambda ratio: Fraction(1, 3) <= ratio <= 3
)


def gpt_takes(size: Size) -> bool:
    """Pixapi's four limits of custom sizes, as they are published."""
    short, long = sorted((size.width, size.height))
    return (
        size.width % 16 == 0
        and size.height % 16 == 0
        and 655_360 <= size.width * size.height <= 8_294_400
        and long <= 3840
        and long <= 3 * short
    )


def gemini_takes(size: Size) -> bool:
    """What this module says of Gemini's sizes."""
    short, long = sorted((size.width, size.height))
    return long in {512, 1024, 1536, 2048, 3840, 4096} and long <= 3 * short


def distance(one: Size, other: Size) -> int:
    """The square of the straight line between two sizes."""
    return (one.width - other.width) ** 2 + (one.height - other.height) ** 2


def refused(model: Model, size: Size) -> str | None:
    """The sentence with which a size is refused, None if it is taken."""
    try:
        sizes.check_size(model, size)
    except Mistake as mistake:
        return mistake.sentence
    return None


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("auto", None),
        ("square", Size(1024, 1024)),
        ("landscape", Size(1536, 1024)),
        ("portrait", Size(1024, 1536)),
        ("2k", Size(2048, 2048)),
        ("2k-landscape", Size(2048, 1152)),
        ("2k-portrait", Size(1152, 2048)),
        ("4k", Size(3840, 2160)),
        ("4k-landscape", Size(3840, 2160)),
        ("4k-portrait", Size(2160, 3840)),
        ("4K-Portrait", Size(2160, 3840)),
        ("1008x1024", Size(1008, 1024)),
        ("1008X1024", Size(1008, 1024)),
        ("1008×1024", Size(1008, 1024)),
        ("1008*1024", Size(1008, 1024)),
        ("1008 x 1024", Size(1008, 1024)),
        ("1008\u00a0× 1024 px", Size(1008, 1024)),
        ("1008x1024PX", Size(1008, 1024)),
    ],
)
def test_words_for_sizes(word: str, expected: Size | None) -> None:
    """Each preset, `auto` and two numbers mean the size that the contract says, in any case."""
    assert expected == sizes.parse_size(word)


@pytest.mark.parametrize("model", CATALOGUE.models, ids=lambda model: model.id)
@pytest.mark.parametrize("preset", sizes.PRESETS)
def test_every_model_takes_every_preset(preset: str, model: Model) -> None:
    """No preset is outside of what a model takes."""
    assert refused(model, sizes.PRESETS[preset]) is None


@pytest.mark.parametrize(
    ("word", "nearest"),
    [
        ("sqare", "; nearest: square."),
        ("4k-landscap", "; nearest: 4k-landscape."),
        ("land", "; nearest: landscape."),
        ("8k", "; nearest: 4k."),
        ("1k", "; nearest: square."),
        ("", "; nearest: auto."),
        ("1024", "; nearest: square."),
        ("2000px", "; nearest: 2k."),
        ("x1024", "."),
        ("-16x1024", "."),
        ("1024.0x1024", "."),
        ("1024x1024\n", "."),
        ("١٠٢٤x١٠٢٤", "."),  # digits, but not those of the contract
        ("9" * 5000 + "x1", "."),  # more digits than Python reads
    ],
)
def test_no_size_is_refused(word: str, nearest: str) -> None:
    """Whatever is no size is refused with all that is allowed and the nearest word."""
    with pytest.raises(Mistake) as caught:
        sizes.parse_size(word)

    assert caught.value.sentence == (
        f"{word} is not a size. Write WIDTHxHEIGHT or one of auto, square, landscape, portrait,"
        f" 2k, 2k-landscape, 2k-portrait, 4k, 4k-landscape, 4k-portrait{nearest}"
    )


STEP = "edges must be multiples of 16"
EDGE = "the long edge has at most 3840 pixels"
PIXELS = "a picture has 655,360 to 8,294,400 pixels in all"
RATIO = "the ratio is at most 3:1"


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (1000, 1000, f"{STEP}; nearest: 1008x1008."),
        (1024, 1016, f"{STEP}; nearest: 1024x1024."),
        (1024, 1024, None),
        (1016, 1024, f"{STEP}; nearest: 1024x1024."),
        (1024, 640, None),  # 655,360 pixels
        (640, 1024, None),
        (1008, 640, f"{PIXELS}; nearest: 1008x656."),
        (2880, 2880, None),  # 8,294,400 pixels
        (3840, 2160, None),  # 8,294,400 pixels
        (1136, 576, f"{PIXELS}; nearest: 1136x592."),
        (2896, 2880, f"{PIXELS}; nearest: 2880x2880."),
        (3840, 2176, f"{PIXELS}; nearest: 3840x2160."),
        (3840, 1280, None),
        (3856, 1296, f"{EDGE}; nearest: 3840x1296."),
        (1296, 3856, f"{EDGE}; nearest: 1296x3840."),
        (1536, 512, None),  # 3 : 1
        (512, 1536, None),
        (1536, 496, f"{RATIO}; nearest: 1536x512."),
        (496, 1536, f"{RATIO}; nearest: 512x1536."),
        (0, 0, f"{PIXELS}; nearest: 816x816."),
        (1, 999_999, f"{STEP}, {EDGE}, {RATIO}; nearest: 1280x3840."),
    ],
)
def test_limits_of_custom_sizes(width: int, height: int, expected: str | None) -> None:
    """Each limit holds on its very pixel; a size beyond is refused by that limit's name."""
    sentence = None if expected is None else f"{width}x{height}: {expected}"

    assert sentence == refused(GPT, Size(width, height))


@pytest.mark.parametrize(
    ("width", "height", "nearest"),
    [
        (512, 512, None),
        (1024, 1024, None),
        (2048, 1152, None),
        (3840, 2160, None),
        (4096, 4096, None),
        (1024, 342, None),
        (1024, 341, "1024x342"),
        (342, 1024, None),
        (341, 1024, "342x1024"),
        (1000, 1000, "1024x1024"),
        (1000, 900, "1024x922"),
        (900, 1000, "922x1024"),
        (4097, 4097, "4096x4096"),
        (768, 768, "1024x1024"),
        (0, 0, "512x512"),
        (999_999, 1, "4096x1366"),
    ],
)
def test_limits_of_gemini_sizes(width: int, height: int, nearest: str | None) -> None:
    """A Gemini model takes its long edges up to 3 : 1; else the nearest keeps the shape."""
    sentence = refused(GEMINI, Size(width, height))

    assert (nearest is None) == (sentence is None)
    assert sentence is None or sentence.endswith(f"; nearest: {nearest}.")


@given(ANY_SIZE)
def test_custom_size_is_taken_as_published(size: Size) -> None:
    """A custom size is refused exactly when it breaks a published limit."""
    assert gpt_takes(size) == (refused(GPT, size) is None)


@given(ANY_SIZE)
def test_gemini_size_is_taken_as_documented(size: Size) -> None:
    """A Gemini size is refused exactly when it breaks a documented limit."""
    assert gemini_takes(size) == (refused(GEMINI, size) is None)


@given(ANY_SIZE)
def test_nearest_custom_size_is_the_nearest(size: Size) -> None:
    """The nearest size is valid, is the size itself if that is valid, and nothing is nearer."""
    nearest = sizes.nearest_size(GPT, size)
    best = distance(size, nearest)
    window = [
        other
        for width in range(16, 3841, 16)
        if abs(width - size.width) ** 2 <= best
        for height in range(16, 3841, 16)
        if gpt_takes(other := Size(width, height))
    ]

    assert gpt_takes(nearest)
    assert nearest == size or not gpt_takes(size)
    assert nearest in window
    assert best == min(distance(size, other) for other in window)
    assert nearest.width * nearest.height == max(
        other.width * other.height for other in window if distance(size, other) == best
    )


@given(ANY_SIZE)
def test_nearest_gemini_size_is_the_nearest(size: Size) -> None:
    """The nearest size is valid, itself if valid; no long edge is nearer, no shape more alike."""
    nearest = sizes.nearest_size(GEMINI, size)
    apart = abs(nearest.long_edge - size.long_edge)
    short, long = sorted((max(1, size.width), max(1, size.height)))

    def unlike(other: int) -> Fraction:
        return abs(Fraction(other, nearest.long_edge) - Fraction(short, long))

    shapes = [
        unlike(other)
        for other in range(1, nearest.long_edge + 1)
        if gemini_takes(Size(nearest.long_edge, other))
    ]

    assert gemini_takes(nearest)
    assert nearest == size or not gemini_takes(size)
    assert apart == min(abs(edge - size.long_edge) for edge in sizes.GEMINI_EDGES)
    assert min(shapes) == unlike(min(nearest.width, nearest.height))
    assert (nearest.width >= nearest.height) == (
        size.width >= size.height or nearest.width == nearest.height
    )


# Ratios


@pytest.mark.parametrize(
    ("ratio", "tier", "gpt", "gemini"),
    [
        ("1:1", Tier.T1K, "1024x1024", "1024x1024"),
        ("3:2", Tier.T1K, "1536x1024", "1536x1024"),
        ("2:3", Tier.T1K, "1024x1536", "1024x1536"),
        ("16:9", Tier.T1K, "1536x864", "1024x576"),
        ("9:16", Tier.T1K, "864x1536", "576x1024"),
        ("4:3", Tier.T1K, "1536x1152", "1024x768"),
        ("21:9", Tier.T1K, "1536x656", "1024x439"),
        ("3:1", Tier.T1K, "1536x512", "1024x342"),
        ("1:1", Tier.T2K, "2048x2048", "2048x2048"),
        ("16:9", Tier.T2K, "2048x1152", "2048x1152"),
        ("32:18", Tier.T2K, "2048x1152", "2048x1152"),
        ("9:16", Tier.T2K, "1152x2048", "1152x2048"),
        ("1:3", Tier.T2K, "688x2048", "683x2048"),
        ("16:9", Tier.T4K, "3840x2160", "3840x2160"),
        ("9:16", Tier.T4K, "2160x3840", "2160x3840"),
        ("1:1", Tier.T4K, "2880x2880", "4096x4096"),
        ("4:3", Tier.T4K, "3312x2496", "4096x3072"),
        ("16:9", Tier.T512, None, "512x288"),
    ],
)
def test_ratio_at_a_tier(ratio: str, tier: Tier, gpt: str | None, gemini: str) -> None:
    """A ratio means the preset of that shape and tier, or else the tier's longest picture."""
    shape = sizes.parse_ratio(ratio)

    assert gpt is None or gpt == str(sizes.size_for_ratio(GPT, shape, tier))
    assert gemini == str(sizes.size_for_ratio(GEMINI, shape, tier))


@given(RATIOS, st.sampled_from([Tier.T1K, Tier.T2K, Tier.T4K]))
def test_ratio_of_a_custom_size(ratio: Fraction, tier: Tier) -> None:
    """Whatever the ratio, the size is valid, in that tier, and of that shape within a step."""
    size = sizes.size_for_ratio(GPT, ratio, tier)

    assert gpt_takes(size)
    assert tier is CATALOGUE.tier_of(GPT, size)
    assert abs(size.width - ratio * size.height) <= 16 * (1 + ratio)


@given(RATIOS, st.sampled_from(Tier))
def test_ratio_of_a_gemini_size(ratio: Fraction, tier: Tier) -> None:
    """Whatever the ratio, the size is valid, in that tier, and of that shape within a pixel."""
    size = sizes.size_for_ratio(GEMINI, ratio, tier)

    assert gemini_takes(size)
    assert tier is CATALOGUE.tier_of(GEMINI, size)
    assert abs(size.width - ratio * size.height) <= 1 + ratio


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("301:100", "301:100 is too long. Ratios go from 1:3 to 3:1; nearest: 3:1."),
        ("100:301", "100:301 is too long. Ratios go from 1:3 to 3:1; nearest: 1:3."),
        ("16", "16 is not a ratio. Write two whole numbers, as in 16:9; nearest: 3:1."),
        ("0:9", "0:9 is not a ratio. Write two whole numbers, as in 16:9; nearest: 1:3."),
        ("16:0", "16:0 is not a ratio. Write two whole numbers, as in 16:9; nearest: 3:1."),
        ("0:0", "0:0 is not a ratio. Write two whole numbers, as in 16:9."),
        ("wide", "wide is not a ratio. Write two whole numbers, as in 16:9."),
        ("-16:9", "-16:9 is not a ratio. Write two whole numbers, as in 16:9; nearest: 16:9."),
        ("1.5:1", "1.5:1 is not a ratio. Write two whole numbers, as in 16:9; nearest: 3:2."),
        ("1.91", "1.91 is not a ratio. Write two whole numbers, as in 16:9; nearest: 21:11."),
        ("16-9", "16-9 is not a ratio. Write two whole numbers, as in 16:9; nearest: 16:9."),
        ("Portrait", "Portrait is not a ratio. Write two whole numbers, as in 16:9; nearest: 2:3."),
    ],
)
def test_no_ratio_is_refused(text: str, sentence: str) -> None:
    """What is no ratio, or too long a one, is refused with what is allowed."""
    with pytest.raises(Mistake) as caught:
        sizes.parse_ratio(text)

    assert sentence == caught.value.sentence


@pytest.mark.parametrize("text", ["16:9", "16/9", "16x9", "16X9", "16×9", "16 : 9", "32/18"])
def test_ways_to_write_a_ratio(text: str) -> None:
    """A colon, a stroke and a cross are the same ratio, whatever the blanks around them."""
    assert Fraction(16, 9) == sizes.parse_ratio(text)


@pytest.mark.parametrize(("text", "ratio"), [("3:1", Fraction(3)), ("1:3", Fraction(1, 3))])
def test_longest_ratios(text: str, ratio: Fraction) -> None:
    """The longest ratios are allowed."""
    assert ratio == sizes.parse_ratio(text)


def test_presets_lie_in_the_tier_of_their_name() -> None:
    """A preset is priced at the tier that its name says, 1K where it says none."""
    for name, size in sizes.PRESETS.items():
        named = {"2k": Tier.T2K, "4k": Tier.T4K}.get(name[:2], Tier.T1K)

        assert named is CATALOGUE.tier_of(GPT, size), name

    assert LONG_EDGE == {Tier.T512: 512, Tier.T1K: 1536, Tier.T2K: 2048}


SHOWN = st.builds(Size, st.integers(2, 9000), st.integers(2, 9000))


@given(SHOWN)
def test_the_size_of_an_edit_has_its_pictures_shape(picture: Size) -> None:
    """Valid, of the 1K tier that `auto` is priced at, and nearly as wide or upright as it."""
    for model, takes in ((GPT, gpt_takes), (GEMINI, gemini_takes)):
        size = sizes.size_shaped_like(model, picture)
        ratio = min(max(Fraction(picture.width, picture.height), Fraction(1, 3)), Fraction(3))

        assert takes(size)
        assert CATALOGUE.tier_of(model, size) is Tier.T1K
        assert abs(Fraction(size.width, size.height) / ratio - 1) < Fraction(2, 100)
