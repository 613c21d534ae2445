"""Masks: what may change, in the two ways in which people draw them, and what is none."""

from __future__ import annotations

import io
from tempfile import TemporaryFile
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFilter

from bot import pictures
from bot.core.job import Size
from bot.pictures import Clean, Unusable, clean, make_mask
from tests.samples import encoded, noise

SIZE = (64, 48)
FIRST = Clean(Size(*SIZE), "image/png", 9, scaled=False, original=Size(*SIZE), alpha=False)


def drawn(mode: str = "L", paper: Any = 0, ink: Any = 255) -> Image.Image:
    """A disc on a ground."""
    image = Image.new(mode, SIZE, paper)
    ImageDraw.Draw(image).ellipse((16, 8, 48, 40), fill=ink)
    return image


def made(data: bytes, first: Clean = FIRST) -> tuple[Clean, bool, bytes]:
    """What a file becomes as a mask; whether it was black and white."""
    with TemporaryFile() as source, TemporaryFile() as target:
        source.write(data)
        result, white = make_mask(target, clean(source, target), first)
        target.seek(0)
        return result, white, target.read()


def changes(data: bytes) -> tuple[bool, bool]:
    """Whether the disc's middle and the corner may change."""
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "RGBA", SIZE)
        alpha = image.getchannel("A")
        assert set(alpha.tobytes()) <= {0, 255}
        return alpha.getpixel((32, 24)) == 0, alpha.getpixel((0, 0)) == 0


BLACK_AND_WHITE = {
    "grey": encoded(drawn(), "PNG"),
    "1 bit": encoded(drawn().convert("1"), "PNG"),
    "RGB": encoded(drawn().convert("RGB"), "PNG"),
    "palette": encoded(drawn().convert("RGB").quantize(2), "PNG"),
    "soft": encoded(drawn().filter(ImageFilter.GaussianBlur(1)), "PNG"),
    "JPEG": encoded(drawn(), "JPEG"),
    "BMP": encoded(drawn().convert("1"), "BMP"),
    "opaque alpha": encoded(drawn().convert("RGBA"), "PNG"),
    "not quite": encoded(drawn("RGB", (9, 4, 0), (240, 250, 255)), "PNG"),
}


@pytest.mark.parametrize("data", BLACK_AND_WHITE.values(), ids=BLACK_AND_WHITE)
def test_white_may_change(data: bytes) -> None:
    """Black and white, as drawing programs make it: white becomes transparent, black stays."""
    result, white, after = made(data)

    assert white
    assert (result.mime, result.alpha, result.length) == ("image/png", True, len(after))
    assert changes(after) == (True, False)


def test_all_white_lets_everything_change() -> None:
    """A white sheet without alpha says that all of it may."""
    _, _, after = made(encoded(Image.new("L", SIZE, 255), "PNG"))

    assert changes(after) == (True, True)


@pytest.mark.parametrize("hole", [0, 100])
def test_a_transparent_one_stays_as_it_is(hole: int) -> None:
    """A PNG with transparent parts is sent pixel for pixel, whatever is drawn on it."""
    image = noise(SIZE, "RGB").convert("RGBA")
    image.putalpha(drawn(paper=255, ink=hole))
    _, white, after = made(encoded(image, "PNG"))

    assert not white
    with Image.open(io.BytesIO(after)) as sent:
        assert (sent.mode, sent.tobytes()) == ("RGBA", image.tobytes())


def test_a_transparent_one_is_a_png() -> None:
    """Transparent parts of another format become those of a PNG."""
    image = noise(SIZE, "RGB").convert("RGBA")
    image.putalpha(drawn(paper=255, ink=0))
    result, white, after = made(encoded(image, "WEBP", lossless=True))

    assert (result.mime, white) == ("image/png", False)
    assert changes(after) == (True, False)


REFUSED = {
    "opaque": (Image.new("RGBA", SIZE, "white"), pictures.OPAQUE),
    "opaque black": (Image.new("RGBA", SIZE, "black"), pictures.OPAQUE),
    "opaque photo": (noise(SIZE).convert("RGBA"), pictures.OPAQUE),
    "nearly opaque": (Image.new("RGBA", SIZE, (0, 0, 0, 200)), pictures.OPAQUE),
    "black": (Image.new("L", SIZE, 0), pictures.BLACK),
    "photo": (noise(SIZE), pictures.NO_MASK),
    "red on black": (drawn("RGB", (0, 0, 0), (255, 0, 0)), pictures.NO_MASK),
    "grey on black": (drawn("L", 0, 128), pictures.NO_MASK),
}


@pytest.mark.parametrize(("image", "why"), REFUSED.values(), ids=REFUSED)
def test_what_lets_nothing_change_is_refused(image: Image.Image, why: str) -> None:
    """Opaque or black everywhere, or neither of both kinds: said with what a mask is."""
    with pytest.raises(Unusable) as refused:
        made(encoded(image, "PNG"))

    assert refused.value.why == why
    assert "A mask is a PNG whose transparent parts may change" in why


def test_a_mask_of_another_size() -> None:
    """A mask has the first image's pixels; else it says both."""
    first = Clean(Size(64, 50), "image/png", 9, scaled=False, original=Size(64, 50), alpha=False)
    with pytest.raises(Unusable, match="it has 64×48 pixels, the first image has 64×50"):
        made(BLACK_AND_WHITE["grey"], first)
