"""The HTTP client under Pixapi's: its limits and time-outs, what its failures mean, retries.

httpx over aiohttp: httpx's own pool looks through everything in flight whenever a request comes or
goes, which costs 15 times as much with 200 polls at once.
"""

from __future__ import annotations

import logging
import time
import zlib
from contextlib import asynccontextmanager
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, TypeVar

import aiohttp
import httpx
from yarl import URL

from bot import calls
from bot.network import OPEN
from bot.pixapi.errors import PixapiError

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bot.network import Network
    from bot.pace import Pace

T = TypeVar("T")

CONNECT_SECONDS = 10.0  # a connection that takes longer, or is not free for longer, will not come
SUBMIT_SECONDS = 60.0  # a task endpoint answers at once; giving up early puts money in doubt
SYNC_SECONDS = 300.0  # a sync endpoint answers when the pictures are drawn
POLL_SECONDS = 30.0  # a poll is cheap to repeat
CDN_SECONDS = 60.0  # one piece of a picture
BODY_SECONDS = 120.0  # for an answer's whole body: one that drips must end too
SLOWEST = 64 * 1024  # bytes a second of an upload: a line that is slower is taken for dead
LONGEST_HEADER = 64 * 1024  # bytes

KEPT_SECONDS = 4.0
"""How long an idle connection is used again: less than the 5 s after which common servers close
theirs. A submit on a connection that is just being closed would be lost, and so in doubt."""

TRIES = 6

GZIP_OR_ZLIB = zlib.MAX_WBITS | 32  # zlib tells the two apart by itself

NEVER_LEFT = httpx.ConnectError
"""A failure before the first byte of a request is sent."""

LOST = (httpx.HTTPError, OSError, TimeoutError)
"""Any failure of the network; `NEVER_LEFT` is among them and must be asked for first."""


class AnswerTooLongError(httpx.HTTPError):
    """An answer passed its limit and was not read further."""


@cache
def _tls() -> ssl.SSLContext:
    """What is trusted: reading it takes 20 ms, once in a process."""
    return httpx.create_ssl_context(trust_env=False)


class Transport(httpx.AsyncBaseTransport):
    """Each request by aiohttp, its address to the letter: those of results may be signed.

    Of what goes wrong `ConnectError` says that nothing has left, `ReadError` that this is not
    known. The package httpx-aiohttp calls a lost answer a ConnectTimeout, and rewrites addresses.
    """

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it; the answer's body is still to come."""
        seconds = request.extensions["timeout"]
        try:
            answer = await self._session.request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=request.headers.multi_items(),
                data=_body(request),
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    connect=seconds["pool"], sock_connect=seconds["connect"],
                    sock_read=seconds["read"],
                ),
            )  # fmt: skip
        except calls.LOST as error:
            kind = httpx.ConnectError if calls.failed_before_sending(error) else httpx.ReadError
            raise kind(type(error).__name__) from None  # its text may name the address
        return httpx.Response(answer.status, headers=answer.raw_headers, stream=_Answer(answer))

    async def aclose(self) -> None:
        """Close every connection."""
        await self._session.close()


def _body(request: httpx.Request) -> bytes | httpx.AsyncByteStream | None:
    """A request's body; files are streamed."""
    try:
        return request.content or None
    except httpx.RequestNotRead:
        assert isinstance(request.stream, httpx.AsyncByteStream)
        return request.stream


class _Answer(httpx.AsyncByteStream):
    """The body of an answer as it comes, packed or not."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._answer.content.iter_any():
                yield piece
        except calls.LOST as error:
            raise httpx.ReadError(type(error).__name__) from None

    async def aclose(self) -> None:
        """Give the connection back, or close it where the body was not read to its end."""
        self._answer.close()


@asynccontextmanager
async def open_http(
    *, connections: int = 100, network: Network = OPEN
) -> AsyncIterator[httpx.AsyncClient]:
    """The one HTTP client for Pixapi and its CDN: no redirects, no cookies.

    `connections` is the most at once; jobs of sync endpoints each hold one for minutes.
    """
    # httpx tells whole addresses at `info`, and those of results may be signed
    logging.getLogger("httpx").setLevel(logging.WARNING)
    session = calls.open_session(
        network,
        connector=aiohttp.TCPConnector(
            limit=connections, keepalive_timeout=KEPT_SECONDS, ssl=network.tls() or _tls()
        ),
        timeout=aiohttp.ClientTimeout(),
        auto_decompress=False,
        max_line_size=LONGEST_HEADER,
        max_field_size=LONGEST_HEADER,
    )
    async with httpx.AsyncClient(
        transport=Transport(session),
        trust_env=False,
        follow_redirects=False,
        timeout=timeout(POLL_SECONDS),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers={"User-Agent": "easel", "Accept-Encoding": "identity"},
    ) as http:
        yield http


def timeout(read: float) -> httpx.Timeout:
    """Every wait of a request has an end; only the wait for bytes differs between calls."""
    return httpx.Timeout(read, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS)


def encoding_of(response: httpx.Response) -> str:
    """How an answer's bytes are packed; empty where they are as they are, as was asked for."""
    name = str(response.headers.get("content-encoding", "")).strip().lower()
    return "" if name == "identity" else name


async def read_body(response: httpx.Response, limit: int) -> bytearray:
    """The body of an answer, at most `limit` bytes of it in memory.

    Nobody asks for packed answers; one that comes as gzip all the same may be of money, and is
    unpacked no further than the limit. httpx would unpack each piece whole, a thousand times as
    long as it came.

    Raises:
        AnswerTooLongError: there is more.
        httpx.DecodingError: it is packed otherwise, or not whole.
    """
    encoding = encoding_of(response)
    if encoding not in {"", "gzip", "x-gzip", "deflate"}:
        raise httpx.DecodingError("an encoding that was not asked for")
    unpacking = zlib.decompressobj(GZIP_OR_ZLIB) if encoding else None
    body = bytearray()
    async for piece in response.aiter_raw():
        try:
            body += unpacking.decompress(piece, limit + 1 - len(body)) if unpacking else piece
        except zlib.error:
            raise httpx.DecodingError("not packed as it says") from None
        if len(body) > limit:
            raise AnswerTooLongError("answer too long")
    if unpacking and not unpacking.eof:
        raise httpx.DecodingError("cut off")
    return body


async def retry_call(call: Callable[[], Awaitable[T]], pace: Pace) -> T:
    """Await the call, again while it fails with what is transient.

    Exponential waits with jitter, or the provider's `Retry-After`: where that is longer than the
    time that is left, the failure is told now.
    """
    started = time.monotonic()

    def again(error: Exception) -> bool | float:
        if not (isinstance(error, PixapiError) and error.transient):
            return False
        if not error.retry_after:
            return True
        left = pace.pixapi_tries - (time.monotonic() - started)
        return error.retry_after if error.retry_after <= left else False

    return await calls.retry_call(
        call,
        again,
        attempts=TRIES,
        timeout=pace.pixapi_tries,
        wait_initial=pace.pixapi_retry,
        wait_max=pace.pixapi_retry_most,
        wait_jitter=pace.pixapi_retry,
    )
