"""A result, opened as a stream: from the CDN, or from an answer that held the picture itself.

Its real pixels, by which it is charged, are told before it is read, where its format allows that.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections import deque
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BytesIO
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, cast

import httpx

from bot import pictures
from bot.calls import MOVED, retry_after
from bot.core.job import Size
from bot.network import is_loopback
from bot.pictures import Unusable
from bot.pixapi.errors import PictureError
from bot.pixapi.wire import CDN_SECONDS, LOST, encoding_of, retry_call, timeout

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator

    from bot.pace import Pace

CHUNK_BYTES = 64 * 1024
MOST_REDIRECTS = 3

MAX_PICTURE_BYTES = 100_000_000
"""A 4K picture with alpha in 16 bits, uncompressed, has 66 MB; more is no picture of Pixapi's."""

MAX_HEAD_BYTES = 4 * 1024 * 1024
"""Before its pixels, a JPEG may carry EXIF, colour profiles, a preview: segments of 64 KB each."""

MAX_PORT = 65_535
_HOST = re.compile(r"[a-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class OpenPicture:
    """A picture whose first bytes have come; valid inside the context that opened it."""

    size: Size  # its real pixels, before any EXIF rotation
    mime: str  # by its bytes
    length: int | None  # bytes, exact; None where the CDN does not say
    chunks: AsyncIterator[bytes] = field(repr=False)  # the whole picture, once


def check_address(url: str, *, loopback: bool) -> httpx.URL:
    """The address of a result, if it may be called.

    https to public hosts only; with `loopback` (Pixapi itself is there: the demo, tests) also
    plain http to loopback hosts. Raises PictureError `bad_address`.
    """
    try:
        address = httpx.URL(url)
        here = is_loopback(str(address))
        allowed = (here and loopback) or (address.scheme == "https" and _is_public(address))
    except (httpx.InvalidURL, ValueError):  # UnicodeError is a ValueError
        raise PictureError("bad_address") from None
    port = address.port or 443
    usable = address.scheme in {"http", "https"} and not address.userinfo and port <= MAX_PORT
    if not (allowed and usable):
        raise PictureError("bad_address")
    return address


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


@asynccontextmanager
async def open_content(content: bytes) -> AsyncIterator[OpenPicture]:
    """A picture that came inside an answer."""
    if len(content) > MAX_PICTURE_BYTES:
        raise PictureError("too_large")
    size, mime = await _measure(BytesIO(content))

    async def pieces() -> AsyncGenerator[bytes, None]:
        for start in range(0, len(content), CHUNK_BYTES):
            yield content[start : start + CHUNK_BYTES]

    async with aclosing(pieces()) as chunks:
        yield OpenPicture(size, mime, len(content), chunks)


async def _measure(file: IO[bytes]) -> tuple[Size, str]:
    """Pixels and type of a picture, in a thread: the first of a kind imports what reads it."""
    try:
        return await asyncio.to_thread(pictures.measure, file)
    except Unusable:
        raise PictureError("not_a_picture") from None


@asynccontextmanager
async def open_remote(
    http: httpx.AsyncClient, url: str, *, loopback: bool, pace: Pace
) -> AsyncIterator[OpenPicture]:
    """A picture on the CDN: asked for without the key, raw.

    A redirect is followed by hand, as each address must be one that may be called. Opening is
    repeated while it fails with what may pass; a stream that breaks later is not.
    """
    address = check_address(url, loopback=loopback)
    stream = await retry_call(lambda: _followed(http, address, loopback=loopback), pace)
    async with aclosing(stream), aclosing(stream.chunks()) as chunks:
        yield OpenPicture(stream.size, stream.mime, stream.length, chunks)


async def _followed(http: httpx.AsyncClient, address: httpx.URL, *, loopback: bool) -> _Stream:
    """The answer at the end of at most `MOST_REDIRECTS`."""
    for _ in range(MOST_REDIRECTS):
        try:
            return await _Stream.open(http, address)
        except _Moved as moved:
            address = check_address(str(address.join(moved.to)), loopback=loopback)
    return await _Stream.open(http, address)


class _Moved(PictureError):
    """The picture is elsewhere."""

    def __init__(self, status: int, to: str) -> None:
        super().__init__("redirected", http_status=status)
        self.to = to  # perhaps relative; may be signed, so a secret


class _Stream:
    """An answer of the CDN whose first bytes have been read."""

    size: Size
    mime: str

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.length = _length(response)
        self._head: deque[bytes] = deque()
        self._file: IO[bytes] | None = None  # of a picture that is not measured by its beginning
        # httpx promises less
        self._pieces = cast("AsyncGenerator[bytes, None]", response.aiter_raw())

    @classmethod
    async def open(cls, http: httpx.AsyncClient, address: httpx.URL) -> _Stream:
        """Ask for the picture and read until its pixels are known."""
        headers = {"Accept": "image/*", "Accept-Encoding": "identity"}
        request = http.build_request("GET", address, headers=headers, timeout=timeout(CDN_SECONDS))
        try:
            response = await http.send(request, stream=True, follow_redirects=False)
        except LOST as error:
            raise PictureError("unreachable", transient=True) from error
        stream = cls(response)
        try:
            stream._check()
            await stream._read_head()
        except BaseException:  # a cancelled task must give its connection back, too
            await stream.aclose()
            raise
        return stream

    async def aclose(self) -> None:
        """Give the connection back; what was not read is dropped."""
        await self._pieces.aclose()
        await self.response.aclose()
        if self._file is not None:
            self._file.close()

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The whole picture, its first bytes included, within the limit."""
        count = 0
        while piece := self._head.popleft() if self._head else await self._next():
            count += len(piece)
            if count > MAX_PICTURE_BYTES:
                raise PictureError("too_large")
            yield piece

    def _check(self) -> None:
        """Refuse what is not a picture's answer, by its status, its encoding and its length."""
        status = self.response.status_code
        if status in MOVED and (to := self.response.headers.get("location")):
            raise _Moved(status, to)
        if status != HTTPStatus.OK:
            raise PictureError(
                _code(status),
                http_status=status,
                retry_after=retry_after(self.response.headers),
                transient=status in _MAY_PASS or status >= HTTPStatus.INTERNAL_SERVER_ERROR,
            )
        if encoding_of(self.response):  # 200 kB unpack to 200 MB
            raise PictureError("encoded")
        if self.length is not None and self.length > MAX_PICTURE_BYTES:
            raise PictureError("too_large")

    async def _read_head(self) -> None:
        """Read until the pixels are known: from the beginning, or in a file as the format wants."""
        head = bytearray()
        formats: list[str] = []
        while len(head) <= MAX_HEAD_BYTES and (piece := await self._next()):
            self._head.append(piece)
            head += piece
            if len(head) < pictures.HEAD:
                continue
            formats = formats or await asyncio.to_thread(pictures.formats_of, bytes(head))
            if not formats:
                break
            if pictures.MEASURED_BY_HEAD.isdisjoint(formats):
                await self._read_whole()
                return
            with suppress(PictureError):
                self.size, self.mime = await _measure(BytesIO(head))
                return
        raise PictureError("not_a_picture")

    async def _read_whole(self) -> None:
        """Keep the picture in a file: its pixels may be told anywhere in it."""
        self._file = file = TemporaryFile()  # noqa: SIM115 - closed with the stream
        self.length = await _spool(self.chunks(), file)
        self.size, self.mime = await _measure(file)
        await self._pieces.aclose()
        self._pieces = _pieces_of(file)

    async def _next(self) -> bytes:
        """The next bytes; none at the end."""
        try:
            return await anext(self._pieces, b"")
        except LOST as error:
            raise PictureError("unreachable", transient=True) from error


@asynccontextmanager
async def with_length(opened: OpenPicture) -> AsyncIterator[tuple[int, AsyncIterable[bytes]]]:
    """A picture's exact length in bytes, which Slack wants before the first of them; its chunks.

    Where the provider does not say the length they go through a temporary file, so that memory
    stays flat.
    """
    if opened.length is not None:
        yield opened.length, opened.chunks
        return
    with TemporaryFile() as file:
        yield await _spool(opened.chunks, file), _pieces_of(file)


async def _spool(chunks: AsyncIterable[bytes], file: IO[bytes]) -> int:
    """Write a picture to a file; how many bytes it has."""
    length = 0
    async for chunk in chunks:
        length += await asyncio.to_thread(file.write, chunk)
    return length


async def _pieces_of(file: IO[bytes]) -> AsyncGenerator[bytes, None]:
    await asyncio.to_thread(file.seek, 0)
    while piece := await asyncio.to_thread(file.read, CHUNK_BYTES):
        yield piece


_CODES: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "forbidden",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "expired",
    HTTPStatus.GONE: "expired",
}
_MAY_PASS = {HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
"""A CDN that has just been given a file may answer 403 once."""


def _code(status: int) -> str:
    """What an answer other than 200 says about the picture."""
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return "redirected"
    return _CODES.get(status, "unreachable")


def _length(response: httpx.Response) -> int | None:
    text = response.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else None
