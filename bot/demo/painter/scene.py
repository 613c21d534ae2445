"""A scene put together: sky, place, thing, weather, from back to front."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bot.demo.painter import filters, land, places
from bot.demo.painter.canvas import LOW, WHITE, Canvas, darker, lighter, mix, rgb
from bot.demo.painter.things import thing

if TYPE_CHECKING:
    from PIL import Image

    from bot.demo.painter.canvas import Point, Sprite
    from bot.demo.painter.words import Scene

FLOATING = {"balloon": 0.42, "rocket": 0.55, "whale": 0.55, "fish": 0.36}
"""Things that do not stand on the ground, and how high they are, in units."""
SIZES = {
    "lighthouse": 0.74,
    "boat": 0.46,
    "house": 0.4,
    "oak": 0.58,
    "car": 0.5,
    "tent": 0.42,
    "cup": 0.5,
    "fruit": 0.52,
    "books": 0.5,
    "cake": 0.5,
    "flowers": 0.6,
}
GOLD = rgb("e0b64f")


def compose(c: Canvas, scene: Scene) -> Image.Image:
    """Paint the scene on the canvas."""
    hour = land.HOURS[scene.hour]
    low = land.horizon(c, scene.ground)
    night = scene.hour == "night"
    c.sky(hour.sky)
    sun: Point = (c.wide / 2, low)
    if scene.style == "deco":
        sun = (c.wide / 2, low * 0.98)
        rays(c, hour, sun)
    elif scene.ground not in {"space", "room", "reef"}:
        sun = land.lights(c, hour, night=night, low=low)
        if not night:
            c.stage("clouds")
            land.clouds(c, hour, low, 6)
    if scene.weather == "aurora":
        filters.aurora(c, low)
    c.stage("ground")
    _ground(c, scene, low, sun)
    if scene.weather == "mist":
        c.veil(low - 0.2, low + 0.16, hour.haze, 0.7)
    if scene.thing is not None:
        c.stage("thing")
        _place(c, scene, low)
    if scene.ground == "meadow" or (scene.ground == "forest" and scene.hour != "winter"):
        places.blades(c, hour, flowers=scene.ground == "meadow" and not night)
    if scene.style == "deco":
        frame(c)
    return _weather(c, scene)


def _weather(c: Canvas, scene: Scene) -> Image.Image:
    c.stage("weather")
    image = c.image
    if scene.weather == "snow" or (scene.hour == "winter" and scene.ground != "room"):
        image = filters.snow(image, c.random, c.detail)
    elif scene.weather == "rain":
        image = filters.rain(image, c.random, c.detail)
    return image


def _ground(c: Canvas, scene: Scene, low: float, sun: Point) -> None:
    hour = land.HOURS[scene.hour]
    white = scene.hour == "winter" or scene.weather == "snow"
    snowy = mix(hour.tone(rgb("f2f5f9"), -hour.depth / 2), hour.sky[0], 0.06)
    match scene.ground:
        case "mountains":
            land.mountains(c, hour, low)
            shore = snowy if white else hour.tone(rgb("3f6b4a"))
            if white:
                land.floor(c, hour, low, shore)
            else:
                c.mirror(low, hour.tone(rgb("1f5f7a"), 0.1), 0.3)
                c.veil(low - 0.03, low + 0.03, hour.haze, 0.5)
                line = land.ridge(c, c.tall - 0.1, 0.09, 0.9)
                land.land(c, line, lighter(shore, 0.08), darker(shore, 0.3))
        case "sea":
            land.sea(c, hour, low, sun)
        case "city":
            places.city(c, hour, low, lit=scene.hour in {"night", "sunset", "dawn"})
        case "forest":
            land.land(
                c, land.ridge(c, low - 0.02, 0.08), mix(hour.haze, hour.shade, 0.2), hour.haze
            )
            land.firs(c, hour, low, white=white)
            land.floor(c, hour, low + 0.1, snowy if white else hour.tone(rgb("3f6b4a")))
        case "desert":
            places.desert(c, hour, low)
        case "space":
            places.space(c)
        case "room":
            places.room(c, hour, low)
        case "reef":
            places.reef(c, low)
        case _:
            places.meadow(c, hour, low)


def _place(c: Canvas, scene: Scene, low: float) -> None:
    """Put the thing where it belongs: on the ground, on the water, in the air."""
    name, r = scene.thing or "", c.random
    sprite = thing(name, scene.colour)
    size = SIZES.get(name, 0.52)
    x = c.wide * 0.5 + c.wide * -c.light * r.uniform(0.02, 0.12)
    if name == "balloon":
        for k, (dx, y, part) in enumerate(((0, 0.46, 0.5), (0.3, 0.3, 0.24), (-0.36, 0.36, 0.17))):
            other = thing(name, scene.colour if k == 0 else rgb(("3a6ea5", "4f8a5b")[k - 1]))
            c.stamp(other, (x + dx * c.wide, c.tall * (y + 0.12)), part, shadow=0)
    elif name in FLOATING and scene.ground in {"space", "reef", "sea", "city", "mountains"}:
        if name == "rocket":
            trail = mix(land.HOURS[scene.hour].haze, rgb("f3efe6"), 0.6)
            for k in range(30 if c.detail else 8):
                t = k / 30
                at = x + math.sin(k * 2.4) * 0.05 * t, c.tall * 0.7 + t * c.tall * 0.4
                c.glow(at, (0.05 + 0.1 * t,) * 2, trail, 0.4)
        c.stamp(sprite, (x, c.tall * 0.72), FLOATING[name] * 1.15, shadow=0)
    elif name in {"boat", "lighthouse"} and scene.ground == "sea":
        foot = low + (c.tall - low) * (0.32 if name == "boat" else 0.5)
        deep = darker(land.HOURS[scene.hour].tone(rgb("14587a"), 0.1), 0.3)
        c.glow((x, foot + 0.02), (size * 0.7, size * 0.13), deep, 0.7, 0.6)
        if (
            name == "lighthouse"
            and c.detail > LOW
            and scene.style != "deco"
            and scene.hour in {"night", "sunset", "dawn"}
        ):
            _beam(c, (x, foot - size * 0.78))
        c.stamp(sprite, (x, foot), size, shadow=0)
        for k in range(-4, 5):  # the water closes over its foot
            at = x + k * size * 0.11, foot + 0.005 + 0.004 * (k % 2)
            c.oval(at, (size * 0.09, 0.0035), lighter(deep, 0.4))
    else:
        _stand(c, scene, sprite, x, low)


def _stand(c: Canvas, scene: Scene, sprite: Sprite, x: float, low: float) -> None:
    """Put a thing on the ground."""
    name = scene.thing or ""
    size = SIZES.get(name, 0.52)
    drop = {"room": 0.5, "mountains": 0.78, "space": 0.3}.get(scene.ground, 0.62)
    foot = min(low + (c.tall - low) * drop, c.tall - 0.08)
    if scene.ground == "city":  # a street before the water
        road = mix(land.HOURS[scene.hour].tone(rgb("3a3f56"), 0.2), rgb("15151f"), 0.3)
        land.land(c, [(-0.1, foot - 0.09), (c.wide + 0.1, foot - 0.09)], lighter(road, 0.14), road)
        c.line([(-0.1, foot - 0.09), (c.wide + 0.1, foot - 0.09)], 0.006, lighter(road, 0.35))
    c.stamp(sprite, (x, foot), size)
    if name == "cup":
        _steam(c, (x, foot - size * 0.62))


def _steam(c: Canvas, at: Point) -> None:
    for dx in (-0.06, 0.0, 0.06):
        phase = c.random.random() * 6
        for k in range(22):
            t = k / 22
            sway = math.sin(t * 5 + phase) * 0.02 * (0.3 + t)
            c.glow(
                (at[0] + dx + sway, at[1] - t * 0.3),
                (0.014 + 0.012 * t,) * 2,
                WHITE,
                0.3 * (1 - t),
                1.0,
            )


def _beam(c: Canvas, at: Point) -> None:
    for k in range(18):
        t = k / 18
        spot = at[0] + c.light * t * c.wide * 0.7, at[1] - t * 0.1
        c.glow(spot, (0.06 + 0.1 * t, 0.025 + 0.06 * t), rgb("fff0c0"), 0.3 * (1 - t), 1.0)
    c.glow(at, (0.14, 0.14), rgb("fff0c0"), 0.9, 1.6)


def rays(c: Canvas, hour: land.Hour, at: Point) -> None:
    """Rays fan out from a half sun: the poster sky."""
    count, reach = 22, (c.wide + c.tall) * 1.2
    dark = mix(hour.sky[0], rgb("10303a"), 0.45)
    for k in range(count):
        a, b = (math.pi * (1 + (k + d) / count) for d in (0.0, 1.0))
        tone = mix(dark, GOLD, 0.62 if k % 2 else 0.12)
        far = [(at[0] + math.cos(t) * reach, at[1] + math.sin(t) * reach) for t in (a, b)]
        c.shape([at, *far], tone)
    for k, radius in enumerate((0.36, 0.325, 0.29, 0.2)):
        tone = (GOLD, dark, lighter(GOLD, 0.35), lighter(GOLD, 0.65))[k]
        c.oval(at, (radius, radius), tone)


def frame(c: Canvas) -> None:
    """A stepped gold frame with fans in the corners."""
    ink = rgb("12232b")
    for inset, width, tone in ((0.0, 0.05, ink), (0.028, 0.006, GOLD), (0.042, 0.0025, GOLD)):
        right, bottom = c.wide - inset, c.tall - inset
        box = [(inset, inset), (right, inset), (right, bottom), (inset, bottom), (inset, inset)]
        c.line([*box, (right, inset)], width, tone)
    for x, dx in ((0.028, 1), (c.wide - 0.028, -1)):
        for y, dy in ((0.028, 1), (c.tall - 0.028, -1)):
            for k, radius in enumerate((0.1, 0.083, 0.066, 0.049, 0.032)):
                arc = [
                    (
                        x + dx * radius * math.cos(t * math.pi / 24),
                        y + dy * radius * math.sin(t * math.pi / 24),
                    )
                    for t in range(13)
                ]
                c.shape([(x, y), *arc], GOLD if k % 2 == 0 else ink)
