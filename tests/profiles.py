"""Colour profiles that cannot be mistaken: red and green change places, cyan ink is red.

Made by hand (ICC.1:2001-04), as ours to test with: https://www.color.org/ICC_Minor_Revision_for_Web.pdf
"""

from __future__ import annotations

import itertools
import struct

RED, GREEN, BLUE = (
    (0.43607, 0.22249, 0.01392),
    (0.38515, 0.71687, 0.09708),
    (0.14307, 0.06061, 0.7141),
)
WHITE = (0.9642, 1.0, 0.8249)


def _profile(space: bytes, pcs: bytes, kind: bytes, tags: dict[bytes, bytes]) -> bytes:
    """A profile of these tags."""
    table, body = b"", b""
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += struct.pack(">4sII", name, start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"", 0x02400000, kind, space, pcs)
    head += bytes(12) + b"acsp" + bytes(28) + _numbers(WHITE)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def _numbers(values: tuple[float, ...]) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _xyz(values: tuple[float, ...]) -> bytes:
    return b"XYZ " + bytes(4) + _numbers(values)


GAMMA = b"curv" + bytes(4) + struct.pack(">IH", 1, round(2.2 * 256))

SWAPPED = _profile(
    b"RGB ",
    b"XYZ ",
    b"mntr",
    {
        b"wtpt": _xyz(WHITE),
        b"rXYZ": _xyz(GREEN),
        b"gXYZ": _xyz(RED),
        b"bXYZ": _xyz(BLUE),
        b"rTRC": GAMMA,
        b"gTRC": GAMMA,
        b"bTRC": GAMMA,
    },
)
"""RGB, in which (255, 0, 0) is sRGB's green."""

DARK = _profile(
    b"GRAY",
    b"XYZ ",
    b"mntr",
    {
        b"wtpt": _xyz(WHITE),
        b"kTRC": b"curv" + bytes(4) + struct.pack(">IH", 1, round(4.4 * 256)),
    },
)
"""Grey, in which 128 is much darker than sRGB's."""


def _ink(cyan: int, magenta: int, yellow: int, black: int) -> bytes:
    """CIELAB in 8 bits of so much ink: cyan is red, everything else is black."""
    if magenta or yellow or black:
        return bytes([0, 128, 128])
    return bytes([139, 208, 195]) if cyan else bytes([255, 128, 128])


_LINE = bytes(range(256))
INKS = _profile(
    b"CMYK",
    b"Lab ",
    b"prtr",
    {
        b"wtpt": _xyz(WHITE),
        b"A2B0": b"mft1"
        + bytes(4)
        + bytes([4, 3, 2, 0])
        + _numbers((1, 0, 0, 0, 1, 0, 0, 0, 1))
        + _LINE * 4
        + b"".join(_ink(*inks) for inks in itertools.product((0, 1), repeat=4))
        + _LINE * 3,
    },
)
"""CMYK, in which cyan ink is sRGB's red."""
