"""Slack's side of a measurement: signed requests over kept connections, and how long each took.

    python tests/bench/load.py < orders

A process of its own, on uvloop, which does nothing else, so that it is never what is measured. It
reads `Orders` and prints `Fired`, as JSON. At a rate (open loop) a request leaves when it is due,
however many are unanswered; without a rate (closed loop) every connection asks again as soon as it
has its answer.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import cycle, islice

import httptools
import uvloop

FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class Orders:
    """What is to be sent, where, and how."""

    port: int
    secret: str  # that signs
    bodies: list[str]  # forms; sent in turns
    mark: str = ""  # what a good answer contains
    rate: float = 0  # requests a second; 0: closed loop
    seconds: float = 0  # for so long; 0: each body once
    connections: int = 32


@dataclass(slots=True)
class Fired:
    """What came of it. Seconds since 1970, and milliseconds."""

    began: float
    ended: float
    took: list[float] = field(default_factory=list)  # of good answers
    bad: int = 0  # answers other than 200 with the mark

    @property
    def good(self) -> int:
        """How many answers were as they should be."""
        return len(self.took)


class Line(asyncio.Protocol):
    """One kept connection, with one request at a time."""

    def __init__(self) -> None:
        self.open = True
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._parser, self._body = httptools.HttpResponseParser(self), bytearray()

    def connection_lost(self, _error: Exception | None) -> None:
        """The server has closed it: so the request under way has no answer."""
        self.open = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((0, b""))

    def data_received(self, data: bytes) -> None:
        """Some of an answer."""
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """Some of its body."""
        self._body += body

    def on_message_complete(self) -> None:
        """All of it."""
        status, body = self._parser.get_status_code(), bytes(self._body)
        self._parser, self._body = httptools.HttpResponseParser(self), bytearray()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((status, body))

    async def ask(self, over: asyncio.WriteTransport, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer; status 0 where the connection broke."""
        self._answer = asyncio.get_running_loop().create_future()
        over.write(request)
        return await self._answer


def signed(orders: Orders) -> list[bytes]:
    """The requests as Slack sends them, byte for byte; good for five minutes."""
    now, secret = str(int(time.time())), orders.secret.encode()
    requests = []
    for body in orders.bodies:
        digest = hmac.new(secret, f"v0:{now}:{body}".encode(), hashlib.sha256).hexdigest()
        requests.append(
            f"POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1:{orders.port}\r\n"
            f"Content-Type: {FORM}\r\nContent-Length: {len(body.encode())}\r\n"
            f"X-Slack-Request-Timestamp: {now}\r\nX-Slack-Signature: v0={digest}\r\n"
            f"\r\n{body}".encode()
        )
    return requests


class Generator:
    """The connections, and what comes over them."""

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self.idle: list[tuple[asyncio.WriteTransport, Line]] = []
        self.fired = Fired(0, 0)

    async def run(self) -> Fired:
        """Do what is ordered."""
        orders, requests = self.orders, signed(self.orders)
        self.idle = [await self._line() for _ in range(orders.connections)]
        self.fired.began = time.time()
        if orders.rate:
            await self._open_loop(requests)
        else:
            until = self.fired.began + orders.seconds
            turns = self._until(until, requests) if orders.seconds else iter(requests)
            async with asyncio.TaskGroup() as group:
                for _ in range(orders.connections):
                    group.create_task(self._closed_loop(turns))
        self.fired.ended = time.time()
        return self.fired

    async def _open_loop(self, requests: list[bytes]) -> None:
        orders, began = self.orders, time.perf_counter()
        number = round(orders.rate * orders.seconds) or len(requests)
        async with asyncio.TaskGroup() as group:
            for turn, request in enumerate(islice(cycle(requests), number)):
                await asyncio.sleep(began + turn / orders.rate - time.perf_counter())
                group.create_task(self._once(request))

    async def _closed_loop(self, turns: Iterator[bytes]) -> None:
        for request in turns:
            await self._once(request)

    @staticmethod
    def _until(until: float, requests: list[bytes]) -> Iterator[bytes]:
        for request in cycle(requests):
            if time.time() >= until:
                return
            yield request

    async def _once(self, request: bytes) -> None:
        began = time.perf_counter()
        over, line = self.idle.pop() if self.idle else await self._line()
        if not line.open:
            over, line = await self._line()
        status, body = await line.ask(over, request)
        took = 1000 * (time.perf_counter() - began)
        if status == 200 and self.orders.mark.encode() in body:
            self.fired.took.append(took)
        else:
            self.fired.bad += 1
        self.idle.append((over, line))

    async def _line(self) -> tuple[asyncio.WriteTransport, Line]:
        loop = asyncio.get_running_loop()
        return await loop.create_connection(Line, "127.0.0.1", self.orders.port)


async def fire(orders: Orders) -> Fired:
    """Have it done by a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        os.fspath(__file__),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate(json.dumps(asdict(orders)).encode())
    return Fired(**json.loads(printed))


if __name__ == "__main__":
    given = Orders(**json.load(sys.stdin))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        json.dump(asdict(runner.run(Generator(given).run())), sys.stdout)
