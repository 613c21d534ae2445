"""What the three formats have in common: an outline says which bytes of a file are the picture."""

from __future__ import annotations

from dataclasses import dataclass
from mmap import mmap

from bot.core.job import Size
from bot.pictures.problem import Unusable

MOST_PARTS = 100_000
"""Chunks or segments of one file: a PNG of 50 MB in pieces of 8 KB has 6,000 of them."""

CUT_OFF = "is cut off: its end is missing. Attach it again."
MALFORMED = "is damaged: its parts do not make up a picture."


@dataclass(frozen=True, slots=True)
class Outline:
    """A picture as its container describes it; nothing is decoded yet."""

    size: Size  # pixels as stored, before any rotation
    pieces: tuple[slice | bytes, ...]  # the clean file: ranges of the old one, and new bytes
    # (none: its first picture cannot be cut out of it like this)
    orientation: int = 1  # EXIF's: how it is turned or mirrored before it is shown
    alpha: bool = False
    lossless: bool = True
    plain: bool = True  # 8 bits of red, green and blue, perhaps alpha
    frames: int = 1  # pictures in the file, of which this is the first
    colours: tuple[tuple[bytes, bytes], ...] = ()  # PNG's chunks about colours, for a new file


class Pieces:
    """Collects ranges of a file, neighbours joined."""

    def __init__(self) -> None:
        self._kept: list[slice | bytes] = []

    def keep(self, start: int, end: int) -> None:
        """These bytes are the picture's."""
        last = self._kept[-1] if self._kept else None
        if isinstance(last, slice) and last.stop == start:
            self._kept[-1] = slice(last.start, end)
        else:
            self._kept.append(slice(start, end))

    def add(self, made: bytes) -> None:
        """Bytes that were not in the file."""
        self._kept.append(made)

    def all(self) -> tuple[slice | bytes, ...]:
        """The clean file."""
        return tuple(self._kept)


def take(data: mmap, at: int, length: int) -> bytes:
    """So many bytes from there; raises Unusable where the file ends before."""
    found = data[at : at + length]
    if len(found) < length:
        raise Unusable(CUT_OFF)
    return found


def size_of(width: int, height: int) -> Size:
    """Pixels; raises Unusable where there are none."""
    if not (width and height):
        raise Unusable(MALFORMED)
    return Size(width, height)
