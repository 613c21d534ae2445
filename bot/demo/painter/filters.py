"""What changes a whole picture: weather, styles, hours put over a photo, grain, the caption."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from bot.demo.painter.canvas import Canvas, Colour, chance, disc, mix, rgb

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_CAPTION = 90  # characters


def snow(image: Image.Image, luck: random.Random, detail: int) -> Image.Image:
    """Falling flakes: many small and sharp, some large and soft."""
    unit = min(image.size)
    mask = Image.new("L", image.size)
    draw = ImageDraw.Draw(mask)
    for _ in range((90, 260, 420)[detail]):
        x, y = luck.random() * image.width, luck.random() * image.height
        size = unit * luck.choice((0.0018, 0.0025, 0.004)) * (2 - detail * 0.3)
        draw.ellipse((x - size, y - size, x + size, y + size), fill=luck.randint(110, 235))
    image.paste((255, 255, 255), (0, 0), mask)
    for _ in range(16 if detail else 0):
        size = round(unit * luck.uniform(0.015, 0.04))
        at = round(luck.random() * image.width), round(luck.random() * image.height)
        spot = disc(size, power=0.8).point([v // 2 for v in range(256)])
        image.paste((255, 255, 255), at, spot)
    return image


def rain(image: Image.Image, luck: random.Random, detail: int) -> Image.Image:
    """Slanting streaks."""
    unit = min(image.size)
    mask = Image.new("L", image.size)
    draw = ImageDraw.Draw(mask)
    for _ in range((70, 240, 420)[detail]):
        x, y = luck.random() * image.width * 1.1, luck.random() * image.height
        drop = unit * luck.uniform(0.02, 0.07)
        pen = max(1, round(unit * 0.0012))
        draw.line((x, y, x - drop * 0.18, y + drop), fill=luck.randint(40, 120), width=pen)
    image.paste(rgb("dfeaf2"), (0, 0), mask)
    return image


def aurora(c: Canvas, low: float) -> None:
    """Curtains of green and violet light."""
    r = c.random
    for _ in range(5):
        at = r.random() * c.wide, low * r.uniform(0.2, 0.6)
        fill = rgb(r.choice(("4fe0a0", "38c9b0", "8a6fe0", "5fe8b8")))
        c.glow(at, (r.uniform(0.2, 0.4), r.uniform(0.06, 0.12)), fill, 0.4, 1.0)
        for _ in range(14):
            x = at[0] + r.uniform(-0.25, 0.25)
            c.glow((x, at[1] - 0.08), (0.02, r.uniform(0.12, 0.26)), fill, 0.26, 1.0)


def grain(image: Image.Image, seed: str, amount: int) -> Image.Image:
    """The texture of paper: noise of at most `amount` levels, the same in all three colours."""
    edge = 256
    noise = Image.frombytes("L", (edge, edge), chance(seed).randbytes(edge * edge))
    noise = noise.point([128 + round((v / 255 - 0.5) * 2 * amount) for v in range(256)])
    tiled = Image.new("L", image.size)
    for x in range(0, image.width, edge):
        for y in range(0, image.height, edge):
            tiled.paste(noise, (x, y))
    return ImageChops.add(image, Image.merge("RGB", (tiled,) * 3), 1, -128)


def vignette(image: Image.Image, strength: float) -> Image.Image:
    """Corners a little darker."""
    mask = Image.radial_gradient("L").point(
        [round(255 * strength * max(0.0, v / 255 - 0.3) ** 2 / 0.49) for v in range(256)]
    )
    image.paste(rgb("0c0a20"), (0, 0), mask.resize(image.size, Image.Resampling.BILINEAR))
    return image


def tint(image: Image.Image, dark: Colour, light: Colour, share: float) -> Image.Image:
    """Lean towards a range of two colours."""
    return Image.blend(image, ImageOps.colorize(image.convert("L"), dark, light), share)


def night(image: Image.Image, luck: random.Random, detail: int) -> Image.Image:
    """Dark blue, with stars and a moon in the upper part."""
    image = tint(image, rgb("04071a"), rgb("7f97cf"), 0.72)
    image = ImageEnhance.Brightness(image).enhance(0.66)
    unit, draw = min(image.size), ImageDraw.Draw(image)
    for _ in range((50, 110, 190)[detail]):
        x, y = luck.random() * image.width, luck.random() ** 1.6 * image.height * 0.5
        size = unit * luck.choice((0.0012, 0.0018, 0.003))
        tone = mix(rgb("8fa0d0"), rgb("ffffff"), luck.random())
        draw.ellipse((x - size, y - size, x + size, y + size), fill=tone)
    size = round(unit * 0.06)
    x, y = round(image.width * luck.choice((0.16, 0.8))), round(image.height * 0.14)
    halo = disc(size * 7, power=1.6).point([v // 3 for v in range(256)])
    image.paste(rgb("cfdcff"), (x - size * 3, y - size * 3), halo)
    ImageDraw.Draw(image).ellipse((x, y, x + size, y + size), fill=rgb("f6eed2"))
    return image


def pencil(image: Image.Image) -> Image.Image:
    """Graphite on warm paper: outlines, and soft tone under them."""
    grey = image.convert("L")
    soft = ImageOps.invert(grey).filter(ImageFilter.GaussianBlur(max(2, min(image.size) // 90)))
    table = [min(255, round(v * 1.0)) for v in range(256)]
    lines = _dodge(grey, soft).point(table)
    tone = ImageOps.autocontrast(grey).point([150 + round(v * 105 / 255) for v in range(256)])
    drawn = ImageChops.multiply(lines, tone)
    return ImageOps.colorize(drawn, rgb("2b2a30"), rgb("f7f1e3"))


def _dodge(base: Image.Image, blend: Image.Image) -> Image.Image:
    """Colour dodge: what is unlike its surroundings stays dark."""
    near = ImageChops.add(base, blend, 1, 0)  # 255 where a pixel is as its surroundings
    return near.point([round(255 * (v / 255) ** 3.2) for v in range(256)])


def watercolour(image: Image.Image) -> Image.Image:
    """Colours run together and pale, darker where a wash ends."""
    step = max(1, min(image.size) // 300)
    small = image.reduce(step) if step > 1 else image
    small = small.filter(ImageFilter.ModeFilter(7)).filter(ImageFilter.SMOOTH_MORE)
    washed = small.resize(image.size, Image.Resampling.BICUBIC)
    edges = small.convert("L").filter(ImageFilter.FIND_EDGES).filter(ImageFilter.BoxBlur(1))
    edges = edges.crop((2, 2, small.width - 2, small.height - 2)).resize(image.size)
    washed = Image.blend(washed, Image.new("RGB", image.size, rgb("fdf8ec")), 0.22)
    washed.paste(rgb("3b3550"), (0, 0), edges.point([min(110, v) for v in range(256)]))
    return ImageEnhance.Color(washed).enhance(1.15)


def pixels(image: Image.Image) -> Image.Image:
    """Large square pixels and few colours."""
    block = max(4, min(image.size) // 110)
    size = max(1, image.width // block), max(1, image.height // block)
    small = image.resize(size, Image.Resampling.BOX).quantize(28).convert("RGB")
    return small.resize(image.size, Image.Resampling.NEAREST)


def mono(image: Image.Image) -> Image.Image:
    """Black and white, with contrast."""
    return ImageOps.autocontrast(image.convert("L"), cutoff=1).convert("RGB")


def vintage(image: Image.Image) -> Image.Image:
    """An old print: brown, faded."""
    faded = tint(image, rgb("33231c"), rgb("f3dfb4"), 0.62)
    return vignette(ImageEnhance.Contrast(faded).enhance(0.9), 0.4)


STYLES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "pencil": pencil,
    "watercolour": watercolour,
    "mono": mono,
    "pixel": pixels,
    "vintage": vintage,
}


def caption(image: Image.Image, prompt: str, settings: str, dark: float) -> Image.Image:
    """A strip at the lower edge, `dark` from 0 to 1: the prompt, and at the right the settings."""
    unit = min(image.size)
    high = max(14, round(unit * 0.034))
    font = ImageFont.load_default(max(9, round(high * 0.54)))
    box = (0, image.height - high, image.width, image.height)
    strip = Image.blend(image.crop(box), Image.new("RGB", (image.width, high), rgb("0d0d18")), dark)
    draw, pad = ImageDraw.Draw(strip), high // 2
    right = image.width - pad - draw.textlength(settings, font)
    draw.text((right, high / 2), settings, fill=rgb("cfd3de"), font=font, anchor="lm")
    text = shown(prompt)
    while text and pad + draw.textlength(text, font) > right - pad:
        text = text[:-2].rstrip(" …") + "…" if len(text) > 2 else ""  # noqa: PLR2004 one letter and the dots
    draw.text((pad, high / 2), text, fill=rgb("f4f1ea"), font=font, anchor="lm")
    image.paste(strip, box[:2])
    return image


def shown(prompt: str) -> str:
    """The prompt in one line, without characters that the bundled font lacks."""
    line = " ".join(prompt.split())
    known = "".join(ch for ch in line if ch <= "ɏ" or ch in "–—‘’“”…€")
    return known if len(known) <= MAX_CAPTION else f"{known[: MAX_CAPTION - 1].rstrip()}…"
