"""Opening a result: which addresses may be called, and what the first bytes tell.

Pixels of the usual types are read by ourselves: Pillow reads a WebP whole before it tells its size
and its incremental parser allocates the canvas, while the four headers need a few dozen bytes and
no decoding. The tests hold this reader against Pillow, which measures every other type (`stills`).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from bot.core.job import Size
from bot.pixapi.errors import PictureError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MAX_PICTURE_BYTES = 100_000_000
"""A 4K picture with alpha in 16 bits, uncompressed, has 66 MB; more is no picture of Pixapi's."""

MAX_HEAD_BYTES = 4 * 1024 * 1024
"""Before its pixels, a JPEG may carry EXIF, colour profiles, a preview: segments of 64 KB each."""

MAX_PORT = 65_535
_HOST = re.compile(r"[a-z0-9_.-]+")

_GIF_HEAD = 10
_PNG_HEAD = 24
_WEBP_HEAD = 30

_NO_FRAME = {0xC4, 0xC8, 0xCC}  # tables among the codes of JPEG's frame headers


@dataclass(frozen=True, slots=True)
class OpenPicture:
    """A picture whose first bytes have come; valid inside the context that opened it."""

    size: Size  # its real pixels, before any EXIF rotation
    mime: str  # by its bytes
    length: int | None  # bytes, exact; None where the CDN does not say
    chunks: AsyncIterator[bytes] = field(repr=False)  # the whole picture, once


class NeedMore(Exception):
    """The bytes so far may be a picture's, but do not show its pixels yet."""


def check_address(url: str, *, loopback: bool) -> httpx.URL:
    """The address of a result, if it may be called.

    https to public hosts only; with `loopback` (Pixapi itself is there: the demo, tests) also
    plain http to loopback hosts. Raises PictureError `bad_address`.
    """
    try:
        address = httpx.URL(url)
        here = is_loopback(address)
        allowed = (here and loopback) or (address.scheme == "https" and _is_public(address))
    except (httpx.InvalidURL, ValueError):  # UnicodeError is a ValueError
        raise PictureError("bad_address") from None
    port = address.port or 443
    usable = address.scheme in {"http", "https"} and not address.userinfo and port <= MAX_PORT
    if not (allowed and usable):
        raise PictureError("bad_address")
    return address


def is_loopback(address: httpx.URL) -> bool:
    """The address is on this machine, by its own words."""
    host = address.host.rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def measure(head: bytes | bytearray) -> tuple[Size, str]:
    """Pixels and type of the picture that begins with these bytes.

    Raises:
        NeedMore: it is a picture's beginning, but too short.
        PictureError: it is none of PNG, JPEG, WebP, GIF.
    """
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        _need(head, _PNG_HEAD)
        width, height = _big(head, 16, 4), _big(head, 20, 4)
        return _checked(width, height, is_it=head[12:16] == b"IHDR"), "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return _jpeg(head), "image/jpeg"
    if head.startswith(b"RIFF") and (head[8:12] == b"WEBP" or len(head) < len(b"RIFF....WEBP")):
        _need(head, _WEBP_HEAD)
        return _webp(head), "image/webp"
    if head.startswith((b"GIF87a", b"GIF89a")):
        _need(head, _GIF_HEAD)
        return _checked(_little(head, 6, 2), _little(head, 8, 2)), "image/gif"
    if len(head) < len(b"\x89PNG\r\n\x1a\n"):
        raise NeedMore
    raise PictureError("not_a_picture")


def _jpeg(head: bytes | bytearray) -> Size:
    """Go from segment to segment until a frame header; its pixels come before any rotation."""
    at = 2
    while True:
        _need(head, at + 4)
        if head[at] != 0xFF:  # noqa: PLR2004 - what every marker begins with
            raise PictureError("not_a_picture")
        marker = head[at + 1]
        if marker == 0xFF:  # noqa: PLR2004 - padding before a marker
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME:  # noqa: PLR2004 - SOF0 to SOF15
            _need(head, at + 9)
            return _checked(_big(head, at + 7, 2), _big(head, at + 5, 2))
        elif marker in {0xD9, 0xDA}:  # the end, or pixels without a frame before them
            raise PictureError("not_a_picture")
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:  # noqa: PLR2004 - markers without a body
            at += 2
        else:
            at += 2 + _big(head, at + 2, 2)


def _webp(head: bytes | bytearray) -> Size:
    """The canvas (extended), or the only frame (lossless, lossy)."""
    match bytes(head[12:16]):
        case b"VP8X":
            return _checked(_little(head, 24, 3) + 1, _little(head, 27, 3) + 1)
        case b"VP8L":
            bits = _little(head, 21, 4)
            width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
            return _checked(width, height, is_it=head[20] == 0x2F)  # noqa: PLR2004 - its signature
        case b"VP8 ":
            width, height = _little(head, 26, 2) & 0x3FFF, _little(head, 28, 2) & 0x3FFF
            return _checked(width, height, is_it=head[23:26] == b"\x9d\x01\x2a")
        case _:
            raise PictureError("not_a_picture")


def _checked(width: int, height: int, *, is_it: bool = True) -> Size:
    if not (is_it and width and height):
        raise PictureError("not_a_picture")
    return Size(width, height)


def _need(head: bytes | bytearray, length: int) -> None:
    if len(head) < length:
        raise NeedMore


def _big(head: bytes | bytearray, at: int, length: int) -> int:
    return int.from_bytes(head[at : at + length], "big")


def _little(head: bytes | bytearray, at: int, length: int) -> int:
    return int.from_bytes(head[at : at + length], "little")


def _is_public(address: httpx.URL) -> bool:
    """A name, or an address that is routed on the internet.

    What ends in a number and is no proper IP address (`127.1`, `0x7f.1`, `2130706433`) would be
    resolved like one.
    """
    name = address.raw_host.decode("ascii").rstrip(".").lower()
    try:
        ip = ipaddress.ip_address(name)
    except ValueError:
        last = name.rpartition(".")[2]
        named = _HOST.fullmatch(name) and not last[:1].isdigit()
        return bool(named) and last not in {"localhost", "local", "internal"}
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    ip = mapped or ip
    return ip.is_global and not ip.is_multicast
