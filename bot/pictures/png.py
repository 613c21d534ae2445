"""PNG, chunk by chunk: https://www.w3.org/TR/png-3/."""

from __future__ import annotations

from collections.abc import Iterator
from mmap import mmap

from bot.core.job import Size
from bot.pictures import exif
from bot.pictures.outline import (
    CUT_OFF,
    MALFORMED,
    MOST_PARTS,
    Outline,
    Pieces,
    size_of,
    take,
)
from bot.pictures.problem import Unusable

SIGNATURE = b"\x89PNG\r\n\x1a\n"

CRITICAL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
COLOURS = frozenset({b"cHRM", b"gAMA", b"sRGB", b"cICP"})
KEPT = CRITICAL | COLOURS | {b"iCCP", b"sBIT", b"tRNS", b"mDCV", b"cLLI"}
"""What decides how the pixels look. The rest is about the picture: texts, times, EXIF, previews."""

CHECKSUM = 4  # bytes after a chunk's data
HEADER = 13  # bytes of IHDR's data
LONGEST_EXIF = 1024 * 1024  # bytes; the orientation stands at the beginning
LONGEST_COLOURS = 32  # bytes of cHRM's data, the longest of `COLOURS`
BITS = 8  # of each channel
WITH_ALPHA, IN_COLOUR = frozenset({4, 6}), frozenset({2, 6})  # colour types


Chunk = tuple[bytes, int, int]  # its kind, where its data begins and ends


def outline(data: mmap) -> Outline:
    """The picture without what is said about it. Raises Unusable."""
    chunks = list(_chunks(data))
    kinds = [kind for kind, _, _ in chunks]
    if kinds[0] != b"IHDR" or kinds.count(b"IHDR") != 1:
        raise Unusable(MALFORMED)
    size, alpha, plain = _header(data[chunks[0][1] : chunks[0][2]])
    pieces = Pieces()
    pieces.keep(0, len(SIGNATURE))
    turned = frames = 1
    colours: list[tuple[bytes, bytes]] = []
    for kind, start, end in chunks:
        if kind in KEPT:
            pieces.keep(start - 8, end + 4)
        elif kind[:1].isupper():  # one that a reader may not pass over
            raise Unusable(MALFORMED)
        if kind in COLOURS and end - start <= LONGEST_COLOURS:
            colours.append((kind, data[start:end]))
        elif kind == b"eXIf":
            turned = exif.orientation(data[start : min(end, start + LONGEST_EXIF)])
        elif kind == b"acTL":  # without its chunks what is left is the first picture
            frames = int.from_bytes(data[start : min(end, start + 4)], "big")
    return Outline(
        size,
        pieces.all(),
        turned,
        alpha=alpha or b"tRNS" in kinds,
        colours=tuple(colours),
        plain=plain and b"tRNS" not in kinds,
        frames=max(frames, 1),
    )


def _chunks(data: mmap) -> Iterator[Chunk]:
    """Every chunk up to the end of the picture, as long as each is whole."""
    at = len(SIGNATURE)
    for _ in range(MOST_PARTS):
        head = take(data, at, 8)
        start, kind = at + 8, head[4:]
        end = start + int.from_bytes(head[:4], "big")
        if not kind.isalpha():
            raise Unusable(MALFORMED)
        at = end + CHECKSUM
        if at > len(data):
            raise Unusable(CUT_OFF)
        yield kind, start, end
        if kind == b"IEND":
            return
    raise Unusable(MALFORMED)


def _header(header: bytes) -> tuple[Size, bool, bool]:
    """Pixels; whether each has its own alpha; whether each has 8 bits of red, green and blue."""
    if len(header) != HEADER:
        raise Unusable(MALFORMED)
    width, height = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")
    bits, colour = header[8], header[9]
    return size_of(width, height), colour in WITH_ALPHA, bits == BITS and colour in IN_COLOUR
