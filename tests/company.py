"""A company's network: a proxy that reads along, with certificates of the company's own."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import trustme
from aiohttp import web

from tests.pixapi_client.against import drawn

HOSTS = ("slack.com", "*.slack.com", "api.pixapi.ai", "cdn.example.com")
PASSWORD = "Sesame"
CREDENTIALS = base64.b64encode(f"easel:{PASSWORD}".encode()).decode()
PICTURE = drawn("PNG")
ANSWERS = {
    "/api/apps.connections.open": {"ok": True, "url": "wss://wss-primary.slack.com/link"},
    "/api/auth.test": {"ok": True, "user": "easel", "user_id": "U1", "team": "A", "team_id": "T1"},
    "/v1/images/generations": {"data": [{"url": "https://cdn.example.com/a.png"}]},
    "/v1/models": {"data": []},
}
"""What the other side says, by path; anything else of Slack's is `ok`."""


@dataclass(slots=True)
class Company:
    """Its proxy, and the internet behind that."""

    authorities: Path
    heard: list[str] = field(default_factory=list)  # whole heads of requests to the proxy
    called: list[tuple[str, str]] = field(default_factory=list)  # host and path behind it
    forbids: bool = False
    port: int = 0  # of the proxy
    inside: int = 0  # of the other side

    @property
    def proxy(self) -> str:
        """Its address, as it stands in HTTPS_PROXY."""
        return f"http://easel:{PASSWORD}@127.0.0.1:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        """What is set on machines of this company."""
        return {"HTTPS_PROXY": self.proxy, "SSL_CERT_FILE": str(self.authorities)}

    @property
    def connected(self) -> set[str]:
        """What the proxy was asked to connect; all that it hears."""
        assert all(head.startswith("CONNECT ") for head in self.heard)
        assert all(f"Proxy-Authorization: Basic {CREDENTIALS}" in head for head in self.heard)
        assert "Bearer" not in "".join(self.heard)
        return {head.split()[1] for head in self.heard}

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.heard.append(head)
            if self.forbids:
                writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                writer.close()
                return
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            there, inwards = await asyncio.open_connection("127.0.0.1", self.inside)
            await asyncio.gather(_pipe(reader, inwards), _pipe(there, writer))

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.called.append((request.host, request.path))
        if request.path == "/link":
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            await socket.send_json({"type": "hello", "num_connections": 1})
            async for _ in socket:
                pass
            return socket
        if request.path.endswith(".png"):
            return web.Response(body=PICTURE, content_type="image/png")
        await request.read()
        if request.host == "hooks.slack.com":
            return web.Response(text="ok")
        return web.json_response(ANSWERS.get(request.path, {"ok": True}))


async def _pipe(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while some := await source.read(65536):
            target.write(some)
            await target.drain()
    target.close()


@asynccontextmanager
async def company(folder: Path) -> AsyncIterator[Company]:
    """A company's network."""
    authority = trustme.CA()
    built = Company(folder / "company.pem")
    authority.cert_pem.write_to_path(str(built.authorities))
    trusted = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*HOSTS).configure_cert(trusted)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", built._answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
    async with AsyncExitStack() as stack:
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=trusted).start()
        built.inside = runner.addresses[0][1]
        server = await asyncio.start_server(built._connect, "127.0.0.1", 0)
        stack.callback(server.close)
        built.port = server.sockets[0].getsockname()[1]
        yield built
