"""Animals as sprites: most are one seated figure with different ears, coats and tails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.demo.painter.canvas import BLACK, WHITE, Colour, Sprite, darker, lighter, mix, rgb, trace

if TYPE_CHECKING:
    from collections.abc import Callable

NOSE = rgb("241c22")


@dataclass(frozen=True, slots=True)
class Coat:
    """How a seated animal differs from the others."""

    coat: str
    belly: str
    ears: str  # point, round, long, flop
    tail: str | None = None  # bushy, thin
    snout: float = 0.5  # how narrow the face is: 0 round, 1 pointed
    patches: str | None = None  # dark eyes and ears


SEATED = {
    "fox": Coat("d2622f", "f6eadb", "point", "bushy", 1.0),
    "cat": Coat("7c7f8c", "d9d6d3", "point", "thin", 0.15),
    "dog": Coat("b9824f", "f0dfc4", "flop", "thin", 0.4),
    "wolf": Coat("6f7a8b", "dde2e6", "point", "bushy", 0.8),
    "bear": Coat("6d4a35", "9c7455", "round", None, 0.1),
    "rabbit": Coat("b49c86", "f3ebe0", "long", None, 0.1),
}


def seated(kind: str, colour: Colour | None) -> Sprite:
    """A fox, cat, dog, wolf, bear or rabbit that sits and looks at you."""
    look = SEATED[kind]
    coat = rgb(look.coat)
    if colour is not None:
        coat = mix(colour, rgb("d2622f"), 0.5) if kind == "fox" else colour
    belly = rgb(look.belly)
    s = Sprite(foot=0.3)
    _tail(s, look.tail, coat, belly)
    body = trace("-25 0  -29 16  -20 40  -13 56  13 56  20 40")
    s.blob([*body, (0.29, 0.16), (0.25, 0.0)], coat)
    s.blob(trace("12 0  14 18  22 24  30 14  29 0"), darker(coat, 0.12), both=True)
    s.blob(trace("0 55  12 50  13 30  0 14  -13 30  -12 50"), belly)
    s.blob([(0.02, 0.0), (0.025, 0.3), (0.11, 0.32), (0.125, 0.0)], lighter(coat, 0.06), both=True)
    paw = darker(coat, 0.55) if look.tail == "bushy" else belly
    s.oval((0.075, 0.025), (0.065, 0.035), paw, both=True)
    _ears(s, look.ears, coat, belly)
    _face(s, look, coat, belly)
    return s


def _tail(s: Sprite, tail: str | None, coat: Colour, belly: Colour) -> None:
    if tail == "bushy":
        s.blob(trace("12 2  36 0  52 14  55 36  44 56  40 36  30 20  15 16"), darker(coat, 0.08))
        s.blob(trace("55 34  44 57  40 38  45 42  49 36"), belly)
    elif tail == "thin":
        s.line(trace("20 4  36 4  46 12  47 26  41 36"), 0.055, coat)
        s.oval((0.41, 0.365), (0.028, 0.028), coat)


def _ears(s: Sprite, ears: str, coat: Colour, belly: Colour) -> None:
    inner = mix(belly, rgb("c77b6d"), 0.45)
    match ears:
        case "point":
            s.poly([(0.06, 0.86), (0.2, 1.06), (0.235, 0.74)], coat, both=True)
            s.poly([(0.1, 0.86), (0.19, 1.0), (0.21, 0.78)], darker(inner, 0.35), both=True)
        case "round":
            s.oval((0.18, 0.91), (0.085, 0.085), coat, both=True)
            s.oval((0.18, 0.91), (0.048, 0.048), inner, both=True)
        case "long":
            s.blob(trace("4 84  5 104  10 114  15 102  14 84"), coat, both=True)
            s.blob(trace("7 86  7.5 100  10 108  12.5 100  11.5 86"), inner, both=True)
        case _:
            pass  # flop: hangs before the face, drawn with it


def _face(s: Sprite, look: Coat, coat: Colour, belly: Colour) -> None:
    chin = 0.56 - 0.05 * look.snout
    cheek = 0.24 + 0.02 * (1 - look.snout)
    head = [
        (0, chin),
        (-0.13 - 0.06 * (1 - look.snout), chin + 0.07),
        (-cheek, 0.72),
        (-0.18, 0.87),
        (0, 0.92),
        (0.18, 0.87),
        (cheek, 0.72),
        (0.13 + 0.06 * (1 - look.snout), chin + 0.07),
    ]
    s.blob(head, coat)
    if look.snout > 0.6:  # noqa: PLR2004 fox and wolf: white cheeks, a dark bridge between them
        s.blob(
            [
                (0.0, chin + 0.01),
                (0.02, 0.66),
                (0.1, 0.71),
                (cheek - 0.005, 0.71),
                (0.13, chin + 0.075),
            ],
            belly,
            both=True,
        )
        s.poly([(-0.035, 0.78), (0.035, 0.78), (0.018, 0.6), (-0.018, 0.6)], coat)
    else:
        s.oval((0, chin + 0.075), (0.105, 0.075), belly)
    if look.ears == "flop":
        s.blob(trace("12 90  22 86  30 68  25 60  19 68  17 82"), darker(coat, 0.3), both=True)
    s.oval((0.095, 0.745), (0.026, 0.034), BLACK, both=True)
    s.oval((0.087, 0.757), (0.008, 0.01), WHITE)
    s.oval((-0.103, 0.757), (0.008, 0.01), WHITE)
    nose = chin + (0.035 if look.snout > 0.6 else 0.105)  # noqa: PLR2004 as above
    s.blob([(-0.036, nose + 0.018), (0.036, nose + 0.018), (0, nose - 0.026)], NOSE)
    if look.snout < 0.6:  # noqa: PLR2004 as above
        s.line([(0, nose - 0.02), (0, nose - 0.05), (0.035, nose - 0.07)], 0.008, NOSE)
        s.line([(0, nose - 0.05), (-0.035, nose - 0.07)], 0.008, NOSE)


def owl(colour: Colour | None) -> Sprite:
    """An owl with a heart of feathers round its eyes."""
    coat = colour or rgb("7d5d45")
    pale = rgb("eadbc2")
    s = Sprite(foot=0.22)
    s.poly([(0.1, 0.86), (0.26, 1.0), (0.27, 0.76)], darker(coat, 0.1), both=True)
    s.blob(trace("-22 2  -31 34  -29 74  0 93  29 74  31 34  22 2"), coat)
    s.blob(trace("0 50  17 44  19 20  0 3  -19 20  -17 44"), pale)
    for row in range(4):
        for k in range(-2, 3):
            y = 0.14 + row * 0.09
            s.poly(
                [(k * 0.06 - 0.018, y), (k * 0.06 + 0.018, y), (k * 0.06, y - 0.035)],
                mix(coat, pale, 0.25),
            )
    s.blob([(0.23, 0.56), (0.35, 0.34), (0.29, 0.06), (0.2, 0.26)], darker(coat, 0.28), both=True)
    s.oval((0.115, 0.68), (0.13, 0.13), pale, both=True)
    s.oval((0.105, 0.68), (0.074, 0.074), rgb("f0b73e"), both=True)
    s.oval((0.1, 0.68), (0.044, 0.044), BLACK, both=True)
    s.oval((0.088, 0.7), (0.013, 0.013), WHITE)
    s.oval((-0.112, 0.7), (0.013, 0.013), WHITE)
    s.blob([(-0.03, 0.62), (0.03, 0.62), (0, 0.53)], rgb("d9963a"))
    s.oval((0.1, 0.02), (0.07, 0.028), rgb("d9963a"), both=True)
    return s


def penguin(colour: Colour | None) -> Sprite:
    """A penguin, upright."""
    coat = colour or rgb("26303f")
    s = Sprite(foot=0.22)
    s.oval((0.1, 0.02), (0.1, 0.035), rgb("e8963a"), both=True)
    s.blob([(0.2, 0.56), (0.38, 0.3), (0.33, 0.22), (0.22, 0.34)], darker(coat, 0.2), both=True)
    s.blob(trace("-20 2  -27 30  -22 62  -18 86  0 99  18 86  22 62  27 30  20 2"), coat)
    s.blob(trace("0 3  -17 10  -19 34  -12 58  0 62  12 58  19 34  17 10"), rgb("f6f3ec"))
    s.oval((0.07, 0.79), (0.085, 0.1), rgb("f6f3ec"), both=True)
    s.oval((0.07, 0.82), (0.022, 0.028), BLACK, both=True)
    s.blob([(-0.045, 0.76), (0.045, 0.76), (0, 0.68)], rgb("e8963a"))
    s.line([(-0.17, 0.635), (0, 0.6), (0.17, 0.635)], 0.05, rgb("c8402f"))
    return s


def deer(colour: Colour | None) -> Sprite:
    """A stag from the side, its antlers up."""
    coat = colour or rgb("9a6540")
    horn = rgb("e6d3b3")
    s = Sprite(foot=0.32)
    for x, tone in ((-0.2, 0.3), (0.17, 0.3), (-0.27, 0.05), (0.11, 0.05)):
        s.poly([(x, 0.0), (x + 0.03, 0.0), (x + 0.055, 0.36), (x - 0.02, 0.36)], darker(coat, tone))
        s.bar((x - 0.003, 0.0), (x + 0.036, 0.035), NOSE)
    s.blob(trace("-33 50  -30 33  -5 30  18 32  26 46  20 58  -10 56  -27 58"), coat)
    s.blob([(-0.35, 0.5), (-0.3, 0.57), (-0.29, 0.46), (-0.33, 0.42)], rgb("f1e6d2"))
    s.blob(trace("10 54  17 38  27 44  33 66  29 77  20 74"), coat)
    s.blob([(0.17, 0.38), (0.26, 0.42), (0.31, 0.62), (0.24, 0.56)], rgb("e3cfae"))
    s.blob(trace("21 76  30 80  44 70  45 65  32 64  23 68"), coat)
    s.blob([(0.41, 0.71), (0.465, 0.68), (0.45, 0.645), (0.41, 0.66)], NOSE)
    s.oval((0.315, 0.735), (0.014, 0.016), BLACK)
    s.blob([(0.22, 0.78), (0.13, 0.84), (0.14, 0.78), (0.2, 0.74)], darker(coat, 0.12))
    for shift, tone in ((0.05, 0.25), (0.0, 0.0)):
        branch = darker(horn, tone)
        s.line(
            [(0.25 + shift, 0.77), (0.2 + shift, 0.88), (0.22 + shift, 1.0), (0.3 + shift, 1.08)],
            0.02,
            branch,
        )
        s.line([(0.2 + shift, 0.88), (0.11 + shift, 0.96), (0.1 + shift, 1.05)], 0.017, branch)
        s.line([(0.21 + shift, 0.94), (0.3 + shift, 0.97)], 0.015, branch)
    return s


def whale(colour: Colour | None) -> Sprite:
    """A whale, its tail up."""
    coat = colour or rgb("3c6288")
    pale = rgb("d5e2e6")
    s = Sprite(foot=0.4)
    s.blob(trace("-36 50  -50 74  -62 80  -52 62  -46 50"), darker(coat, 0.1))
    s.blob(trace("-42 50  -44 72  -36 84  -34 66  -36 50"), coat)
    s.blob(trace("-45 56  -32 28  2 12  40 16  56 34  50 54  26 64  -5 56  -30 46"), coat)
    s.blob(trace("-25 26  2 12  40 16  55.5 32  30 30  5 28"), pale)
    for k in range(5):
        s.line(
            [(0.0 + k * 0.09, 0.16 + 0.004 * k), (0.1 + k * 0.09, 0.27)],
            0.007,
            mix(pale, coat, 0.4),
        )
    s.blob([(0.1, 0.3), (0.02, 0.12), (-0.1, 0.06), (-0.04, 0.26)], darker(coat, 0.25))
    s.oval((0.4, 0.38), (0.02, 0.022), BLACK)
    s.oval((0.405, 0.387), (0.007, 0.007), WHITE)
    return s


def fish(colour: Colour | None) -> Sprite:
    """A bright fish with stripes."""
    coat = colour or rgb("f08a3c")
    s = Sprite(foot=0.3)
    s.blob([(-0.28, 0.5), (-0.52, 0.72), (-0.48, 0.5), (-0.52, 0.28)], darker(coat, 0.2))
    s.blob([(-0.12, 0.7), (0.02, 0.9), (0.16, 0.82), (0.2, 0.68)], darker(coat, 0.15))
    s.blob([(-0.05, 0.32), (0.0, 0.14), (0.12, 0.22), (0.14, 0.34)], darker(coat, 0.15))
    s.blob(trace("-34 50  -10 70  20 72  44 52  20 30  -10 32"), coat)
    for x, half in ((-0.1, 0.175), (0.15, 0.205)):
        s.blob(
            [
                (x - 0.03, 0.5 + half),
                (x + 0.045, 0.5 + half),
                (x + 0.02, 0.5),
                (x + 0.045, 0.5 - half),
                (x - 0.03, 0.5 - half),
                (x - 0.055, 0.5),
            ],
            rgb("f8f3e8"),
        )
    s.blob([(0.02, 0.46), (-0.1, 0.36), (0.0, 0.36), (0.1, 0.44)], darker(coat, 0.3))
    s.oval((0.31, 0.56), (0.038, 0.038), WHITE)
    s.oval((0.317, 0.56), (0.021, 0.021), BLACK)
    return s


ANIMALS: dict[str, Callable[[Colour | None], Sprite]] = {
    "owl": owl,
    "penguin": penguin,
    "deer": deer,
    "whale": whale,
    "fish": fish,
}
