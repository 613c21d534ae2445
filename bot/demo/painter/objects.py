"""People's things as sprites: what stands on a table, and who might sit at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.demo.painter.canvas import Colour, Sprite, darker, lighter, rgb, trace

if TYPE_CHECKING:
    from collections.abc import Callable


def cup(colour: Colour | None) -> Sprite:
    """A cup of coffee on its saucer."""
    glaze = colour or rgb("f3ece0")
    s = Sprite(foot=0.5)
    s.oval((0, 0.045), (0.52, 0.075), darker(glaze, 0.22))
    s.oval((0, 0.06), (0.5, 0.066), glaze)
    s.oval((0, 0.06), (0.3, 0.036), darker(glaze, 0.16))
    s.line(
        trace("28 46  44 45  47 32  38 21  22 18"),
        0.06,
        darker(glaze, 0.1),
    )
    s.blob(trace("-34 56  -33 36  -22 13  -10 6  10 6  22 13  33 36  34 56  0 60"), glaze)
    s.oval((0, 0.565), (0.34, 0.072), lighter(glaze, 0.4))
    s.oval((0, 0.56), (0.308, 0.058), rgb("4a2c1d"))
    s.oval((0.01, 0.553), (0.24, 0.04), rgb("8a5a36"))
    s.blob([(-0.1, 0.56), (0.0, 0.582), (0.11, 0.56), (0.0, 0.527)], rgb("e8c79c"))
    return s


def flowers(colour: Colour | None) -> Sprite:
    """Tulips in a vase."""
    petal = colour or rgb("d9573f")
    s = Sprite(foot=0.22)
    stems = ((-0.3, 0.78), (-0.16, 0.92), (0.0, 1.0), (0.17, 0.9), (0.31, 0.76))
    for x, y in stems:
        s.line([(x * 0.12, 0.3), (x * 0.5, 0.55), (x, y - 0.06)], 0.02, rgb("4f7f45"))
    for x in (-0.2, 0.22):
        s.blob([(0, 0.36), (x * 0.9, 0.52), (x * 1.9, 0.72), (x * 0.5, 0.6)], rgb("5f9150"))
    for k, (x, y) in enumerate(stems):
        tone = (petal, lighter(petal, 0.3), rgb("f2c14e"))[k % 3]
        s.blob(
            [
                (x - 0.085, y + 0.07),
                (x - 0.075, y - 0.06),
                (x, y - 0.12),
                (x + 0.075, y - 0.06),
                (x + 0.085, y + 0.07),
                (x + 0.03, y + 0.03),
                (x, y + 0.08),
                (x - 0.03, y + 0.03),
            ],
            tone,
        )
        s.blob(
            [
                (x - 0.032, y + 0.05),
                (x - 0.035, y - 0.07),
                (x, y - 0.115),
                (x + 0.035, y - 0.07),
                (x + 0.032, y + 0.05),
                (x, y + 0.09),
            ],
            lighter(tone, 0.18),
        )
    s.blob(trace("-10 44  -8 34  -20 20  -15 0  15 0  20 20  8 34  10 44"), rgb("5f88a8"))
    s.oval((0, 0.435), (0.1, 0.02), rgb("43667f"))
    s.line([(-0.175, 0.17), (0, 0.13), (0.175, 0.17)], 0.016, rgb("d5e2e6"))
    return s


def robot(colour: Colour | None) -> Sprite:
    """A friendly robot."""
    shell = colour or rgb("6fa8b8")
    dark = rgb("35424f")
    s = Sprite(foot=0.28)
    s.bar((0.06, 0.04), (0.14, 0.24), dark, both=True)
    s.blob(trace("2 0  2 7  10 10  19 7  20 0"), darker(shell, 0.3), both=True)
    s.line([(0.24, 0.5), (0.36, 0.38), (0.33, 0.25)], 0.055, dark)
    s.line([(-0.24, 0.5), (-0.39, 0.58), (-0.42, 0.74)], 0.055, dark)
    s.oval((0.33, 0.23), (0.055, 0.055), shell)
    s.oval((-0.42, 0.76), (0.055, 0.055), shell)
    s.blob(trace("-25 24  -27 40  -24 56  0 58  24 56  27 40  25 24  0 21"), shell)
    s.bar((-0.14, 0.3), (0.14, 0.46), darker(shell, 0.35))
    for k, tone in enumerate(("f2c14e", "e8674f", "8fd694")):
        s.oval((-0.08 + k * 0.08, 0.38), (0.024, 0.024), rgb(tone))
    s.bar((-0.05, 0.56), (0.05, 0.64), dark)
    s.blob(trace("-28 64  -31 77  -27 90  0 93  27 90  31 77  28 64  0 61"), lighter(shell, 0.12))
    s.blob(trace("-21 69  -22 78  -19 85  0 86.5  19 85  22 78  21 69  0 67.5"), rgb("1d2833"))
    s.oval((0.095, 0.785), (0.034, 0.04), rgb("8ff0e4"), both=True)
    s.line([(-0.05, 0.72), (0, 0.705), (0.05, 0.72)], 0.013, rgb("8ff0e4"))
    s.bar((-0.009, 0.92), (0.009, 1.03), dark)
    s.oval((0, 1.05), (0.033, 0.033), rgb("e8674f"))
    return s


def astronaut(colour: Colour | None) -> Sprite:
    """An astronaut, waving."""
    suit = rgb("eef0f2")
    trim = colour or rgb("e07b32")
    s = Sprite(foot=0.26)
    s.bar((-0.27, 0.3), (0.27, 0.62), rgb("a9b1bd"))
    s.blob([(0.03, 0.3), (0.04, 0.04), (0.2, 0.04), (0.2, 0.3)], suit, both=True)
    s.blob([(0.02, 0.0), (0.03, 0.08), (0.2, 0.09), (0.23, 0.0)], rgb("7d8794"), both=True)
    s.line([(0.18, 0.56), (0.33, 0.42), (0.31, 0.28)], 0.12, darker(suit, 0.08))
    s.line([(-0.18, 0.56), (-0.36, 0.62), (-0.43, 0.82)], 0.12, suit)
    s.oval((0.31, 0.26), (0.07, 0.07), trim)
    s.oval((-0.44, 0.85), (0.07, 0.07), trim)
    s.blob(trace("-22 24  -24 46  -18 62  18 62  24 46  22 24"), suit)
    s.bar((-0.1, 0.38), (0.1, 0.5), rgb("c9ced6"))
    s.oval((-0.045, 0.44), (0.022, 0.022), trim)
    s.oval((0.04, 0.44), (0.022, 0.022), rgb("3a6ea5"))
    s.oval((0, 0.8), (0.265, 0.255), suit)
    s.blob(trace("-20 79  -16 92  0 95  16 92  20 79  14 67  0 64  -14 67"), rgb("1f2c4a"))
    s.blob([(-0.15, 0.82), (-0.11, 0.9), (0.0, 0.92), (-0.08, 0.85)], rgb("6fa8d8"))
    s.oval((0.1, 0.72), (0.022, 0.016), rgb("f6c98a"))
    return s


def fruit(colour: Colour | None) -> Sprite:
    """Three pieces of fruit and a leaf."""
    peel = colour or rgb("f0bf46")
    s = Sprite(foot=0.5)
    for x, y, r, tone in (
        (-0.27, 0.21, 0.22, 0.1),
        (0.28, 0.2, 0.21, 0.06),
        (0.02, 0.25, 0.26, 0.0),
    ):
        skin = darker(peel, tone)
        s.oval((x, y), (r, r * 0.95), skin)
        s.oval((x - r * 0.25, y + r * 0.28), (r * 0.55, r * 0.5), lighter(skin, 0.14))
        s.oval((x - r * 0.33, y + r * 0.42), (r * 0.22, r * 0.17), lighter(skin, 0.5))
    s.line([(0.02, 0.48), (0.05, 0.58)], 0.022, rgb("5d4232"))
    s.blob([(0.04, 0.52), (0.14, 0.62), (0.3, 0.6), (0.17, 0.5)], rgb("5f9150"))
    s.line([(0.05, 0.525), (0.24, 0.585)], 0.007, rgb("3f6d3c"))
    return s


def books(colour: Colour | None) -> Sprite:
    """A pile of books."""
    s = Sprite(foot=0.48)
    tones = ("3a6ea5", "c8402f", "dca63a", "4f8a5b", "71559b")
    for k, name in enumerate(tones):
        tone = colour if colour is not None and k == 1 else rgb(name)
        shift, half, y = (0.02, -0.05, 0.04, -0.02, 0.03)[k], 0.46 - 0.035 * k, k * 0.125
        s.bar((shift - half, y), (shift + half, y + 0.115), tone)
        s.bar((shift + half - 0.05, y + 0.018), (shift + half + 0.01, y + 0.097), rgb("f1e6d2"))
        s.bar((shift - half + 0.07, y), (shift - half + 0.1, y + 0.115), lighter(tone, 0.45))
    return s


def cake(colour: Colour | None) -> Sprite:
    """A birthday cake."""
    icing = colour or rgb("e9839e")
    s = Sprite(foot=0.5)
    s.oval((0, 0.03), (0.55, 0.05), rgb("d5dbe0"))
    for half, low, high in ((0.42, 0.05, 0.36), (0.28, 0.36, 0.62)):
        s.bar((-half, low), (half, high), rgb("f3dcb8"))
        s.bar((-half, low + 0.09), (half, low + 0.13), rgb("a9653f"))
        s.bar((-half, high - 0.07), (half, high), icing)
        for k in range(9):
            x = -half + half * 2 * (k + 0.5) / 9
            s.oval((x, high - 0.07), (half / 9, 0.03 + 0.025 * (k % 3)), icing)
        s.oval((0, high), (half, 0.03), lighter(icing, 0.3))
    for x in (-0.15, 0.0, 0.15):
        s.bar((x - 0.014, 0.63), (x + 0.014, 0.82), rgb("6fa8d8"))
        s.blob([(x - 0.02, 0.85), (x, 0.83), (x + 0.02, 0.85), (x, 0.92)], rgb("ffc24a"))
    return s


OBJECTS: dict[str, Callable[[Colour | None], Sprite]] = {
    "astronaut": astronaut,
    "books": books,
    "cake": cake,
    "cup": cup,
    "flowers": flowers,
    "fruit": fruit,
    "robot": robot,
}
