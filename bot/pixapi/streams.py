"""Results as streams: from the CDN, or from an answer that held the picture itself."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import aclosing, asynccontextmanager
from io import BytesIO
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, cast

import httpx

from bot.pictures import stills
from bot.pictures.problem import Unusable
from bot.pixapi.errors import PictureError
from bot.pixapi.pictures import (
    MAX_HEAD_BYTES,
    MAX_PICTURE_BYTES,
    NeedMore,
    OpenPicture,
    check_address,
    measure,
)
from bot.pixapi.wire import CDN_SECONDS, LOST, encoding_of, retrying, timeout
from bot.pixapi.words import retry_after

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from bot.core.job import Size
    from bot.pace import Pace

CHUNK_BYTES = 64 * 1024
MOST_REDIRECTS = 3


@asynccontextmanager
async def open_content(content: bytes) -> AsyncIterator[OpenPicture]:
    """A picture that came inside an answer."""
    if len(content) > MAX_PICTURE_BYTES:
        raise PictureError("too_large")
    try:
        size, mime = measure(content)
    except NeedMore:
        raise PictureError("not_a_picture") from None
    except PictureError:
        size, mime = await _measure_whole(BytesIO(content))

    async def pieces() -> AsyncGenerator[bytes, None]:
        for start in range(0, len(content), CHUNK_BYTES):
            yield content[start : start + CHUNK_BYTES]

    async with aclosing(pieces()) as chunks:
        yield OpenPicture(size, mime, len(content), chunks)


async def _measure_whole(file: IO[bytes]) -> tuple[Size, str]:
    """Pixels and type of a picture of another type than the usual four."""
    try:
        return await asyncio.to_thread(stills.look, file)
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
    stream = await retrying(lambda: _followed(http, address, loopback=loopback), pace)
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
        if status in _MOVED and (to := self.response.headers.get("location")):
            raise _Moved(status, to)
        if status != httpx.codes.OK:
            raise PictureError(
                _code(status),
                http_status=status,
                retry_after=retry_after(self.response.headers),
                transient=status in _MAY_PASS or status >= 500,  # noqa: PLR2004 - HTTP's own classes
            )
        if encoding_of(self.response):  # 200 kB unpack to 200 MB
            raise PictureError("encoded")
        if self.length is not None and self.length > MAX_PICTURE_BYTES:
            raise PictureError("too_large")

    async def _read_head(self) -> None:
        head = bytearray()
        while len(head) <= MAX_HEAD_BYTES:
            piece = await self._next()
            if not piece:
                break
            self._head.append(piece)
            head += piece
            try:
                self.size, self.mime = measure(head)
            except NeedMore:
                continue
            except PictureError:
                if len(head) < stills.HEAD:
                    continue
                if not stills.formats_of(head):
                    raise
                await self._read_whole()
            return
        raise PictureError("not_a_picture")

    async def _read_whole(self) -> None:
        """Keep the picture in a file, as its pixels may be told anywhere in it."""
        self._file = file = TemporaryFile()  # noqa: SIM115 - closed with the stream
        length = 0
        async for chunk in self.chunks():
            length += await asyncio.to_thread(file.write, chunk)
        self.size, self.mime = await _measure_whole(file)
        self.length = length
        await self._pieces.aclose()
        self._pieces = _pieces_of(file)

    async def _next(self) -> bytes:
        """The next bytes; none at the end."""
        try:
            return await anext(self._pieces, b"")
        except LOST as error:
            raise PictureError("unreachable", transient=True) from error


async def _pieces_of(file: IO[bytes]) -> AsyncGenerator[bytes, None]:
    await asyncio.to_thread(file.seek, 0)
    while piece := await asyncio.to_thread(file.read, CHUNK_BYTES):
        yield piece


_CODES = {401: "forbidden", 403: "forbidden", 404: "expired", 410: "expired"}
_MOVED = {301, 302, 303, 307, 308}
_MAY_PASS = {403, 408, 429}  # a CDN that has just been given a file may answer 403 once


def _code(status: int) -> str:
    """What an answer other than 200 says about the picture."""
    if 300 <= status < 400:  # noqa: PLR2004 - HTTP's own classes
        return "redirected"
    return _CODES.get(status, "unreachable")


def _length(response: httpx.Response) -> int | None:
    text = response.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else None
