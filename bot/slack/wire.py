"""One shared connection pool to Slack, and every call over it: retried where that is safe.

`Wire` is the base of `People`, `Files` and `Slack`. The SDK's own retries are off: the one that it
has by default repeats a `chat.postMessage` whose answer was lost. Here 429 is waited for, a refused
connection is tried again, and a lost answer is asked for again only where saying a thing twice is
the same as saying it once.
"""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
from aiohttp import ClientHandlerType, ClientRequest, ClientResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from bot.calls import LOST, MOVED, open_session, retry_call
from bot.network import is_loopback
from bot.slack.errors import (
    CUT_OFF,
    SlackBusy,
    SlackDown,
    SlackLost,
    SlackRefused,
    from_network,
    from_sdk,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bot.network import Network
    from bot.pace import Pace

log = logging.getLogger(__name__)
T = TypeVar("T")

CALL_SECONDS = 30.0
CONNECT_SECONDS = 5.0
UPLOAD_SECONDS = 300.0
SLACK_DOMAINS = ("slack.com", "slack-gov.com")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call is tried for, and what may be repeated. Times are seconds."""

    tries: int
    total: float  # no further try begins after this long
    wait: float  # the longest `Retry-After` that is waited for
    repeatable: bool  # twice is the same as once: a lost answer may be asked for again

    def decide(self, error: Exception) -> bool | float:
        """Stamina's question after a failure: again? A number is the wait that Slack asked for."""
        match error:
            case SlackBusy(retry_after=asked):
                # Spread, so that all who were refused together do not come back together.
                return asked + random.random() if asked <= self.wait else False  # noqa: S311
            case SlackDown():
                return True
            case SlackLost():
                return self.repeatable
            case _:
                return False


REPEATABLE = Patience(tries=5, total=45.0, wait=30.0, repeatable=True)
WALKING = Patience(tries=20, total=600.0, wait=120.0, repeatable=True)
"""For each page of a long list that nobody waits for: given up, it would begin at the first."""
POSTING = Patience(tries=5, total=45.0, wait=30.0, repeatable=False)
REPLYING = Patience(tries=3, total=45.0, wait=30.0, repeatable=True)
"""For a `response_url`: each try may be one of its five uses."""
TRIGGERED = Patience(tries=3, total=2.0, wait=1.0, repeatable=False)
"""For `views.open`: a trigger id lives for three seconds."""
ONCE = Patience(tries=1, total=CALL_SECONDS, wait=0.0, repeatable=False)


class Wire:
    """The shared session and the SDK's client over it."""

    def __init__(self, web: AsyncWebClient, session: aiohttp.ClientSession, pace: Pace) -> None:
        self.web = web
        self._session = session
        self._pace = pace
        self.cut_off: str | None = None  # Slack's word, while it refuses the token
        self._is_cut_off = asyncio.Event()
        self._on_loopback = is_loopback(web.base_url)

    def _known(self, cut_off: str | None) -> None:
        """Slack has read the token: what it says of it, which is logged when it changes."""
        if cut_off is not None and self.cut_off is None:
            log.error(
                "Slack has taken Easel's connection away (%s): no picture is made until it is "
                "back. Install the app again and start Easel with its new SLACK_BOT_TOKEN; "
                "`easel doctor` checks it",
                cut_off,
            )
            self._is_cut_off.set()
        elif cut_off is None and self.cut_off is not None:
            log.warning("Slack takes Easel's token again")
            self._is_cut_off.clear()
        self.cut_off = cut_off

    async def _trying(self, patience: Patience, call: Callable[[], Awaitable[T]]) -> T:
        """One try after the other, for as long as a call is worth it."""
        return await retry_call(
            call,
            patience.decide,
            attempts=patience.tries,
            timeout=patience.total,
            wait_initial=self._pace.slack_retry,
            wait_max=self._pace.slack_retry_most,
        )

    async def _call(
        self,
        method: str,
        patience: Patience,
        *,
        json: dict[str, Any] | None = None,
        form: dict[str, Any] | None = None,
        query: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Call a Web API method with a JSON body, a form body or, for a GET, a query.

        Nothing that a person wrote goes into a query: a request line holds 8 KiB at most.
        """
        data, _ = await self._call_with_headers(method, patience, json=json, form=form, query=query)
        return data

    async def _call_with_headers(
        self, method: str, patience: Patience, **arguments: dict[str, Any] | None
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Like `_call`, with the answer's headers."""
        return await self._trying(patience, lambda: self._once(method, **arguments))

    async def _pages(
        self, method: str, query: dict[str, Any], patience: Patience = REPEATABLE
    ) -> AsyncIterator[dict[str, Any]]:
        """Each page of a list, in its order. https://docs.slack.dev/apis/web-api/pagination/."""
        while True:
            answer = await self._call(method, patience, query=query)
            yield answer
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return
            query = {**query, "cursor": cursor}

    async def _once(
        self,
        method: str,
        *,
        json: dict[str, Any] | None = None,
        form: dict[str, Any] | None = None,
        query: dict[str, Any] | None = None,
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """One try; every foreign error is translated here and nowhere else."""
        verb = "POST" if query is None else "GET"
        try:
            answer = await self.web.api_call(
                method, http_verb=verb, json=json, data=form, params=query
            )
        except SlackApiError as error:
            trouble = from_sdk(error, method)
            if isinstance(trouble, SlackRefused):
                self._known(trouble.code if trouble.code in CUT_OFF else None)
            raise trouble from error
        except LOST as error:
            raise from_network(error, method) from error
        except (AttributeError, ValueError) as error:
            # How the SDK trips over a 200 whose body is text, a list or not UTF-8.
            raise SlackLost("unreadable", method) from error
        if not isinstance(answer.data, dict):
            raise SlackLost("unreadable", method)
        self._known(None)
        return answer.data, dict(answer.headers)

    def _may_send_to(self, url: str, *, host: str | None = None) -> bool:
        """Whether an address that came in a payload is Slack's: https on its domains.

        `host` asks for this very host of the domain. Loopback counts if the API itself is there.
        """
        try:
            target = URL(url)
        except ValueError:
            return False
        if self._on_loopback and is_loopback(str(target)):
            return target.scheme in {"http", "https"}
        name = target.host or ""
        at_home = any(
            name == f"{host}.{domain}" if host else name.endswith(f".{domain}")
            for domain in SLACK_DOMAINS
        )
        return target.scheme == "https" and target.port == 443 and at_home  # noqa: PLR2004 — https


def text(answer: dict[str, Any], key: str, method: str) -> str:
    """The text under a key of an answer; without it the answer is as good as lost."""
    found = answer.get(key)
    if not isinstance(found, str):
        raise SlackLost("unreadable", method)
    return found


def part(answer: dict[str, Any], key: str, method: str) -> dict[str, Any]:
    """The object under a key of an answer; without it the answer is as good as lost."""
    found = answer.get(key)
    if not isinstance(found, dict):
        raise SlackLost("unreadable", method)
    return found


async def _without_redirect(request: ClientRequest, send: ClientHandlerType) -> ClientResponse:
    """Slack's API never redirects, and a redirect could carry a prompt away."""
    answer = await send(request)
    if answer.status in MOVED:
        answer.close()
        raise aiohttp.ClientResponseError(
            answer.request_info, answer.history, status=answer.status, message="redirected"
        )
    return answer


@asynccontextmanager
async def open_web(
    token: str, api_url: str, network: Network
) -> AsyncIterator[tuple[AsyncWebClient, aiohttp.ClientSession]]:
    """The SDK's client and the session under it; closed in the end."""
    quiet = logging.getLogger("bot.slack.sdk")
    quiet.setLevel(logging.INFO)  # at debug the SDK formats every body, prompts and all
    async with open_session(
        network,
        _without_redirect,
        connector=aiohttp.TCPConnector(ssl=network.tls() or True),
        timeout=aiohttp.ClientTimeout(total=CALL_SECONDS, sock_connect=CONNECT_SECONDS),
    ) as session:
        web = AsyncWebClient(
            token=token,
            base_url=api_url,
            session=session,
            timeout=int(CALL_SECONDS),
            retry_handlers=[],
            logger=quiet,
        )
        web.proxy = None
        web.ssl = network.tls()  # whoever opens sockets beside us reads it here
        yield web, session
