"""The provider's models as it sells them: sizes they take and credits per picture.

Written from the provider's contract and from nothing of the product: a shared table would hide
shared mistakes.
"""

from __future__ import annotations

from dataclasses import dataclass

Size = tuple[int, int]
"""Width and height in pixels."""

QUALITIES = ("low", "medium", "high", "auto")
LONG_EDGES = {"512": 512, "1K": 1536, "2K": 2048, "4K": 4096}  # pixels; GPT's 4K ends at 3840


@dataclass(frozen=True, slots=True)
class Model:
    """One model: credits per picture, by tier, then by quality ("" where it has none)."""

    id: str
    prices: dict[str, dict[str, int]]
    gpt: bool  # has a quality field and a limit on the prompt
    sizes: frozenset[Size] | None = None  # the only ones it takes; None: it takes custom ones

    def tier(self, size: Size) -> str | None:
        """The first priced tier that holds the long edge; None when the picture is too large."""
        return next((t for t in self.prices if max(size) <= LONG_EDGES[t]), None)

    def price(self, size: Size, quality: str) -> int:
        """Credits for one picture of these pixels; one past the last tier costs as the last."""
        tier = self.tier(size) or list(self.prices)[-1]
        cells = self.prices[tier]
        return cells["high" if quality == "auto" else quality] if self.gpt else cells[""]


def _gpt(low: int, medium: int, high: int) -> dict[str, int]:
    return {"low": low, "medium": medium, "high": high}


MODELS = {
    model.id: model
    for model in (
        Model(
            "gpt-image-2",
            {"1K": _gpt(1, 4, 14), "2K": _gpt(2, 17, 67), "4K": _gpt(4, 34, 133)},
            gpt=True,
        ),
        Model(
            "gpt-image-1.5",
            {"1K": _gpt(1, 4, 14)},  # the provider says only "from 1"
            gpt=True,
            sizes=frozenset({(1024, 1024), (1536, 1024), (1024, 1536)}),
        ),
        Model("gemini-2.5-flash-image", {"1K": {"": 2}}, gpt=False),
        Model(
            "gemini-3.1-flash-image-preview",
            {"512": {"": 4}, "1K": {"": 4}, "2K": {"": 6}, "4K": {"": 8}},
            gpt=False,
        ),
        Model(
            "gemini-3-pro-image-preview",
            {"1K": {"": 8}, "2K": {"": 8}, "4K": {"": 16}},
            gpt=False,
        ),
    )
}

MULTIPLE = 16  # pixels, of both edges of a custom size
MIN_PIXELS = 655_360
MAX_PIXELS = 8_294_400
MAX_EDGE = 3840  # pixels
MAX_RATIO = 3  # long edge to short edge
MIN_GEMINI_EDGE = 64  # pixels; nothing smaller is a picture


def size_mistake(model: Model, size: Size) -> str | None:
    """What is wrong with this size for this model, in a sentence; None when it is taken."""
    long, short = max(size), min(size)
    if model.sizes is not None:
        if size in model.sizes:
            return None
        names = ", ".join(f"{w}x{h}" for w, h in sorted(model.sizes))
        return f"{model.id} takes only these sizes: {names}"
    if model.gpt:
        return _custom_mistake(size)
    if short < MIN_GEMINI_EDGE:
        return f"each edge must be at least {MIN_GEMINI_EDGE} px"
    if model.tier(size) is None:
        return f"{model.id} does not make pictures with an edge of {long} px"
    return None


def _custom_mistake(size: Size) -> str | None:
    width, height = size
    if width % MULTIPLE or height % MULTIPLE:
        return f"both edges must be multiples of {MULTIPLE}"
    if max(size) > MAX_EDGE:
        return f"the longest edge must be at most {MAX_EDGE} px"
    if max(size) > MAX_RATIO * min(size):
        return f"the long edge must be at most {MAX_RATIO} times the short edge"
    if not MIN_PIXELS <= width * height <= MAX_PIXELS:
        return f"the picture must have {MIN_PIXELS} to {MAX_PIXELS} pixels"
    return None


def larger(size: Size) -> Size:
    """The same shape, larger: both edges doubled, the long one at most 3840 px."""
    factor = min(2.0, MAX_EDGE / max(size))
    return round(size[0] * factor), round(size[1] * factor)


def auto_size(like: Size | None) -> Size:
    """What `size=auto` comes to: square, or the 1K size nearest to the first image's shape."""
    if like is None:
        return 1024, 1024
    ratio = like[0] / like[1]
    if ratio > 5 / 4:
        return 1536, 1024
    return (1024, 1536) if ratio < 4 / 5 else (1024, 1024)
