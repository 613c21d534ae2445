"""A server on loopback that answers as a test says, with bytes as they go over the wire."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CUT = "cut"
"""Instead of an answer: the connection ends after the request was read."""


@dataclass(frozen=True)
class Said:
    """An answer as it goes over the wire."""

    body: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> web.Response:
        """The answer for one request."""
        return web.Response(body=self.body.encode(), status=self.status, headers=self.headers)


def plain(body: str, status: int = 200, kind: str = "text/plain", **headers: object) -> Said:
    """An answer in other than Slack's form; `retry_after=1` is the header `Retry-After: 1`."""
    named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
    return Said(body, status, named | {"Content-Type": kind})


def refused(error: str, status: int = 200, *, retry_after: int | None = None, **more: Any) -> Said:
    """An answer in Slack's form that says no."""
    wait = {} if retry_after is None else {"retry_after": retry_after}
    body = json.dumps({"ok": False, "error": error, **more})
    return plain(body, status, "application/json", **wait)


@dataclass
class Crooked:
    """Answers request after request with what stands next in `script`, then with `{"ok": true}`."""

    script: list[Any] = field(default_factory=list)
    requests: list[web.BaseRequest] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    peers: set[Any] = field(default_factory=set)
    url: str = ""

    def say(self, *answers: Any) -> None:
        """Put answers into the script: CUT, `Said` or a dict (JSON)."""
        self.script.extend(answers)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """The next of the script."""
        self.requests.append(request)
        assert request.transport is not None
        self.peers.add(request.transport.get_extra_info("peername"))
        self.bodies.append(await request.read())
        said = self.script.pop(0) if self.script else {"ok": True}
        if said == CUT:
            request.transport.abort()
            return web.Response()
        if isinstance(said, Said):
            return said.response()
        return web.json_response(said)


@asynccontextmanager
async def crooked_server() -> AsyncIterator[Crooked]:
    """Serve on a free port."""
    crooked = Crooked()
    server = web.Server(crooked.answer, access_log=None)
    runner = web.ServerRunner(server)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        crooked.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield crooked
    finally:
        await runner.cleanup()


async def closed_port() -> int:
    """A port on which nobody listens."""
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = int(server.sockets[0].getsockname()[1])
    server.close()
    await server.wait_closed()
    return port
