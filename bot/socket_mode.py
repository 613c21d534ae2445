"""Slack through a socket that we open (Socket Mode): connected, watched, closed.

https://docs.slack.dev/apis/events-api/using-socket-mode/
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.pace import Pace

log = logging.getLogger(__name__)

ACK_SECONDS = 3.0  # how long Slack waits for an answer

TOO_MANY = "too_many_websockets"

IsUp = Callable[[], Awaitable[bool]]


class _Client(SocketModeClient):
    """The SDK's, which would dial again at once, thousands of times, where Slack turns it away."""

    _not_before = float("-inf")  # of the loop's clock
    standby: float  # seconds

    async def run_message_listeners(self, message: dict[str, Any], raw_message: str) -> None:
        """Take note of being turned away; Slack closes the connection after it."""
        if message.get("reason") != TOO_MANY:
            await super().run_message_listeners(message, raw_message)
            return
        self._not_before = asyncio.get_running_loop().time() + self.standby
        log.warning(
            "Slack allows ten sockets of an app, and all are taken: this process hears nothing "
            "until one of the others ends; tried again every %.0f s",
            self.standby,
        )

    async def issue_new_wss_url(self) -> str:
        """Ask for a new address, when it is time; whoever else wants to dial waits behind this."""
        await asyncio.sleep(self._not_before - asyncio.get_running_loop().time())
        return await super().issue_new_wss_url()


@asynccontextmanager
async def connected(
    app: AsyncApp, app_token: str, proxy: str | None, pace: Pace
) -> AsyncIterator[IsUp]:
    """Keep a socket to Slack; yields the question whether it is up.

    The connection comes up in the background: while Slack does not answer, it is tried again.
    """
    client = _Client(app_token, app.logger, app.client, proxy=proxy, ping_interval=pace.socket_ping)
    client.standby = pace.standby
    answering: set[asyncio.Task[None]] = set()

    async def answer(_client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        # The SDK runs each of these in a task that it forgets at once: here it has an owner.
        task = asyncio.current_task()
        if task is None:
            raise AssertionError("the SDK awaits its listeners in tasks")
        answering.add(task)
        try:
            answered = await run_async_bolt_app(app, request)
            await send_async_response(client, request, answered, time.time())
        finally:
            answering.discard(task)

    client.socket_mode_request_listeners.append(answer)
    connecting = asyncio.create_task(client.connect())  # type: ignore[no-untyped-call] # the SDK's gap

    async def watch() -> None:
        # The SDK dials a spent address for ever when a connection fails after Slack gave it:
        # without an address it asks for a new one.
        while True:
            await asyncio.sleep(pace.socket_look)
            if not await client.is_connected():
                log.info("the socket to Slack is not up")
                client.wss_uri = None

    watching = asyncio.create_task(watch())
    try:
        yield client.is_connected
    finally:
        watching.cancel()
        connecting.cancel()
        await asyncio.gather(watching, connecting, return_exceptions=True)
        await _end(answering)  # what was heard is answered while the socket is there
        await client.close()  # type: ignore[no-untyped-call] # the SDK's gap
        await _end(answering)
        background = (client.message_processor, client.message_receiver)
        left = [task for task in (*background, client.current_session_monitor) if task is not None]
        await asyncio.gather(*left, return_exceptions=True)


async def _end(answering: set[asyncio.Task[None]]) -> None:
    """Let answers under way come to their end, for as long as Slack waits for one."""
    if answering:
        await asyncio.wait(answering, timeout=ACK_SECONDS)
    left = list(answering)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
