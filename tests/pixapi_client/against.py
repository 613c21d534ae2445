"""What the client is tested against: the embedded Pixapi, a scripted wire, a raw socket."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import stamina
from PIL import Image as Pillow

from bot.core.job import ModelId, Quality, Request, Size
from bot.demo.faults import Fault, Faults
from bot.demo.pixapi.server import KEY, Pixapi
from bot.pixapi.answers import Finished, Image, Reply, Submitted
from bot.pixapi.client import PixapiClient, open_http

A, B = "https://cdn.example/a.png", "https://cdn.example/b.png"
ENCODED = base64.b64encode(b"picture").decode()

ASK = Request("a red fox", ModelId("gpt-image-2"), Size(1024, 1024), Quality.LOW)
API = "https://api.example"


@contextmanager
def instant() -> Iterator[None]:
    """Retries as many as in earnest, without their waits."""
    with stamina.set_testing(True, attempts=6, cap=True):
        yield


@asynccontextmanager
async def provider(*, tasks: bool = True, seconds: float = 0) -> AsyncIterator[Served]:
    """The embedded Pixapi and a client of it."""
    faults = Faults()
    pixapi = await Pixapi.start(faults=faults, task_seconds=seconds, plain=True)
    with instant():
        async with pixapi, open_http() as http:
            client = PixapiClient(http, base_url=pixapi.url, key=KEY, tasks=tasks)
            yield Served(pixapi, faults, client)


@dataclass(slots=True)
class Served:
    """A running provider with its faults, and a client."""

    pixapi: Pixapi
    faults: Faults
    client: PixapiClient

    async def outcome(self, request: Request = ASK) -> Finished:
        """Submit and poll once: tasks of zero seconds are then completed."""
        submitted = await self.client.submit(request)
        assert isinstance(submitted, Submitted)
        polled = await self.client.poll(submitted.task)
        assert isinstance(polled, Finished)
        return polled

    def spoil(self, kind: str) -> None:
        """Let the CDN's next answer be a bad picture of this kind."""
        self.faults.armed.append(Fault("bad_picture", "cdn", 1, {"kind": kind}))


@dataclass(slots=True)
class Wire:
    """Answers in the order given, the last one for ever; keeps what was sent."""

    answers: list[httpx.Response | Exception]
    sent: list[httpx.Request] = field(default_factory=list)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """The next answer."""
        await request.aread()
        self.sent.append(request)
        answer = self.answers[min(len(self.sent), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        stream = httpx.ByteStream(answer.content)  # a body that has yet to be read
        return httpx.Response(answer.status_code, headers=answer.headers, stream=stream)

    @property
    def bodies(self) -> list[Any]:
        """What was sent as JSON."""
        return [json.loads(request.content) for request in self.sent]


@asynccontextmanager
async def scripted(
    *answers: httpx.Response | Exception, tasks: bool = True
) -> AsyncIterator[tuple[PixapiClient, Wire]]:
    """A client whose network is a script."""
    wire = Wire(list(answers))
    with instant():
        async with httpx.AsyncClient(transport=httpx.MockTransport(wire)) as http:
            yield PixapiClient(http, base_url=API, key="sk_secret", tasks=tasks), wire


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def socket(handler: Handler, *, connections: int = 100) -> AsyncIterator[PixapiClient]:
    """A client of a server that says byte for byte what the handler writes, and hangs up."""
    served: list[asyncio.Task[None] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.current_task())
        await handler(reader, writer)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    with instant():
        async with server:
            async with open_http(connections=connections) as http:
                yield PixapiClient(http, base_url=base_url, key="sk_secret")
            await asyncio.gather(*filter(None, served))


def reply(status: int = 200, document: Any = None, **headers: str) -> httpx.Response:
    """A JSON answer; header names with underscores for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json=document, headers=named)


def drawn(kind: str, size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    """A picture encoded by Pillow."""
    out = io.BytesIO()
    Pillow.new("RGB", size, "teal").save(out, kind, **options)
    return out.getvalue()


async def whole(client: PixapiClient, image: Image) -> bytes:
    """A result's bytes, read to the end."""
    async with client.open(image) as picture:
        return b"".join([chunk async for chunk in picture.chunks])


def said(document: Any, status: int = 200, **headers: str) -> Reply:
    """An answer with this JSON, or these bytes."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)
