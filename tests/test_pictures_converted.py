"""Pictures of every other format, of many frames, of other colours: what leaves in their place."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image, ImageChops
from pillow_heif import register_heif_opener

from bot.core.job import Size
from tests.profiles import DARK, INKS, SWAPPED
from tests.samples import (
    EIFFEL,
    MAKER,
    PROFILE,
    SECRETS,
    SMOOTH,
    chunk,
    cleaned,
    encoded,
    exif,
    noise,
    why,
)

register_heif_opener()

FRAMES = [noise((40, 30), seed=seed) for seed in range(3)]
MOVING: dict[str, Any] = {"save_all": True, "append_images": FRAMES[1:]}


def opened(data: bytes) -> Image.Image:
    """A picture with its pixels."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def off(one: Image.Image, other: Image.Image) -> float:
    """How far two pictures are apart, in levels of 255, on average."""
    assert one.size == other.size
    far = ImageChops.difference(one.convert("RGB"), other.convert("RGB")).tobytes()
    return sum(far) / len(far)


FORMATS: dict[str, tuple[bytes, str, str]] = {
    "heic": (encoded(SMOOTH, "HEIF", quality=95), "HEIF", "jpeg"),
    "avif": (encoded(SMOOTH, "AVIF", quality=95), "AVIF", "jpeg"),
    "jp2": (encoded(SMOOTH, "JPEG2000"), "JPEG2000", "jpeg"),
    "tiff": (encoded(SMOOTH, "TIFF", compression="tiff_lzw"), "TIFF", "png"),
    "bmp": (encoded(SMOOTH, "BMP"), "BMP", "png"),
    "gif": (encoded(SMOOTH, "GIF"), "GIF", "png"),
    "ico": (encoded(SMOOTH, "ICO", sizes=[(64, 48)]), "ICO", "png"),
    "ppm": (encoded(SMOOTH, "PPM"), "PPM", "png"),
    "qoi": (encoded(SMOOTH, "QOI"), "QOI", "png"),
    "tga": (encoded(SMOOTH, "TGA"), "TGA", "png"),
    "pcx": (encoded(SMOOTH, "PCX"), "PCX", "png"),
}


@pytest.mark.parametrize(("data", "was", "kind"), FORMATS.values(), ids=FORMATS)
def test_every_still_picture_is_taken(data: bytes, was: str, kind: str) -> None:
    """Whatever Pillow reads becomes a PNG, or a JPEG of what was lossy; its pixels stay."""
    result, after = cleaned(data)

    assert (result.was, result.mime, result.frames) == (was, f"image/{kind}", 1)
    assert (result.size, result.length) == (Size(64, 48), len(after))
    assert off(opened(after), SMOOTH) < (6 if was == "GIF" else 3)
    assert opened(after).mode in {"RGB", "RGBA"}


@pytest.mark.parametrize("kind", ["HEIF", "AVIF", "TIFF"])
@pytest.mark.parametrize("orientation", [3, 6])
def test_converted_it_stands_and_says_nothing(kind: str, orientation: int) -> None:
    """It keeps its orientation and its colours, and loses place and device."""
    before = encoded(SMOOTH, kind, exif=exif(orientation).tobytes(), icc_profile=SWAPPED)
    result, after = cleaned(before)
    red, green, blue = SMOOTH.split()
    upright = Image.merge("RGB", [green, red, blue]).transpose(
        {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_270}[orientation]
    )

    assert MAKER.encode() in before
    assert result.size == Size(*upright.size)
    assert off(opened(after), upright) < 9  # its gamma is not quite sRGB's
    assert "icc_profile" not in opened(after).info
    assert [secret for secret in (*SECRETS, MAKER.encode()) if secret in after] == []


def test_a_comment_stays_behind() -> None:
    """What is written into a GIF or a TIFF about its picture does not leave."""
    for before in (
        encoded(SMOOTH, "GIF", comment=EIFFEL.encode()),
        encoded(SMOOTH, "TIFF", description=EIFFEL, artist=MAKER),
    ):
        _, after = cleaned(before)

        assert EIFFEL.encode() in before
        assert [secret for secret in SECRETS if secret in after] == []


@pytest.mark.parametrize(
    ("kind", "mime"), [("GIF", "png"), ("PNG", "png"), ("WEBP", "png"), ("TIFF", "png"),
                       ("AVIF", "jpeg")],
)  # fmt: skip
def test_of_an_animation_the_first(kind: str, mime: str) -> None:
    """Of several pictures in a file the first leaves, still, and how many there were is known."""
    options = {"lossless": True} if kind == "WEBP" else {"quality": 100} if kind == "AVIF" else {}
    result, after = cleaned(encoded(FRAMES[0], kind, **MOVING, **options))

    assert (result.frames, result.mime) == (3, f"image/{mime}")
    assert getattr(opened(after), "n_frames", 1) == 1
    assert off(opened(after), FRAMES[0]) < min(off(opened(after), one) for one in FRAMES[1:]) / 1.5


def test_a_transparent_gif_stays_transparent() -> None:
    """Transparency comes along from whatever format."""
    holed = noise((16, 16), "RGBA")
    holed.paste((0, 0, 0, 0), (0, 0, 8, 8))
    result, after = cleaned(encoded(holed, "GIF"))

    assert result.alpha
    assert opened(after).getchannel("A").getpixel((1, 1)) == 0


def flat(mode: str, colour: Any, kind: str, **options: Any) -> bytes:
    """A picture of one colour."""
    return encoded(Image.new(mode, (16, 8), colour), kind, **options)


SIXTEEN = Image.frombytes("I;16", (16, 8), b"\xff\x7f" * 128)

COLOURED: dict[str, tuple[bytes, Any]] = {
    "CMYK by its profile": (flat("CMYK", (255, 0, 0, 0), "JPEG", icc_profile=INKS), (255, 12, 12)),
    "CMYK without": (flat("CMYK", (0, 255, 255, 0), "JPEG"), (255, 0, 0)),
    "CMYK with a broken one": (
        flat("CMYK", (0, 255, 255, 0), "JPEG", icc_profile=b"no profile"), (255, 0, 0)),
    "CMYK with one of RGB": (
        flat("CMYK", (0, 255, 255, 0), "JPEG", icc_profile=PROFILE), (255, 0, 0)),
    "CMYK TIFF": (flat("CMYK", (255, 0, 0, 0), "TIFF", icc_profile=INKS), (255, 12, 12)),
    "RGB of another space": (flat("RGB", (255, 0, 0), "JPEG", icc_profile=SWAPPED), (0, 255, 0)),
    "RGBA of another space": (
        flat("RGBA", (255, 0, 0, 9), "PNG", icc_profile=SWAPPED), (1, 255, 0, 9)),
    "WebP of another space": (
        flat("RGB", (255, 0, 0), "WEBP", icc_profile=SWAPPED, lossless=True), (1, 255, 0)),
    "grey by its profile": (flat("L", 128, "PNG", icc_profile=DARK), (62, 62, 62)),
    "grey and alpha": (flat("LA", (128, 9), "PNG", icc_profile=DARK), (62, 62, 62, 9)),
    "grey": (flat("L", 128, "JPEG"), (128, 128, 128)),
    "palette": (encoded(Image.new("RGB", (16, 8), (9, 200, 30)).quantize(4), "PNG"), (9, 200, 30)),
    "palette of another space": (
        encoded(Image.new("RGB", (16, 8), (255, 0, 0)).quantize(4), "PNG", icc_profile=SWAPPED),
        (1, 255, 0)),
    "palette with a hole": (
        encoded(Image.new("RGB", (16, 8), (9, 200, 30)).quantize(1), "PNG", transparency=0),
        (9, 200, 30, 0)),
    "a hole by colour": (flat("RGB", (1, 2, 3), "PNG", transparency=(1, 2, 3)), (1, 2, 3, 0)),
    "16 bits": (encoded(SIXTEEN, "PNG"), (127, 127, 127)),
    "16 bits TIFF": (encoded(SIXTEEN, "TIFF"), (127, 127, 127)),
    "1 bit": (flat("1", 1, "PNG"), (255, 255, 255)),
    "YCbCr": (flat("YCbCr", (76, 85, 255), "TIFF"), (254, 0, 0)),
    "float": (flat("F", 0.5, "TIFF"), (255, 255, 255)),
}  # fmt: skip


@pytest.mark.parametrize(("data", "colour"), COLOURED.values(), ids=COLOURED)
def test_colours_are_srgb_in_eight_bits(data: bytes, colour: Any) -> None:
    """CMYK, 16 bits, palettes, grey and other spaces leave as 8-bit RGB(A), by their profile."""
    result, after = cleaned(data)
    shown = opened(after)

    assert shown.mode in {"RGB", "RGBA"}
    assert "icc_profile" not in shown.info
    assert result.recoloured or result.was
    if result.mime == "image/png":
        assert (after[24], after[25]) in {(8, 2), (8, 6)}
    pixel = shown.getpixel((3, 3))
    assert isinstance(pixel, tuple)
    assert len(pixel) == len(colour)
    assert max(abs(a - b) for a, b in zip(pixel, colour, strict=True)) <= 3


def test_lab_is_read() -> None:
    """Lab has no profile: it is its own."""
    before = encoded(Image.new("LAB", (8, 8), (138, 208, 195)), "TIFF")
    red, green, blue = opened(cleaned(before)[1]).getpixel((1, 1))  # type: ignore[misc]

    assert red > 200
    assert green < 40
    assert blue < 40


def test_sixteen_bits_of_colour_become_eight() -> None:
    """A PNG of 16 bits a channel, which Pillow itself cannot write."""
    rows = b"".join(b"\0" + b"\xff\xff\x80\x00\x00\x10" * 4 for _ in range(3))
    before = b"\x89PNG\r\n\x1a\n" + b"".join(
        [
            chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 3, 16, 2, 0, 0, 0)),
            chunk(b"IDAT", zlib.compress(rows)),
            chunk(b"IEND", b""),
        ]
    )
    result, after = cleaned(before)

    assert (result.recoloured, after[24]) == (True, 8)
    assert opened(after).getpixel((0, 0)) == (255, 128, 0)


def test_what_is_srgb_stays_as_it_is() -> None:
    """A profile that says sRGB changes no pixel and stays, and a broken one as well."""
    for profile in (PROFILE, b"no profile"):
        data = encoded(noise((33, 21)), "PNG", icc_profile=profile)
        result, after = cleaned(data)

        assert off(opened(after), opened(data)) == 0
        assert (opened(after).info["icc_profile"], result.recoloured) == (profile, False)


def test_a_large_tiff_is_scaled() -> None:
    """Converting and scaling at once."""
    result, after = cleaned(encoded(Image.new("CMYK", (5000, 50)), "TIFF"))

    assert (result.scaled, result.original, result.size) == (True, Size(5000, 50), Size(4096, 41))
    assert opened(after).size == (4096, 41)


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "GIF", "AVIF"])
def test_cut_off_is_damaged(kind: str) -> None:
    """Half of a picture of another format is refused in words."""
    whole = encoded(noise((64, 48)), kind)

    assert why(whole[: len(whole) // 2]).startswith("is damaged or cut off")


def test_a_bomb_of_another_format() -> None:
    """Too many pixels are refused before they are decoded."""
    bomb = bytearray(encoded(Image.new("1", (8, 8)), "BMP"))
    bomb[18:26] = (12_000).to_bytes(4, "little") * 2

    assert "million can be edited" in why(bytes(bomb))
