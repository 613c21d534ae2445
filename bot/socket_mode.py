"""Slack through a socket that we open (Socket Mode): connected, watched, closed.

https://docs.slack.dev/apis/events-api/using-socket-mode/
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""Between two looks; with the five seconds that the SDK waits a lost socket is tried within 15."""

ACK_SECONDS = 3.0  # how long Slack waits for an answer

IsUp = Callable[[], Awaitable[bool]]


@asynccontextmanager
async def connected(app: AsyncApp, app_token: str, proxy: str | None) -> AsyncIterator[IsUp]:
    """Keep a socket to Slack; yields the question whether it is up.

    The connection comes up in the background: while Slack does not answer, it is tried again.
    """
    handler = AsyncSocketModeHandler(app, app_token)
    client = handler.client
    client.proxy = proxy
    answering: set[asyncio.Task[None]] = set()

    async def answer(_client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        # The SDK runs each of these in a task that it forgets at once: here it has an owner.
        task = asyncio.current_task()
        if task is None:
            raise AssertionError("the SDK awaits its listeners in tasks")
        answering.add(task)
        try:
            await handler.handle(client, request)
        finally:
            answering.discard(task)

    client.socket_mode_request_listeners[:] = [answer]
    connecting = asyncio.create_task(handler.connect_async())  # type: ignore[no-untyped-call] # Bolt's gap

    async def watch() -> None:
        # The SDK dials a spent address for ever when a connection fails after Slack gave it:
        # without an address it asks for a new one.
        while True:
            await asyncio.sleep(LOOK_SECONDS)
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
        await handler.close_async()  # type: ignore[no-untyped-call] # Bolt's gap
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
