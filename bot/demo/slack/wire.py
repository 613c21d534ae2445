"""How things reach the app: Socket Mode or signed HTTP, with redelivery of events.

https://docs.slack.dev/apis/events-api/using-socket-mode, https://docs.slack.dev/apis/events-api
and https://docs.slack.dev/authentication/verifying-requests-from-slack.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from bot.demo.faults import drop
from bot.demo.slack.events import envelope, events_of
from bot.demo.slack.model import APP_ID, Change, Delivery, Json

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from bot.demo.faults import Faults
    from bot.demo.slack.state import World

MOST_SOCKETS = 10  # connections of one app

What = Literal["events_api", "slash_commands", "interactive"]


@dataclass(slots=True)
class Retry:
    """Which redelivery this is, from 1, and why."""

    number: int
    reason: str


@dataclass(slots=True, eq=False)
class Socket:
    """One open connection of the app; `request` reaches its transport."""

    ws: web.WebSocketResponse
    request: web.Request


class Wire:
    """The line to the app. Owns its sockets, its HTTP session and the deliveries under way."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.world = world
        self.faults = faults
        self.request_url: str | None = None  # None: Socket Mode
        self.sockets: list[Socket] = []
        self._turn = 0
        self._acks: dict[str, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        # A fresh connection for each request, so that an app that went away is never met half-way.
        connector = aiohttp.TCPConnector(force_close=True)
        self._session = aiohttp.ClientSession(connector=connector)
        world.subscribers.append(self._on_change)

    async def close(self) -> None:
        """Give up every delivery and close the connections."""
        self.world.subscribers.remove(self._on_change)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(socket.ws.close() for socket in self.sockets))
        await self._session.close()

    # Out: one delivery

    async def deliver(self, what: What, payload: Json, retry: Retry | None = None) -> Delivery:
        """Send once and wait for the acknowledgement, as long as Slack has patience."""
        clock = asyncio.get_running_loop().time
        start = clock()
        if self.request_url is None:
            delivery = await self._by_socket(what, payload, retry)
        else:
            delivery = await self._by_http(self.request_url, what, payload, retry)
        delivery.seconds = clock() - start
        self.world.emit(Change("call"))
        return delivery

    async def _by_socket(self, what: What, payload: Json, retry: Retry | None) -> Delivery:
        if not self.sockets:
            return Delivery(ok=False, seconds=0, error="dispatch_failed")
        self._turn += 1
        socket = self.sockets[self._turn % len(self.sockets)]
        envelope_id = str(uuid.uuid4())
        message: Json = {
            "envelope_id": envelope_id,
            "payload": payload,
            "type": what,
            "accepts_response_payload": what != "events_api",
        }
        if retry or what == "events_api":
            message["retry_attempt"] = retry.number if retry else 0
            message["retry_reason"] = retry.reason if retry else ""
        acked = self._acks[envelope_id] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self.world.pace.ack):
                await socket.ws.send_json(message)
                if self.faults.take("socket_drop", what) is not None:
                    drop(socket.request)
                return Delivery(ok=True, seconds=0, payload=await acked)
        except (TimeoutError, ConnectionError):
            return Delivery(ok=False, seconds=0, error="operation_timeout")
        finally:
            del self._acks[envelope_id]

    async def _by_http(self, url: str, what: What, data: Json, retry: Retry | None) -> Delivery:
        if what == "events_api":
            body, content_type = json.dumps(data), "application/json"
        else:
            fields = data if what == "slash_commands" else {"payload": json.dumps(data)}
            body, content_type = urlencode(fields), "application/x-www-form-urlencoded"
        headers = {"Content-Type": content_type, **self._signature(body)}
        if retry:
            headers |= {
                "X-Slack-Retry-Num": str(retry.number),
                "X-Slack-Retry-Reason": retry.reason,
            }
        patience = aiohttp.ClientTimeout(total=self.world.pace.ack)
        try:
            async with self._session.post(
                url, data=body.encode(), headers=headers, timeout=patience, allow_redirects=False
            ) as answer:
                text = await answer.text()
                again = answer.headers.get("X-Slack-No-Retry") != "1"
                if answer.status != web.HTTPOk.status_code:
                    error = "http_error" if what == "events_api" else "dispatch_failed"
                    return Delivery(
                        ok=False, seconds=0, status=answer.status, error=error, retry=again
                    )
                payload = _parsed(text)
                return Delivery(ok=True, seconds=0, status=answer.status, payload=payload)
        except TimeoutError:
            error = "http_timeout" if what == "events_api" else "operation_timeout"
        except aiohttp.ClientError:
            error = "connection_failed" if what == "events_api" else "dispatch_failed"
        return Delivery(ok=False, seconds=0, error=error)

    def _signature(self, body: str) -> dict[str, str]:
        timestamp = str(int(self.world.clock()))
        base = f"v0:{timestamp}:{body}".encode()
        digest = hmac.new(self.world.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}

    # Out: events, until they are acknowledged

    def _on_change(self, change: Change) -> None:
        for event in events_of(self.world, change):
            outer = envelope(self.world, event, self.world.channels.get(change.channel))
            self._spawn(self._deliver_event(outer))
            if self.faults.take("redeliver", event["type"]) is not None:
                self._spawn(self._once_more(outer))

    async def _deliver_event(self, payload: Json) -> None:
        delivery = await self.deliver("events_api", payload)
        for number, pause in enumerate(self.world.pace.retries, start=1):
            if delivery.ok or not delivery.retry:
                return
            await asyncio.sleep(pause)
            reason = (delivery.error or "unknown_error").replace("operation_timeout", "timeout")
            delivery = await self.deliver("events_api", payload, Retry(number, reason))

    async def _once_more(self, payload: Json) -> None:
        await self.deliver("events_api", payload, Retry(1, "timeout"))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.world.emit(Change("call"))

    @property
    def busy(self) -> bool:
        """Whether an event is still on its way, or waiting to be sent again."""
        return bool(self._tasks)

    # In: sockets, and what the app acknowledges

    async def serve_socket(self, request: web.Request) -> web.StreamResponse:
        """GET /link/: one connection, for one ticket."""
        ticket = request.query.get("ticket", "")
        if ticket not in self.world.tickets:
            return web.Response(status=404, text="this address was used before")
        self.world.tickets.discard(ticket)
        socket = Socket(web.WebSocketResponse(timeout=1), request)
        await socket.ws.prepare(request)
        if len(self.sockets) >= MOST_SOCKETS:
            await socket.ws.send_json(_farewell("too_many_websockets"))
            await socket.ws.close()
            return socket.ws
        self.sockets.append(socket)
        await socket.ws.send_json(self._hello())
        self.world.emit(Change("call"))
        try:
            async for message in socket.ws:
                if message.type == aiohttp.WSMsgType.TEXT:
                    self._take_ack(message.data)
        finally:
            self.sockets.remove(socket)
            self.world.emit(Change("call"))
        return socket.ws

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.sockets),
            "debug_info": {"host": "applink", "approximate_connection_time": 18060},
            "connection_info": {"app_id": APP_ID},
        }

    def _take_ack(self, data: str) -> None:
        ack = json.loads(data)
        future = self._acks.get(ack.get("envelope_id", ""))
        if future is not None and not future.done():
            future.set_result(ack.get("payload"))

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask every connection to go, as Slack does every few hours: "warning" or this reason."""
        for socket in list(self.sockets):
            await socket.ws.send_json(_farewell(reason))

    def drop_sockets(self) -> None:
        """Break every connection without a word."""
        for socket in self.sockets:
            drop(socket.request)


def _farewell(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink"}}


def _parsed(text: str) -> Any:
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return {"text": text}
