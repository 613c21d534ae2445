"""The HTTP client under Pixapi's: its limits and time-outs, what its failures mean, retries."""

from __future__ import annotations

import logging
import time
import zlib
from contextlib import asynccontextmanager, suppress
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

import httpx
import stamina

from bot.network import OPEN
from bot.pixapi.errors import PixapiError

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bot.network import Network
    from bot.pace import Pace

T = TypeVar("T")

CONNECT_SECONDS = 10.0  # a connection that takes longer will not come
POOL_SECONDS = 10.0  # waiting for a free connection of ours; nothing has left yet
WRITE_SECONDS = 60.0  # one piece of an upload, over a slow line
SUBMIT_SECONDS = 60.0  # a task endpoint answers at once; giving up early puts money in doubt
SYNC_SECONDS = 300.0  # a sync endpoint answers when the pictures are drawn
POLL_SECONDS = 30.0  # a poll is cheap to repeat
CDN_SECONDS = 60.0  # one piece of a picture
BODY_SECONDS = 120.0  # for an answer's whole body: one that drips must end too

KEPT_SECONDS = 4.0
"""How long an idle connection is used again: less than the 5 s after which common servers close
theirs. A submit on a connection that is just being closed would be lost, and so in doubt."""

AT_FIRST_CONNECTION = ("sniffio", "anyio._backends._asyncio", "httpcore._backends.anyio")
"""What httpcore imports with its first connection. Imported at the start: with no descriptor left
that would fail like a request that was cut, and what was never sent would be in doubt. Where one is
not installed (sniffio need not be) httpcore does without it."""

TRIES = 6

GZIP_OR_ZLIB = zlib.MAX_WBITS | 32  # zlib tells the two apart by itself

NEVER_LEFT = (
    httpx.ConnectError,  # no name, no route, refused, TLS
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,  # it would not connect: the request goes through what it connects
    httpx.UnsupportedProtocol,
)
"""Failures before the first byte of a request is sent."""

LOST = (httpx.HTTPError, OSError, TimeoutError)
"""Any failure of the network; those of `NEVER_LEFT` are among them and must be asked for first."""


class AnswerTooLongError(httpx.HTTPError):
    """An answer passed its limit and was not read further."""


@cache
def _tls() -> ssl.SSLContext:
    """What is trusted: reading it takes 20 ms, once in a process."""
    return httpx.create_ssl_context(trust_env=False)


class _Ways(httpx.AsyncBaseTransport):
    """Each address by its way: directly, or through the proxy."""

    def __init__(self, network: Network, limits: httpx.Limits) -> None:
        self._network = network
        verify = network.tls() or _tls()
        self._direct, self._proxied = (
            httpx.AsyncHTTPTransport(verify=verify, trust_env=False, limits=limits, proxy=proxy)
            for proxy in (None, network.proxy)
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        direct = self._network.way(str(request.url)) is None
        return await (self._direct if direct else self._proxied).handle_async_request(request)

    async def aclose(self) -> None:
        await self._direct.aclose()
        await self._proxied.aclose()


@asynccontextmanager
async def open_http(
    *, connections: int = 100, network: Network = OPEN
) -> AsyncIterator[httpx.AsyncClient]:
    """The one HTTP client for Pixapi and its CDN: no redirects, no cookies.

    `connections` is the most at once; jobs of sync endpoints each hold one for minutes.
    """
    for module in AT_FIRST_CONNECTION:
        with suppress(ModuleNotFoundError):
            import_module(module)
    # httpx tells whole addresses at `info`, and those of results may be signed
    logging.getLogger("httpx").setLevel(logging.WARNING)
    limits = httpx.Limits(
        max_connections=connections,
        max_keepalive_connections=connections,
        keepalive_expiry=KEPT_SECONDS,
    )
    async with httpx.AsyncClient(
        transport=_Ways(network, limits),
        trust_env=False,
        follow_redirects=False,
        timeout=timeout(POLL_SECONDS),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers={"User-Agent": "easel", "Accept-Encoding": "identity"},
    ) as http:
        yield http


def timeout(read: float) -> httpx.Timeout:
    """Every wait of a request has an end; only the wait for bytes differs between calls."""
    return httpx.Timeout(connect=CONNECT_SECONDS, read=read, write=WRITE_SECONDS, pool=POOL_SECONDS)


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


async def retrying(call: Callable[[], Awaitable[T]], pace: Pace) -> T:
    """Await the call, again while it fails with what is transient.

    Exponential waits with jitter, or the provider's `Retry-After`: where that is longer than the
    time that is left, the failure is told now. `retry_context` rather than a caller that is given
    arguments: stamina logs those.
    """
    started = time.monotonic()

    def again(error: Exception) -> bool | float:
        if not (isinstance(error, PixapiError) and error.transient):
            return False
        if not error.retry_after:
            return True
        left = pace.pixapi_tries - (time.monotonic() - started)
        return error.retry_after if error.retry_after <= left else False

    async for attempt in stamina.retry_context(
        on=again,
        attempts=TRIES,
        timeout=pace.pixapi_tries,
        wait_initial=pace.pixapi_retry,
        wait_max=pace.pixapi_retry_most,
        wait_jitter=pace.pixapi_retry,
    ):
        with attempt:
            return await call()
    raise AssertionError("the last attempt returns or raises")
