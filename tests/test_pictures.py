"""Pictures that people attach: what is refused, what is taken out, what stays as it was."""

from __future__ import annotations

import io
import random
import struct
import zlib
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageCms, ImageOps, PngImagePlugin

from bot.core.job import Size
from bot.pictures import jpeg, redraw
from bot.pictures.clean import Clean, check_mask, clean
from bot.pictures.outline import Outline
from bot.pictures.problem import Unusable

EIFFEL = "48.8584"  # stands for everything about place and device
MAKER = "ACME Phone 7"
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
SECRETS = (
    EIFFEL.encode(),
    MAKER.encode(),
    b"Exif",
    b"xpacket",
    b"tEXt",
    b"zTXt",
    b"iTXt",
    b"tIME",
    b"eXIf",
    b"XMP ",
)
XMP = f'<?xpacket?><x:xmpmeta xmlns:x="adobe:ns:meta/">{EIFFEL} {MAKER}</x:xmpmeta>'.encode()


def noise(size: tuple[int, int], mode: str = "RGB", seed: int = 7) -> Image.Image:
    """A picture in which every pixel and every corner differs."""
    made = random.Random(seed).randbytes(size[0] * size[1] * len(mode))  # noqa: S311 - a pattern
    return Image.frombytes(mode, size, made)


def exif(orientation: int = 1) -> Image.Exif:
    """Place, device and time, as a telephone writes them."""
    made = Image.Exif()
    made[0x0112] = orientation
    made[0x010F] = MAKER
    made[0x9C9C] = EIFFEL.encode()
    made.get_ifd(0x8825)[1] = "N"
    made.get_ifd(0x8825)[2] = (48.0, 51.0, 30.24)
    return made


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """A picture as a file."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def telling(kind: str, image: Image.Image | None = None, orientation: int = 1) -> bytes:
    """A picture that says a lot about whoever took it."""
    image = image or noise((64, 48))
    if kind == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_text("Location", EIFFEL)
        info.add_text("Device", MAKER, zip=True)
        info.add_itxt("XML:com.adobe.xmp", XMP.decode())
        info.add(b"tIME", b"\x07\xea\x0b\x16\x09\x00\x00")
        info.add(b"gAMA", struct.pack(">I", 45455))
        options: dict[str, Any] = {"pnginfo": info}
    elif kind == "JPEG":
        options = {"xmp": XMP, "comment": MAKER, "quality": 90}
    else:
        options = {"xmp": XMP, "lossless": True}
    return encoded(image, kind, exif=exif(orientation), icc_profile=PROFILE, **options)


def cleaned(data: bytes, folder: Path) -> tuple[Clean, bytes]:
    """What a file becomes."""
    source, target = folder / "in", folder / "out"
    source.write_bytes(data)
    return clean(source, target), target.read_bytes()


def pixels(data: bytes) -> tuple[str, bytes]:
    """Every pixel as it is stored, whatever EXIF says."""
    with Image.open(io.BytesIO(data)) as image:
        return image.mode, image.tobytes()


def why(data: bytes, folder: Path) -> str:
    """The reason why a file is refused."""
    with pytest.raises(Unusable) as refused:
        cleaned(data, folder)
    return refused.value.why


def chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_header(width: int, height: int) -> bytes:
    """A tiny file that says it is large."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


MOVING = [noise((8, 8), seed=seed) for seed in range(3)]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_what_it_says_about_people_is_gone(kind: str, tmp_path: Path) -> None:
    """EXIF with its place, XMP, texts, times and comments are gone; every pixel is as it was."""
    before = telling(kind)

    assert EIFFEL.encode() in before

    result, after = cleaned(before, tmp_path)

    assert pixels(after) == pixels(before)
    assert [secret for secret in SECRETS if secret in after] == []
    assert len(after) == result.length
    with Image.open(io.BytesIO(after)) as image:
        assert dict(image.getexif()) == {}
        assert image.info["icc_profile"] == PROFILE
        assert set(image.info) <= {
            "icc_profile", "gamma", "jfif", "jfif_version", "jfif_unit", "jfif_density",
            "loop", "background", "timestamp", "duration",  # what Pillow says of every WebP
        }  # fmt: skip


PLAIN = {kind: encoded(noise((64, 48)), kind) for kind in ("PNG", "JPEG", "WEBP")}
SILENT = {
    **PLAIN,
    "progressive": encoded(noise((33, 21)), "JPEG", progressive=True),
    "cmyk": encoded(noise((33, 21), "CMYK"), "JPEG"),
    "restarts": encoded(noise((33, 21), "L"), "JPEG", restart_marker_blocks=1),
    "alpha": encoded(noise((33, 21), "RGBA"), "WEBP", icc_profile=PROFILE),
    "lossless": encoded(noise((33, 21), "RGBA"), "WEBP", lossless=True),
    "palette": encoded(noise((33, 21)).quantize(16), "PNG", transparency=3),
    "16 bits": encoded(Image.frombytes("I;16", (16, 16), bytes(range(256)) * 2), "PNG"),
    "1 bit": encoded(noise((33, 21), "L").convert("1"), "PNG"),
    "transparent": encoded(noise((33, 21)), "PNG", transparency=(1, 2, 3)),
}


@pytest.mark.parametrize("data", SILENT.values(), ids=SILENT)
def test_what_says_nothing_leaves_as_it_is(data: bytes, tmp_path: Path) -> None:
    """A file that says nothing about anybody stays byte for byte, but for what hangs on behind."""
    _, after = cleaned(data + b"a film, a map, a maker's note", tmp_path)

    assert after == data


def test_a_scan_is_searched_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a JPEG's pixels end is found even where the search pauses in the middle of it."""
    for length in (1, 2, 3, 1000):
        monkeypatch.setattr(jpeg, "_SCAN", length)

        assert cleaned(SILENT["progressive"], tmp_path)[1] == SILENT["progressive"]


def test_the_first_exif_counts(tmp_path: Path) -> None:
    """A second EXIF, of a preview say, does not turn the picture."""
    first, second = telling("JPEG", orientation=6), telling("JPEG", orientation=1)
    at = second.index(b"\xff\xe1")
    end = at + 2 + int.from_bytes(second[at + 2 : at + 4], "big")
    place = first.index(b"\xff\xdb")
    result, _ = cleaned(first[:place] + second[at:end] + first[place:], tmp_path)

    assert result.size == Size(48, 64)


def test_no_flag_without_its_chunk(tmp_path: Path) -> None:
    """A WebP does not announce EXIF or XMP that are not there any more."""
    before = telling("WEBP")
    _, after = cleaned(before, tmp_path)

    assert (before[20] & 0x0C, after[20] & 0x0C) == (0x0C, 0x00)
    assert int.from_bytes(after[4:8], "little") == len(after) - 8


def test_a_canvas_of_another_size(tmp_path: Path) -> None:
    """A WebP that announces a canvas its frame does not fill is refused before any decoder."""
    data = bytearray(SILENT["alpha"])
    data[24:30] = b"\xff\x3f\x00" * 2

    assert why(bytes(data), tmp_path).startswith("is damaged: its parts")


def test_noise_becomes_a_webp(tmp_path: Path) -> None:
    """A PNG that would be too long once drawn anew becomes a lossy WebP of the same pixels."""
    drawn, path = noise((300, 200), "RGBA"), tmp_path / "drawn"
    kind = redraw.save(drawn, path, "PNG", Outline(Size(300, 200), ()), most=200_000)

    assert (kind, path.read_bytes()[8:12]) == ("WEBP", b"WEBP")
    with Image.open(path) as shown:
        assert (shown.mode, shown.size) == ("RGBA", (300, 200))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_it_is_shown_as_it_was_shown(kind: str, orientation: int, tmp_path: Path) -> None:
    """A picture turned by EXIF looks the same once EXIF is gone."""
    drawn = noise((6, 4)).resize((96, 64), Image.Resampling.NEAREST)
    before = telling(kind, drawn, orientation)
    result, after = cleaned(before, tmp_path)
    with Image.open(io.BytesIO(before)) as raw, Image.open(io.BytesIO(after)) as shown:
        wanted = ImageOps.exif_transpose(raw).convert("RGB")
        off = ImageChops.difference(wanted, shown.convert("RGB"))

        assert wanted.size == shown.size == (result.size.width, result.size.height)
        assert max(off.tobytes()) <= (24 if kind == "JPEG" else 0)
        assert shown.info["icc_profile"] == PROFILE
        assert kind != "PNG" or shown.info["gamma"] == 0.45455
    assert [secret for secret in SECRETS if secret in after] == []


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1", "I;16"])
def test_too_large_is_scaled_down(mode: str, tmp_path: Path) -> None:
    """A picture with a longer edge than any model draws is scaled, in its shape and colours."""
    ramp = Image.linear_gradient("L").rotate(90).resize((8000, 40))
    wide = ramp.point(lambda grey: grey * 257, "I") if mode == "I;16" else ramp
    result, after = cleaned(encoded(wide.convert(mode), "PNG"), tmp_path)

    assert result == Clean(
        Size(4096, 20), "image/png", len(after), scaled=True, original=Size(8000, 40),
        alpha=mode == "RGBA",
    )  # fmt: skip
    with Image.open(io.BytesIO(after)) as shown:
        assert shown.size == (4096, 20)
        # Dithered to black and white, only the mean tells.
        small = Image.new("L", (4096, 20), 127) if mode == "1" else ramp.resize((4096, 20))
        off = ImageChops.difference(small, shown.convert("L"))
        mean = sum(off.tobytes()) / len(off.tobytes())
        assert mean <= (80 if mode == "1" else 4)


def test_scaling_loses_no_more_than_it_must(tmp_path: Path) -> None:
    """A JPEG is scaled from its own pixels, not from a coarser decoding of them."""
    before = encoded(noise((1000, 10)).resize((8000, 80)), "JPEG", quality=95)
    _, after = cleaned(before, tmp_path)
    with Image.open(io.BytesIO(before)) as was, Image.open(io.BytesIO(after)) as shown:
        small = was.resize(shown.size, Image.Resampling.LANCZOS)
        off = ImageChops.difference(small, shown).tobytes()

    assert sum(off) / len(off) < 2


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_scaled_and_turned(kind: str, tmp_path: Path) -> None:
    """Scaling and turning at once give the size as it is shown."""
    result, after = cleaned(telling(kind, Image.new("RGB", (6000, 60), "teal"), 6), tmp_path)

    assert (Size(41, 4096), Size(60, 6000)) == (result.size, result.original)
    with Image.open(io.BytesIO(after)) as shown:
        assert shown.size == (41, 4096)


BAD = {
    "text": (b"I am a picture, believe me.", "is not a PNG, JPEG or WebP"),
    "html": (b"<!DOCTYPE html><html></html>", "is not a PNG, JPEG or WebP"),
    "empty": (b"", "is empty"),
    "gif": (encoded(noise((8, 8)), "GIF"), "is a GIF"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "is a HEIC"),
    "apng": (encoded(MOVING[0], "PNG", save_all=True, append_images=MOVING[1:]), "is animated"),
    "webp": (encoded(MOVING[0], "WEBP", save_all=True, append_images=MOVING[1:]), "is animated"),
    "bomb": (png_header(30_000, 30_000), "has 30,000×30,000 pixels: at most 89 million"),
    "nothing": (png_header(0, 5), "is damaged"),
    "short pixels": (png_header(50, 50), "is damaged or cut off"),
    "only a head": (PLAIN["PNG"][:8], "is cut off"),
    "lies": (PLAIN["JPEG"].replace(b"\x00\x30\x00\x40", b"\x00\x00\x00\x40"), "is damaged"),
    "unknown critical chunk": (
        PLAIN["PNG"][:33] + chunk(b"CgBI", b"abcd") + PLAIN["PNG"][33:],
        "is damaged",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("data", "reason"), BAD.values(), ids=BAD)
def test_each_bad_file_has_its_reason(data: bytes, reason: str, tmp_path: Path) -> None:
    """What is no still picture of reasonable size is refused, with what is wrong with it."""
    assert why(data, tmp_path).startswith(reason)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_part_of_a_picture_is_none(kind: str, tmp_path: Path) -> None:
    """A file cut off anywhere is refused as such."""
    whole = PLAIN[kind]
    places = [len(whole) * part // 10 for part in range(1, 10)]
    reasons = {why(whole[:at], tmp_path) for at in [*places, len(whole) - 1]}

    assert all("is cut off" in reason for reason in reasons), reasons


def test_a_bomb_is_never_decoded(tmp_path: Path) -> None:
    """Too many pixels are refused by the header: no clean file is begun, no decoder is asked."""
    why(png_header(30_000, 30_000), tmp_path)

    assert not (tmp_path / "out").exists()


MASK = Clean(Size(64, 48), "image/png", 9, scaled=False, original=Size(64, 48), alpha=True)


@pytest.mark.parametrize(
    ("mask", "reason"),
    [
        (replace(MASK, alpha=False), "with an alpha channel"),
        (replace(MASK, mime="image/webp"), "with an alpha channel"),
        (
            replace(MASK, size=Size(48, 64), original=Size(96, 128)),
            "it has 96×128 pixels, the first image has 64×48",
        ),
    ],
)
def test_what_is_no_mask(mask: Clean, reason: str) -> None:
    """A mask is a PNG with an alpha channel and the first image's pixels; else it says so."""
    with pytest.raises(Unusable, match=reason):
        check_mask(mask, MASK)


@pytest.mark.parametrize(
    ("data", "alpha"),
    [
        (encoded(noise((8, 8), "RGBA"), "PNG"), True),
        (encoded(noise((8, 8), "LA"), "PNG"), True),
        (encoded(noise((8, 8)).quantize(4), "PNG", transparency=1), True),
        (PLAIN["PNG"], False),
    ],
)
def test_alpha_is_seen(data: bytes, alpha: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a row
    """Whether a PNG has an alpha channel is read from the file; such a one is a mask."""
    result, _ = cleaned(data, tmp_path)

    assert alpha == result.alpha
    if alpha:
        check_mask(result, result)


@settings(max_examples=300, deadline=None)
@given(
    kind=st.sampled_from(["PNG", "JPEG", "WEBP"]),
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
    data = bytearray((RICH if rich else PLAIN)[kind])
    del data[int(len(data) * max(cut, 0.05)) :]
    for place, scribble in spots:
        at = int((len(data) - 1) * place)
        data[at : at + len(scribble)] = scribble
    with TemporaryDirectory() as folder:
        try:
            result, after = cleaned(bytes(data), Path(folder))
        except Unusable as refused:
            assert refused.why.endswith(".")  # noqa: PT017 - both ways out are right
        else:
            with Image.open(io.BytesIO(after)) as image:
                assert image.size == (result.size.width, result.size.height)


RICH = {kind: telling(kind, noise((24, 16)), 6) for kind in ("PNG", "JPEG", "WEBP")}


@given(block=st.binary(max_size=80))
def test_no_exif_upsets_it(block: bytes) -> None:
    """Any bytes where EXIF should be give an orientation, 1 where they say nothing."""
    from bot.pictures.exif import orientation  # noqa: PLC0415 - used once

    for head in (b"", b"II*\0", b"MM\0*", b"Exif\0\0II*\0\x08\0\0\0"):
        assert 1 <= orientation(head + block) <= 8
