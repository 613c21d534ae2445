"""What every call over HTTP has in common, to Slack and to Pixapi.

One way of opening a session, of telling what a broken connection means, of reading `Retry-After`,
and of trying again.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
import stamina
from yarl import URL

if TYPE_CHECKING:
    from aiohttp import ClientHandlerType, ClientMiddlewareType, ClientRequest, ClientResponse

    from bot.network import Network

T = TypeVar("T")

MOVED = frozenset(
    {
        HTTPStatus.MOVED_PERMANENTLY,
        HTTPStatus.FOUND,
        HTTPStatus.SEE_OTHER,
        HTTPStatus.TEMPORARY_REDIRECT,
        HTTPStatus.PERMANENT_REDIRECT,
    }
)
"""What no client follows by itself: the next address may be anybody's."""

LOST = (aiohttp.ClientError, OSError, TimeoutError)
"""Any failure of the network; `failed_before_sending` tells those before a request was sent."""


def failed_before_sending(error: BaseException) -> bool:
    """Whether a call failed before the first byte of its request was sent."""
    return isinstance(
        error,
        (
            aiohttp.ClientConnectorError,  # no name, no route, refused, TLS, no proxy
            aiohttp.ConnectionTimeoutError,  # no connection in time, of the pool's or a new one
            aiohttp.ClientHttpProxyError,  # the proxy would not connect
            aiohttp.InvalidURL,
        ),
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of a `Retry-After`, in either form; a date is measured against the answer's own."""
    text = headers.get("retry-after", "")
    try:
        seconds = float(text)
    except ValueError:
        try:
            until = parsedate_to_datetime(text)
            seconds = (until - parsedate_to_datetime(headers.get("date", ""))).total_seconds()
        except (ValueError, TypeError, OverflowError):  # no date, or one without a zone
            return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


async def retry_call(
    call: Callable[[], Awaitable[T]], again: Callable[[Exception], bool | float], **waits: Any
) -> T:
    """Await the call, and after a failure once more while `again` says so, or how long to wait.

    `waits` are stamina's: attempts, timeout and wait_… in seconds. A context rather than a caller
    that is given arguments: stamina logs those.
    """
    async for attempt in stamina.retry_context(on=again, **waits):
        with attempt:
            return await call()
    raise AssertionError("the last attempt returns or raises")


def open_session(
    network: Network,
    *middlewares: ClientMiddlewareType,
    connector: aiohttp.TCPConnector,
    timeout: aiohttp.ClientTimeout,
    **options: Any,
) -> aiohttp.ClientSession:
    """A session without cookies, whose calls go by the network's ways; the caller closes it."""
    return aiohttp.ClientSession(
        connector=connector,
        timeout=timeout,
        cookie_jar=aiohttp.DummyCookieJar(),
        middlewares=(_by(network), *middlewares),
        **options,
    )


def _by(network: Network) -> ClientMiddlewareType:
    """Each address by its way, whatever a library says.

    Slack's SDK reads proxies from the environment without looking at NO_PROXY, and Bolt's copies of
    the client read them again.
    """

    async def send_by(request: ClientRequest, send: ClientHandlerType) -> ClientResponse:
        proxy = network.way(str(request.url))
        request.update_proxy(None if proxy is None else URL(proxy), None, None)
        return await send(request)

    return send_by
