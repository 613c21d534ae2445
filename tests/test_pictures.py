"""Pictures that people attach: what is refused, what is taken out, what stays as it was."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageOps

from bot.core.job import Size
from bot.pictures import Clean, save
from tests.samples import (
    EIFFEL,
    PLAIN,
    PROFILE,
    SECRETS,
    SMOOTH,
    cleaned,
    encoded,
    noise,
    telling,
    why,
)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_what_it_says_about_people_is_gone(kind: str) -> None:
    """EXIF with its place, XMP, texts, times and comments are gone; every pixel is as it was."""
    before = telling(kind, SMOOTH)

    assert EIFFEL.encode() in before

    result, after = cleaned(before)

    assert far(before, after) <= (3 if kind == "JPEG" else 0)
    assert [secret for secret in SECRETS if secret in after] == []
    assert len(after) == result.length
    with Image.open(io.BytesIO(after)) as image:
        assert dict(image.getexif()) == {}
        assert image.info["icc_profile"] == PROFILE
        assert set(image.info) <= {
            "icc_profile", "jfif", "jfif_version", "jfif_unit", "jfif_density",
            "loop", "background", "timestamp", "duration",  # what Pillow says of every WebP
        }  # fmt: skip


def far(one: bytes, other: bytes) -> int:
    """How far the most different pixels of two pictures of one mode are apart, of 255."""
    with Image.open(io.BytesIO(one)) as before, Image.open(io.BytesIO(other)) as after:
        assert before.mode == after.mode
        return max(ImageChops.difference(before, after).tobytes())


SILENT = {
    **{kind: encoded(SMOOTH, kind) for kind in PLAIN},
    "progressive": encoded(SMOOTH, "JPEG", progressive=True),
    "restarts": encoded(SMOOTH, "JPEG", restart_marker_blocks=1, subsampling=0),
    "alpha": encoded(noise((33, 21), "RGBA"), "WEBP", icc_profile=PROFILE),
    "lossless": encoded(noise((33, 21), "RGBA"), "WEBP", lossless=True, exact=True),
    "holes": encoded(noise((33, 21), "RGBA"), "PNG"),
}


@pytest.mark.parametrize("data", SILENT.values(), ids=SILENT)
def test_pixels_stay_and_what_hangs_on_behind_is_gone(data: bytes) -> None:
    """A picture that may leave keeps every pixel, those under holes too, and nothing after it."""
    film = b"a film, a map, a maker's note"
    _, after = cleaned(data + film)

    assert film not in after
    assert after[:2] == data[:2]  # its format
    assert far(data, after) <= (3 if data[:2] == b"\xff\xd8" else 0)


def test_a_photo_is_not_compressed_a_second_time() -> None:
    """A JPEG keeps the tables that it came with: neither worse nor much longer."""
    before = encoded(SMOOTH.resize((640, 480)), "JPEG", quality=61)
    _, after = cleaned(before)

    assert far(before, after) <= 3
    assert abs(len(after) - len(before)) < len(before) / 20


def test_the_first_exif_counts() -> None:
    """A second EXIF, of a preview say, does not turn the picture."""
    first, second = telling("JPEG", orientation=6), telling("JPEG", orientation=1)
    at = second.index(b"\xff\xe1")
    end = at + 2 + int.from_bytes(second[at + 2 : at + 4], "big")
    place = first.index(b"\xff\xdb")
    result, _ = cleaned(first[:place] + second[at:end] + first[place:])

    assert result.size == Size(48, 64)


@pytest.mark.filterwarnings("ignore")  # Pillow warns of what it reads all the same
@given(block=st.binary(max_size=80))
def test_no_exif_upsets_it(block: bytes) -> None:
    """Whatever stands where EXIF should be: the picture is taken."""
    for head in (b"", b"II*\0", b"MM\0*", b"II*\0\x08\0\0\0"):
        data = encoded(noise((8, 6)), "JPEG", exif=b"Exif\0\0" + head + block)

        assert cleaned(data)[0].mime == "image/jpeg"


def test_a_canvas_of_another_size() -> None:
    """A WebP that announces a canvas its frame does not fill is refused."""
    data = bytearray(SILENT["alpha"])
    data[24:30] = b"\xff\x0f\x00" * 2

    assert why(bytes(data)).startswith("is damaged")


def test_a_phone_s_photo_with_its_preview_is_a_jpeg() -> None:
    """Of several pictures in a JPEG (MPO) the first leaves, as a JPEG."""
    data = encoded(SMOOTH, "MPO", save_all=True, append_images=[SMOOTH.resize((32, 24))])
    result, after = cleaned(data)

    assert (result.mime, result.was, result.frames) == ("image/jpeg", "", 1)
    assert far(data, after) <= 3


def test_noise_becomes_lossy() -> None:
    """A PNG that would be too long once drawn anew becomes a JPEG, and with alpha a WebP."""
    drawn, file = noise((300, 200), "RGBA"), io.BytesIO()
    kind = save(drawn, file, "PNG", most=200_000)

    assert (kind, file.getvalue()[8:12]) == ("WEBP", b"WEBP")
    with Image.open(file) as shown:
        assert (shown.mode, shown.size) == ("RGBA", (300, 200))

    file = io.BytesIO()

    assert save(drawn.convert("RGB"), file, "PNG", most=100_000) == "JPEG"
    assert file.getvalue()[:3] == b"\xff\xd8\xff"


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_it_is_shown_as_it_was_shown(kind: str, orientation: int) -> None:
    """A picture turned by EXIF looks the same once EXIF is gone."""
    drawn = noise((6, 4)).resize((96, 64))  # smooth, and no two corners alike
    before = telling(kind, drawn, orientation)
    result, after = cleaned(before)
    with Image.open(io.BytesIO(before)) as raw, Image.open(io.BytesIO(after)) as shown:
        wanted = ImageOps.exif_transpose(raw).convert("RGB")
        off = ImageChops.difference(wanted, shown.convert("RGB"))

        assert wanted.size == shown.size == (result.size.width, result.size.height)
        assert max(off.tobytes()) <= (24 if kind == "JPEG" else 0)
        assert shown.info["icc_profile"] == PROFILE
    assert [secret for secret in SECRETS if secret in after] == []


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1", "I;16"])
def test_too_large_is_scaled_down(mode: str) -> None:
    """A picture with a longer edge than any model draws is scaled, in its shape and colours."""
    ramp = Image.linear_gradient("L").rotate(90).resize((8000, 40))
    wide = ramp.point(lambda grey: grey * 257, "I") if mode == "I;16" else ramp
    result, after = cleaned(encoded(wide.convert(mode), "PNG"))

    assert result == Clean(
        Size(4096, 20), "image/png", len(after), scaled=True, original=Size(8000, 40),
        alpha=mode == "RGBA", recoloured=mode not in {"RGB", "RGBA"},
    )  # fmt: skip
    with Image.open(io.BytesIO(after)) as shown:
        assert shown.size == (4096, 20)
        # Dithered to black and white, only the mean tells.
        small = Image.new("L", (4096, 20), 127) if mode == "1" else ramp.resize((4096, 20))
        off = ImageChops.difference(small, shown.convert("L"))
        mean = sum(off.tobytes()) / len(off.tobytes())
        assert mean <= (80 if mode == "1" else 4)


def test_scaling_loses_no_more_than_it_must() -> None:
    """A JPEG is scaled from its own pixels, not from a coarser decoding of them."""
    before = encoded(noise((1000, 10)).resize((8000, 80)), "JPEG", quality=95)
    _, after = cleaned(before)
    with Image.open(io.BytesIO(before)) as was, Image.open(io.BytesIO(after)) as shown:
        small = was.resize(shown.size, Image.Resampling.LANCZOS)
        off = ImageChops.difference(small, shown).tobytes()

    assert sum(off) / len(off) < 2


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_scaled_and_turned(kind: str) -> None:
    """Scaling and turning at once give the size as it is shown."""
    result, after = cleaned(telling(kind, Image.new("RGB", (6000, 60), "teal"), 6))

    assert (Size(41, 4096), Size(60, 6000)) == (result.size, result.original)
    with Image.open(io.BytesIO(after)) as shown:
        assert shown.size == (41, 4096)
