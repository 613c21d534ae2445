"""Pictures that are none, and bytes that nobody drew."""

from __future__ import annotations

import io
from tempfile import TemporaryFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pillow_heif import register_heif_opener

from bot.pictures import DAMAGED, Unusable, clean
from tests.exhaustive import examples
from tests.samples import (
    BAD,
    PLAIN,
    cleaned,
    encoded,
    noise,
    png_header,
    telling,
    why,
)


@pytest.mark.parametrize(("data", "reason"), BAD.values(), ids=BAD)
def test_each_bad_file_has_its_reason(data: bytes, reason: str) -> None:
    """What is no still picture of reasonable size is refused, with what is wrong with it."""
    assert why(data).startswith(reason)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_part_of_a_picture_is_none(kind: str) -> None:
    """A file cut off anywhere in its pixels is refused as such."""
    whole = PLAIN[kind]
    places = [len(whole) * part // 10 for part in range(1, 10)]
    reasons = {why(whole[:at]) for at in places}

    assert reasons == {DAMAGED}


def test_a_bomb_is_never_decoded() -> None:
    """Too many pixels are refused by the header: nothing of them is in memory or on disk."""
    with TemporaryFile() as source, TemporaryFile() as target:
        source.write(png_header(30_000, 30_000))
        with pytest.raises(Unusable):
            clean(source, target)

        assert target.seek(0, io.SEEK_END) == 0


register_heif_opener()
OTHERS = ("AVIF", "BMP", "GIF", "HEIF", "JPEG2000", "TGA", "TIFF")
ALL = (*PLAIN, *OTHERS)
RICH = {kind: telling(kind, noise((24, 16)), 6) for kind in PLAIN}
RICH |= {kind: encoded(noise((24, 16)), kind) for kind in OTHERS}
ANY = PLAIN | {kind: encoded(noise((64, 48)), kind) for kind in OTHERS}


@pytest.mark.filterwarnings("ignore")  # Pillow warns of what it reads all the same
@settings(max_examples=examples(600, 100), deadline=None)
@given(
    kind=st.sampled_from(ALL),
    rich=st.booleans(),
    cut=st.floats(0, 1),
    spots=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=4)), max_size=6),
)
def test_no_file_upsets_it(
    kind: str,
    rich: bool,  # noqa: FBT001 - drawn
    cut: float,
    spots: list[tuple[float, bytes]],
) -> None:
    """However a file is cut and scribbled over: it is a picture, or it is refused in words."""
    data = bytearray((RICH if rich else ANY)[kind])
    del data[int(len(data) * max(cut, 0.05)) :]
    for place, scribble in spots:
        at = int((len(data) - 1) * place)
        data[at : at + len(scribble)] = scribble
    try:
        result, after = cleaned(bytes(data))
    except Unusable as refused:
        assert refused.why.endswith(".")  # noqa: PT017 - both ways out are right
    else:
        with Image.open(io.BytesIO(after)) as image:
            assert image.size == (result.size.width, result.size.height)
