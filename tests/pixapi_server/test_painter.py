"""The painter: exact, repeatable, better with quality, and visibly at work on a given picture."""

from __future__ import annotations

import io
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from bot.demo.painter import paint as painter
from bot.demo.painter.edit import WORDS
from bot.demo.painter.paint import Wish
from bot.demo.painter.scene import GROUNDS, HOURS
from bot.demo.painter.things import THINGS
from bot.demo.painter.words import STYLES, WEATHERS
from tests.exhaustive import examples
from tests.pixapi_server.provider_kit import opened, picture

EDGES = st.integers(16, 96)


def difference(a: bytes, b: bytes) -> float:
    """How far two pictures of one size are apart, their captions aside: mean levels, to 255."""
    one, other = opened(a).convert("RGB"), opened(b).convert("RGB")
    change = ImageChops.difference(one, other).crop((0, 0, one.width, one.height - 24))
    return sum(ImageStat.Stat(change).mean) / 3


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


def test_a_picture_of_4k_is_exact() -> None:
    """A picture that is drawn smaller than it is sold has exactly the pixels asked for."""
    size = 2160, 3840

    assert size == opened(painter.paint(Wish("a lighthouse at dusk", size, "medium"))).size


def test_every_word_can_be_painted() -> None:
    """Each ground, hour, thing, weather and style is painted, and is more than one colour."""
    for word in sorted({*GROUNDS, *HOURS, *THINGS, *STYLES, *WEATHERS}):
        image = opened(painter.paint(Wish(f"a {word}", (96, 64), "high"))).convert("L")

        assert ImageStat.Stat(image).stddev[0] > 5, word


def test_words_are_recognised() -> None:
    """Pictures of different things in different lights are far from each other."""
    prompts = (
        "a red fox in the snow",
        "a lighthouse at dusk",
        "a red car at night",
        "a cup of tea",
    )
    pictures = [painter.paint(Wish(prompt, (128, 128), "medium")) for prompt in prompts]

    assert all(difference(a, b) > 20 for a, b in combinations(pictures, 2))


def colours(data: bytes) -> int:
    """How many different colours a picture has, captions aside."""
    image = opened(data).convert("RGB")
    found = image.crop((0, 0, image.width, image.height - 24)).getcolors(1 << 24)
    return len(found or [])


def test_quality_shows() -> None:
    """Each quality has many more shades than the one below, of the same scene."""
    low, medium, high = (
        painter.paint(Wish("a lighthouse at dusk", (512, 512), quality))
        for quality in ("low", "medium", "high")
    )

    assert colours(low) * 2 < colours(medium)
    assert colours(medium) < colours(high)


def test_several_pictures_differ() -> None:
    """The pictures of one request are not copies of each other; nor are those of two prompts."""
    first, second = (painter.paint(Wish("a city", (256, 256), "high", k)) for k in (0, 1))
    other = painter.paint(Wish("a desert", (256, 256), "high"))

    assert difference(first, second) > 2
    assert difference(first, other) > 2


SIZE = (160, 120)
SOURCE = painter.paint(Wish("a cottage in a meadow", SIZE, "high"))
OTHER = painter.paint(Wish("a city at night", SIZE, "high"))


def test_an_edit_changes_the_given_picture() -> None:
    """An edit differs from its source, and is nearer to it than to another picture's edit."""
    for prompt in (*WORDS.keys() - {"deco"}, "black and white", "improve it", "add a red balloon"):
        wish = Wish(prompt, SIZE, "medium")
        edited, other = (painter.edit(wish, [source], None) for source in (SOURCE, OTHER))

        assert difference(edited, SOURCE) > 2, prompt
        assert difference(edited, other) > 5, prompt


@pytest.mark.parametrize("prompt", ["a lighthouse", "make it night"])
def test_a_mask_confines_the_change(prompt: str) -> None:
    """Outside the mask's transparent area the picture stays as it was."""
    mask = Image.new("RGBA", SIZE, (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (80, 0, 160, 100))
    out = io.BytesIO()
    mask.save(out, "png")
    wish = Wish(prompt, SIZE, "medium")
    edited = opened(painter.edit(wish, [SOURCE], out.getvalue())).convert("RGB")
    whole = opened(SOURCE).convert("RGB")

    def apart(box: tuple[int, int, int, int]) -> float:
        change = ImageChops.difference(edited.crop(box), whole.crop(box))
        return sum(ImageStat.Stat(change).mean) / 3

    assert apart((0, 0, 75, 100)) == 0
    assert apart((85, 10, 150, 95)) > 15


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
