"""What changes a whole picture: weather, hours, styles, an edit's words, the caption."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from bot.demo.painter.canvas import WHITE, mix, rgb
from bot.demo.painter.things import stamp
from bot.demo.painter.words import HOURS, STYLES, WEATHERS, colour_in, find, thing_in, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.demo.painter.canvas import Canvas

TONES = {  # dark end, light end, how far
    "winter": ("2c4666", "fbfdff", 0.5),
    "warm": ("3a1420", "ffdf9e", 0.45),
    "cold": ("0c1c3a", "e2f2ff", 0.45),
    "sunset": ("2c1a4e", "ffc079", 0.58),
    "dawn": ("4a4370", "ffe6d2", 0.5),
    "neon": ("16063a", "3ef0ff", 0.55),
    "vintage": ("33231c", "f3dfb4", 0.65),
    "night": ("02040f", "4c5c8f", 0.8),
}
WORDS = {
    **STYLES,
    **{hour: words for hour, words in HOURS.items() if hour != "day"},
    "warm": "warm warmer cosy cozy",
    "cold": "cold colder cool cooler blue",
    "neon": "neon cyberpunk synthwave",
    "blur": "blur blurred blurry bokeh soft dreamy",
    "bright": "bright brighter lighter vivid colourful colorful",
    "dim": "darker dim moody",
    **{weather: WEATHERS[weather] for weather in ("snow", "rain")},
}
ADDING = frozenset({"add", "with", "put", "place", "insert"})
MAX_CAPTION = 90  # characters


def stars(c: Canvas, low: float, count: int) -> None:
    """Stars, fewer towards the horizon."""
    r = c.random
    for _ in c.many(count):
        size = r.choice((0.0012, 0.0016, 0.0026))
        tone = mix(rgb("6f86c9"), rgb("fff6e4"), r.uniform(0.3, 1))
        c.oval((r.random() * c.wide, r.random() ** 1.4 * low), (size, size), tone)


def moon(c: Canvas, low: float) -> None:
    """Stars, and a moon with its halo."""
    stars(c, low, 160)
    (x, y), size = (c.wide * (0.5 + 0.24 * c.light), low * 0.3), 0.06
    c.glow((x, y), (0.4, 0.4), rgb("9aacd8"), 0.6, 1.8)
    c.oval((x, y), (size, size), rgb("f6eed2"))
    for dx, dy, part in ((-0.3, 0.2, 0.24), (0.35, -0.15, 0.16), (0.1, 0.5, 0.13)):
        c.oval((x + dx * size, y + dy * size), (size * part, size * part), rgb("ddd6c4"))


def snow(c: Canvas) -> None:
    """Falling flakes: many small ones, some large and soft."""
    r = c.random
    for k in c.many(320):
        at, size = (r.random() * c.wide, r.random() * c.tall), r.choice((0.0018, 0.0025, 0.004))
        c.oval(at, (size, size), mix(rgb("cfdae6"), WHITE, r.random()))
        if k % 20 == 0:
            c.glow((r.random() * c.wide, r.random() * c.tall), (size * 6, size * 6), WHITE, 0.7, 1)


def rain(c: Canvas) -> None:
    """Slanting streaks."""
    r = c.random
    for _ in c.many(260):
        x, y, drop = r.random() * c.wide * 1.1, r.random() * c.tall, r.uniform(0.02, 0.07)
        c.line([(x, y), (x - drop * 0.18, y + drop)], 0.001, mix(rgb("8b98a6"), WHITE, r.random()))


def vignette(image: Image.Image, strength: float) -> Image.Image:
    """Corners a little darker."""
    fall = [round(255 * strength * max(0.0, v / 255 - 0.3) ** 2 / 0.49) for v in range(256)]
    mask = Image.radial_gradient("L").point(fall)
    image.paste(rgb("0c0a20"), (0, 0), mask.resize(image.size, Image.Resampling.BILINEAR))
    return image


def pencil(image: Image.Image) -> Image.Image:
    """Graphite on warm paper: outlines, and soft tone under them."""
    grey = image.convert("L")
    soft = ImageOps.invert(grey).filter(ImageFilter.BoxBlur(max(2, min(image.size) // 90)))
    near = ImageChops.add(grey, soft)  # 255 where a pixel is as its surroundings
    lines = near.point([round(255 * (v / 255) ** 3.2) for v in range(256)])
    tone = ImageOps.autocontrast(grey).point([150 + v * 105 // 255 for v in range(256)])
    return ImageOps.colorize(ImageChops.multiply(lines, tone), rgb("2b2a30"), rgb("f7f1e3"))


def watercolour(image: Image.Image) -> Image.Image:
    """Colours run together and pale, darker where a wash ends."""
    small = image.reduce(max(1, min(image.size) // 300)).filter(ImageFilter.ModeFilter(5))
    edges = small.convert("L").filter(ImageFilter.FIND_EDGES).filter(ImageFilter.BoxBlur(1))
    dark = ImageOps.crop(edges, 2).resize(image.size).point([min(90, v) for v in range(256)])
    washed = small.filter(ImageFilter.SMOOTH_MORE).resize(image.size, Image.Resampling.BICUBIC)
    washed = Image.blend(washed, Image.new("RGB", image.size, rgb("fdf8ec")), 0.22)
    washed.paste(rgb("3b3550"), (0, 0), dark)
    return ImageEnhance.Color(washed).enhance(1.2)


def pixels(image: Image.Image) -> Image.Image:
    """Large square pixels and few colours."""
    block = max(4, min(image.size) // 110)
    size = max(1, image.width // block), max(1, image.height // block)
    small = image.resize(size, Image.Resampling.BOX).quantize(28).convert("RGB")
    return small.resize(image.size, Image.Resampling.NEAREST)


EFFECTS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "pencil": pencil,
    "watercolour": watercolour,
    "pixel": pixels,
    "mono": lambda image: ImageOps.autocontrast(image.convert("L"), cutoff=1).convert("RGB"),
    "blur": lambda image: image.filter(ImageFilter.GaussianBlur(min(image.size) / 60)),
    "bright": lambda image: ImageEnhance.Color(image.point(lambda v: v * 1.2)).enhance(1.35),
    "dim": lambda image: vignette(image.point(lambda v: v * 0.7), 0.5),
}


def apply(c: Canvas, kind: str) -> None:
    """Change the canvas's picture: a key of `WORDS`."""
    if kind in EFFECTS:
        c.image.paste(EFFECTS[kind](c.image))
    elif kind in TONES:
        dark, light, share = TONES[kind]
        toned = ImageOps.colorize(c.image.convert("L"), rgb(dark), rgb(light))
        c.image.paste(Image.blend(c.image, toned, share))
    if kind == "night":
        moon(c, c.tall * 0.5)
    elif kind in {"snow", "rain"}:
        (snow if kind == "snow" else rain)(c)


def change(c: Canvas, prompt: str) -> None:
    """Do to the canvas's picture all that the words name; something visible in any case."""
    words = words_of(prompt)
    name = thing_in(words) if ADDING & set(words) else None
    if name is not None:
        stamp(c, name, colour_in(words), (c.wide * (0.5 + 0.26 * c.light), c.tall * 0.86), 0.4)
    kinds = [kind for kind, known in WORDS.items() if find(words, {kind: known})]
    if name is None and not kinds:
        kinds = [c.random.choice(("warm", "cold", "sunset", "neon")), "dim"]
    for kind in kinds:
        apply(c, kind)


def load(data: bytes, size: tuple[int, int]) -> Image.Image:
    """A picture as it is meant to be seen, cropped to the wished shape, transparency on white."""
    with Image.open(io.BytesIO(data)) as opened:
        image = ImageOps.exif_transpose(opened).convert("RGBA")
    flat = Image.new("RGB", image.size, WHITE)
    flat.paste(image, (0, 0), image)
    return ImageOps.fit(flat, size, Image.Resampling.BICUBIC)


def hole(mask: bytes, size: tuple[int, int]) -> Image.Image:
    """255 where the mask is transparent; the edge is soft, towards the inside only."""
    with Image.open(io.BytesIO(mask)) as opened:
        alpha = opened.convert("RGBA").getchannel("A")
    sharp = ImageOps.fit(ImageOps.invert(alpha), size, Image.Resampling.BILINEAR)
    return ImageChops.darker(sharp, sharp.filter(ImageFilter.BoxBlur(max(1, min(size) // 160))))


def prints(image: Image.Image, more: Sequence[bytes]) -> Image.Image:
    """Further images as small white-bordered prints along the right edge."""
    edge = min(image.size) // 6
    for k, data in enumerate(more[:4]):
        card = ImageOps.expand(load(data, (edge, edge)), max(2, edge // 18), rgb("fbf8f1"))
        x, y = image.width - card.width - edge // 5, edge // 5 + k * (card.height + edge // 8)
        image.paste(Image.new("RGB", card.size, rgb("1b1926")), (x + edge // 30, y + edge // 30))
        image.paste(card, (x, y))
    return image


def caption(image: Image.Image, prompt: str, settings: str) -> Image.Image:
    """A dark strip at the lower edge: the prompt, and at the right the settings."""
    high = max(14, round(min(image.size) * 0.034))
    font = ImageFont.load_default(max(9, round(high * 0.54)))
    strip = Image.new("RGB", (image.width, high), rgb("1a1b26"))
    draw, pad = ImageDraw.Draw(strip), high // 2
    right = image.width - pad - draw.textlength(settings, font)
    draw.text((right, high / 2), settings, fill=rgb("cfd3de"), font=font, anchor="lm")
    words = " ".join(prompt.split())  # and without what the bundled font lacks
    text = "".join(ch for ch in words if ch <= "ɏ" or ch in "–—‘’“”…€")
    if len(text) > MAX_CAPTION:
        text = text[: MAX_CAPTION - 1] + "…"
    while text and pad + draw.textlength(text, font) > right - pad:
        text = text[:-2].rstrip(" …") + "…" if len(text) > 2 else ""  # noqa: PLR2004 one letter, dots
    draw.text((pad, high / 2), text, fill=rgb("f4f1ea"), font=font, anchor="lm")
    image.paste(strip, (0, image.height - high))
    return image
