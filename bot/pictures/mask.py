"""What may change in the first picture of an edit: a PNG whose transparent parts may.

Most drawing programs know black and white, not alpha: there white is what may change.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from bot.pictures.clean import Clean
from bot.pictures.problem import Unusable

if TYPE_CHECKING:
    from PIL import Image

WHITE = 128  # from this grey on it counts as white; an alpha below it as transparent
TINGE = 48  # levels between a pixel's colours that still count as grey
MIDDLE = slice(64, 192)  # greys that are neither black nor white
MOST_MIDDLE = 0.1  # part of them: soft edges

WHAT = "A mask is a PNG whose transparent parts may change, or black and white: white may change."
NO_MASK = f"cannot be the mask: it has no transparent parts and is not black and white. {WHAT}"
OPAQUE = f"cannot be the mask: it is opaque everywhere, so nothing may change. {WHAT}"
BLACK = f"cannot be the mask: it is black everywhere, so nothing may change. {WHAT}"


def as_mask(path: Path, mask: Clean, first: Clean) -> tuple[Clean, bool]:
    """Make the clean picture in a file the mask of the first; whether it was black and white.

    Raises Unusable where it cannot be one, or lets nothing change.
    """
    from PIL import Image  # noqa: PLC0415 - slow to import, and most starts edit nothing

    if mask.size != first.size:
        raise Unusable(
            f"cannot be the mask: it has {mask.original.width}×{mask.original.height} pixels, the "
            f"first image has {first.original.width}×{first.original.height}."
        )
    with Image.open(path) as image:
        image.load()
        has_holes = image.mode == "RGBA" and _span(image.getchannel("A"))[0] < WHITE
        if has_holes and mask.mime == "image/png":
            return mask, False
        made = image if has_holes else _cut_out(image)
    made.save(path, "PNG")
    changed = replace(mask, mime="image/png", length=path.stat().st_size, alpha=True)
    return changed, not has_holes


def _cut_out(image: Image.Image) -> Image.Image:
    """A picture in black and white with its white parts transparent. Raises Unusable."""
    from PIL import Image, ImageChops  # noqa: PLC0415 - see above

    is_opaque = image.mode == "RGBA"  # a program that knows alpha wrote it
    red, green, blue = image.convert("RGB").split()
    grey = image.convert("RGB").convert("L")
    lightest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    darkest = ImageChops.darker(ImageChops.darker(red, green), blue)
    _, tinge = _span(ImageChops.subtract(lightest, darkest))
    middle = sum(grey.histogram()[MIDDLE]) / (grey.width * grey.height)
    if tinge > TINGE or middle > MOST_MIDDLE:
        raise Unusable(OPAQUE if is_opaque else NO_MASK)
    alpha = grey.point([255] * WHITE + [0] * (256 - WHITE))
    least, most = _span(alpha)
    if least == most and (is_opaque or least):
        raise Unusable(OPAQUE if is_opaque else BLACK)
    return Image.merge("RGBA", (grey, grey, grey, alpha))


def _span(channel: Image.Image) -> tuple[int, int]:
    """The darkest and the lightest of a channel."""
    return cast("tuple[int, int]", channel.getextrema())
