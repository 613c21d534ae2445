"""Edits: the given picture, changed by the prompt's words, everywhere or where the mask is open."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from bot.demo.painter import filters
from bot.demo.painter.canvas import LOW, OPAQUE, Canvas, chance, rgb
from bot.demo.painter.things import thing
from bot.demo.painter.words import COLOURS, GROUNDS, THINGS, find, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TONES = {  # dark end, light end, how far
    "warm": ("3a1420", "ffdf9e", 0.45),
    "cold": ("0c1c3a", "e2f2ff", 0.45),
    "sunset": ("2c1a4e", "ffc079", 0.58),
    "dawn": ("4a4370", "ffe6d2", 0.5),
    "autumn": ("3b1f10", "f6b45a", 0.52),
    "spring": ("1f4a32", "fbe3ee", 0.42),
    "neon": ("16063a", "3ef0ff", 0.55),
    "winter": ("2c4666", "fbfdff", 0.5),
}
WORDS = {
    "night": "night midnight dark moon moonlight stars starry",
    "snow": "snow snowy winter christmas ice frost",
    "rain": "rain rainy storm stormy wet",
    "pencil": "pencil sketch drawing charcoal line",
    "watercolour": "watercolour watercolor painting painted aquarelle",
    "mono": "monochrome noir grayscale greyscale black-and-white",
    "pixel": "pixel pixelated 8-bit",
    "vintage": "vintage retro sepia old",
    "blur": "blur blurred blurry bokeh soft dreamy",
    "bright": "bright brighter lighter vivid colourful colorful",
    "dim": "darker dim moody",
    "sunset": "sunset dusk evening golden",
    "dawn": "dawn sunrise morning",
    "autumn": "autumn fall october",
    "spring": "spring blossom pastel",
    "neon": "neon cyberpunk synthwave",
    "warm": "warm warmer cosy cozy",
    "cold": "cold cool cooler blue",
}


ADDING = frozenset({"add", "with", "put", "place", "insert"})


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be done to a picture: by which words, at which size (pixels) and detail."""

    prompt: str
    size: tuple[int, int]
    detail: int  # LOW to HIGH
    seed: str  # what chance hangs on

    @property
    def words(self) -> list[str]:
        """The prompt's words."""
        return words_of(self.prompt.lower().replace("black and white", "monochrome"))

    @property
    def paints(self) -> bool:
        """Whether a mask's area gets something new rather than another light."""
        return (find(self.words, THINGS) or find(self.words, GROUNDS)) is not None

    def apply(
        self, images: Sequence[bytes], mask: bytes | None, fresh: Image.Image | None
    ) -> Image.Image:
        """The first image, changed; further ones are laid on it as prints.

        Args:
            images: PNG, JPEG or WebP.
            mask: PNG whose transparent area is to be changed; None changes everything.
            fresh: a scene for the prompt, to be painted into the masked area.
        """
        luck = chance(self.seed)
        base = _load(images[0], self.size)
        if self.detail == LOW:
            base = ImageOps.posterize(base, 4)
        if mask is None:
            return _prints(self._worked(base, luck), images[1:])
        hole = _hole(mask, self.size)
        box = hole.getbbox()
        if fresh is None or box is None:
            inside = self._worked(base, luck)
        else:
            inside = base.copy()
            part = ImageOps.fit(fresh, (box[2] - box[0], box[3] - box[1]))
            inside.paste(part, box[:2])
        return _prints(Image.composite(inside, base, hole), images[1:])

    def _worked(self, image: Image.Image, luck: random.Random) -> Image.Image:
        """Apply everything that the words name; something visible happens in any case."""
        words = set(self.words)
        kinds = [kind for kind, members in WORDS.items() if words & set(members.split())]
        name = find(self.words, THINGS) if words & ADDING else None
        if name is not None:
            image = self._added(image, name)
        for kind in kinds:
            image = _apply(kind, image, self.detail, luck)
        if name is None and not kinds:
            image = _toned(luck.choice(("warm", "cold", "sunset", "autumn", "spring")), image)
            image = filters.vignette(ImageEnhance.Contrast(image).enhance(1.15), 0.4)
        return image

    def _added(self, image: Image.Image, name: str) -> Image.Image:
        """The thing that was asked for, standing in the picture."""
        c = Canvas(image.size, self.detail, self.seed)
        c.image = image
        colour = next((rgb(COLOURS[word]) for word in self.words if word in COLOURS), None)
        x = c.wide * (0.5 + 0.26 * c.light)
        c.stamp(thing(name, colour), (x, c.tall * 0.86), 0.4)
        return c.image


def _load(data: bytes, size: tuple[int, int]) -> Image.Image:
    """A picture as it is meant to be seen, cropped to the wished shape, transparency on white."""
    with Image.open(io.BytesIO(data)) as opened:
        image = ImageOps.exif_transpose(opened).convert("RGBA")
    flat = Image.new("RGB", image.size, rgb("ffffff"))
    flat.paste(image, (0, 0), image)
    return ImageOps.fit(flat, size, Image.Resampling.BICUBIC)


def _hole(mask: bytes, size: tuple[int, int]) -> Image.Image:
    """255 where the mask is transparent; the edge is soft, towards the inside only."""
    with Image.open(io.BytesIO(mask)) as opened:
        alpha = opened.convert("RGBA").getchannel("A")
    hole = ImageOps.fit(ImageOps.invert(alpha), size, Image.Resampling.BILINEAR)
    soft = hole.filter(ImageFilter.BoxBlur(max(1, min(size) // 160)))
    inside = hole.point([OPAQUE * (v > 0) for v in range(256)])
    return Image.composite(soft, Image.new("L", size), inside)


def _apply(kind: str, image: Image.Image, detail: int, luck: random.Random) -> Image.Image:
    falling: dict[str, Callable[[Image.Image, random.Random, int], Image.Image]] = {
        "night": filters.night,
        "snow": filters.snow,
        "rain": filters.rain,
    }
    if kind in falling:
        if kind == "snow":
            image = _toned("winter", image)
        return falling[kind](image, luck, detail)
    if kind in filters.STYLES:
        return filters.STYLES[kind](image)
    match kind:
        case "blur":
            return image.filter(ImageFilter.GaussianBlur(min(image.size) / 60))
        case "bright":
            return ImageEnhance.Color(ImageEnhance.Brightness(image).enhance(1.2)).enhance(1.35)
        case "dim":
            return filters.vignette(ImageEnhance.Brightness(image).enhance(0.6), 0.5)
        case _:
            return _toned(kind, image)


def _toned(kind: str, image: Image.Image) -> Image.Image:
    dark, light, share = TONES[kind]
    return filters.tint(image, rgb(dark), rgb(light), share)


def _prints(image: Image.Image, more: Sequence[bytes]) -> Image.Image:
    """Further images as small white-bordered prints along the right edge."""
    edge = min(image.size) // 6
    for k, data in enumerate(more[:4]):
        card = ImageOps.expand(_load(data, (edge, edge)), max(2, edge // 18), rgb("fbf8f1"))
        at = image.width - card.width - edge // 5, edge // 5 + k * (card.height + edge // 8)
        shade = (at[0] + edge // 30, at[1] + edge // 30)
        ImageDraw.Draw(image).rectangle(
            (*shade, shade[0] + card.width, shade[1] + card.height), fill=rgb("1b1926")
        )
        image.paste(card, at)
    return image
