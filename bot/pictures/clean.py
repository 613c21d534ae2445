"""A file that a person attached becomes a picture that may leave: checked, cleaned, small enough.

PNG, JPEG and WebP keep their very pixels where these may leave; everything else that Pillow reads
becomes a PNG or a JPEG. Everything here is synchronous and may take seconds and 0.4 GB: run it in a
thread, one at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import IO

from bot.core.job import Size
from bot.pictures import jpeg, png, redraw, stills, webp
from bot.pictures.outline import Outline
from bot.pictures.problem import Unusable
from bot.pictures.redraw import LOSSY, Kind, goal_of

MOST_BYTES = 49_999_999
"""Pixapi takes files of less than 50 MB."""

COPY = 256 * 1024  # bytes at once
SIDEWAYS = 5  # from this EXIF orientation on, width and height change places

NOT_A_PICTURE = "is not a picture that Easel can read, whatever its name says."


@dataclass(frozen=True, slots=True)
class Clean:
    """A picture that may leave: 8-bit RGB or RGBA, in sRGB."""

    size: Size  # pixels as they are shown
    mime: str  # by its bytes: image/png, image/jpeg or image/webp
    length: int  # bytes
    scaled: bool
    original: Size  # pixels as they were shown before
    alpha: bool
    recoloured: bool = False  # its colours were stored in another way
    was: str = ""  # Pillow's name of its format, where that was another
    frames: int = 1  # pictures in the file, of which this is the first


def clean(source: Path, target: Path) -> Clean:
    """Write the picture in `source` to `target` without what it says about people.

    Raises Unusable; OSError of the own disk.
    """
    if not source.stat().st_size:
        raise Unusable("is empty.")
    with source.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        head = data[: stills.HEAD]
        kind = _kind(head)
        outline = _OUTLINES[kind](data) if kind else None
        if kind is None or outline is None or not outline.pieces:
            return _converted(source, target, head)
        goal = goal_of(outline.size)
        with target.open("wb") as out:
            for piece in outline.pieces:
                _write(out, data, piece)
    return _cleaned(target, kind, outline, goal)


def _cleaned(target: Path, kind: Kind, outline: Outline, goal: Size) -> Clean:
    """The clean file, drawn anew where it cannot leave like this."""
    stored = outline.size
    drawn = redraw.decode(target, kind, outline, goal)
    if drawn is not None:
        kind = redraw.save(drawn, target, kind, MOST_BYTES)
    sideways = outline.orientation >= SIDEWAYS
    return Clean(
        size=_sideways(goal) if sideways else goal,
        mime=f"image/{kind.lower()}",
        length=target.stat().st_size,
        scaled=goal != stored,
        original=_sideways(stored) if sideways else stored,
        alpha=outline.alpha,
        recoloured=drawn is not None and drawn.recoloured,
        frames=outline.frames,
    )


def _converted(source: Path, target: Path, head: bytes) -> Clean:
    """A picture of any other format as a PNG or a JPEG."""
    formats = stills.formats_of(head)
    try:
        made = redraw.convert(source, [*formats, *stills.unmarked()])
    except Unusable:
        if formats:
            raise
        raise Unusable(NOT_A_PICTURE) from None
    image = made.drawn.image
    is_photo = made.format in LOSSY and image.mode == "RGB"
    kind = redraw.save(made.drawn, target, "JPEG" if is_photo else "PNG", MOST_BYTES)
    size = Size(*image.size)
    return Clean(
        size=size,
        mime=f"image/{kind.lower()}",
        length=target.stat().st_size,
        scaled=size != made.original,
        original=made.original,
        alpha=image.mode == "RGBA",
        was=made.format,
        frames=made.frames,
    )


_OUTLINES: dict[Kind, Callable[[mmap], Outline]] = {
    "PNG": png.outline,
    "JPEG": jpeg.outline,
    "WEBP": webp.outline,
}


def _kind(head: bytes) -> Kind | None:
    """Which of the formats that stay as they are a file has, by its first bytes."""
    if head.startswith(png.SIGNATURE):
        return "PNG"
    if head.startswith(jpeg.SIGNATURE):
        return "JPEG"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    return None


def _write(out: IO[bytes], data: mmap, piece: slice | bytes) -> None:
    if isinstance(piece, bytes):
        out.write(piece)
        return
    for start in range(piece.start, piece.stop, COPY):
        out.write(data[start : min(start + COPY, piece.stop)])


def _sideways(size: Size) -> Size:
    return Size(size.height, size.width)
