"""The one thing in EXIF that is about the picture and not about its maker: how it is turned.

https://www.cipa.jp/std/documents/download_e.html?DC-008-Translation-2023-E (4.6.2, 4.6.5)
"""

from __future__ import annotations

from typing import Literal

ORIENTATION = 0x0112
HIGHEST = 8  # value of it
ENTRY = 12  # bytes of an entry of a directory


def orientation(block: bytes) -> int:
    """1 to 8 from a block of EXIF (a TIFF header and its first directory); 1 where unclear."""
    tiff = block.removeprefix(b"Exif\0\0")
    match tiff[:4]:
        case b"II*\0":
            return _find(tiff, "little")
        case b"MM\0*":
            return _find(tiff, "big")
        case _:
            return 1


def _find(tiff: bytes, order: Literal["little", "big"]) -> int:
    def number(at: int, length: int) -> int:
        return int.from_bytes(tiff[at : at + length], order)

    start = number(4, 4)
    for entry in range(number(start, 2)):
        at = start + 2 + entry * ENTRY
        if at + ENTRY > len(tiff):
            break
        if number(at, 2) == ORIENTATION:
            found = number(at + 8, 2)
            return found if 1 <= found <= HIGHEST else 1
    return 1
