"""A scene put together from back to front: sky, ground, thing, weather."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.demo.painter.canvas import LOW, WHITE, Canvas, Colour, Point, darker, lighter, mix, rgb
from bot.demo.painter.edit import moon, rain, snow
from bot.demo.painter.things import THINGS, stamp

if TYPE_CHECKING:
    from bot.demo.painter.words import Scene

HORIZON = {"space": 0.9, "room": 0.66, "sea": 0.6, "city": 0.74}  # of the height
DARK = 0.1  # an hour's depth, from which on lamps are lit
GOLD, LAMP = rgb("e0b64f"), rgb("ffd48a")


@dataclass(frozen=True, slots=True)
class Hour:
    """The light of a time of day."""

    sky: tuple[Colour, ...]  # from the top down to the horizon
    sun: Colour
    shade: Colour  # what everything leans to
    depth: float  # how far it leans
    white: bool = False  # whether snow lies

    def tone(self, colour: str, more: float = 0.0) -> Colour:
        """A colour, six hex digits, in this light."""
        return mix(rgb(colour), self.shade, max(0.0, self.depth + more))

    @property
    def haze(self) -> Colour:
        """What far things fade into."""
        return self.sky[-1]


def _hour(sky: str, sun: str, shade: str, depth: float) -> Hour:
    return Hour(tuple(rgb(part) for part in sky.split()), rgb(sun), rgb(shade), depth)


HOURS = {
    "night": _hour("070b24 101a45 20346f 3f5f97", "f6eed2", "0d1538", 0.62),
    "sunset": _hour("2c2a5e 7a3f77 d8607a f6a25f fbd08a", "fff0c4", "4a2452", 0.26),
    "dawn": _hour("7fa4d3 b3bfe0 ecc6cf fbe0c2", "fff7e4", "8a83b8", 0.2),
    "winter": _hour("7fa3c4 abc6dc d6e4ee f3f5f4", "fffaf0", "8fa9c6", 0.22),
    "day": _hour("3d8cc9 74b4e0 b4dcee eaf4e6", "fff8d8", "2f5f86", 0.08),
}


def compose(c: Canvas, scene: Scene) -> None:
    """Paint the scene on the canvas."""
    white = scene.hour == "winter" or scene.weather == "snow"
    hour, low = replace(HOURS[scene.hour], white=white), c.tall * HORIZON.get(scene.ground, 0.64)
    c.sky(hour.sky)
    c.stage("sky")
    if scene.style == "deco":
        rays(c, hour, (c.wide / 2, low * 0.98))
    elif scene.hour == "night":
        moon(c, low)
    else:
        sunlight(c, hour, low)
    if scene.weather == "aurora":
        for k, tone in enumerate(("4fe0a0", "8a6fe0", "5fe8b8", "38c9b0", "4fe0a0")):
            at = c.wide * (0.1 + 0.2 * k), low * (0.5 - 0.1 * math.sin(k * 2))
            c.glow(at, (0.3, 0.4), rgb(tone), 0.45, 1.2)
    c.stage("ground")
    GROUNDS[scene.ground](c, hour, low)
    if scene.weather == "mist":
        c.veil(low - 0.2, low + 0.16, hour.haze, 0.7)
    if scene.thing is not None:
        place(c, scene, hour, low)
    c.stage("weather")
    if scene.weather == "rain":
        rain(c)
    elif white and scene.ground not in {"room", "space"}:
        snow(c)


def sunlight(c: Canvas, hour: Hour, low: float) -> None:
    """The sun, and clouds lit by the sky that they hang in."""
    r = c.random
    at = c.wide * (0.5 + 0.24 * c.light), low * r.uniform(0.45, 0.75)
    halo = mix(hour.sun, hour.haze, 0.15)
    c.glow(at, (0.55, 0.55), halo, 0.5, 1.8)
    c.glow(at, (0.3, 0.3), halo, 0.6, 1.2)
    c.oval(at, (0.1, 0.1), hour.sun)
    for _ in range(4):
        x, y, width = r.random() * c.wide, r.uniform(0.12, 0.7) * low, r.uniform(0.2, 0.42)
        rise = [
            abs(math.sin(k * 0.9 + x * 9)) ** 0.6 * math.sin(math.pi * k / 12) for k in range(13)
        ]
        top = [(x + width * (k / 12 - 0.5), y - width * 0.16 * up) for k, up in enumerate(rise)]
        tone = mix(hour.haze, WHITE, 0.5)
        c.shape([*top, (x, y + width * 0.02)], tone, mix(tone, hour.sky[-2], 0.6))


def hills(c: Canvas, hour: Hour, low: float, far: Colour, near: Colour) -> None:
    """Four ranges of hills, from the hazy far one to the near one."""
    for k, (drop, height) in enumerate(((-0.06, 0.2), (0.0, 0.15), (0.09, 0.11), (0.2, 0.07))):
        tone = mix(mix(far, near, k / 3), hour.haze, 0.5 - 0.16 * k)
        line = c.ridge(low + drop, height, 0.6 + 0.12 * k)
        c.below(line, lighter(tone, 0.12), darker(tone, 0.2))


def meadow(c: Canvas, hour: Hour, low: float) -> None:
    """Hills, and flowers in the near grass."""
    near, r = hour.tone("eef3f8" if hour.white else "6fae4c"), c.random
    hills(c, hour, low, hour.tone("5b8f86"), near)
    petals = [hour.tone(petal) for petal in ("f2c14e", "e8674f", "f4efe6", "c987c9")]
    for _ in c.many(0 if hour.white else 90):
        t = r.random()
        at, size = (r.random() * c.wide, c.tall - 0.02 - 0.17 * t), 0.009 * (1.2 - t)
        c.line([at, (at[0], at[1] + size * 4)], size * 0.3, darker(near, 0.4))
        c.oval(at, (size, size * 0.8), r.choice(petals))
        c.oval(at, (size * 0.35, size * 0.3), rgb("f7e7a4"))


def desert(c: Canvas, hour: Hour, low: float) -> None:
    """Dunes, one behind the other."""
    hills(c, hour, low, hour.tone("b5643f"), hour.tone("e3a563"))


def mountains(c: Canvas, hour: Hour, low: float) -> None:
    """Two ranges, and a lake before them that mirrors them."""
    r, snow = c.random, hour.tone("fbfaf6", -hour.depth * 0.6)
    for height, haze, count in ((0.46, 0.5, 4), (0.64, 0.12, 3)):
        rock = mix(hour.tone("4a6288"), hour.haze, haze)
        places = [(k + r.uniform(0.2, 0.8)) / count * c.wide for k in range(count)]
        for x in r.sample(places, count):
            peak(c, (x, low * (1 - height * r.uniform(0.7, 1.1))), low + 0.04, rock, snow)
        c.veil(low - 0.14, low + 0.1, hour.haze, 0.6)
    shore = hour.tone("eef3f8" if hour.white else "3f6b4a")
    c.mirror(low, hour.tone("bcd3e2" if hour.white else "1f5f7a", 0.1), 0.35)
    c.veil(low - 0.03, low + 0.03, hour.haze, 0.5)
    c.below(c.ridge(c.tall - 0.09, 0.09, 0.9), lighter(shore, 0.08), darker(shore, 0.3))


def peak(c: Canvas, top: Point, low: float, rock: Colour, snow: Colour) -> None:
    """A mountain: a lit and a shaded face, and snow on both."""
    r, rise = c.random, low - top[1]

    def down(reach: float, rough: float) -> list[Point]:
        jags = [0.0, *(r.uniform(-rough, rough) for _ in range(12))]
        return [
            (top[0] + rise * (reach * k / 12 + jag), top[1] + rise * k / 12)
            for k, jag in enumerate(jags)
        ]

    spine = down(r.uniform(-0.12, 0.12), 0.045)
    for side in (-1, 1):
        edge, cap = down(side * r.uniform(0.75, 0.95), 0.02), 4 + side % 3
        tone = lighter(rock, 0.16) if side == c.light else darker(rock, 0.3)
        c.shape([*edge, *reversed(spine)], tone, mix(tone, snow, 0.35))
        (x, y), reach = edge[cap], spine[cap][0] - edge[cap][0]
        teeth = [(x + reach * k / 5, y + rise * (0.09 if k % 2 else -0.03)) for k in range(1, 5)]
        white = snow if side == c.light else mix(snow, rock, 0.45)
        c.shape([*edge[: cap + 1], *teeth, *reversed(spine[: cap + 1])], white)


def sea(c: Canvas, hour: Hour, low: float) -> None:
    """Water to the horizon, with the sun's path on it."""
    r, depth, deep = c.random, c.tall - low, hour.tone("14587a", 0.1)
    near = mix(hour.haze, deep, 0.35)
    c.box((-0.1, low), (c.wide + 0.2, depth), near, darker(deep, 0.25))
    for k in c.many(130):
        t, tone = r.random() ** 1.5, lighter(deep, r.choice((0.1, 0.25)))
        x = r.random() * c.wide
        if k % 3 == 0:
            x = c.wide * (0.5 + 0.24 * c.light) + r.uniform(-0.09, 0.09) * (0.4 + t)
            tone = hour.sun
        at = x, low + 0.004 + depth * t
        width = 0.02 + 0.1 * t * r.random()
        c.oval(at, (width, 0.0012 + 0.004 * t), mix(tone, mix(near, deep, t), 0.2 + 0.4 * t))


def city(c: Canvas, hour: Hour, low: float) -> None:
    """Three rows of towers with lights in them, over water and a street."""
    r, stone, lit = c.random, hour.tone("56618a", 0.12), hour.depth > DARK and not hour.white
    for height, haze in ((0.66, 0.6), (0.5, 0.32), (0.32, 0.05)):
        tone, x = mix(stone, hour.haze, haze), -0.05
        while x < c.wide + 0.05:
            width, arch = r.uniform(0.06, 0.14), 1 - abs(x / c.wide - 0.5)
            tower(c, (x, low), (width, low * height * arch * r.uniform(0.45, 1)), tone, lit=lit)
            x += width + r.choice((0, 0, 0.012))
        c.veil(low - 0.2, low + 0.16, rgb("f2a06a") if lit else hour.haze, 0.34)
    c.mirror(low, darker(hour.tone("1c4a6a", 0.1), 0.4), 0.35)
    road = darker(hour.tone("3a3f56", 0.2), 0.3)
    c.box((-0.1, c.tall - 0.17), (c.wide + 0.2, 0.2), lighter(road, 0.14), road)
    for k in range(round(8 * c.wide) if lit else 0):  # lamps along the water
        c.glow(((k + 0.5) / 8, low - 0.01), (0.04, 0.04), LAMP, 0.85, 1.2)
        c.glow(((k + 0.5) / 8, low + 0.06), (0.012, 0.07), LAMP, 0.5, 1.0)


def tower(c: Canvas, foot: Point, size: Point, tone: Colour, *, lit: bool) -> None:
    """A house of the skyline, stepped at its top, with windows."""
    r, x, y, (width, tall) = c.random, foot[0], foot[1] - size[1], size
    step = r.choice((0, 0, 0.14, 0.28)) * width
    c.box((x + step, y - 0.03), (width - 2 * step, 0.05), tone)
    c.box((x, y), size, lighter(tone, 0.1), darker(tone, 0.12))
    glass, share = (rgb(r.choice(("ffd98a", "ffc46b", "fff0c9"))), 0.5) if lit else (WHITE, 0.15)
    for row in range(int(tall / 0.036) if c.detail > LOW else 0):
        for column in range(int(width / 0.026)):
            if r.random() < 1 / 2:
                at = x + 0.008 + column * 0.026, y + 0.012 + row * 0.036
                c.box(at, (0.014, 0.02), mix(tone, glass, share + r.uniform(-0.1, 0.4)))


def forest(c: Canvas, hour: Hour, low: float) -> None:
    """Rows of firs, the near ones large and dark, mist between the rows; a clearing before them."""
    r, ground = (
        c.random,
        hour.tone("f2f5f9" if hour.white else "3f6b4a", -hour.depth / 2 * hour.white),
    )
    rows = ((0.0, 0.17, 22, 0.6), (0.04, 0.27, 13, 0.35), (0.1, 0.44, 8, 0.1))
    for drop, tall, count, haze in rows:
        green = mix(hour.tone("2c5546"), hour.haze, haze)
        for k in range(round(count * c.wide)):
            x = (k + r.random()) / count
            if tall < 0.4 or abs(x / c.wide - 0.5) > 0.25:  # noqa: PLR2004 the middle stays free
                lit = ground if hour.white else lighter(green, 0.13)
                fir(c, (x, low + drop), tall * r.uniform(0.7, 1.2), green, lit)
        c.veil(low + drop - 0.1, low + drop + 0.1, hour.haze, 0.45)
    for k, drop in enumerate((0.1, 0.18, 0.28)):
        tone = mix(ground, hour.haze, 0.3 - 0.12 * k)
        c.below(c.ridge(low + drop, 0.05, 0.8), lighter(tone, 0.1), darker(tone, 0.2))


def fir(c: Canvas, at: Point, tall: float, green: Colour, lit: Colour) -> None:
    """A fir of stacked skirts, one side lit, or white in winter."""
    x, y = at
    for k in range(5):
        foot, half = y - tall * 0.17 * k, tall * (0.24 - 0.042 * k)
        head, middle = (x, foot - tall * (0.34 - 0.02 * k)), (x, foot - tall * 0.03)
        c.shape([(x - half, foot), middle, (x + half, foot), head], green)
        c.shape([(x + c.light * half, foot), (x + c.light * half * 0.1, middle[1]), head], lit)


def space(c: Canvas, _hour: Hour, _low: float) -> None:
    """Nebulae, a ringed planet, and the ground of a near one."""
    r = c.random
    for cloud in ("7a3fa0", "2f6fb0", "c0508a", "2aa198"):
        at, size = (r.random() * c.wide, r.random() * c.tall), r.uniform(0.4, 0.7)
        c.glow(at, (size, size * 0.7), rgb(cloud), 0.42, 1.2)
    tone, near = rgb(r.choice(("d98a5b", "c9a25e"))), rgb(r.choice(("39548f", "6d4a8c")))
    x, y, size = c.wide * (0.5 - 0.28 * c.light), c.tall * 0.27, 0.11
    turns = [(math.cos(k * 0.105), math.sin(k * 0.105)) for k in range(61)]
    ring = [(x + a * size * 1.8, y + (b * 0.42 - a * 0.6) * size) for a, b in turns]
    c.line(ring[30:], size * 0.16, darker(tone, 0.2))
    for k in range(8):  # a ball, lit from one side
        part = size * (1 - k * 0.08)
        at = x + c.light * (size - part) * 0.7, y
        c.oval(at, (part, part), mix(darker(tone, 0.35), lighter(tone, 0.35), k / 7))
    c.line(ring[:31], size * 0.16, lighter(tone, 0.4))
    c.oval((c.wide / 2, c.tall + 1.45), (1.72, 1.62), lighter(near, 0.35))
    c.oval((c.wide / 2, c.tall + 1.465), (1.72, 1.62), darker(near, 0.25))


def room(c: Canvas, hour: Hour, low: float) -> None:
    """A wall with a window's light on it, and a wooden table."""
    r, wood = c.random, hour.tone("8a5a3a")
    wall = hour.tone(r.choice(("d8b48f", "b9c4b0", "c7a8a0", "a9b8c6")), 0.05)
    c.box((-0.1, -0.1), (c.wide + 0.2, low + 0.1), darker(wall, 0.3), lighter(wall, 0.08))
    left, high = c.wide * (0.5 - 0.2 * c.light) - 0.22, low * 0.28
    for x, y in ((0, 0.16), (0, 0.47), (0.23, 0.16), (0.23, 0.47)):
        a, b = left + x, low * y
        pane = [(a, b), (a + 0.2, b - 0.05), (a + 0.2, b - 0.05 + high), (a, b + high)]
        c.shape(pane, mix(wall, hour.sun, 0.62), mix(wall, hour.sun, 0.42))
    c.glow((left + 0.22, low * 0.45), (0.7, 0.6), hour.sun, 0.32)
    c.box((-0.1, low), (c.wide + 0.2, c.tall), lighter(wood, 0.22), darker(wood, 0.35))
    for k in c.many(60):  # the grain of the wood
        t = r.random() ** 1.3
        tone = mix(lighter(wood, 0.2), darker(wood, 0.3), t)
        at = r.random() * c.wide, low + (c.tall - low) * t
        fill = lighter(tone, 0.1) if k % 2 else darker(tone, 0.18)
        c.oval(at, (r.uniform(0.1, 0.5), 0.0008 + 0.002 * t), fill)
    c.glow((c.wide / 2, low + 0.1), (0.6, 0.16), hour.sun, 0.28)


GROUNDS = {
    ground.__name__: ground
    for ground in (mountains, sea, city, forest, desert, meadow, space, room)
}


def place(c: Canvas, scene: Scene, hour: Hour, low: float) -> None:
    """Put the thing where it belongs: on the ground, on the water, in the air."""
    r, name = c.stage("thing"), scene.thing or ""
    size, x = THINGS[name].size, c.wide * (0.5 - c.light * r.uniform(0.02, 0.1))
    foot = low + (c.tall - low) * {"room": 0.5, "space": 0.3}.get(scene.ground, 0.62)
    if scene.ground == "sea" and THINGS[name].foot:
        foot = low + (c.tall - low) * 0.42
        if name == "lighthouse" and scene.hour in {"night", "sunset", "dawn"}:
            beam(c, (x, foot - size * 0.78))
    elif not THINGS[name].foot:
        foot = c.tall * 0.68
    if name == "balloon":
        for dx, y, part, tone in ((-0.34, 0.44, 0.18, "3a6ea5"), (0.3, 0.38, 0.25, "4f8a5b")):
            stamp(c, name, rgb(tone), (x + dx * c.wide, c.tall * y), part)
    for k in range(24 if name == "rocket" else 0):  # its smoke
        at = x + math.sin(k * 2.4) * 0.03, foot + c.tall * k / 80
        c.glow(at, (0.05 + k / 250,) * 2, mix(hour.haze, WHITE, 0.6), 0.4)
    stamp(c, name, scene.colour, (x, foot), size)


def beam(c: Canvas, at: Point) -> None:
    """A lighthouse's light."""
    for k in range(14):
        spot = at[0] + c.light * k * c.wide * 0.05, at[1] - k * 0.007
        c.glow(spot, (0.07 + k * 0.007, 0.03 + k * 0.004), rgb("fff0c0"), 0.3 - k * 0.02, 1.0)
    c.glow(at, (0.14, 0.14), rgb("fff0c0"), 0.9, 1.6)


def rays(c: Canvas, hour: Hour, at: Point) -> None:
    """Rays fan out from a half sun: the poster's sky."""
    dark, reach = mix(hour.sky[0], rgb("10303a"), 0.45), (c.wide + c.tall) * 1.2
    turns = [math.pi * (1 + k / 22) for k in range(23)]
    rim = [(at[0] + math.cos(a) * reach, at[1] + math.sin(a) * reach) for a in turns]
    for k in range(22):
        c.shape([at, rim[k], rim[k + 1]], mix(dark, GOLD, 0.62 if k % 2 else 0.12))
    tones = (GOLD, dark, lighter(GOLD, 0.35), lighter(GOLD, 0.65))
    for radius, tone in zip((0.36, 0.325, 0.29, 0.2), tones, strict=True):
        c.oval(at, (radius, radius), tone)
