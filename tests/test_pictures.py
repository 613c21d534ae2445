"""Pictures that people attach: what is refused, what is taken out, what stays as it was."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageOps

from bot.core.job import Size
from bot.pictures import jpeg, redraw
from bot.pictures.clean import Clean
from bot.pictures.redraw import Drawn
from tests.samples import (
    EIFFEL,
    PLAIN,
    PROFILE,
    SECRETS,
    cleaned,
    encoded,
    noise,
    pixels,
    telling,
    why,
)


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


SILENT = {
    **PLAIN,
    "progressive": encoded(noise((33, 21)), "JPEG", progressive=True),
    "restarts": encoded(noise((33, 21), "RGB"), "JPEG", restart_marker_blocks=1),
    "alpha": encoded(noise((33, 21), "RGBA"), "WEBP", icc_profile=PROFILE),
    "lossless": encoded(noise((33, 21), "RGBA"), "WEBP", lossless=True),
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


def test_noise_becomes_lossy(tmp_path: Path) -> None:
    """A PNG that would be too long once drawn anew becomes a JPEG, and with alpha a WebP."""
    drawn, path = noise((300, 200), "RGBA"), tmp_path / "drawn"
    kind = redraw.save(Drawn(drawn, recoloured=False), path, "PNG", most=200_000)

    assert (kind, path.read_bytes()[8:12]) == ("WEBP", b"WEBP")
    with Image.open(path) as shown:
        assert (shown.mode, shown.size) == ("RGBA", (300, 200))

    opaque = Drawn(drawn.convert("RGB"), recoloured=False)

    assert redraw.save(opaque, path, "PNG", most=100_000) == "JPEG"
    assert path.read_bytes()[:3] == b"\xff\xd8\xff"


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
        alpha=mode == "RGBA", recoloured=mode not in {"RGB", "RGBA"},
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
