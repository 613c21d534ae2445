"""The things that a picture can be of, and how one is drawn; `things.txt` has the drawings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from bot.demo.painter.canvas import HIGH, INK, WHITE, mix, rgb

if TYPE_CHECKING:
    from bot.demo.painter.canvas import Canvas, Colour, Point

SPAN, GROUND = 1.3, 1.15  # a drawing's edge, and its foot from the top, in heights
BENT = 3  # points: a line through fewer is straight


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing: the words that mean it, where it is at home, and its measures."""

    words: str
    home: str  # a ground
    main: str  # its own colour, six hex digits
    pale: str  # its second one
    size: float  # height, in units
    foot: float  # half the width that stands on the ground, in heights; 0: it floats


def _loaded() -> tuple[dict[str, Thing], dict[str, list[str]]]:
    """What `things.txt` describes: the things, and the shapes of each and of their parts."""
    things: dict[str, Thing] = {}
    shapes: dict[str, list[str]] = {}
    name = ""
    for line in Path(__file__).with_name("things.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            name, _, about = line[1:].partition("]")
            shapes[name] = []
            if about:
                words, home, main, pale, size, foot = about.strip().split("; ")
                things[name] = Thing(words, home, main, pale, int(size) / 100, int(foot) / 100)
        elif line.startswith("@"):
            shapes[name] += shapes[line[1:]]
        elif line and not line.startswith("#"):
            shapes[name].append(line)
    return things, shapes


THINGS, SHAPES = _loaded()


def stamp(
    c: Canvas, name: str, colour: Colour | None, at: Point, size: float, *, shadow: float = 0.35
) -> None:
    """Put a thing on the canvas: its foot at the point, this many units high."""
    layer = draw(name, colour, max(8, round(size * c.unit)), c.detail, c.light)
    if reach := THINGS[name].foot * size * (shadow > 0):
        middle = at[0] - c.light * reach * 0.35, at[1]
        c.glow(middle, (reach * 1.5, reach * 0.28), INK, shadow, 0.7)
    x = round(at[0] * c.unit) - layer.width // 2
    y = round(at[1] * c.unit - layer.height * GROUND / SPAN)
    c.image.paste(layer.convert("RGB"), (x, y), layer.getchannel("A"))


def draw(name: str, colour: Colour | None, high: int, detail: int, light: int) -> Image.Image:
    """The thing as RGBA, `high` pixels from foot to head, lit from the left (-1) or right (1)."""
    thing = THINGS[name]
    tones = {"main": colour or rgb(thing.main), "pale": rgb(thing.pale)}
    if name == "fox" and colour is not None:  # a red fox is no red flag
        tones["main"] = mix(colour, rgb(thing.main), 0.5)
    layer = Image.new("RGBA", (round(SPAN * high),) * 2)
    pen = ImageDraw.Draw(layer)
    for line in SHAPES[name]:
        kind, tone, *numbers = line.split()
        values = [float(number) / 100 for number in numbers]
        width = values.pop(0) if kind[0] == "l" else 0.0
        for side in (1, -1)[: len(kind)]:
            points = [(side * x, y) for x, y in zip(values[::2], values[1::2], strict=True)]
            _shape(pen, kind[0], _tone(tone, tones), points, width * high, high)
    return _lit(layer, detail, light) if detail else layer


def _tone(text: str, tones: dict[str, Colour]) -> Colour:
    """A colour as a drawing writes it: `d2622f`, `main`, `main-30`, `pale+10`."""
    for sign, towards in (("-", INK), ("+", WHITE)):
        name, found, share = text.partition(sign)
        if found:
            return mix(tones[name], towards, int(share) / 100)
    return tones[text] if text in tones else rgb(text)


def _shape(
    pen: ImageDraw.ImageDraw, kind: str, tone: Colour, points: list[Point], width: float, high: int
) -> None:
    if kind == "o":
        (x, y), (rx, ry) = points
        points = [(x - abs(rx), y + ry), (x + abs(rx), y - ry)]
    elif kind == "h":
        points = curve([*points, *((-x, y) for x, y in reversed(points))], closed=True)
    elif kind == "b" or (kind == "l" and len(points) >= BENT):
        points = curve(points, closed=kind == "b")
    pixels = [((x + SPAN / 2) * high, (GROUND - y) * high) for x, y in points]
    if kind == "o":
        pen.ellipse(pixels, fill=tone)
    elif kind == "l":
        pen.line(pixels, fill=tone, width=max(1, round(width)), joint="curve")
    else:
        pen.polygon(pixels, fill=tone)


def curve(points: list[Point], *, closed: bool) -> list[Point]:
    """A Catmull-Rom curve through the points; a point given twice is a corner."""
    around = [points[-1], *points, *points[:2]] if closed else [points[0], *points, points[-1]]
    out = []
    for k in range(len(around) - 3):
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = around[k : k + 4]
        for t in (step / 10 for step in range(10)):
            p, q, r, s = (
                -t + 2 * t * t - t**3,
                2 - 5 * t * t + 3 * t**3,
                t + 4 * t * t - 3 * t**3,
                t**3 - t * t,
            )
            out.append(
                ((p * ax + q * bx + r * cx + s * dx) / 2, (p * ay + q * by + r * cy + s * dy) / 2)
            )
    return out if closed else [*out, points[-1]]


def _lit(layer: Image.Image, detail: int, light: int) -> Image.Image:
    """Form by light: the far side darker, a bright rim on the near one."""
    alpha, flat = layer.getchannel("A"), layer.convert("RGB")
    dim = Image.linear_gradient("L").rotate(-90 * light).point([v * 42 // 100 for v in range(256)])
    flat.paste(rgb("1a1638"), (0, 0), dim.resize(layer.size, Image.Resampling.BILINEAR))
    if detail >= HIGH:
        step = max(2, layer.width // 70)
        rim = ImageChops.subtract(alpha, ImageChops.offset(alpha, -light * step, step))
        rim = rim.filter(ImageFilter.BoxBlur(max(1, step // 2)))
        flat.paste(rgb("fff1d6"), (0, 0), rim.point([v * 40 // 100 for v in range(256)]))
    flat.putalpha(alpha)
    return flat
