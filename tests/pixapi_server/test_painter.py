"""The painter: exact, repeatable, better with quality, and visibly at work on a given picture."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from bot.demo.painter import paint as painter
from bot.demo.painter.animals import SEATED
from bot.demo.painter.land import HOURS
from bot.demo.painter.paint import Wish
from bot.demo.painter.things import THINGS
from bot.demo.painter.words import GROUNDS, STYLES, WEATHERS
from tests.exhaustive import examples
from tests.pixapi_server.provider_kit import opened, picture

EDGES = st.integers(16, 96)


@settings(deadline=None, max_examples=examples(30, 8))
@given(
    prompt=st.text(max_size=40),
    size=st.tuples(EDGES, EDGES),
    quality=st.sampled_from(["low", "medium", "high", ""]),
)
def test_a_picture_is_exact_and_repeatable(
    prompt: str, size: tuple[int, int], quality: str
) -> None:
    """Whatever the words, a wish gives a PNG of exactly its pixels, twice the same bytes."""
    wish = Wish(prompt, size, quality)
    data = painter.paint(wish)
    image = opened(data)

    assert (size, "PNG") == (image.size, image.format)
    assert data == painter.paint(wish)


@pytest.mark.parametrize("size", [(1024, 640), (1536, 512), (2160, 3840)])
def test_real_sizes_are_exact(size: tuple[int, int]) -> None:
    """Pictures of the sizes that are sold have exactly those pixels."""
    assert size == opened(painter.paint(Wish("a lighthouse at dusk", size, "medium"))).size


WORDS = sorted({*GROUNDS, *HOURS, *THINGS, *SEATED, *STYLES, *WEATHERS})


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("quality", ["low", "high"])
def test_every_word_can_be_painted(word: str, quality: str) -> None:
    """Each place, hour, thing, weather and style is painted, and is more than one colour."""
    image = opened(painter.paint(Wish(f"a {word}", (96, 64), quality))).convert("L")

    assert ImageStat.Stat(image).stddev[0] > 5


def colours(data: bytes) -> int:
    """How many different colours a picture has, captions aside."""
    image = opened(data).convert("RGB")
    found = image.crop((0, 0, image.width, image.height - 24)).getcolors(1 << 24)
    return len(found or [])


def test_quality_shows() -> None:
    """Each quality has many more shades than the one below, of the same scene."""
    low, medium, high = (
        painter.paint(Wish("a red fox in the snow", (512, 512), quality))
        for quality in ("low", "medium", "high")
    )

    assert colours(low) * 2 < colours(medium)
    assert colours(medium) < colours(high)


def difference(a: bytes, b: bytes) -> float:
    """How far two pictures of one size are apart: mean levels per colour, from 0 to 255."""
    one, other = opened(a).convert("RGB"), opened(b).convert("RGB")
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3


def test_several_pictures_differ() -> None:
    """The pictures of one request are not copies of each other; nor are those of two prompts."""
    first, second = (painter.paint(Wish("a city", (256, 256), "high", k)) for k in (0, 1))
    other = painter.paint(Wish("a desert", (256, 256), "high"))

    assert difference(first, second) > 2
    assert difference(first, other) > 2


SOURCE = painter.paint(Wish("a cottage in a meadow", (320, 240), "high"))
OTHER = painter.paint(Wish("a city at night", (320, 240), "high"))


@pytest.mark.parametrize(
    "prompt",
    [
        *("make it night", "snow", "rain", "warmer", "colder and blue", "pencil", "watercolour"),
        *("black and white", "pixel art", "vintage", "blurred", "brighter", "moody", "sunset"),
        *("autumn", "neon", "improve it", "add a red balloon"),
    ],
)
@pytest.mark.parametrize("quality", ["low", "high"])
def test_an_edit_changes_the_given_picture(prompt: str, quality: str) -> None:
    """An edit differs from its source, and is nearer to it than to another picture's edit."""
    wish = Wish(prompt, (320, 240), quality)
    edited = painter.edit(wish, [SOURCE], None)
    other = painter.edit(wish, [OTHER], None)

    assert difference(edited, SOURCE) > 2
    assert difference(edited, other) > 5
    assert edited == painter.edit(wish, [SOURCE], None)


@pytest.mark.parametrize("prompt", ["a lighthouse", "make it night"])
def test_a_mask_confines_the_change(prompt: str) -> None:
    """Outside the mask's transparent area the picture stays as it was."""
    mask = Image.new("RGBA", (320, 240), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (160, 0, 320, 200))
    out = io.BytesIO()
    mask.save(out, "png")
    wish = Wish(prompt, (320, 240), "medium")
    edited = opened(painter.edit(wish, [SOURCE], out.getvalue())).convert("RGB")
    whole = opened(SOURCE).convert("RGB")

    def apart(box: tuple[int, int, int, int]) -> float:
        change = ImageChops.difference(edited.crop(box), whole.crop(box))
        return sum(ImageStat.Stat(change).mean) / 3

    assert apart((20, 20, 150, 200)) < 6  # the vignette only
    assert apart((170, 20, 300, 190)) > 15


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "LA", "CMYK"])
def test_any_picture_can_be_worked_on(mode: str) -> None:
    """Every colour mode, every shape and several images at once give the wished pixels."""
    kind = "JPEG" if mode == "CMYK" else "PNG"
    source = Image.new(mode, (33, 90))
    out = io.BytesIO()
    source.save(out, kind)
    edited = painter.edit(Wish("at night", (80, 48), "low"), [out.getvalue(), picture()], None)

    assert opened(edited).size == (80, 48)


@settings(deadline=None, max_examples=examples(20, 6))
@given(size=st.tuples(st.integers(1, 4096), st.integers(1, 4096)))
def test_plain_pictures_are_exact(size: tuple[int, int]) -> None:
    """Flat pictures for counting tests have the exact size too, and differ by their prompt."""
    one, other = painter.plain(Wish("a", size, "low")), painter.plain(Wish("b", size, "low"))

    assert size == Image.open(io.BytesIO(one)).size
    assert one != other
