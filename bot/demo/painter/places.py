"""Scenes that are built rather than grown: city, desert, meadow, space, a room, the sea's floor."""

from __future__ import annotations

import math

from bot.demo.painter.canvas import (
    HIGH,
    LOW,
    WHITE,
    Canvas,
    Colour,
    chance,
    darker,
    lighter,
    mix,
    rgb,
)
from bot.demo.painter.land import Hour, land, ridge


def city(c: Canvas, hour: Hour, low: float, *, lit: bool) -> None:
    """Three rows of towers, with lights in them when it is dark."""
    r = c.random
    stone = hour.tone(rgb("56618a"), 0.12)
    for row, (height, haze) in enumerate(((0.62, 0.6), (0.48, 0.32), (0.3, 0.05))):
        fill = mix(stone, hour.haze, haze)
        x = -0.05
        while x < c.wide + 0.05:
            width = r.uniform(0.06, 0.15)
            arch = 1 - 0.5 * abs(x / c.wide - 0.5) * 2
            _tower(
                c, (x, low + 0.02), (width, low * height * arch * r.uniform(0.45, 1)), fill, lit=lit
            )
            x += width + r.choice((0, 0, 0.012))
        c.veil(low - 0.22 + 0.04 * row, low + 0.16, rgb("f2a06a") if lit else hour.haze, 0.34)
    quay = darker(stone, 0.6)
    c.shape(
        [(-0.1, low - 0.012), (c.wide + 0.1, low - 0.012), (c.wide + 0.1, low), (-0.1, low)], quay
    )
    c.mirror(low, darker(hour.tone(rgb("1c4a6a"), 0.1), 0.4), 0.35)
    c.veil(low - 0.02, low + 0.04, hour.haze, 0.25)
    for k in range(round(9 * c.wide) if lit else 0):  # lamps along the quay
        x = (k + 0.5) / (9 * c.wide) * c.wide
        c.glow((x, low - 0.02), (0.035, 0.035), rgb("ffd48a"), 0.85, 1.2)
        c.glow((x, low + 0.05), (0.012, 0.07), rgb("ffd48a"), 0.5, 1.0)


def _tower(
    c: Canvas, foot: tuple[float, float], size: tuple[float, float], fill: Colour, *, lit: bool
) -> None:
    (x, y), (width, tall), r = foot, size, chance(c.random.random())
    steps = r.choice((0, 0, 1, 2)) if c.detail else 0
    top = y - tall
    for k in range(steps + 1):
        inset = width * 0.14 * k
        high = top - 0.035 * k
        body = [
            (x + inset, y),
            (x + width - inset, y),
            (x + width - inset, high),
            (x + inset, high),
        ]
        c.shape(body, lighter(fill, 0.08), darker(fill, 0.12))
    if c.detail:
        edge = x if c.light < 0 else x + width * 0.82
        side = [(edge, y), (edge + width * 0.18, y), (edge + width * 0.18, top), (edge, top)]
        c.shape(side, lighter(fill, 0.22), fill)
        if steps:
            c.line([(x + width / 2, top - 0.035 * steps), (x + width / 2, top - 0.11)], 0.003, fill)
    cell = 0.019 if c.detail == HIGH else 0.027
    if c.detail == LOW:
        return
    rows, columns = int(tall / cell / 1.4), int((width - 0.012) / cell)
    gap = (width - columns * cell) / 2
    for j in range(rows):
        for i in range(columns):
            if r.random() > (0.5 if lit else 0.75):
                continue
            glass = r.choice((rgb("ffd98a"), rgb("ffc46b"), rgb("fff0c9"))) if lit else WHITE
            pane = mix(fill, glass, r.uniform(0.5, 0.95) if lit else r.uniform(0.08, 0.22))
            left, upper = x + gap + (i + 0.2) * cell, top + 0.012 + j * cell * 1.4
            right, lower = left + cell * 0.6, upper + cell * 0.8
            c.shape([(left, upper), (right, upper), (right, lower), (left, lower)], pane)


def desert(c: Canvas, hour: Hour, low: float) -> None:
    """Mesas far away, then dunes with a lit and a shaded flank."""
    r = c.random
    sand, rock = hour.tone(rgb("e3a563")), hour.tone(rgb("b5643f"))
    for _ in range(3):
        x, width, tall = r.random() * c.wide, r.uniform(0.15, 0.4), r.uniform(0.06, 0.16)
        fill = mix(rock, hour.haze, 0.5)
        top = low - tall
        c.shape(
            [
                (x - width * 0.6, low + 0.04),
                (x - width * 0.42, top + tall * 0.45),
                (x - width * 0.38, top),
                (x + width * 0.36, top + 0.006),
                (x + width * 0.42, top + tall * 0.5),
                (x + width * 0.62, low + 0.04),
            ],
            fill,
            mix(fill, hour.haze, 0.5),
        )
    for k, drop in enumerate((0.0, 0.07, 0.16, 0.27)):
        tone = mix(sand, hour.haze, 0.42 - 0.14 * k)
        line = ridge(c, low + drop, 0.13, 0.75)
        land(c, line, lighter(tone, 0.12), darker(tone, 0.1))
        flank = [
            (x + c.light * 0.05, y + 0.004 + 0.07 * (0.5 + 0.5 * math.sin(4 * x + k)))
            for x, y in line
        ]
        c.shape([*line, *reversed(flank)], darker(tone, 0.24), tone)
    for x, tall in ((0.13, 0.3), (0.88, 0.22), (0.74, 0.12)):
        at = c.wide * (x + r.uniform(-0.04, 0.04)), low + 0.1 + tall * 0.6
        _cactus(c, at, tall, hour.tone(rgb("4d7a4f")))
    if c.detail == HIGH:
        for _ in range(60):  # ripples in the near sand
            x, y = r.random() * c.wide, low + 0.26 + r.random() * (c.tall - low)
            c.oval((x, y), (r.uniform(0.03, 0.09), 0.0012), lighter(sand, 0.1))


def _cactus(c: Canvas, at: tuple[float, float], tall: float, fill: Colour) -> None:
    x, y = at
    pen = tall * 0.15
    c.glow((x - c.light * tall * 0.3, y), (tall * 0.6, tall * 0.07), rgb("2a1a30"), 0.4, 0.8)
    for dx, low, turn, high in ((-0.27, 0.0, 0.34, 0.66), (0.27, 0.0, 0.5, 0.8)):
        bend = [(0.0, turn - 0.03), (dx * 0.6, turn), (dx, turn + 0.08), (dx, high)]
        c.line([(x + a * tall, y - b * tall) for a, b in bend], pen * 0.72, darker(fill, 0.12))
        c.oval((x + dx * tall, y - high * tall), (pen * 0.36, pen * 0.36), darker(fill, 0.12 + low))
    c.line([(x, y), (x, y - tall * 0.95)], pen, fill)
    c.oval((x, y - tall * 0.95), (pen / 2, pen / 2), fill)
    if c.detail:
        side = x + c.light * pen * 0.22
        c.line([(side, y), (side, y - tall * 0.96)], pen * 0.24, lighter(fill, 0.25))


def meadow(c: Canvas, hour: Hour, low: float) -> None:
    """Hills one behind the other."""
    grass = hour.tone(rgb("6fae4c"))
    far = hour.tone(rgb("5b8f86"))
    for k, (drop, height) in enumerate(((-0.1, 0.2), (-0.02, 0.15), (0.07, 0.11), (0.17, 0.08))):
        tone = mix(mix(far, grass, k / 3), hour.haze, 0.42 - 0.14 * k)
        line = ridge(c, low + drop, height, 0.6 + 0.12 * k)
        land(c, line, lighter(tone, 0.14), darker(tone, 0.16))
        c.veil(low + drop - 0.02, low + drop + 0.1, hour.haze, 0.2)


def blades(c: Canvas, hour: Hour, *, flowers: bool) -> None:
    """Grass at the lower edge, and flowers in it."""
    r = c.random
    grass = hour.tone(rgb("4a7f45"), 0.1)
    for _ in range(round((24, 130, 420)[c.detail] * c.wide)):
        x, tall = r.random() * c.wide, r.uniform(0.02, 0.085)
        y = c.tall + 0.01 - r.random() * 0.05
        lean = r.uniform(-0.02, 0.02)
        fill = mix(darker(grass, 0.3), lighter(grass, 0.25), r.random())
        c.shape([(x - 0.003, y), (x + 0.003, y), (x + lean, y - tall)], fill)
    petals = [hour.tone(rgb(p), -0.1) for p in ("f2c14e", "e8674f", "f4efe6", "c987c9", "e9839e")]
    for _ in range(round((8, 50, 120)[c.detail] * c.wide) if flowers else 0):
        t = r.random()
        at = r.random() * c.wide, c.tall - 0.03 - 0.17 * t
        size = 0.0105 * (1.15 - t) * r.uniform(0.6, 1.1)
        fill = r.choice(petals)
        for k in range(5 if c.detail else 1):
            angle = k * math.tau / 5
            spot = at[0] + math.cos(angle) * size * 0.8, at[1] + math.sin(angle) * size * 0.6
            c.oval(spot, (size * 0.62, size * 0.5), fill)
        c.oval(at, (size * 0.42, size * 0.36), rgb("f7d774"))


def space(c: Canvas) -> None:
    """Nebulae, stars, a ringed planet and the curve of a near one."""
    r = c.random
    for _ in range(9):
        at = r.random() * c.wide, r.random() * c.tall
        size = r.uniform(0.25, 0.6)
        fill = rgb(r.choice(("7a3fa0", "2f6fb0", "c0508a", "2aa198", "3d3fa8")))
        c.glow(at, (size, size * r.uniform(0.4, 0.9)), fill, 0.42, 1.2)
    for _ in range((60, 240, 620)[c.detail]):
        size = r.choice((0.001, 0.0014, 0.002, 0.003))
        fill = mix(rgb("cfdcff"), rgb("fff0d0"), r.random())
        c.oval((r.random() * c.wide, r.random() * c.tall), (size, size), fill)
    c.stage("planets")
    r = c.random
    at = c.wide * (0.5 + 0.28 * c.light), c.tall * 0.27
    _planet(c, at, r.uniform(0.11, 0.15), rgb(r.choice(("d98a5b", "c9a25e", "6f9ccf"))))
    near = rgb(r.choice(("39548f", "6d4a8c", "2f7f86")))
    centre = c.wide * 0.5, c.tall + 1.45
    c.glow((centre[0], c.tall), (c.wide, 0.45), lighter(near, 0.4), 0.4)
    c.oval(centre, (1.72, 1.62), lighter(near, 0.35))
    c.oval((centre[0], centre[1] + 0.012), (1.72, 1.62), darker(near, 0.25))


def _planet(c: Canvas, at: tuple[float, float], size: float, fill: Colour) -> None:
    """A banded ball with a ring before and behind it."""
    x, y = at
    ring = [(math.cos(k * math.tau / 60), math.sin(k * math.tau / 60)) for k in range(61)]

    def arc(half: list[tuple[float, float]], reach: float, tone: Colour) -> None:
        points = [
            (x + a * size * reach, y + b * size * reach * 0.24 - a * size * 0.35) for a, b in half
        ]
        c.line(points, size * 0.09, tone)

    for reach, tone in ((1.9, lighter(fill, 0.25)), (1.65, lighter(fill, 0.5))):
        arc(ring[30:], reach, darker(tone, 0.35))
    c.glow(at, (size * 2, size * 2), lighter(fill, 0.3), 0.3)
    for k in range((1, 7, 12)[c.detail]):
        t = k / 12
        c.oval(
            (x + c.light * size * 0.13 * t * 4 / 2, y),
            (size * (1 - t * 0.55),) * 2,
            mix(darker(fill, 0.3), lighter(fill, 0.35), min(1.0, t * 1.6)),
        )
    for reach, tone in ((1.9, lighter(fill, 0.25)), (1.65, lighter(fill, 0.5))):
        arc(ring[:31], reach, tone)


def room(c: Canvas, hour: Hour, low: float) -> None:
    """A wall with a window's light on it, and a wooden table."""
    r = c.random
    wall = hour.tone(rgb(r.choice(("d8b48f", "b9c4b0", "c7a8a0", "a9b8c6"))), 0.05)
    box = [(-0.1, -0.1), (c.wide + 0.1, -0.1), (c.wide + 0.1, low), (-0.1, low)]
    c.shape(box, darker(wall, 0.3), lighter(wall, 0.08))
    shift = c.wide * (0.5 - 0.2 * c.light)
    for i in (0, 1):
        for j in (0, 1):
            x, y = shift - 0.22 + i * 0.23, low * 0.16 + j * low * 0.31
            high = low * 0.28
            pane = [(x, y), (x + 0.2, y - 0.05), (x + 0.2, y - 0.05 + high), (x, y + high)]
            c.shape(pane, mix(wall, hour.sun, 0.62), mix(wall, hour.sun, 0.42))
    c.glow((shift, low * 0.45), (0.7, 0.6), hour.sun, 0.32)
    wood = hour.tone(rgb("8a5a3a"))
    c.shape(
        [(-0.1, low), (c.wide + 0.1, low), (c.wide + 0.1, c.tall), (-0.1, c.tall)],
        lighter(wood, 0.22),
        darker(wood, 0.35),
    )
    for k in range((3, 26, 80)[c.detail]):  # the grain of the wood
        t = r.random()
        y = low + (c.tall - low) * t**1.3
        at = r.random() * c.wide, y
        tone = mix(lighter(wood, 0.2), darker(wood, 0.3), t)
        c.oval(
            at,
            (r.uniform(0.1, 0.5), 0.0008 + 0.002 * t),
            lighter(tone, 0.1) if k % 2 else darker(tone, 0.18),
        )
    c.glow((c.wide * 0.5, low + 0.1), (0.6, 0.16), hour.sun, 0.28)
    c.line([(-0.1, low), (c.wide + 0.1, low)], 0.005, lighter(wood, 0.45))


def reef(c: Canvas, low: float) -> None:
    """Shafts of light from above, weed and rocks below, bubbles."""
    r = c.random
    c.sky([rgb(p) for p in ("8fe0dc", "3fb0c4", "1c6f9c", "0f3d6b", "0a2347")])
    for _ in range(6 if c.detail else 3):
        x, width = r.random() * c.wide, r.uniform(0.04, 0.14)
        lean = c.light * -0.35
        top, bottom = rgb("a6ece4"), rgb("1f719d")
        c.shape(
            [
                (x, -0.1),
                (x + width, -0.1),
                (x + width * 2.2 + lean, low * 0.9),
                (x + lean, low * 0.9),
            ],
            mix(top, rgb("5fc0cc"), 0.5),
            bottom,
        )
    c.veil(low * 0.3, low * 1.1, rgb("1c6f9c"), 0.75)
    for k, drop in enumerate((-0.02, 0.05)):
        land(
            c,
            ridge(c, low + drop, 0.12, 1.2),
            mix(rgb("134a70"), rgb("0a2347"), k / 2),
            rgb("071a36"),
        )
    for _ in range((8, 26, 44)[c.detail]):
        x, tall = r.random() * c.wide, r.uniform(0.08, 0.3)
        fill = rgb(r.choice(("2b7f74", "1d5f6b", "c2566b", "d88a52", "6a4f9c")))
        sway = [(x + math.sin(t * 0.9 + x * 9) * 0.012, c.tall - tall * t / 8) for t in range(9)]
        c.line(sway, 0.008, mix(fill, rgb("0f3d6b"), 0.3))
    for _ in range((6, 40, 110)[c.detail]):
        at, size = (r.random() * c.wide, r.random() * low), r.uniform(0.002, 0.009)
        c.oval(at, (size, size), rgb("9fe3e3"))
        c.oval(at, (size * 0.72, size * 0.72), rgb("4aa9bd"))
