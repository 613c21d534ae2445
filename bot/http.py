"""What Easel serves over HTTP: Slack's requests and health; metrics at an address of their own.

Health is served from the first moment to the last, also while a start waits and while a stop lets
what is under way come to its end; Slack is heard in between.

The signature is checked here, and the body read here: Bolt's own parser loses a slash command whose
text contains the word `payload` (it takes the form for an interaction), and its log prints the body
of requests that are badly signed. What it holds is handed on as it comes over a socket too.

The port takes so many connections at a time, and none that only waits: whoever reaches it can open
connections and send nothing, each keeps a descriptor, and in the end none would be left for Slack.
"""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from hmac import compare_digest
from http import HTTPStatus
from typing import Self
from urllib.parse import parse_qsl

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from slack_sdk.signature import SignatureVerifier

from bot.core.errors import CannotStart
from bot.pace import Pace
from bot.settings import Address
from bot.slack_in.routes import Hear
from bot.tasks import ACK_SECONDS, end_tasks, run_in_background

log = logging.getLogger(__name__)

MAX_BODY = 2 * 1024 * 1024  # bytes; Slack's payloads stay far below
MAX_FIELDS = 100  # of a form; Slack's have about fifteen

CONNECTIONS = 512
"""At a time. A process may usually have 1,024 descriptors; Slack keeps a few dozen connections."""

SCRAPERS = 16
"""Connections at a time to the metrics: one or two programs read them."""

BACKLOG = 256
"""Connections that come at once; so many more there may be for a moment."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

Missing = Callable[[], Awaitable[list[str]]]
"""What keeps Easel from being ready, in words; nothing when it is."""


class CannotListen(CannotStart):
    """Nobody can listen on this port, or somebody else does: `is_taken`."""

    def __init__(self, host: str, port: int, error: OSError) -> None:
        self.is_taken = error.errno == errno.EADDRINUSE
        match error.errno:
            case errno.EADDRINUSE:
                said = f"PORT: another program has {host}:{port}: end it, or set another PORT"
            case errno.EACCES:
                said = f"PORT: this user may not listen on {port}: set one from 1024 on"
            case errno.EADDRNOTAVAIL | socket.EAI_NONAME:
                said = (
                    f"HOST: this machine does not have the address {host}: set 127.0.0.1 for "
                    "itself alone, 0.0.0.0 for all its networks"
                )
            case _:
                said = f"HOST, PORT: {host}:{port} cannot be used ({error.strerror}): set another"
        super().__init__(said)


class Door:
    """Where a site is served. Before it is full the oldest stranger leaves.

    A stranger is a connection over which nothing has come that Slack has signed.
    """

    def __init__(self, site: web.Application, patience: float, most: int) -> None:
        site.middlewares.append(self._note)
        self._runner = web.AppRunner(
            site,
            access_log=None,
            handle_signals=False,
            lingering_time=0.0,  # for the rest of a body that was not waited for
        )
        self._patience = patience  # seconds, for a first request to begin
        self._most = most  # connections at a time
        self._listening: asyncio.Server | None = None
        self._begun: set[web.RequestHandler] = set()
        self._known: set[web.RequestHandler] = set()

    async def open(self, host: str, port: int) -> str:
        """Serve from now on; the base address. Raises `OSError` when nobody can listen there."""
        if self._runner.server is None:
            await self._runner.setup()
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(self._let_in, host, port, backlog=BACKLOG)
        bound = self._listening.sockets[0].getsockname()
        return f"http://{bound[0]}:{bound[1]}"

    async def close(self) -> None:
        """Let nobody in any more, and what is under way come to its end."""
        if self._listening is not None:
            self._listening.close()
        await self._runner.cleanup()

    def know(self, request: web.Request) -> None:
        """Take note that Slack is at the other end."""
        self._known.add(request.protocol)

    def _let_in(self) -> web.RequestHandler:
        server = self._runner.server
        if server is None:
            raise AssertionError("a site is set up before it is served")
        here = [one for one in server.connections if one.transport is not None]
        self._begun.intersection_update(here)
        self._known.intersection_update(here)
        # Strangers before Slack, the oldest before the newest.
        leaving = max(len(here) + 1 - self._most, 0)
        for one in sorted(here, key=self._known.__contains__)[:leaving]:
            one.force_close()
        newcomer = server()
        asyncio.get_running_loop().call_later(self._patience, self._give_up, newcomer)
        return newcomer

    def _give_up(self, newcomer: web.RequestHandler) -> None:
        if newcomer not in self._begun:
            newcomer.force_close()

    @web.middleware
    async def _note(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """A request has begun: its body is waited for elsewhere."""
        self._begun.add(request.protocol)
        return await handler(request)


class Front:
    """The HTTP side, as a context that closes it. Without a secret Slack is not served."""

    def __init__(self, missing: Missing, signing_secret: str | None, pace: Pace) -> None:
        site = web.Application(client_max_size=MAX_BODY)
        self._door = Door(site, pace.request, CONNECTIONS)
        self._hear: Hear | None = None
        self._answering: set[asyncio.Task[web.Response]] = set()
        self.address = ""  # once it listens
        site.router.add_get("/healthz", _healthz)
        site.router.add_get("/readyz", _readyz(missing))
        if signing_secret is not None:
            verifier = SignatureVerifier(signing_secret)
            events = _events(self._answer, verifier, self._door, pace.request)
            site.router.add_post("/slack/events", events)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._door.close()

    async def listen(self, host: str, port: int) -> None:
        """Serve from now on. Raises `CannotListen`."""
        try:
            self.address = await self._door.open(host, port)
        except OSError as error:
            raise CannotListen(host, port, error) from error

    @asynccontextmanager
    async def hearing(self, hear: Hear) -> AsyncIterator[None]:
        """Answer Slack's requests by this; what was heard is answered before the end."""
        self._hear = hear
        try:
            yield
        finally:
            self._hear = None
            await end_tasks(self._answering, ACK_SECONDS)

    async def _answer(self, raw: object) -> web.Response:
        """503 while nobody hears Slack: it sends an event again."""
        if self._hear is None:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        answering = asyncio.create_task(_answered(self._hear, raw))
        self._answering.add(answering)
        answering.add_done_callback(self._answering.discard)
        return await answering


async def _healthz(_request: web.Request) -> web.Response:
    return web.Response(text="ok\n")


def _readyz(missing: Missing) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def readyz(_request: web.Request) -> web.Response:
        wanting = await missing()
        if wanting:
            return web.Response(
                status=HTTPStatus.SERVICE_UNAVAILABLE, text="".join(f"{what}\n" for what in wanting)
            )
        return web.Response(text="ready\n")

    return readyz


@asynccontextmanager
async def serving_metrics(address: Address, pace: Pace) -> AsyncIterator[None]:
    """Serve `/metrics` there, as long as the block lasts.

    An address that cannot be used keeps no Easel from serving Slack: a second one on a machine has
    the same default. The log says so once, and the address is tried again until it is free.
    """
    site = web.Application()
    site.router.add_get("/metrics", _metrics)
    door = Door(site, pace.request, SCRAPERS)
    why = await _open_metrics(door, address)
    if why is not None:
        log.warning(
            "EASEL_METRICS: /metrics is not served, as %s %s: give each Easel on this machine an "
            "address of its own, or set off; this one is tried again",
            address,
            why,
        )
    later = (
        nullcontext() if why is None else run_in_background(_wait_for_metrics(door, address, pace))
    )
    try:
        async with later:
            yield
    finally:
        await door.close()


async def _open_metrics(door: Door, address: Address) -> str | None:
    """Why nobody can listen there; None: it is served from now on."""
    try:
        log.info("metrics on %s/metrics", await door.open(address.host, address.port))
    except OSError as error:
        is_taken = error.errno == errno.EADDRINUSE
        return "is another program's" if is_taken else f"cannot be used ({error.strerror})"
    return None


async def _wait_for_metrics(door: Door, address: Address, pace: Pace) -> None:
    why: str | None = ""
    while why is not None:
        await asyncio.sleep(pace.metrics)
        why = await _open_metrics(door, address)


async def _metrics(_request: web.Request) -> web.Response:
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _events(
    answer: Callable[[object], Awaitable[web.Response]],
    verifier: SignatureVerifier,
    door: Door,
    patience: float,
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def events(request: web.Request) -> web.Response:
        raw = await _body(request, patience)
        if raw is None:
            never = web.Response(status=HTTPStatus.REQUEST_TIMEOUT, text="no body\n")
            never.force_close()
            return never
        if not _is_signed(verifier, raw, request):
            return web.Response(status=HTTPStatus.UNAUTHORIZED, text="bad signature\n")
        door.know(request)
        return await answer(payload(raw, request.content_type))

    return events


async def _answered(hear: Hear, raw: object) -> web.Response:
    answer = await hear(raw)
    headers = {"X-Slack-No-Retry": "1"} if answer.status == HTTPStatus.BAD_REQUEST else {}
    return web.Response(
        status=answer.status,
        text=answer.body,
        headers=headers,
        content_type="application/json" if answer.body else "text/plain",
    )


async def _body(request: web.Request, patience: float) -> bytes | None:
    """The body; None where it does not come within so many seconds, or not as it was announced."""
    try:
        async with asyncio.timeout(patience):
            return await request.read()
    except (TimeoutError, ConnectionError, web.RequestPayloadError):
        return None


def _is_signed(verifier: SignatureVerifier, raw: bytes, request: web.Request) -> bool:
    """Slack's signature over the raw body, not older than five minutes.

    https://docs.slack.dev/authentication/verifying-requests-from-slack/
    """
    timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
    signature = request.headers.get("X-Slack-Signature", "")
    if not (timestamp + signature).isascii():
        return False
    try:
        if verifier.is_valid(body=raw, timestamp=timestamp, signature=signature):
            return True
        expected = verifier.generate_signature(timestamp=timestamp, body=raw) or ""
        if compare_digest(expected.encode(), signature.encode()):
            log.warning("a request of Slack's is refused: its clock and ours differ")
    except ValueError:  # a timestamp that is no number, a body that is no text
        return False
    return False


def payload(raw: bytes, content_type: str) -> object:
    """The payload of a request: JSON for events, a form for commands, JSON in a form for clicks.

    None for what is nothing of these, and where a field is given twice.
    """
    try:
        if content_type == "application/json":
            return json.loads(raw)
        fields = parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
        form = dict(fields)
        if len(form) < len(fields):
            return None
        return form if "command" in form or "ssl_check" in form else json.loads(form["payload"])
    except (ValueError, KeyError, RecursionError):
        return None
