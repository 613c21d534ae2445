"""Things as sprites, those out of doors here: a few shapes each, foot at 0, head at 1."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bot.demo.painter.animals import ANIMALS, SEATED, seated
from bot.demo.painter.canvas import WHITE, Colour, Sprite, darker, lighter, mix, rgb, trace
from bot.demo.painter.objects import OBJECTS

if TYPE_CHECKING:
    from collections.abc import Callable

GLASS = rgb("bfe3ea")
LAMP = rgb("ffd98a")


def lighthouse(colour: Colour | None) -> Sprite:
    """A banded lighthouse on its rock."""
    paint = colour or rgb("c8402f")
    s = Sprite(foot=0.34)
    s.blob(trace("-44 0  -30 11  -10 15  16 13  36 7  50 0  20 -5  -20 -5"), rgb("4a4a58"))
    s.blob([(-0.3, 0.02), (-0.12, 0.13), (0.14, 0.11), (0.05, 0.03)], rgb("62626f"))
    for k in range(5):
        low, high = 0.1 + k * 0.122, 0.1 + (k + 1) * 0.122
        a, b = 0.145 - 0.013 * k, 0.145 - 0.013 * (k + 1)
        s.poly([(-a, low), (a, low), (b, high), (-b, high)], paint if k % 2 else rgb("f4efe4"))
    s.bar((-0.03, 0.11), (0.03, 0.2), rgb("3d3140"))
    s.bar((-0.014, 0.4), (0.014, 0.45), rgb("3d3140"))
    s.bar((-0.115, 0.71), (0.115, 0.735), rgb("2c2c3a"))
    s.bar((-0.065, 0.735), (0.065, 0.83), LAMP)
    for x in (-0.065, -0.02, 0.02, 0.057):
        s.bar((x, 0.735), (x + 0.009, 0.83), rgb("2c2c3a"))
    s.poly([(-0.085, 0.83), (0.085, 0.83), (0.03, 0.905), (-0.03, 0.905)], darker(paint, 0.2))
    s.oval((0, 0.92), (0.018, 0.022), rgb("2c2c3a"))
    return s


def boat(colour: Colour | None) -> Sprite:
    """A small yacht under sail."""
    hull = colour or rgb("b8402f")
    s = Sprite(foot=0.42)
    s.bar((-0.012, 0.1), (0.012, 0.98), rgb("6b4a35"))
    s.poly([*_bow((0.03, 0.95), (0.03, 0.2), (0.46, 0.21), 0.09)], rgb("fbf4e6"))
    s.poly([*_bow((-0.03, 0.86), (-0.03, 0.22), (-0.34, 0.23), -0.06)], rgb("ecdcc2"))
    s.poly([(0.012, 0.985), (0.14, 0.965), (0.012, 0.94)], hull)
    s.blob(trace("-46 17  -20 14.5  20 14.5  52 20  40 4  30 -2  -32 -2  -40 5"), hull)
    s.poly(
        trace("-44 16  -20 14  20 14  50 18.5  48.5 15.8  20 11.2  -20 11.2  -43 13"), rgb("f6ead2")
    )
    return s


def _bow(
    head: tuple[float, float], foot: tuple[float, float], clew: tuple[float, float], belly: float
) -> list[tuple[float, float]]:
    """A sail: straight along mast and boom, bent on the free edge."""
    points = [head, foot, clew]
    for k in range(1, 10):
        t = k / 10
        bend = math.sin(math.pi * t) * belly
        points.append((clew[0] + (head[0] - clew[0]) * t + bend, clew[1] + (head[1] - clew[1]) * t))
    return points


def balloon(colour: Colour | None) -> Sprite:
    """A hot-air balloon in gores of three colours."""
    main = colour or rgb("d9573f")
    s = Sprite(foot=0.0)
    gores = (main, rgb("f6d488"), main, rgb("f4efe4"), main, rgb("f6d488"), main)
    count = len(gores)
    for k, tone in enumerate(gores):
        left = math.sin((k / count - 0.5) * math.pi)
        right = math.sin(((k + 1) / count - 0.5) * math.pi)
        edge = [(_girth(t / 16), 1.08 - 0.78 * t / 16) for t in range(17)]
        s.poly([(left * g, y) for g, y in edge] + [(right * g, y) for g, y in reversed(edge)], tone)
    s.poly([(-0.075, 0.31), (0.075, 0.31), (0.062, 0.27), (-0.062, 0.27)], darker(main, 0.35))
    for x in (-0.06, -0.02, 0.02, 0.06):
        s.line([(x, 0.28), (x * 0.85, 0.14)], 0.006, rgb("4b3a33"))
    s.poly([(-0.07, 0.14), (0.07, 0.14), (0.055, 0.03), (-0.055, 0.03)], rgb("8d6238"))
    s.bar((-0.075, 0.125), (0.075, 0.148), rgb("6a4526"))
    return s


def _girth(t: float) -> float:
    """Half the balloon's width from its crown (0) to its mouth (1)."""
    return (
        0.42
        * math.sqrt(max(0.0, math.sin(math.pi * min(1.0, t * 0.93 + 0.005))))
        * (1 - 0.3 * t**3)
    )


def rocket(colour: Colour | None) -> Sprite:
    """A rocket on its flame."""
    fins = colour or rgb("c8402f")
    s = Sprite(foot=0.0)
    for width, low, tone in (
        (0.13, -0.12, "f6a13c"),
        (0.09, -0.06, "ffd166"),
        (0.045, 0.02, "fff3d0"),
    ):
        s.blob(
            [(-width, 0.2), (-width * 0.8, 0.08), (0, low), (width * 0.8, 0.08), (width, 0.2)],
            rgb(tone),
        )
    s.blob([(0.1, 0.46), (0.27, 0.26), (0.25, 0.1), (0.12, 0.22)], fins, both=True)
    s.blob(trace("-13 18  -18 50  -13 80  0 106  13 80  18 50  13 18"), rgb("eef0f2"))
    s.blob([(-0.115, 0.84), (0, 1.07), (0.115, 0.84), (0, 0.81)], fins)
    s.oval((0, 0.62), (0.088, 0.088), rgb("8a93a3"))
    s.oval((0, 0.62), (0.066, 0.066), rgb("2f5d86"))
    s.blob([(-0.045, 0.62), (-0.02, 0.665), (0.02, 0.67), (-0.02, 0.63)], GLASS)
    s.bar((-0.155, 0.36), (0.155, 0.385), mix(fins, WHITE, 0.1))
    s.bar((-0.1, 0.16), (0.1, 0.2), rgb("5b6270"))
    s.blob([(-0.022, 0.4), (0.022, 0.4), (0.016, 0.12), (-0.016, 0.12)], darker(fins, 0.15))
    return s


def house(colour: Colour | None) -> Sprite:
    """A small house with light in its windows."""
    wall = colour or rgb("e9d6b8")
    roof = rgb("9c4a38")
    s = Sprite(foot=0.5)
    s.bar((0.2, 0.5), (0.3, 0.86), darker(rgb("a2705a"), 0.1))
    s.bar((0.185, 0.84), (0.315, 0.875), rgb("6d4638"))
    s.bar((-0.42, 0.0), (0.42, 0.48), wall)
    s.bar((-0.42, 0.0), (0.42, 0.05), darker(wall, 0.35))
    s.poly([(-0.52, 0.45), (0.52, 0.45), (0.34, 0.8), (-0.34, 0.8)], roof)
    for k in range(1, 5):
        y, half = 0.45 + k * 0.07, 0.52 - k * 0.036
        s.line([(-half, y), (half, y)], 0.008, darker(roof, 0.22))
    s.bar((-0.065, 0.0), (0.085, 0.28), darker(roof, 0.35))
    s.oval((0.06, 0.14), (0.012, 0.012), LAMP)
    for x in (-0.33, 0.2):
        s.bar((x - 0.018, 0.142), (x + 0.148, 0.338), WHITE)
        s.bar((x, 0.16), (x + 0.13, 0.32), LAMP)
        s.bar((x + 0.06, 0.16), (x + 0.07, 0.32), WHITE)
        s.bar((x, 0.236), (x + 0.13, 0.245), WHITE)
    return s


def oak(colour: Colour | None) -> Sprite:
    """A broad tree."""
    leaf = colour or rgb("4f7f45")
    s = Sprite(foot=0.32)
    bark = rgb("5d4232")
    s.poly(trace("-9 0  9 0  5 12  4.5 50  -4.5 50  -5 12"), bark)
    s.line([(0.0, 0.34), (0.17, 0.55)], 0.04, bark)
    s.line([(0.0, 0.4), (-0.16, 0.56)], 0.036, bark)
    for x, y, r, tone in (
        (0.0, 0.6, 0.3, 0.3),
        (-0.26, 0.6, 0.22, 0.25),
        (0.27, 0.6, 0.22, 0.25),
        (0, 0.78, 0.27, 0.1),
        (-0.17, 0.74, 0.23, 0.08),
        (0.18, 0.75, 0.22, 0.08),
        (0.02, 0.88, 0.18, -0.05),
        (-0.1, 0.84, 0.13, -0.1),
    ):
        s.oval((x, y), (r, r * 0.84), darker(leaf, tone) if tone > 0 else lighter(leaf, -tone))
    for k in range(70):
        a, reach = k * 2.4, math.sqrt(k / 70)
        x, y = math.cos(a) * reach * 0.42, 0.74 + math.sin(a) * reach * 0.25
        s.oval((x, y), (0.022, 0.014), lighter(leaf, 0.14) if k % 2 else darker(leaf, 0.16))
    return s


def tent(colour: Colour | None) -> Sprite:
    """A tent with a lantern inside."""
    cloth = colour or rgb("d98a3c")
    s = Sprite(foot=0.5)
    s.poly([(-0.52, 0.0), (0.52, 0.0), (0.1, 0.62), (-0.1, 0.62)], darker(cloth, 0.3))
    s.poly([(-0.52, 0.0), (0.3, 0.0), (-0.1, 0.64)], cloth)
    s.poly([(-0.3, 0.0), (0.1, 0.0), (-0.1, 0.5)], rgb("4a2c1d"))
    s.poly([(-0.22, 0.0), (0.04, 0.0), (-0.1, 0.38)], LAMP)
    s.poly([(-0.1, 0.5), (-0.34, 0.0), (-0.24, 0.0)], lighter(cloth, 0.25))
    s.line([(-0.1, 0.62), (-0.1, 0.7)], 0.014, rgb("4b3a33"))
    s.poly([(-0.1, 0.7), (0.0, 0.675), (-0.1, 0.65)], rgb("c8402f"))
    return s


def car(colour: Colour | None) -> Sprite:
    """A small round car from the side."""
    paint = colour or rgb("d9a33c")
    s = Sprite(foot=0.55)
    s.blob(trace("-56 12  -57 26  -40 35  -26 50  8 52  28 36  50 31  58 20  56 11  0 8"), paint)
    s.blob([(-0.33, 0.36), (-0.22, 0.47), (-0.05, 0.48), (-0.05, 0.35)], GLASS)
    s.blob([(0.0, 0.35), (0.0, 0.48), (0.08, 0.475), (0.21, 0.36)], GLASS)
    s.line([(-0.54, 0.2), (0.55, 0.2)], 0.012, darker(paint, 0.3))
    s.oval((0.55, 0.24), (0.025, 0.032), rgb("fff3c4"))
    s.oval((-0.56, 0.24), (0.018, 0.03), rgb("c22f2a"))
    for x in (-0.32, 0.34):
        s.oval((x, 0.1), (0.125, 0.125), rgb("22222c"))
        s.oval((x, 0.1), (0.068, 0.068), rgb("c9ced6"))
        s.oval((x, 0.1), (0.03, 0.03), rgb("6b727d"))
    return s


THINGS: dict[str, Callable[[Colour | None], Sprite]] = {
    **ANIMALS,
    **OBJECTS,
    "lighthouse": lighthouse,
    "boat": boat,
    "balloon": balloon,
    "rocket": rocket,
    "house": house,
    "oak": oak,
    "tent": tent,
    "car": car,
}


def thing(name: str, colour: Colour | None) -> Sprite:
    """The sprite of this name, in this colour if it has one."""
    return seated(name, colour) if name in SEATED else THINGS[name](colour)
