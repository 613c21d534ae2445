"""The embedded Pixapi's second host: result files, painted when they are first fetched."""

from __future__ import annotations

import asyncio
import gzip
import io
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web
from PIL import Image

from bot.demo.faults import delayed, drop
from bot.demo.pixapi.answers import html_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.demo.faults import Faults

KEPT = 24  # painted files kept in memory; others are painted again, the same
HUGE = 200_000_000  # bytes of a picture that is too large
CHUNK = 1 << 16  # bytes


@dataclass(slots=True)
class File:
    """One result file: how to paint it, and what is wrong with it."""

    name: str
    paint: Callable[[], bytes]
    task: str
    bad: str | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True, slots=True)
class Fetch:
    """One request to the CDN: the file, the status answered, whether the API's key came along."""

    path: str
    status: int
    key_sent: bool


def spoil(data: bytes, kind: str) -> bytes:
    """The picture's bytes made bad; webp, gif, jpeg, avif and tiff are another type."""
    match kind:
        case "zero":
            return b""
        case "truncated":
            return data[: len(data) // 2]
        case "text":
            return b"this is no picture\n" * 8
        case "webp" | "gif" | "jpeg" | "avif" | "tiff":
            out = io.BytesIO()
            Image.open(io.BytesIO(data)).convert("RGB").save(out, kind)
            return out.getvalue()
        case _:
            return data


class Cdn:
    """Serves files on a host of its own. `fetches` records what was asked for."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.files: dict[str, File] = {}
        self.fetches: list[Fetch] = []
        self.url = ""
        self._painted: OrderedDict[str, bytes] = OrderedDict()
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=0.05)

    def _app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/{name}", self._get)
        app.router.add_get("/moved/{name}", self._get)
        return app

    @property
    def leaks(self) -> list[Fetch]:
        """Requests that brought an Authorization header, which must never reach this host."""
        return [fetch for fetch in self.fetches if fetch.key_sent]

    async def start(self, port: int) -> None:
        """Listen on loopback; 0 takes a free port."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        """Stop listening; requests under way are cut."""
        await self._runner.cleanup()

    def add(self, paint: Callable[[], bytes], task: str, bad: str | None = None) -> str:
        """A new file; its name, which is its address's path."""
        name = f"{secrets.token_hex(10)}.png"
        self.files[name] = File(name, paint, task, bad)
        return name

    def address(self, name: str) -> str:
        """The file's URL."""
        return f"{self.url}/{name}"

    async def data(self, name: str) -> bytes:
        """The file's bytes, painted off the loop if they are not at hand."""
        file = self.files[name]
        async with file.lock:
            if name not in self._painted:
                data = await asyncio.to_thread(file.paint)
                self._painted[name] = spoil(data, file.bad) if file.bad else data
            self._painted.move_to_end(name)
            while len(self._painted) > KEPT:
                self._painted.popitem(last=False)
            return self._painted[name]

    def _take(self, kind: str) -> dict[str, Any] | None:
        return self.faults.take(kind, "cdn")

    async def _get(self, request: web.Request) -> web.StreamResponse:
        try:
            response = await self._answer(request)
        except ConnectionError:  # the reader had enough
            response = web.Response(status=499)
        key_sent = "Authorization" in request.headers
        self.fetches.append(Fetch(request.path, response.status, key_sent))
        return response

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if "Authorization" in request.headers:
            return web.Response(status=400, text="this host takes no Authorization")
        gate = await delayed(self._take)
        response = self._refusal(request)
        if response is not None:
            return response
        file = self.files.get(request.match_info["name"])
        if file is None:
            return web.Response(status=404, text="no such file")
        bad = self._take("bad_picture")
        kind = bad["kind"] if bad is not None else file.bad
        if kind == "huge":
            return await self._huge(request, (bad or {}).get("bytes", HUGE))
        data = await self.data(file.name)
        if bad is not None:
            data = spoil(data, bad["kind"])
        if gate is not None:
            await gate.hold()
        return await self._send(request, data)

    def _refusal(self, request: web.Request) -> web.Response | None:
        """The answer of an armed fault that keeps the file back."""
        if self._take("lost_request") is not None:
            return drop(request)
        if (html := self._take("html")) is not None:
            return html_response(html.get("status", 502))
        if (status := self._take("status")) is not None:
            headers = {}
            if (wait := status.get("retry_after")) is not None:
                headers["Retry-After"] = f"{wait:g}"
            return web.Response(status=status["status"], headers=headers, text="refused")
        if (expired := self._take("expired")) is not None:
            if expired.get("for_good"):
                self.files.pop(request.match_info["name"], None)
            return web.Response(status=expired.get("status", 403), text="the address has expired")
        if (moved := self._take("redirect")) is not None:
            name = request.match_info["name"]
            return web.Response(
                status=moved.get("status", 302),
                headers={"Location": moved.get("location", f"/moved/{name}")},
            )
        return None

    async def _send(self, request: web.Request, data: bytes) -> web.StreamResponse:
        """The file, whole; packed, chunked without a length, or cut, when that is armed."""
        no_length = self._take("no_length") is not None
        cut = self._take("lost_answer") is not None
        if self._take("packed") is not None:
            headers = {"Content-Encoding": "gzip", "Content-Type": "image/png"}
            return web.Response(body=gzip.compress(data), headers=headers)
        if not (no_length or cut):
            return web.Response(body=data, content_type="image/png")
        response = web.StreamResponse(headers={"Content-Type": "image/png"})
        if no_length:
            response.enable_chunked_encoding()
        else:
            response.content_length = len(data)
        await response.prepare(request)
        sent = data[: len(data) // 2] if cut else data
        for start in range(0, len(sent), CHUNK):
            await response.write(sent[start : start + CHUNK])
        if cut:
            drop(request)
        else:
            await response.write_eof()
        return response

    async def _huge(self, request: web.Request, length: int) -> web.StreamResponse:
        """A PNG's first bytes, then zeros up to `length` bytes."""
        response = web.StreamResponse(headers={"Content-Type": "image/png"})
        if self._take("no_length") is None:
            response.content_length = length
        await response.prepare(request)
        out = io.BytesIO()
        Image.new("RGB", (64, 64)).save(out, "png")
        head = out.getvalue()[:64]
        await response.write(head)
        left = length - len(head)
        zeros = bytes(CHUNK)
        while left > 0:
            await response.write(zeros[:left])
            left -= CHUNK
        return response
