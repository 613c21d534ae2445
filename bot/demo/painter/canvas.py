"""What the painter draws with: colours, chance, and a canvas measured in units.

A unit is the canvas's shorter edge, so that a composition holds in any shape.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from functools import lru_cache

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]

LOW, MEDIUM, HIGH = 0, 1, 2  # how much is drawn


def rgb(text: str) -> Colour:
    """A colour from six hex digits."""
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)


def mix(a: Colour, b: Colour, t: float) -> Colour:
    """From a (t = 0) to b (t = 1)."""
    return (
        round(a[0] + (b[0] - a[0]) * t),
        round(a[1] + (b[1] - a[1]) * t),
        round(a[2] + (b[2] - a[2]) * t),
    )


WHITE, INK = rgb("ffffff"), rgb("141430")


def lighter(colour: Colour, t: float = 0.25) -> Colour:
    """Towards white."""
    return mix(colour, WHITE, t)


def darker(colour: Colour, t: float = 0.25) -> Colour:
    """Towards a blue black: shadows are never grey."""
    return mix(colour, INK, t)


def chance(seed: object) -> random.Random:
    """Repeatable chance."""
    return random.Random(str(seed))  # noqa: S311 pictures, not secrets


def ramp(size: tuple[int, int], stops: Sequence[Colour], bands: int = 0) -> Image.Image:
    """A vertical gradient through the stops, smooth or in flat bands."""
    column = Image.new("RGB", (1, len(stops)))
    column.putdata(list(stops))
    smooth = column.resize((1, bands or size[1]), Image.Resampling.BICUBIC)
    return smooth.resize(size, Image.Resampling.NEAREST)


@lru_cache(maxsize=32)
def spot(strength: float, power: float = 1.5) -> Image.Image:
    """A soft round spot of 256 x 256: `strength` (0 to 1) in the middle, 0 at the rim."""
    fall = [max(0.0, 1 - v / 181) ** power for v in range(256)]
    return Image.radial_gradient("L").point([round(255 * strength * part) for part in fall])


class Canvas:
    """The scene. Points are in units from the top left; y grows downwards."""

    def __init__(self, image: Image.Image, detail: int, seed: str) -> None:
        self.image = image
        self.unit = min(image.size)  # pixels
        self.wide, self.tall = image.width / self.unit, image.height / self.unit
        self.detail = detail
        self.seed = seed
        self.random = chance(seed)
        self.light = self.random.choice((-1, 1))  # the side that the light comes from
        self._draw = ImageDraw.Draw(image)

    def stage(self, name: str) -> random.Random:
        """Begin a part of the scene with a chance of its own, whatever the parts before used up.

        So a draft and its finished picture show the same scene, with more or less detail.
        """
        self.random = chance(f"{self.seed} {name}")
        return self.random

    def many(self, count: float) -> range:
        """So many at high quality, fewer below; of a wide or tall canvas more."""
        return range(round(count * (0.15, 0.55, 1)[self.detail] * max(self.wide, self.tall)))

    def sky(self, stops: Sequence[Colour]) -> None:
        """The whole canvas, from top to bottom."""
        self.image.paste(ramp(self.image.size, stops, bands=0 if self.detail else 9))

    def shape(self, points: Sequence[Point], top: Colour, bottom: Colour | None = None) -> None:
        """A polygon, shaded from top to bottom; flat where there is no detail."""
        pixels = [(x * self.unit, y * self.unit) for x, y in points]
        if bottom is None or not self.detail:
            self._draw.polygon(pixels, fill=top if bottom is None else mix(top, bottom, 0.4))
            return
        xs, ys = zip(*pixels, strict=True)
        left, upper = math.floor(min(xs)), math.floor(min(ys))
        mask = Image.new("L", (math.ceil(max(xs)) - left + 1, math.ceil(max(ys)) - upper + 1))
        ImageDraw.Draw(mask).polygon([(x - left, y - upper) for x, y in pixels], fill=255)
        self.image.paste(ramp(mask.size, (top, bottom)), (left, upper), mask)

    def below(self, line: Sequence[Point], top: Colour, bottom: Colour) -> None:
        """Everything below a line, shaded from top to bottom."""
        upper, lower = min(y for _, y in line), max(y for _, y in line) + 0.01
        middle = mix(top, bottom, (lower - upper) / max(0.01, self.tall - upper))
        self.shape([*line, (self.wide + 0.1, lower), (-0.1, lower)], top, middle)
        self.box((-0.1, lower), (self.wide + 0.2, self.tall - lower + 0.01), middle, bottom)

    def box(self, at: Point, size: Point, top: Colour, bottom: Colour | None = None) -> None:
        """A rectangle from its upper left corner, shaded from top to bottom."""
        left, upper = round(at[0] * self.unit), round(at[1] * self.unit)
        right, lower = round((at[0] + size[0]) * self.unit), round((at[1] + size[1]) * self.unit)
        area = max(1, right - left), max(1, lower - upper)
        tones = (top, bottom or top) if self.detail else (mix(top, bottom or top, 0.4),)
        self.image.paste(ramp(area, tones), (left, upper))

    def oval(self, at: Point, radius: Point, fill: Colour) -> None:
        """A flat ellipse."""
        (x, y), (rx, ry), u = at, radius, self.unit
        self._draw.ellipse(((x - rx) * u, (y - ry) * u, (x + rx) * u, (y + ry) * u), fill=fill)

    def line(self, points: Sequence[Point], width: float, fill: Colour) -> None:
        """A line, its width in units."""
        pixels = [(x * self.unit, y * self.unit) for x, y in points]
        pen = max(1, round(width * self.unit))
        self._draw.line(pixels, fill=fill, width=pen, joint="curve")

    def glow(
        self, at: Point, radius: Point, fill: Colour, strength: float, power: float = 1.5
    ) -> None:
        """A soft spot of light (or, with a dark colour, of shadow)."""
        (x, y), (rx, ry) = ((round(a * self.unit), round(b * self.unit)) for a, b in (at, radius))
        if self.detail and min(rx, ry) > 0:
            soft = spot(strength, power).resize((rx * 2, ry * 2), Image.Resampling.BILINEAR)
            self.image.paste(Image.new("RGB", soft.size, fill), (x - rx, y - ry), soft)

    def veil(self, top: float, bottom: float, fill: Colour, strength: float) -> None:
        """Mist: a band that is densest in its middle."""
        size = self.image.width, max(1, round((bottom - top) * self.unit))
        if self.detail:
            soft = spot(strength, 0.8).resize(size, Image.Resampling.BILINEAR, (127, 0, 129, 256))
            self.image.paste(Image.new("RGB", size, fill), (0, round(top * self.unit)), soft)

    def mirror(self, low: float, deep: Colour, share: float) -> None:
        """Still water below a line: the picture above, upside down, under a deep colour."""
        line = round(low * self.unit)
        size = self.image.width, self.image.height - line
        above = self.image.crop((0, max(0, line - size[1]), self.image.width, line))
        above = above.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize(size)
        water = Image.blend(above, ramp(size, (lighter(deep, 0.2), deep)), share)
        self.image.paste(water, (0, line))

    def ridge(self, level: float, height: float, rough: float = 1.0) -> list[Point]:
        """A rolling line from edge to edge, at most `height` above its level."""
        r = self.random
        waves = [(r.uniform(0.7, 1.3) * turns * rough, r.random() * 7) for turns in (3, 7, 16)]

        def lift(x: float) -> float:
            return sum(math.sin(f * x + p) * 0.3 * 0.4**k for k, (f, p) in enumerate(waves))

        xs = [-0.05 + (self.wide + 0.1) * i / 80 for i in range(81)]
        return [(x, level - height * (0.5 + lift(x))) for x in xs]
