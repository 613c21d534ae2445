"""JPEG, segment by segment: ITU-T T.81, annex B. https://www.w3.org/Graphics/JPEG/itu-t81.pdf."""

from __future__ import annotations

import re
from collections.abc import Iterator
from mmap import mmap

from bot.core.job import Size
from bot.pictures import exif
from bot.pictures.outline import CUT_OFF, MALFORMED, MOST_PARTS, Outline, Pieces, size_of, take
from bot.pictures.problem import Unusable

SIGNATURE = b"\xff\xd8\xff"

EOI, SOS, APP1, COM = 0xD9, 0xDA, 0xE1, 0xFE
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF0 to SOF15 without the tables
BARE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a body: none between segments
ABOUT = frozenset({*range(0xE0, 0xF0), COM})  # APP0 to APP15 and comments
KEPT = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
"""The application segments that decide how the pixels look, by what they begin with."""

EXIF = b"Exif\0\0"
FRAME_BYTES = 6  # of a frame header until its pixels end, and how many channels these have
BITS, CHANNELS = 8, 3

_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # what ends a scan: no stuffing, no restart
_SCAN = 256 * 1024  # bytes searched at once: between two searches other threads run


Segment = tuple[int, int, int]  # its marker, where it stands, where its data ends


def outline(data: mmap) -> Outline:
    """The picture without what is said about it. Raises Unusable."""
    pieces = Pieces()
    pieces.keep(0, 2)
    turned: int | None = None
    size, plain, scanned = None, True, False
    for marker, at, end in _segments(data):
        body = at + 4
        if marker in FRAMES:
            size, plain = _frame(data[body:end], size)
        elif marker == SOS:
            scanned = True
        elif marker == APP1 and turned is None and data[body : body + len(EXIF)] == EXIF:
            turned = exif.orientation(data[body:end])
        if marker not in ABOUT or (marker in KEPT and data[body:end].startswith(KEPT[marker])):
            pieces.keep(at, end)
    if size is None or not scanned:
        raise Unusable(MALFORMED)
    return Outline(size, pieces.all(), turned or 1, lossless=False, plain=plain)


def _segments(data: mmap) -> Iterator[Segment]:
    """Every segment up to the end of the picture, a scan with its pixels, as long as each is whole.

    Whatever follows the end is no part of the picture: previews, films, makers' notes.
    """
    at = 2
    for _ in range(MOST_PARTS):
        at, marker = _marker(data, at)
        if marker == EOI:
            yield marker, at, at + 2
            return
        length = int.from_bytes(take(data, at + 2, 2), "big")
        if marker in BARE or length < 2:  # noqa: PLR2004 - it counts itself
            raise Unusable(MALFORMED)
        end = at + 2 + length
        if end > len(data):
            raise Unusable(CUT_OFF)
        if marker == SOS:
            end = _end_of_scan(data, end)
        yield marker, at, end
        at = end
    raise Unusable(MALFORMED)


def _marker(data: mmap, at: int) -> tuple[int, int]:
    """The marker that stands here, after any padding, and where."""
    while True:
        head = take(data, at, 2)
        if head[0] != 0xFF or head[1] == 0:  # noqa: PLR2004 - what every marker begins with
            raise Unusable(MALFORMED)
        if head[1] != 0xFF:  # noqa: PLR2004 - padding
            return at, head[1]
        at += 1


def _frame(header: bytes, before: Size | None) -> tuple[Size, bool]:
    """Pixels, and whether each has 8 bits of three colours."""
    if before is not None or len(header) < FRAME_BYTES:
        raise Unusable(MALFORMED)
    height, width = int.from_bytes(header[1:3], "big"), int.from_bytes(header[3:5], "big")
    return size_of(width, height), (header[0], header[5]) == (BITS, CHANNELS)


def _end_of_scan(data: mmap, at: int) -> int:
    """Where the next marker stands after a scan's pixels."""
    while at < len(data):
        found = _MARKER.search(data, at, at + _SCAN + 1)
        if found is not None:
            return found.start()
        at += _SCAN
    raise Unusable(CUT_OFF)
