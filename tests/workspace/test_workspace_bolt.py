"""The official Bolt, over Socket Mode and over HTTP, as any app would use it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from bot.demo.slack.model import Pace
from bot.demo.slack.seed import DESIGN, MIA
from tests.workspace.raw import asks, card, modal, picture

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from slack_bolt.async_app import AsyncAck, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.demo.slack.workspace import Workspace


def build(ws: Workspace, sdk: AsyncWebClient) -> AsyncApp:
    """A small app: a card, a click that replaces it and uploads, a form, a mention."""
    app = AsyncApp(client=sdk, signing_secret=ws.signing_secret)

    @app.command("/image")
    async def ask(ack: AsyncAck, command: dict[str, Any]) -> None:
        await ack(**card(command["text"], "generate", "change"))

    @app.action("generate")
    async def generate(
        ack: AsyncAck, respond: AsyncRespond, body: dict[str, Any], client: AsyncWebClient
    ) -> None:
        await ack()
        await respond(text="Queued", replace_original=True)
        channel = body["channel"]["id"]
        root = await client.chat_postMessage(channel=channel, text="root")
        await client.files_upload_v2(
            channel=channel, thread_ts=root["ts"], file=picture(), filename="fox.png"
        )

    @app.action("change")
    async def change(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        view = modal(asks("prompt"), callback_id="form")
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    @app.view("form")
    async def form(ack: AsyncAck, view: dict[str, Any], client: AsyncWebClient) -> None:
        typed = view["state"]["values"]["prompt_block"]["prompt"]["value"]
        await ack()
        await client.chat_postMessage(channel=MIA, text=f"you said {typed}")

    @app.event("message")
    async def overhear() -> None:
        pass

    @app.event("app_mention")
    async def mention(event: dict[str, Any], client: AsyncWebClient) -> None:
        await client.chat_postMessage(channel=event["channel"], thread_ts=event["ts"], text="yes?")

    return app


@asynccontextmanager
async def over_socket(ws: Workspace, app: AsyncApp) -> AsyncIterator[None]:
    """The app connected by Socket Mode."""
    handler = AsyncSocketModeHandler(app, ws.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call] # Bolt's are not annotated
    await ws.until(lambda: ws.connections)
    yield
    await handler.close_async()  # type: ignore[no-untyped-call] # same


@asynccontextmanager
async def over_http(ws: Workspace, app: AsyncApp) -> AsyncIterator[None]:
    """The app behind a request URL."""
    runner = web.AppRunner(app.web_app("/slack/events"), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ws.deliver_http(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
    yield
    await runner.cleanup()


@pytest.fixture(params=[over_socket, over_http], ids=["socket", "http"])
async def bolt(
    request: pytest.FixtureRequest, ws: Workspace, sdk: AsyncWebClient
) -> AsyncIterator[None]:
    """The small app, running."""
    async with request.param(ws, build(ws, sdk)):
        yield
        await ws.events_delivered()


@pytest.mark.usefixtures("bolt")
async def test_ask_click_and_replace(ws: Workspace) -> None:
    """Command, ephemeral card, click, replaced card, and the picture in the thread."""
    asked = await ws.command(MIA, DESIGN, "/image", "a fox")
    assert asked.shown
    clicked = await ws.click(MIA, DESIGN, asked.shown.ts, "generate")
    await ws.until(lambda: ws.calls_of("files.completeUploadExternal"))
    [root] = await ws.until(lambda: ws.messages(DESIGN))
    thread = await ws.until(lambda: ws.messages(DESIGN, thread_ts=root.ts)[1:])

    assert clicked.ok
    assert [(one.ts, one.text) for one in ws.ephemerals(MIA, DESIGN)] == [
        (asked.shown.ts, "Queued")
    ]
    assert [len(one.files) for one in thread] == [1]


@pytest.mark.usefixtures("bolt")
async def test_form(ws: Workspace) -> None:
    """A click opens a form, its submission closes it and is answered in the direct message."""
    asked = await ws.command(MIA, DESIGN, "/image", "a fox")
    assert asked.shown
    await ws.click(MIA, DESIGN, asked.shown.ts, "change")
    await ws.until(lambda: ws.view(MIA))
    submitted = await ws.submit_view(MIA, {"prompt": "hello"})
    direct = ws.direct(MIA).id
    [message] = await ws.until(lambda: ws.messages(direct))

    assert submitted.ok
    assert ws.view(MIA) is None
    assert message.text == "you said hello"


@pytest.mark.usefixtures("bolt")
async def test_mention(ws: Workspace) -> None:
    """A mention is answered in its thread."""
    root = await ws.send(MIA, DESIGN, "@Easel hello")
    thread = await ws.until(lambda: ws.messages(DESIGN, thread_ts=root.ts)[1:])

    assert [one.text for one in thread] == ["yes?"]


async def test_reconnect(ws: Workspace, sdk: AsyncWebClient) -> None:
    """After Slack's `disconnect` Bolt opens another connection, and commands go on."""
    async with over_socket(ws, build(ws, sdk)):
        [first] = ws.wire.sockets
        await ws.disconnect()
        await ws.until(lambda: ws.wire.sockets and first not in ws.wire.sockets)
        asked = await ws.command(MIA, DESIGN, "/image", "a fox")

    assert asked.ok


async def test_a_listener_that_does_not_exist(ws: Workspace, sdk: AsyncWebClient) -> None:
    """What no listener takes is not acknowledged over the socket: the person sees a time-out."""
    ws.world.pace = Pace(ack=0.05)
    async with over_socket(ws, build(ws, sdk)):
        delivery = await ws.command(MIA, DESIGN, "/plain", "x")

    assert delivery.error == "operation_timeout"
