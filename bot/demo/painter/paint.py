"""Pictures from words: a scene composed by rule, at exactly the size that was asked for.

The embedded Pixapi is no model, but what it gives back should be worth looking at: the words pick
place, hour, weather, thing and style (`painter_words`); a hash decides the rest, so that the same
wish is always the same picture. Everything here blocks: call it in a thread.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from bot.demo.painter import filters
from bot.demo.painter.canvas import HIGH, LOW, MEDIUM, Canvas, chance
from bot.demo.painter.edit import Change
from bot.demo.painter.scene import compose
from bot.demo.painter.words import read

if TYPE_CHECKING:
    from collections.abc import Sequence

DETAIL = {"low": LOW, "medium": MEDIUM, "high": HIGH, "": HIGH}
WORK_EDGE = {LOW: 768, MEDIUM: 1600, HIGH: 2048}  # pixels, the longest that is drawn
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

    Where there is a mask, only its transparent area changes: something new is painted there.
    """
    detail = DETAIL[wish.quality]
    task = Change(wish.prompt, wish.size, detail, wish.seed)
    fresh = _scene(wish) if mask is not None and task.paints else None
    return _finish(task.apply(images, mask, fresh), wish, dark=0.9)


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
    image = compose(Canvas(size, detail, wish.seed), scene)
    if scene.style in filters.STYLES:
        image = filters.STYLES[scene.style](image)
    how = Image.Resampling.BILINEAR if detail == LOW else Image.Resampling.BICUBIC
    return image.resize(wish.size, how) if image.size != wish.size else image


def _finish(image: Image.Image, wish: Wish, *, dark: float = 0.62) -> bytes:
    if DETAIL[wish.quality] == HIGH:
        image = filters.grain(filters.vignette(image, 0.2), wish.seed, 4)
    elif DETAIL[wish.quality] == MEDIUM:
        image = filters.vignette(image, 0.12)
    return _png(filters.caption(image, wish.prompt, wish.settings, dark))


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "png", compress_level=1)
    return out.getvalue()
