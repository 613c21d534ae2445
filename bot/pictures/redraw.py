"""Decoding, and drawing anew: what is turned, too large, of other colours or another format.

Pillow is imported on use.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bot.core.job import Size
from bot.pictures import colour
from bot.pictures.outline import MALFORMED, Outline
from bot.pictures.problem import Unusable
from bot.pictures.stills import BROKEN

if TYPE_CHECKING:
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

Kind = Literal["PNG", "JPEG", "WEBP"]

QUALITY = 95  # of a lossy picture that is drawn anew; above it files only grow

MOST_PIXELS = 89_000_000
"""Decoded in 4 bytes each: 0.36 GB, for one picture at a time. Pillow itself warns from here on."""

LONGEST_EDGE = 4096
"""No model draws a longer edge (GPT Image 3840, Gemini 4096): more pixels only cost time."""

LOSSY = frozenset({"AVIF", "HEIF", "JPEG2000"})  # what becomes a JPEG; everything else a PNG
IN_SEQUENCE = frozenset({"AVIF", "DCX", "GIF", "HEIF", "TIFF", "WEBP"})
"""Formats of which a file may hold several pictures, not only layers or sizes of one."""

DAMAGED = "is damaged or cut off: its pixels cannot be read."


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture that was drawn anew, as it is shown, in 8-bit RGB or RGBA and sRGB."""

    image: Image.Image
    recoloured: bool  # it was stored in other colours, or in more or fewer bits
    colours: tuple[tuple[bytes, bytes], ...] = ()  # PNG's chunks that still hold
    lossless: bool = True


@dataclass(frozen=True, slots=True)
class Converted:
    """The one picture of a file of another format."""

    drawn: Drawn
    format: str  # Pillow's name of what it was
    original: Size  # pixels as they were shown
    frames: int  # pictures in the file


def goal_of(size: Size) -> Size:
    """The pixels that a picture gets: its own, or as many as a model has use for.

    Raises Unusable where it has too many to be decoded, or too few to be a picture.
    """
    if min(size.width, size.height) < 2:  # noqa: PLR2004 - a dot or a line, as trackers are
        raise Unusable(f"has {size.width:,}×{size.height:,} pixels: too few to be edited.")
    if size.width * size.height > MOST_PIXELS:
        raise Unusable(
            f"has {size.width:,}×{size.height:,} pixels: at most "
            f"{MOST_PIXELS // 1_000_000} million can be edited."
        )
    if size.long_edge <= LONGEST_EDGE:
        return size
    width, height = (
        max(1, round(edge * LONGEST_EDGE / size.long_edge)) for edge in (size.width, size.height)
    )
    return Size(width, height)


def decode(path: Path, kind: Kind, outline: Outline, goal: Size) -> Drawn | None:
    """Read every pixel; the picture anew where it may not leave as it is, else None.

    Raises Unusable where there is no such picture.
    """
    from PIL import Image  # noqa: PLC0415 - see above

    stored = outline.size
    try:
        with Image.open(path, formats=[kind]) as image:
            if image.size != (stored.width, stored.height):
                raise Unusable(MALFORMED)
            if goal != stored:  # a JPEG can be decoded at a fraction of its size
                image.draft(None, (2 * goal.width, 2 * goal.height))
            image.load()
            plain = outline.plain and colour.is_plain(image)
            if plain and goal == stored and outline.orientation == 1:
                return None
            drawn, profiled = _drawn(image, goal)
            return Drawn(
                _turn(drawn, outline.orientation),
                recoloured=not plain,
                colours=() if profiled else outline.colours,
                lossless=outline.lossless,
            )
    except BROKEN as error:
        raise Unusable(DAMAGED) from error


def convert(path: Path, formats: list[str]) -> Converted:
    """The picture of a file in one of these formats of Pillow's: of several the first.

    Raises Unusable where there is no such picture.
    """
    from PIL import Image, ImageOps  # noqa: PLC0415 - see above

    try:
        with Image.open(path, formats=formats) as image:
            kind = image.format or ""
            goal_of(Size(*image.size))
            frames = int(getattr(image, "n_frames", 1)) if kind in IN_SEQUENCE else 1
            image.load()
            shown = ImageOps.exif_transpose(image)
            original = Size(*shown.size)
            drawn, _ = _drawn(shown, goal_of(original))
            drawn.info = {}  # comments among it, which a JPEG would take along
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unusable(
            f"has too many pixels: at most {MOST_PIXELS // 1_000_000} million can be edited."
        ) from error
    except BROKEN as error:
        raise Unusable(DAMAGED) from error
    return Converted(Drawn(drawn, recoloured=True), kind, original, frames)


def save(drawn: Drawn, path: Path, kind: Kind, most: int) -> Kind:
    """Write a picture that was drawn anew; its format.

    A PNG of more than `most` bytes (noise, or a large photo) becomes lossy: a JPEG, with alpha a
    WebP.
    """
    image = drawn.image
    options: dict[str, Any] = {"icc_profile": image.info.get("icc_profile")}
    match kind:
        case "PNG":
            image.save(path, kind, pnginfo=_chunks(drawn), **options)
        case "JPEG":
            image.save(path, kind, quality=QUALITY, subsampling=0, **options)
        case "WEBP":
            image.save(path, kind, quality=QUALITY, lossless=drawn.lossless, **options)
    if path.stat().st_size <= most or kind == "JPEG":
        return kind
    if image.mode == "RGB":
        return save(drawn, path, "JPEG", most)
    image.save(path, "WEBP", quality=QUALITY, **options)
    return "WEBP"


def _drawn(image: Image.Image, goal: Size) -> tuple[Image.Image, bool]:
    """The picture at its goal, in the colours that are sent; whether by its profile."""
    from PIL.Image import Resampling  # noqa: PLC0415 - see above

    mixed = colour.mixable(image)
    if mixed.size != (goal.width, goal.height):
        size = (goal.width, goal.height)
        mixed = mixed.resize(size, Resampling.LANCZOS, reducing_gap=3)
    return colour.in_srgb(mixed)


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


def _chunks(drawn: Drawn) -> PngInfo:
    from PIL.PngImagePlugin import PngInfo  # noqa: PLC0415 - see above

    info = PngInfo()
    for kind, data in drawn.colours:
        info.add(kind, data)
    return info
