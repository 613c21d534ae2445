"""What Easel serves over HTTP: Slack's requests, health and metrics.

The signature is checked here, and the body read here: Bolt's own parser loses a slash command whose
text contains the word `payload` (it takes the form for an interaction), and its log prints the body
of requests that are badly signed. Bolt then gets the same payload in both modes.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from hmac import compare_digest
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

log = logging.getLogger(__name__)

MAX_BODY = 2 * 1024 * 1024  # bytes; Slack's payloads stay far below

Missing = Callable[[], Awaitable[list[str]]]
"""What keeps Easel from being ready, in words; nothing when it is."""


@asynccontextmanager
async def serving(
    host: str, port: int, missing: Missing, app: AsyncApp, signing_secret: str | None
) -> AsyncIterator[str]:
    """Serve until the block ends; yields the base address. Without a secret Slack is not served."""
    site = web.Application(client_max_size=MAX_BODY)
    site.router.add_get("/healthz", _healthz)
    site.router.add_get("/readyz", _readyz(missing))
    site.router.add_get("/metrics", _metrics)
    if signing_secret is not None:
        site.router.add_post("/slack/events", _events(app, SignatureVerifier(signing_secret)))
    runner = web.AppRunner(site, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        listening = web.TCPSite(runner, host, port)
        await listening.start()
        bound = runner.addresses[0]
        yield f"http://{bound[0]}:{bound[1]}"
    finally:
        await runner.cleanup()


async def _healthz(_request: web.Request) -> web.Response:
    return web.Response(text="ok\n")


def _readyz(missing: Missing) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def readyz(_request: web.Request) -> web.Response:
        wanting = await missing()
        if wanting:
            return web.Response(status=503, text="".join(f"{what}\n" for what in wanting))
        return web.Response(text="ready\n")

    return readyz


async def _metrics(_request: web.Request) -> web.Response:
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _events(
    app: AsyncApp, verifier: SignatureVerifier
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def events(request: web.Request) -> web.Response:
        raw = await request.read()
        if not _is_signed(verifier, raw, request):
            return web.Response(status=401, text="bad signature\n")
        body = payload(raw, request.content_type)
        if body is None:
            return web.Response(status=400, text="no payload\n")
        if body.get("type") == "url_verification":
            return web.json_response({"challenge": body.get("challenge")})
        if "ssl_check" in body:
            return web.Response()
        headers: dict[str, str | Sequence[str]] = {
            name.lower(): value for name, value in request.headers.items()
        }
        answer: BoltResponse = await app.async_dispatch(
            AsyncBoltRequest(mode="socket_mode", body=body, headers=headers)
        )
        return web.Response(
            status=answer.status,
            body=(answer.body or "").encode(),
            headers={"Content-Type": answer.first_headers().get("content-type", "text/plain")},
        )

    return events


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


def payload(raw: bytes, content_type: str) -> dict[str, Any] | None:
    """The payload of a request: JSON for events, a form for commands, JSON in a form for clicks."""
    try:
        if content_type == "application/json":
            body = json.loads(raw)
        else:
            form = dict(parse_qsl(raw.decode(), keep_blank_values=True))
            body = form if "command" in form or "ssl_check" in form else json.loads(form["payload"])
    except (ValueError, KeyError):
        return None
    return body if isinstance(body, dict) else None
