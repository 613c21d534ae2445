"""A file that a person attached becomes a picture that may leave: checked, cleaned, small enough.

Everything here is synchronous and may take seconds and 0.4 GB: run it in a thread, one at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import IO

from bot.core.job import Size
from bot.pictures import jpeg, png, redraw, webp
from bot.pictures.outline import Outline
from bot.pictures.problem import Unusable
from bot.pictures.redraw import Kind

MOST_BYTES = 49_999_999
"""Pixapi takes files of less than 50 MB."""

MOST_PIXELS = 89_000_000
"""Decoded in 4 bytes each: 0.36 GB, for one picture at a time. Pillow itself warns from here on."""

LONGEST_EDGE = 4096
"""No model draws a longer edge (GPT Image 3840, Gemini 4096): more pixels only cost time."""

COPY = 256 * 1024  # bytes at once
SIDEWAYS = 5  # from this EXIF orientation on, width and height change places

NOT_A_PICTURE = "is not a PNG, JPEG or WebP picture, whatever its name says."
GIF = "is a GIF. Attach a PNG, JPEG or WebP picture."
HEIC = "is a HEIC or AVIF picture. Attach it as PNG, JPEG or WebP."


@dataclass(frozen=True, slots=True)
class Clean:
    """A picture that may leave."""

    size: Size  # pixels as they are shown
    mime: str  # by its bytes: image/png, image/jpeg or image/webp
    length: int  # bytes
    scaled: bool
    original: Size  # pixels as they were shown before
    alpha: bool


def clean(source: Path, target: Path) -> Clean:
    """Write the picture in `source` to `target` without what it says about people.

    Its pixels' bytes stay as they are, unless it is turned by EXIF or longer than `LONGEST_EDGE`.
    Raises Unusable; OSError of the own disk.
    """
    if not source.stat().st_size:
        raise Unusable("is empty.")
    with source.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        kind = _kind(data[:16])
        outline = _OUTLINES[kind](data)
        stored = outline.size
        if stored.width * stored.height > MOST_PIXELS:
            raise Unusable(
                f"has {stored.width:,}×{stored.height:,} pixels: at most "
                f"{MOST_PIXELS // 1_000_000} million can be edited."
            )
        with target.open("wb") as out:
            for piece in outline.pieces:
                _write(out, data, piece)
    goal = _goal(stored)
    redrawn = redraw.decode(target, kind, outline, goal)
    if redrawn is not None:
        kind = redraw.save(redrawn, target, kind, outline, MOST_BYTES)
    sideways = outline.orientation >= SIDEWAYS
    return Clean(
        size=_sideways(goal) if sideways else goal,
        mime=f"image/{kind.lower()}",
        length=target.stat().st_size,
        scaled=goal != stored,
        original=_sideways(stored) if sideways else stored,
        alpha=outline.alpha,
    )


def check_mask(mask: Clean, first: Clean) -> None:
    """Whether this can say what may change in the first image. Raises Unusable."""
    if mask.mime != "image/png" or not mask.alpha:
        raise Unusable(
            "cannot be the mask: a mask is a PNG with an alpha channel, whose transparent parts "
            "may change."
        )
    if mask.size != first.size:
        raise Unusable(
            f"cannot be the mask: it has {mask.original.width}×{mask.original.height} pixels, the "
            f"first image has {first.original.width}×{first.original.height}."
        )


_OUTLINES: dict[Kind, Callable[[mmap], Outline]] = {
    "PNG": png.outline,
    "JPEG": jpeg.outline,
    "WEBP": webp.outline,
}


def _kind(head: bytes) -> Kind:
    """What a file is by its first bytes."""
    if head.startswith(png.SIGNATURE):
        return "PNG"
    if head.startswith(jpeg.SIGNATURE):
        return "JPEG"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    if head.startswith((b"GIF87a", b"GIF89a")):
        raise Unusable(GIF)
    if head[4:8] == b"ftyp" and head[8:12] in {b"heic", b"heix", b"mif1", b"msf1", b"avif"}:
        raise Unusable(HEIC)
    raise Unusable(NOT_A_PICTURE)


def _write(out: IO[bytes], data: mmap, piece: slice | bytes) -> None:
    if isinstance(piece, bytes):
        out.write(piece)
        return
    for start in range(piece.start, piece.stop, COPY):
        out.write(data[start : min(start + COPY, piece.stop)])


def _goal(size: Size) -> Size:
    """The pixels that it gets: its own, or as many as a model has use for."""
    if size.long_edge <= LONGEST_EDGE:
        return size
    width, height = (
        max(1, round(edge * LONGEST_EDGE / size.long_edge)) for edge in (size.width, size.height)
    )
    return Size(width, height)


def _sideways(size: Size) -> Size:
    return Size(size.height, size.width)
