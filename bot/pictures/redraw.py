"""Decoding, and drawing anew what is turned or too large. Pillow is imported on use."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bot.core.job import Size
from bot.pictures.outline import MALFORMED, Outline
from bot.pictures.problem import Unusable

if TYPE_CHECKING:
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

Kind = Literal["PNG", "JPEG", "WEBP"]

QUALITY = 95  # of a lossy picture that is drawn anew; above it files only grow

BROKEN = (
    OSError, SyntaxError, ValueError, TypeError, AttributeError, LookupError, EOFError,
    ArithmeticError, MemoryError, struct.error, zlib.error,
)  # fmt: skip
"""What Pillow raises over bytes that are no picture after all."""

DAMAGED = "is damaged or cut off: its pixels cannot be read."


def decode(path: Path, kind: Kind, outline: Outline, goal: Size) -> Image.Image | None:
    """Read every pixel; the picture anew if it is turned or larger than `goal`, else None.

    Raises Unusable where there is no such picture.
    """
    from PIL import Image  # noqa: PLC0415 - slow to import, and most starts edit nothing

    stored = outline.size
    try:
        with Image.open(path, formats=[kind]) as image:
            if image.size != (stored.width, stored.height):
                raise Unusable(MALFORMED)
            if goal != stored:  # a JPEG can be decoded at a fraction of its size
                image.draft(None, (2 * goal.width, 2 * goal.height))
            image.load()
            if goal != stored:
                return _turn(_scale(image, goal), outline.orientation)
            return _turn(image, outline.orientation) if outline.orientation != 1 else None
    except BROKEN as error:
        raise Unusable(DAMAGED) from error


def save(image: Image.Image, path: Path, kind: Kind, outline: Outline, most: int) -> Kind:
    """Write a picture that was drawn anew, with its colours; its format.

    A PNG of more than `most` bytes (noise, nothing else) becomes a lossy WebP.
    """
    options: dict[str, Any] = {"icc_profile": image.info.get("icc_profile")}
    match kind:
        case "PNG":
            image.save(path, kind, pnginfo=_colours(outline), **options)
        case "JPEG":
            image.save(path, kind, quality=QUALITY, subsampling=0, **options)
        case "WEBP":
            image.save(path, kind, quality=QUALITY, lossless=outline.lossless, **options)
    if path.stat().st_size <= most or kind == "JPEG":
        return kind
    image.save(path, "WEBP", quality=QUALITY, **options)
    return "WEBP"


def _scale(image: Image.Image, goal: Size) -> Image.Image:
    from PIL.Image import Resampling  # noqa: PLC0415 - see above

    return _smooth(image).resize((goal.width, goal.height), Resampling.LANCZOS, reducing_gap=3)


def _smooth(image: Image.Image) -> Image.Image:
    """The picture in a mode whose pixels can be mixed."""
    if image.mode in {"P", "PA"} or "transparency" in image.info:
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    if image.mode == "1":
        return image.convert("L")
    if image.mode.startswith("I"):  # 16 bits of grey, which would be cut off, not divided
        return image.convert("I").point(lambda grey: grey * (1 / 257)).convert("L")
    return image


def _turn(image: Image.Image, orientation: int) -> Image.Image:
    from PIL.Image import Transpose  # noqa: PLC0415 - see above

    method = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }.get(orientation)
    return image if method is None else image.transpose(method)


def _colours(outline: Outline) -> PngInfo:
    from PIL.PngImagePlugin import PngInfo  # noqa: PLC0415 - see above

    info = PngInfo()
    for kind, data in outline.colours:
        info.add(kind, data)
    return info
