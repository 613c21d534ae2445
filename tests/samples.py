"""Pictures of every kind that people send, and what is made of them."""

from __future__ import annotations

import io
import random
import struct
import zlib
from hashlib import sha256
from tempfile import TemporaryFile
from typing import Any

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from bot.pictures import Clean, Unusable, clean

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


SMOOTH = Image.merge(
    "RGB",
    [
        Image.linear_gradient("L").resize((64, 48)),
        Image.radial_gradient("L").resize((64, 48)),
        Image.linear_gradient("L").rotate(90).resize((64, 48)),
    ],
)
"""A picture without noise, as a photo is: compressing it costs little."""


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


def cleaned(data: bytes) -> tuple[Clean, bytes]:
    """What a file becomes."""
    with TemporaryFile() as source, TemporaryFile() as target:
        source.write(data)
        result = clean(source, target)
        target.seek(0)
        return result, target.read()


def leaving(data: bytes) -> str:
    """SHA-256 of a picture as it may leave."""
    _, after = cleaned(data)
    assert not [secret for secret in SECRETS if secret in after]
    return sha256(after).hexdigest()


def why(data: bytes) -> str:
    """The reason why a file is refused."""
    with pytest.raises(Unusable) as refused:
        cleaned(data)
    return refused.value.why


def chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_header(width: int, height: int) -> bytes:
    """A tiny file that says it is large."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


PLAIN = {kind: encoded(noise((64, 48)), kind) for kind in ("PNG", "JPEG", "WEBP")}


BAD = {
    "text": (b"I am a picture, believe me.", "is not a picture that Easel can read"),
    "html": (b"<!DOCTYPE html><html></html>", "is not a picture that Easel can read"),
    "empty": (b"", "is empty"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "is damaged or cut off"),
    "bomb": (png_header(30_000, 30_000), "has 30,000×30,000 pixels: at most 89 million"),
    "nothing": (png_header(0, 5), "is damaged"),
    "short pixels": (png_header(50, 50), "is damaged or cut off"),
    "only a head": (PLAIN["PNG"][:8], "is damaged or cut off"),
    "lies": (PLAIN["JPEG"].replace(b"\x00\x30\x00\x40", b"\x00\x00\x00\x40"), "is damaged"),
}  # fmt: skip
