"""Pictures from words: a scene composed by rule, at exactly the size that was asked for.

The embedded Pixapi is no model, but what it gives back should be worth looking at: the words pick
ground, hour, weather, thing and style (`words`); a hash decides the rest, so that the same wish is
always the same picture. Everything here blocks: call it in a thread.
"""

from __future__ import annotations

import hashlib
import io
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from bot.demo.painter import edit as edits
from bot.demo.painter.canvas import HIGH, LOW, MEDIUM, Canvas, chance
from bot.demo.painter.scene import compose
from bot.demo.painter.words import GROUNDS, find, read, thing_in, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

DETAIL = {"low": LOW, "medium": MEDIUM, "high": HIGH, "": HIGH}
WORK_EDGE = {LOW: 768, MEDIUM: 1536, HIGH: 2048}  # pixels, the longest that is drawn
FINER = {LOW: 0.6, MEDIUM: 1.25, HIGH: 1.5}  # drawn pixels per asked one, where they fit


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be painted."""

    prompt: str
    size: tuple[int, int]  # pixels
    quality: str  # low, medium, high; "" (a model without quality) is painted as high
    index: int = 0  # which of several pictures for one prompt

    @property
    def seed(self) -> str:
        """What chance hangs on; not on size and quality: a finished draft shows the same scene."""
        return hashlib.sha256(f"{self.prompt}\0{self.index}".encode()).hexdigest()

    @property
    def settings(self) -> str:
        """Size and quality, for the caption."""
        size = f"{self.size[0]}x{self.size[1]}"
        return f"{size} · {self.quality}" if self.quality else size


def paint(wish: Wish) -> bytes:
    """A PNG of exactly the wished pixels, the same for the same wish."""
    return _finish(_scene(wish), wish)


def edit(wish: Wish, images: Sequence[bytes], mask: bytes | None) -> bytes:
    """A PNG in which a person sees the first image, changed as the prompt says.

    Where there is a mask, only its transparent area changes: a thing or place that the prompt names
    is painted there. Further images are laid on the first as prints.

    Args:
        wish: the words, and the size of the answer.
        images: PNG, JPEG or WebP.
        mask: a PNG; None changes everything.
    """
    base = edits.load(images[0], wish.size)
    if wish.quality == "low":
        base = ImageOps.posterize(base, 4)
    words, open_part = words_of(wish.prompt), edits.hole(mask, wish.size) if mask else None
    box = open_part.getbbox() if open_part else None
    if box and (thing_in(words) or find(words, GROUNDS)):
        changed = base.copy()
        changed.paste(ImageOps.fit(_scene(wish), (box[2] - box[0], box[3] - box[1])), box[:2])
    else:
        canvas = Canvas(base.copy(), DETAIL[wish.quality], wish.seed)
        edits.change(canvas, wish.prompt)
        changed = canvas.image
    if open_part is not None:
        changed = Image.composite(changed, base, open_part)
    return _finish(edits.prints(changed, images[1:]), wish)


def plain(wish: Wish) -> bytes:
    """A flat PNG of exactly the wished pixels, in milliseconds: for tests that only count."""
    seed = hashlib.sha256(f"{wish.prompt}|{wish.quality}|{wish.index}".encode()).digest()
    image = Image.new("P", wish.size, 0)
    image.putpalette(list(seed[:3]))
    return _png(image)


def _scene(wish: Wish) -> Image.Image:
    detail = DETAIL[wish.quality]
    factor = min(FINER[detail], WORK_EDGE[detail] / max(wish.size))
    size = max(8, round(wish.size[0] * factor)), max(8, round(wish.size[1] * factor))
    scene = read(wish.prompt, chance(wish.seed))
    canvas = Canvas(Image.new("RGB", size), detail, wish.seed)
    compose(canvas, scene)
    if scene.style is not None:
        edits.apply(canvas, scene.style)
    return canvas.image.resize(wish.size, Image.Resampling.BILINEAR)


def _finish(image: Image.Image, wish: Wish) -> bytes:
    if DETAIL[wish.quality] == HIGH:
        image = edits.vignette(image, 0.2)
    return _png(edits.caption(image, wish.prompt, wish.settings))


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "png", compress_level=1, compress_type=zlib.Z_RLE)
    return out.getvalue()
