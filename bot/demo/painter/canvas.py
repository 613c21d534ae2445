"""What the painter draws with: colours, a canvas for the scene, sprites for the things in it.

A unit is the canvas's shorter edge, so that a composition holds in any shape. Everything is drawn
larger than asked (or, past 2K, smaller) and scaled once at the end: soft edges at low cost.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
Point = tuple[float, float]

LOW, MEDIUM, HIGH = 0, 1, 2  # how much is drawn
OPAQUE = 255


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


WHITE, BLACK = rgb("ffffff"), rgb("101018")


def lighter(colour: Colour, t: float = 0.25) -> Colour:
    """Towards white."""
    return mix(colour, WHITE, t)


def darker(colour: Colour, t: float = 0.25) -> Colour:
    """Towards a blue black: shadows are never grey."""
    return mix(colour, rgb("141430"), t)


def smooth(points: Sequence[Point], *, closed: bool = True, steps: int = 10) -> list[Point]:
    """A Catmull-Rom curve through the points."""
    n = len(points)
    out: list[Point] = []
    for i in range(n if closed else n - 1):
        if closed:
            a, b, c, d = (points[(i + k) % n] for k in (-1, 0, 1, 2))
        else:
            a, b, c, d = (points[min(max(i + k, 0), n - 1)] for k in (-1, 0, 1, 2))
        for k in range(steps):
            t = k / steps
            out.append((_spline(a[0], b[0], c[0], d[0], t), _spline(a[1], b[1], c[1], d[1], t)))
    if not closed:
        out.append(points[-1])
    return out


def trace(numbers: str) -> list[Point]:
    """Points from a line of numbers, x and y in turn, in hundredths of a unit."""
    values = [float(number) / 100 for number in numbers.split()]
    return list(zip(values[::2], values[1::2], strict=True))


def _spline(a: float, b: float, c: float, d: float, t: float) -> float:
    cubic = (3 * b - 3 * c + d - a) * t**3
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + cubic)


def ramp(size: tuple[int, int], stops: Sequence[Colour], *, bands: int = 0) -> Image.Image:
    """A vertical gradient through the stops, smooth or in flat bands."""
    column = Image.new("RGB", (1, len(stops)))
    column.putdata(list(stops))
    if bands:
        column = column.resize((1, bands), Image.Resampling.BILINEAR)
        return column.resize(size, Image.Resampling.NEAREST)
    tall = column.resize((1, size[1]), Image.Resampling.BICUBIC)
    return tall.resize(size, Image.Resampling.NEAREST)


def disc(diameter: int, *, power: float = 1.0) -> Image.Image:
    """A soft round spot: 255 in the middle, 0 at the rim."""
    spot = ImageChops.invert(Image.radial_gradient("L"))  # 0 is reached in the corners
    table = [round(255 * max(0.0, (v / 255 - 0.2929) / 0.7071) ** power) for v in range(256)]
    return spot.point(table).resize((max(1, diameter),) * 2, Image.Resampling.BILINEAR)


def chance(seed: object) -> random.Random:
    """Repeatable chance."""
    return random.Random(str(seed))  # noqa: S311 pictures, not secrets


class Canvas:
    """The scene. Points are in units from the top left; y grows downwards."""

    def __init__(self, size: tuple[int, int], detail: int, seed: str) -> None:
        self.image = Image.new("RGB", size)
        self.unit = min(size)  # pixels
        self.wide, self.tall = size[0] / self.unit, size[1] / self.unit
        self.detail = detail
        self.seed = seed
        self.random = chance(seed)
        self.light = self.random.choice((-1, 1))  # the side that the light comes from

    def stage(self, name: str) -> None:
        """Begin a part of the scene with a chance of its own, whatever the parts before used up.

        So a draft and its finished picture show the same scene, with more or less detail.
        """
        self.random = chance(f"{self.seed} {name}")

    def px(self, points: Sequence[Point]) -> list[Point]:
        """Points in pixels."""
        return [(x * self.unit, y * self.unit) for x, y in points]

    def sky(self, stops: Sequence[Colour]) -> None:
        """The whole canvas, from top to bottom."""
        self.image.paste(ramp(self.image.size, stops, bands=0 if self.detail else 9))

    def shape(self, points: Sequence[Point], top: Colour, bottom: Colour | None = None) -> None:
        """A polygon, shaded from top to bottom; flat where there is no detail."""
        pixels = self.px(points)
        if bottom is None or not self.detail:
            fill = top if bottom is None else mix(top, bottom, 0.4)
            ImageDraw.Draw(self.image).polygon(pixels, fill=fill)
            return
        box = self._box(pixels)
        if box is None:
            return
        mask = Image.new("1", (box[2] - box[0], box[3] - box[1]))
        moved = [(x - box[0], y - box[1]) for x, y in pixels]
        ImageDraw.Draw(mask).polygon(moved, fill=1)
        self.image.paste(ramp(mask.size, (top, bottom)), box[:2], mask)

    def _box(self, pixels: Sequence[Point]) -> tuple[int, int, int, int] | None:
        """The pixels' bounding box inside the canvas; None when nothing of it is."""
        left = max(0, math.floor(min(x for x, _ in pixels)))
        upper = max(0, math.floor(min(y for _, y in pixels)))
        right = min(self.image.width, math.ceil(max(x for x, _ in pixels)) + 1)
        lower = min(self.image.height, math.ceil(max(y for _, y in pixels)) + 1)
        return (left, upper, right, lower) if left < right and upper < lower else None

    def oval(self, at: Point, radius: Point, fill: Colour) -> None:
        """A flat ellipse."""
        (x, y), (rx, ry), u = at, radius, self.unit
        box = ((x - rx) * u, (y - ry) * u, (x + rx) * u, (y + ry) * u)
        ImageDraw.Draw(self.image).ellipse(box, fill=fill)

    def line(self, points: Sequence[Point], width: float, fill: Colour) -> None:
        """A line, its width in units."""
        pen = max(1, round(width * self.unit))
        ImageDraw.Draw(self.image).line(self.px(points), fill=fill, width=pen, joint="curve")

    def glow(
        self, at: Point, radius: Point, fill: Colour, strength: float, power: float = 1.5
    ) -> None:
        """A soft spot of light (or, with a dark colour, of shadow)."""
        if not self.detail:
            return
        (x, y), (rx, ry) = ((a * self.unit, b * self.unit) for a, b in (at, radius))
        box = self._box([(x - rx, y - ry), (x + rx, y + ry)])
        if box is None or min(rx, ry) < 1:
            return
        spot = disc(256, power=power).point([round(v * strength) for v in range(256)])
        part = [128 + (edge - x) / rx * 128 for edge in (box[0], box[2])]
        down = [128 + (edge - y) / ry * 128 for edge in (box[1], box[3])]
        inside = [min(256.0, max(0.0, v)) for v in (part[0], down[0], part[1], down[1])]
        size = box[2] - box[0], box[3] - box[1]
        seen = (inside[0], inside[1], inside[2], inside[3])
        self.image.paste(fill, box[:2], spot.resize(size, Image.Resampling.BILINEAR, seen))

    def veil(self, top: float, bottom: float, fill: Colour, strength: float) -> None:
        """Mist: a band that is densest in its middle."""
        u = self.unit
        box = 0, round(top * u), self.image.width, round(bottom * u)
        if not self.detail or box[3] <= box[1]:
            return
        arch = [round(255 * strength * math.sin(math.pi * i / 31) ** 2) for i in range(32)]
        column = Image.new("L", (1, 32))
        column.putdata(arch)
        mask = column.resize((box[2], box[3] - box[1]), Image.Resampling.BICUBIC)
        self.image.paste(fill, box[:2], mask)

    def mirror(self, low: float, deep: Colour, share: float) -> None:
        """Still water below a line: the picture above, upside down, under a deep colour."""
        line = round(low * self.unit)
        high = min(line, self.image.height - line)
        above = self.image.crop((0, line - high, self.image.width, line))
        above = above.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        size = self.image.width, self.image.height - line
        if high < size[1]:
            above = above.resize(size, Image.Resampling.BILINEAR)
        water = Image.blend(above, ramp(size, (mix(deep, WHITE, 0.2), deep)), share)
        self.image.paste(water, (0, line))
        r, depth = self.random, self.tall - low
        for _ in range((8, 40, 90)[self.detail]):
            t = r.random() ** 1.5
            at = r.random() * self.wide, low + depth * t
            tone = self.image.getpixel(
                (round(at[0] * self.unit) - 1, min(round(at[1] * self.unit), self.image.height - 1))
            )
            near = tone if isinstance(tone, tuple) else deep
            shade = lighter((near[0], near[1], near[2]), 0.16)
            self.oval(at, (0.02 + 0.13 * t * r.random(), 0.001 + 0.0025 * t), shade)

    def stamp(self, sprite: Sprite, at: Point, size: float, *, shadow: float = 0.35) -> None:
        """Put a sprite down: its foot at the point, this many units high."""
        high = max(8, round(size * self.unit))
        layer = sprite.render(high, self.detail, self.light)
        x, y = round(at[0] * self.unit), round(at[1] * self.unit)
        if shadow:
            reach = sprite.foot * size
            middle = at[0] - self.light * reach * 0.35, at[1]
            self.glow(middle, (reach * 1.5, reach * 0.28), rgb("0c0c22"), shadow, 0.7)
        corner = x - layer.width // 2, y - round(layer.height * Sprite.GROUND)
        self.image.paste(layer.convert("RGB"), corner, layer.getchannel("A"))


class Sprite:
    """One thing in its own small picture: x from -0.65 to 0.65, y from 0 (foot) to 1 (head), up."""

    SPAN = 1.3  # sprite units per edge
    GROUND = 1.15 / 1.3  # the foot's place, from the top

    def __init__(self, *, foot: float = 0.3) -> None:
        self.foot = foot  # half the width that stands on the ground, for the shadow
        self.calls: list[Callable[[ImageDraw.ImageDraw, float], None]] = []

    def _at(self, points: Sequence[Point], scale: float) -> list[Point]:
        return [((x + 0.65) * scale, (1.15 - y) * scale) for x, y in points]

    def blob(self, points: Sequence[Point], fill: Colour, *, both: bool = False) -> None:
        """A rounded shape through the points; `both` draws its mirror image too."""
        self.poly(smooth(points), fill, both=both)

    def poly(self, points: Sequence[Point], fill: Colour, *, both: bool = False) -> None:
        """A shape with straight edges."""
        self.calls.append(lambda draw, s: draw.polygon(self._at(points, s), fill=(*fill, OPAQUE)))
        if both:
            self.poly([(-x, y) for x, y in points], fill)

    def oval(self, at: Point, radius: Point, fill: Colour, *, both: bool = False) -> None:
        """An ellipse."""
        (x, y), (rx, ry) = at, radius
        box = [(x - rx, y + ry), (x + rx, y - ry)]
        self.calls.append(lambda draw, s: draw.ellipse(self._at(box, s), fill=(*fill, OPAQUE)))
        if both:
            self.oval((-x, y), radius, fill)

    def bar(self, low: Point, high: Point, fill: Colour, *, both: bool = False) -> None:
        """A rectangle from its lower left to its upper right corner."""
        (x, y), (right, top) = low, high
        self.poly([(x, y), (right, y), (right, top), (x, top)], fill, both=both)

    def line(self, points: Sequence[Point], width: float, fill: Colour) -> None:
        """A line, bent softly through its points; its width in sprite units."""
        bent = smooth(points, closed=False) if len(points) > 2 else points  # noqa: PLR2004 two are straight
        self.calls.append(
            lambda draw, s: draw.line(
                self._at(bent, s),
                fill=(*fill, OPAQUE),
                width=max(1, round(width * s)),
                joint="curve",
            )
        )

    def render(self, scale: int, detail: int, light: int) -> Image.Image:
        """RGBA, `scale` pixels a unit, lit from the left (-1) or the right (1)."""
        edge = round(self.SPAN * scale)
        layer = Image.new("RGBA", (edge, edge))
        draw = ImageDraw.Draw(layer)
        for call in self.calls:
            call(draw, scale)
        return _lit(layer, detail, light) if detail else layer


def _lit(layer: Image.Image, detail: int, light: int) -> Image.Image:
    """Form by light: the far side darker, a bright rim on the near one."""
    alpha = layer.getchannel("A")
    flat = layer.convert("RGB")
    edge = layer.width
    across = Image.linear_gradient("L").rotate(90)  # light comes from the right
    if light < 0:
        across = across.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    dim = ImageChops.invert(across).point([round(v * 0.42) for v in range(256)])
    flat.paste(rgb("1a1638"), (0, 0), dim.resize(layer.size, Image.Resampling.BILINEAR))
    if detail >= HIGH:
        step = max(2, edge // 70)
        shifted = ImageChops.offset(alpha, -light * step, step)
        rim = ImageChops.subtract(alpha, shifted)
        rim = rim.filter(ImageFilter.BoxBlur(max(1, step // 2)))
        flat.paste(rgb("fff1d6"), (0, 0), rim.point([round(v * 0.55) for v in range(256)]))
    flat.putalpha(alpha)
    return flat
