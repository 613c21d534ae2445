"""Which sizes there are: presets, ratios, what each model takes, and the nearest size that it does.

Sizes are pixels. Sources: the presets are the contract's; the limits are Pixapi's ("Request
fields", "Credits").
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from math import isqrt
from typing import TYPE_CHECKING, assert_never

from bot.core.catalogue import Model, Sizing, find_closest, suggest, tier_of_edge
from bot.core.errors import Mistake
from bot.core.job import Size, Tier

if TYPE_CHECKING:
    from collections.abc import Iterator

PRESETS = {
    "square": Size(1024, 1024),
    "landscape": Size(1536, 1024),
    "portrait": Size(1024, 1536),
    "2k": Size(2048, 2048),
    "2k-landscape": Size(2048, 1152),
    "2k-portrait": Size(1152, 2048),
    "4k": Size(3840, 2160),
    "4k-landscape": Size(3840, 2160),
    "4k-portrait": Size(2160, 3840),
}
"""What may be said instead of `WIDTHxHEIGHT`."""

STEP = 16  # GPT Image: both edges are multiples of it
MAX_EDGE = 3840  # GPT Image: pixels of the longest edge
MIN_PIXELS, MAX_PIXELS = 655_360, 8_294_400  # GPT Image: pixels of the whole picture
MAX_RATIO = 3  # long edge to short edge; Pixapi says it of GPT Image only, we keep it for all

GEMINI_EDGES = (512, 1024, 1536, 2048, 3840, 4096)
"""Long edges that a Gemini model takes.

Its resolutions are 512, 1024, 2048 and 4096; with them go the long edges of the presets, 1536 and
3840 (Pixapi's own example is 3840x2160), each of them priced by the tier it lies in. Pixapi says
nothing of the short edge: any whole number of pixels within `MAX_RATIO` is taken.
"""

_TIER_EDGE = {
    Sizing.CUSTOM: {Tier.T512: 1536, Tier.T1K: 1536, Tier.T2K: 2048, Tier.T4K: MAX_EDGE},
    Sizing.GEMINI: {Tier.T512: 512, Tier.T1K: 1024, Tier.T2K: 2048, Tier.T4K: 4096},
}
"""Long edge where only ratio and tier are known: the longest that the tier pays for."""


def parse_size(text: str) -> Size | None:
    """What `--size` means: None for `auto`, else a size which no model has been asked about yet.

    Raises `Mistake` for anything that is neither `auto`, a preset nor `WIDTHxHEIGHT`.
    """
    word = text.casefold()
    if word == "auto":
        return None
    if word in PRESETS:
        return PRESETS[word]
    if numbers := re.fullmatch(r"([0-9]{1,6})\s*[x×*]\s*([0-9]{1,6})(?:\s*px)?", word):
        return Size(int(numbers[1]), int(numbers[2]))
    words = ("auto", *PRESETS)
    raise Mistake(
        f"{text} is not a size. Write WIDTHxHEIGHT or one of {', '.join(words)}"
        f"{suggest(_preset_of_edge(word) or find_closest(word, words))}"
    )


def _preset_of_edge(word: str) -> str | None:
    """The preset whose long edge is nearest to a number alone, as in `2048` or `8k`."""
    number = re.fullmatch(r"([0-9]{1,6})(k?)(?:\s*px)?", word)
    if number is None:
        return None
    edge = int(number[1]) * (1000 if number[2] else 1)
    return min(PRESETS, key=lambda name: abs(PRESETS[name].long_edge - edge))


def parse_ratio(text: str) -> Fraction:
    """What `--ratio` means: width divided by height, from 1:3 to 3:1. Raises `Mistake`."""
    numbers = re.fullmatch(r"([0-9]{1,6})\s*[:/x×]\s*([0-9]{1,6})", text.casefold())
    if not numbers or not int(numbers[1]) or not int(numbers[2]):
        near = suggest(_nearest_ratio(text.casefold()))
        raise Mistake(f"{text} is not a ratio. Write two whole numbers, as in 16:9{near}")
    ratio = Fraction(int(numbers[1]), int(numbers[2]))
    if _within(ratio) != ratio:
        near = suggest(_ratio(_within(ratio)))
        raise Mistake(f"{text} is too long. Ratios go from 1:3 to 3:1{near}")
    return ratio


def _nearest_ratio(word: str) -> str | None:
    """The ratio of a preset's name or of the numbers in what was written; None without any."""
    if word in PRESETS:
        return _ratio(Fraction(PRESETS[word].width, PRESETS[word].height))
    numbers = [Fraction(each) for each in re.findall(r"[0-9]{1,6}(?:\.[0-9]{1,6})?", word)[:2]]
    if len(numbers) == 1:  # as in 1.5
        numbers.append(Fraction(1))
    if not any(numbers):
        return None
    width, height = numbers
    whole = _within(width / height if height else Fraction(MAX_RATIO)).limit_denominator(20)
    return _ratio(whole)


def _within(ratio: Fraction) -> Fraction:
    """The ratio, or the end of what is allowed that it lies beyond."""
    return max(Fraction(1, MAX_RATIO), min(ratio, Fraction(MAX_RATIO)))


def _ratio(ratio: Fraction) -> str:
    return f"{ratio.numerator}:{ratio.denominator}"


def size_for_ratio(model: Model, ratio: Fraction, tier: Tier) -> Size:
    """The size that a ratio means at a tier.

    A preset of that ratio and tier, if there is one; else the tier's long edge (less where the
    picture would have too many pixels) with the ratio's short edge, and of that the nearest size.
    """
    for preset in PRESETS.values():
        if (
            Fraction(preset.width, preset.height) == ratio
            and tier_of_edge(preset.long_edge) is tier
        ):
            return preset
    edge = _TIER_EDGE[model.sizing][tier]
    long = max(ratio, 1 / ratio)
    if model.sizing is Sizing.CUSTOM:
        edge = min(edge, isqrt(int(MAX_PIXELS * long)))
    short = round(edge / long)
    return nearest_size(model, Size(edge, short) if ratio >= 1 else Size(short, edge))


def size_shaped_like(model: Model, picture: Size) -> Size:
    """The size of the 1K tier, which `auto` is priced at, that is nearest to a picture's shape."""
    return size_for_ratio(model, _within(Fraction(picture.width, picture.height)), Tier.T1K)


def check_size(model: Model, size: Size) -> None:
    """Raise `Mistake` if the model does not take this size: every limit it breaks, the nearest."""
    if broken := _broken(model, size):
        raise Mistake(f"{size}: {', '.join(broken)}; nearest: {nearest_size(model, size)}.")


def nearest_size(model: Model, size: Size) -> Size:
    """The valid size nearest to this one, which is itself if it is valid.

    Custom sizes: by the straight line from (width, height) to (width, height), in pixels; of
    equally near ones the one with more pixels, then the wider. Gemini: by the long edge, the longer
    of two equally near ones; then by the short edge that keeps the ratio.
    """
    match model.sizing:
        case Sizing.CUSTOM:
            return _nearest_custom(size)
        case Sizing.GEMINI:
            return _gemini(size)
        case _:
            assert_never(model.sizing)


def _broken(model: Model, size: Size) -> list[str]:
    """The limits that a size breaks, in words; none if the model takes it."""
    short, long = sorted((size.width, size.height))
    broken: list[str] = []
    match model.sizing:
        case Sizing.CUSTOM:
            if size.width % STEP or size.height % STEP:
                broken.append(f"edges must be multiples of {STEP}")
            if long > MAX_EDGE:
                broken.append(f"the long edge has at most {MAX_EDGE} pixels")
            if not MIN_PIXELS <= size.width * size.height <= MAX_PIXELS:
                broken.append(f"a picture has {MIN_PIXELS:,} to {MAX_PIXELS:,} pixels in all")
        case Sizing.GEMINI:
            if long not in GEMINI_EDGES:
                edges = ", ".join(map(str, GEMINI_EDGES[:-1]))
                broken.append(f"the long edge must be {edges} or {GEMINI_EDGES[-1]} pixels")
        case _:
            assert_never(model.sizing)
    if long > MAX_RATIO * short:
        broken.append(f"the ratio is at most {MAX_RATIO}:1")
    return broken


@lru_cache(maxsize=1024)  # a form asks for the same dozen sizes again and again
def _nearest_custom(size: Size) -> Size:
    return min(_custom(size.height), key=lambda valid: _distance(size, valid))


def _custom(height: int) -> Iterator[Size]:
    """For each width that a custom size can have, the valid size nearest to this height."""
    for width in range(STEP, MAX_EDGE + STEP, STEP):
        least = max(-(-MIN_PIXELS // width), -(-width // MAX_RATIO))
        most = min(MAX_PIXELS // width, width * MAX_RATIO, MAX_EDGE)
        low, high = -(-least // STEP), most // STEP
        if low <= high:
            wanted = (2 * height + STEP) // (2 * STEP)  # in steps; halves go up
            yield Size(width, STEP * max(low, min(wanted, high)))


def _distance(wanted: Size, valid: Size) -> tuple[int, int, int]:
    apart = (valid.width - wanted.width) ** 2 + (valid.height - wanted.height) ** 2
    return apart, -valid.width * valid.height, -valid.width


def _gemini(size: Size) -> Size:
    short, long = sorted((max(1, size.width), max(1, size.height)))
    edge = min(GEMINI_EDGES, key=lambda valid: (abs(valid - long), -valid))
    other = max(-(-edge // MAX_RATIO), round(Fraction(short * edge, long)))
    return Size(edge, other) if size.width >= size.height else Size(other, edge)
