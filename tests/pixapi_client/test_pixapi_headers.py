"""Pixels and type by the first bytes."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from bot.core.job import Size
from bot.pixapi.errors import PictureError
from bot.pixapi.pictures import NeedMore, measure
from tests.pixapi_client.picture_samples import SAMPLES


@pytest.mark.parametrize("name", SAMPLES)
def test_pixels_and_type_are_those_that_pillow_reads(name: str) -> None:
    """From the header alone, in every kind of every format, without EXIF's rotation."""
    data = SAMPLES[name]
    with Pillow.open(io.BytesIO(data)) as picture:
        expected = (Size(*picture.size), picture.get_format_mimetype())

    assert expected == measure(data)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_beginning_asks_for_more_and_never_for_something_else(name: str) -> None:
    """Any cut before the pixels are known says "more"; any cut after it gives the same pixels."""
    data = SAMPLES[name]
    known = False
    for length in [*range(64), *range(64, len(data), 997)]:
        try:
            assert measure(data) == measure(data[:length])
            known = True
        except NeedMore:
            assert not known


@given(st.binary(max_size=80), st.sampled_from([b"", *(data[:40] for data in SAMPLES.values())]))
def test_no_bytes_surprise_the_reader(tail: bytes, head: bytes) -> None:
    """Whatever follows a header is pixels, more to read, or no picture."""
    try:
        size, mime = measure(head + tail)
    except (NeedMore, PictureError):
        return
    assert mime.startswith("image/")
    assert size.width > 0 < size.height


def test_padding_and_bare_markers_in_a_jpeg_are_passed_over() -> None:
    """Fill bytes before a marker and markers without a body stand in old files."""
    data = SAMPLES["jpeg"]

    assert measure(data) == measure(data[:2] + b"\xff\xd0\xff\x01\xff\xff" + data[2:])


@pytest.mark.parametrize(
    "head",
    [
        b"\xff\xd8\xff\xe0\x00\x04ab" + b"no marker",
        b"\xff\xd8\xff\xda\x00\x04ab",
        b"\xff\xd8\xff\xc0\x00\x11\x08\x00\x00\x00\x10",
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIDAT\0\0\0\1\0\0\0\1",
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\0\0\0\0\1",
        b"RIFF\0\0\0\0WAVE" + bytes(30),
        b"RIFF\0\0\0\0WEBPVP9 " + bytes(30),
        b"RIFF\0\0\0\0WEBPVP8L" + bytes(30),
        b"RIFF\0\0\0\0WEBPVP8 " + bytes(30),
        b"GIF89a\0\0\0\0",
        b"<!DOCTYPE html>",
    ],
)
def test_what_only_looks_like_a_picture_is_none(head: bytes) -> None:
    """Broken headers, other formats in the same container, sides of no pixels."""
    with pytest.raises(PictureError) as refused:
        measure(head)

    assert refused.value.code == "not_a_picture"
