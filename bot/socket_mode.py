"""Slack through a socket that we open (Socket Mode): connected, watched, closed.

https://docs.slack.dev/apis/events-api/using-socket-mode/
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from bot.network import Network
from bot.pace import Pace
from bot.slack_in.routes import Hear
from bot.tasks import ACK_SECONDS, end_tasks

log = logging.getLogger(__name__)

TOO_MANY = "too_many_websockets"

IsUp = Callable[[], Awaitable[bool]]


class _Client(SocketModeClient):
    """The SDK's, which would dial again at once, thousands of times, where Slack turns it away.

    What comes is read here, for the SDK's log shows what it cannot read.
    """

    _not_before = float("-inf")  # of the loop's clock
    standby: float  # seconds
    hear: Hear
    network: Network

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.answering: set[asyncio.Task[None]] = set()
        self.turning: set[asyncio.Task[None]] = set()  # to another connection

    async def process_message(self) -> None:
        """Take the next message; the SDK would forget its task at once: here it has an owner."""
        raw = await self.message_queue.get()
        try:
            message = json.loads(raw)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            log.warning("a message of Slack's cannot be read and is refused")
            return
        task = asyncio.create_task(self.run_message_listeners(message, raw))
        owner = self.answering if "envelope_id" in message else self.turning
        owner.add(task)
        task.add_done_callback(owner.discard)

    async def run_message_listeners(self, message: dict[str, Any], raw_message: str) -> None:
        """Answer an envelope, and take note of being turned away; the rest is the SDK's."""
        envelope = message.get("envelope_id")
        if isinstance(envelope, str):
            await self._answer(envelope, message.get("payload"))
        elif message.get("reason") != TOO_MANY:
            await super().run_message_listeners(message, raw_message)
        else:
            self._stand_by()

    def _stand_by(self) -> None:
        self._not_before = asyncio.get_running_loop().time() + self.standby
        log.warning(
            "Slack allows ten sockets of an app, and all are taken: this process hears nothing "
            "until one of the others ends; tried again every %.0f s",
            self.standby,
        )

    async def _answer(self, envelope: str, payload: object) -> None:
        answer = await self.hear(payload)
        if answer.status == HTTPStatus.OK:
            body = {"payload": json.loads(answer.body)} if answer.body else {}
            try:
                await self.send_socket_mode_response({"envelope_id": envelope} | body)
            except ConnectionError:  # what is not acknowledged Slack delivers again
                log.info("the socket to Slack was gone before an answer could be sent")

    async def issue_new_wss_url(self) -> str:
        """Ask for a new address, when it is time; whoever else wants to dial waits behind this."""
        await asyncio.sleep(self._not_before - asyncio.get_running_loop().time())
        url = await super().issue_new_wss_url()
        self.proxy = self.network.way(url)  # not the one that the SDK found in the environment
        return url


@asynccontextmanager
async def connected(
    hear: Hear, web: AsyncWebClient, app_token: str, network: Network, pace: Pace
) -> AsyncIterator[IsUp]:
    """Keep a socket to Slack; yields the question whether it is up.

    The connection comes up in the background: while Slack does not answer, Easel tries again.
    """
    client = _Client(app_token, web_client=web, ping_interval=pace.socket_ping)
    client.standby, client.hear, client.network = pace.standby, hear, network
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
        await end_tasks(
            client.answering, ACK_SECONDS
        )  # what was heard is answered over this socket
        await client.close()  # type: ignore[no-untyped-call] # the SDK's gap
        await end_tasks(client.answering, ACK_SECONDS)
        for task in client.turning:
            task.cancel()
        background = (client.message_processor, client.message_receiver, *client.turning)
        left = [task for task in (*background, client.current_session_monitor) if task is not None]
        await asyncio.gather(*left, return_exceptions=True)
