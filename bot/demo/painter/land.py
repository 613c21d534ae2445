"""Where it happens: sky, light and ground of each kind of scene."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bot.demo.painter.canvas import (
    HIGH,
    LOW,
    WHITE,
    Canvas,
    Colour,
    Point,
    chance,
    darker,
    lighter,
    mix,
    rgb,
    smooth,
)


@dataclass(frozen=True, slots=True)
class Hour:
    """The light of a time of day."""

    sky: tuple[Colour, ...]  # from the top down to the horizon
    sun: Colour
    shade: Colour  # what everything leans to
    depth: float  # how far it leans

    def tone(self, colour: Colour, more: float = 0.0) -> Colour:
        """A thing's own colour in this light."""
        return mix(colour, self.shade, min(0.95, self.depth + more))

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


def horizon(c: Canvas, ground: str) -> float:
    """The horizon's height, in units from the top."""
    share = {"space": 0.9, "room": 0.66, "reef": 0.86, "sea": 0.6, "city": 0.76}
    return c.tall * share.get(ground, 0.64)


def lights(c: Canvas, hour: Hour, *, night: bool, low: float) -> Point:
    """Stars, and the sun or the moon with its glow; where it stands."""
    r = c.random
    if night:
        for _ in range((30, 90, 220)[c.detail]):
            at = r.random() * c.wide, r.random() ** 1.5 * low
            size = r.choice((0.0012, 0.0016, 0.0026))
            c.oval(at, (size, size), mix(hour.sky[1], WHITE, r.uniform(0.45, 1)))
    c.stage("sun")
    r = c.random
    side = 0.5 + c.light * r.uniform(0.12, 0.3)
    at = c.wide * side, low * (r.uniform(0.25, 0.4) if night else r.uniform(0.45, 0.8))
    size = r.uniform(0.055, 0.075) if night else r.uniform(0.08, 0.12)
    halo = mix(hour.sun, hour.sky[-1], 0.55 if night else 0.15)
    c.glow(at, (size * 8, size * 8), halo, 0.5, 1.8)
    c.glow(at, (size * 3, size * 3), halo, 0.6, 1.2)
    c.oval(at, (size, size), hour.sun)
    if night and c.detail > LOW:
        for dx, dy, part in ((-0.3, 0.2, 0.24), (0.35, -0.15, 0.16), (0.1, 0.5, 0.13)):
            spot = at[0] + dx * size, at[1] + dy * size
            c.oval(spot, (size * part, size * part), darker(hour.sun, 0.12))
    return at


def clouds(c: Canvas, hour: Hour, low: float, count: int) -> None:
    """Flat-bottomed clouds, lit by the sky they hang in."""
    r = c.random
    for _ in range(count if c.detail else count // 2):
        x, y, width = r.random() * c.wide, r.uniform(0.1, 0.75) * low, r.uniform(0.16, 0.4)
        fill = mix(hour.haze, WHITE, 0.35)
        top: list[Point] = [(x - width / 2, y)]
        for k in range(7):
            t = (k + 0.5) / 7
            rise = math.sin(math.pi * t) ** 0.7 * width * r.uniform(0.1, 0.24)
            top.append((x - width / 2 + width * t, y - rise))
        points = [*smooth([*top, (x + width / 2, y)], closed=False), (x, y + width * 0.015)]
        c.shape(points, mix(fill, WHITE, 0.3), mix(fill, hour.sky[-2], 0.55))


def ridge(c: Canvas, level: float, height: float, rough: float = 1.0) -> list[Point]:
    """A rolling line from edge to edge, at most `height` above its level."""
    r = c.random
    waves = [(r.uniform(0.7, 1.3) * f, r.random() * 7, 0.45**k) for k, f in enumerate((3, 7, 16))]
    steps = 14 if c.detail == LOW else 120
    points: list[Point] = []
    for i in range(-1, steps + 2):
        x = c.wide * i / steps
        lift = sum(a * math.sin(f * rough * x + p) for f, p, a in waves) / 1.75
        points.append((x, level - height * (0.5 + 0.5 * lift)))
    return points


def land(c: Canvas, line: list[Point], top: Colour, bottom: Colour) -> None:
    """Fill everything below a line."""
    c.shape([*line, (c.wide + 0.1, c.tall), (-0.1, c.tall)], top, bottom)


def _crag(c: Canvas, a: Point, b: Point, jag: float) -> list[Point]:
    """A broken line between two points."""
    steps = 4 if c.detail == LOW else 16
    out: list[Point] = []
    for i in range(1, steps):
        t = i / steps
        shift = c.random.uniform(-jag, jag) * math.sin(math.pi * t) ** 0.5
        out.append((a[0] + (b[0] - a[0]) * t + shift, a[1] + (b[1] - a[1]) * t + shift * 0.3))
    return out


def _peak(c: Canvas, top: Point, base: float, fill: Colour, snow: Colour, haze: Colour) -> None:
    """One mountain: a lit face, a shaded face, and snow on both."""
    rise, c.random = base - top[1], chance(c.random.random())
    r = c.random
    half = rise * r.uniform(0.75, 1.0)
    foot = top[0] + rise * r.uniform(-0.1, 0.1)
    spine = _crag(c, top, (foot, base), rise * 0.07)
    cap = r.uniform(0.28, 0.4)
    for side in (-1, 1):
        lit = side == c.light
        edge = _crag(c, top, (top[0] + side * half, base), rise * 0.03)
        face = [top, *edge, (top[0] + side * half, base), (foot, base), *reversed(spine)]
        tone = lighter(fill, 0.16) if lit else darker(fill, 0.3)
        c.shape(face, tone, mix(tone, haze, 0.5))
        down = [p for p in edge if p[1] < top[1] + rise * cap]
        inner = [p for p in spine if p[1] < top[1] + rise * cap * 1.15]
        if not down or not inner:
            continue
        teeth: list[Point] = []
        count = 5
        for k in range(1, count):
            t = k / count
            y = down[-1][1] + (inner[-1][1] - down[-1][1]) * t
            dip = rise * (0.09 if k % 2 else -0.05)
            teeth.append((down[-1][0] + (inner[-1][0] - down[-1][0]) * t, y + dip))
        white = snow if lit else mix(snow, darker(fill, 0.1), 0.42)
        c.shape([top, *down, *teeth, *reversed(inner)], white, mix(white, haze, 0.25))


def mountains(c: Canvas, hour: Hour, low: float) -> None:
    """Two ranges before the sky, and foothills."""
    rock, r = hour.tone(rgb("4a6288")), c.random
    for height, haze, count in ((0.48, 0.5, 4), (0.66, 0.12, 3)):
        fill = mix(rock, hour.haze, haze)
        snow = hour.tone(rgb("fbfaf6"), -hour.depth * 0.6)
        order = [(k + r.uniform(0.25, 0.75)) / count * c.wide * 1.1 for k in range(count)]
        r.shuffle(order)
        for x in order:
            tall = low * height * r.uniform(0.75, 1.15)
            _peak(c, (x - 0.05 * c.wide, low - tall), low + 0.05, fill, snow, hour.haze)
            c.random = r
        c.veil(low - 0.12, low + 0.12, hour.haze, 0.5)


def sea(c: Canvas, hour: Hour, low: float, sun: Point) -> None:
    """Water to the horizon, with the sun's path on it."""
    r = c.random
    deep = hour.tone(rgb("14587a"), 0.1)
    near = mix(hour.haze, deep, 0.35)
    box = [(-0.1, low), (c.wide + 0.1, low), (c.wide + 0.1, c.tall), (-0.1, c.tall)]
    c.shape(box, near, darker(deep, 0.25))
    depth = c.tall - low
    for _ in range((10, 60, 170)[c.detail]):
        t = r.random() ** 1.6
        x, y, width = r.random() * c.wide, low + depth * t, 0.02 + 0.12 * t * r.random()
        tone = mix(near, deep, t)
        shade = lighter(tone, 0.2) if r.random() < 1 / 2 else darker(tone, 0.16)
        c.oval((x, y), (width, 0.0012 + 0.004 * t), shade)
    for k in range((9, 34, 46)[c.detail]):
        t = ((k + 0.3) / (9, 34, 46)[c.detail]) ** 1.4
        width = (0.03 + 0.11 * t) * r.uniform(0.5, 1.2)
        x = sun[0] + r.uniform(-0.05, 0.05) * (0.4 + t)
        fill = mix(hour.sun, mix(near, deep, t), 0.15 + 0.6 * t)
        c.oval((x, low + depth * t * 0.9 + 0.004), (width, 0.0018 + 0.0045 * t), fill)


def conifer(c: Canvas, at: Point, tall: float, fill: Colour, snow: Colour | None) -> None:
    """A fir of stacked skirts, one side lit, snow on it in winter."""
    x, y = at
    c.shape([(x - tall * 0.03, y), (x + tall * 0.03, y), (x, y - tall * 0.3)], darker(fill, 0.4))
    tiers = 3 if c.detail == LOW else 6
    for k in range(tiers):
        t = k / tiers
        foot = y - tall * (0.08 + 0.74 * t)
        head = foot - tall * (0.34 - 0.1 * t)
        half = tall * (0.24 - 0.19 * t)
        c.shape([(x - half, foot), (x, foot - tall * 0.03), (x + half, foot), (x, head)], fill)
        if c.detail > LOW:
            lit = x + c.light * half, foot
            middle = x + c.light * half * 0.12, foot - tall * 0.025
            c.shape([lit, middle, (x, head)], lighter(fill, 0.13))
            if snow is not None:
                drift = x + c.light * half * 0.3, foot - tall * 0.07
                other = x - c.light * half * 0.3, foot - tall * 0.13
                c.shape([(x, head), lit, drift, (x, foot - tall * 0.11), other], snow)


def firs(c: Canvas, hour: Hour, low: float, *, white: bool) -> None:
    """Rows of firs, the near ones large and dark, mist between the rows."""
    r = c.random
    green = hour.tone(rgb("2c5546"))
    rows = ((0.0, 0.16, 26, 0.62), (0.05, 0.26, 15, 0.36), (0.12, 0.42, 8, 0.1))
    for drop, tall, count, haze in rows:
        fill = mix(green, hour.haze, haze)
        snow = mix(hour.tone(rgb("f4f7fa"), -hour.depth / 2), fill, haze / 2) if white else None
        number = round(count * c.wide)
        for k in range(number):
            x = (k + r.random()) / number * c.wide
            if haze < 1 / 5 and abs(x / c.wide - 0.5) < 1 / 4:
                continue  # the middle is for the thing
            conifer(c, (x, low + drop), tall * r.uniform(0.7, 1.2), fill, snow)
        c.veil(low + drop - 0.1, low + drop + 0.1, hour.haze, 0.45)


def floor(c: Canvas, hour: Hour, low: float, fill: Colour) -> None:
    """The near ground: three rolling layers."""
    for k, (drop, height) in enumerate(((0.05, 0.06), (0.13, 0.05), (0.24, 0.05))):
        tone = mix(mix(fill, hour.haze, 0.34 - 0.15 * k), darker(fill, 0.2), 0.12 * k)
        line = ridge(c, low + drop, height, 0.8)
        land(c, line, lighter(tone, 0.1), darker(tone, 0.22))
        if c.detail == HIGH:
            c.line(line, 0.002, lighter(tone, 0.3))
