"""WebP, chunk by chunk: https://developers.google.com/speed/webp/docs/riff_container."""

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

HEAD = 12  # bytes of `RIFF`, the length and `WEBP`
LOSSY, LOSSLESS = b"VP8 ", b"VP8L"
MOVING = frozenset({b"ANIM", b"ANMF"})

HAS_PROFILE, HAS_ALPHA, MOVES = 0x20, 0x10, 0x02  # flags of VP8X
EXTENDED = 10  # bytes of VP8X
FRAME_BYTES = 10  # of a frame until its pixels end
LONGEST_EXIF = 1024 * 1024  # bytes; the orientation stands at the beginning

Chunk = tuple[bytes, int, int]  # its kind, where it begins, where its data ends


def outline(data: mmap) -> Outline:
    """The picture without what is said about it. Raises Unusable."""
    chunks = list(_chunks(data))
    flags, canvas = _extended(data, chunks)
    if canvas is not None and (flags & MOVES or any(kind in MOVING for kind, _, _ in chunks)):
        return Outline(canvas, ())
    frames = [one for one in chunks if one[0] in {LOSSY, LOSSLESS}]
    if len(frames) != 1:
        raise Unusable(MALFORMED)
    frame, at, end = frames[0]
    size, alpha = _frame(frame, data[at + 8 : min(end, at + 8 + FRAME_BYTES)])
    if canvas not in {None, size}:
        raise Unusable(MALFORMED)
    turned = 1
    for kind, at, end in chunks:
        if kind == b"EXIF":
            turned = exif.orientation(data[at + 8 : min(end, at + 8 + LONGEST_EXIF)])
    kept = [one for one in chunks if one[0] in {b"ICCP", b"ALPH"}] if canvas is not None else []
    return Outline(
        size,
        _clean(sorted([*kept, frames[0]], key=lambda one: one[1]), flags, canvas),
        turned,
        alpha=alpha or any(kind == b"ALPH" for kind, _, _ in kept),
        lossless=frame == LOSSLESS,
    )


def _chunks(data: mmap) -> Iterator[Chunk]:
    """Every chunk, as long as each is whole."""
    stop = 8 + int.from_bytes(take(data, 4, 4), "little")
    if stop > len(data):
        raise Unusable(CUT_OFF)
    at = HEAD
    for _ in range(MOST_PARTS):
        if at + 8 > stop:
            return
        end = at + 8 + int.from_bytes(take(data, at + 4, 4), "little")
        if end > stop:
            raise Unusable(CUT_OFF)
        yield take(data, at, 4), at, end
        at = end + end % 2  # RIFF's chunks begin at even places
    raise Unusable(MALFORMED)


def _extended(data: mmap, chunks: list[Chunk]) -> tuple[int, Size | None]:
    """Flags and canvas of the extended form; 0 and None of the simple one."""
    if not chunks or chunks[0][0] != b"VP8X":
        return 0, None
    _, at, end = chunks[0]
    body = data[at + 8 : min(end, at + 8 + EXTENDED)]
    if len(body) < EXTENDED:
        raise Unusable(MALFORMED)
    width, height = int.from_bytes(body[4:7], "little"), int.from_bytes(body[7:], "little")
    return body[0], size_of(width + 1, height + 1)


def _frame(kind: bytes, head: bytes) -> tuple[Size, bool]:
    """Pixels of a frame, and whether it says itself that it has alpha."""
    if kind == LOSSLESS:
        bits = int.from_bytes(head[1:5], "little")
        if len(head) < 5 or head[0] != 0x2F:  # noqa: PLR2004 - its signature
            raise Unusable(MALFORMED)
        return size_of((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1), bool(bits >> 28 & 1)
    if len(head) < FRAME_BYTES or head[3:6] != b"\x9d\x01\x2a":
        raise Unusable(MALFORMED)
    width, height = int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")
    return size_of(width & 0x3FFF, height & 0x3FFF), False


def _clean(kept: list[Chunk], flags: int, canvas: Size | None) -> tuple[slice | bytes, ...]:
    """A file of these chunks."""
    pieces = Pieces()
    length = 4 + sum(end - at + (end - at) % 2 for _, at, end in kept)
    extended = b""
    if canvas is not None:
        edges = (edge - 1 for edge in (canvas.width, canvas.height))
        extended = b"VP8X" + EXTENDED.to_bytes(4, "little")
        extended += (flags & (HAS_PROFILE | HAS_ALPHA)).to_bytes(4, "little")
        extended += b"".join(edge.to_bytes(3, "little") for edge in edges)
    pieces.add(b"RIFF" + (length + len(extended)).to_bytes(4, "little") + b"WEBP" + extended)
    for _, at, end in kept:
        pieces.keep(at, end)
        if (end - at) % 2:
            pieces.add(b"\0")
    return pieces.all()
