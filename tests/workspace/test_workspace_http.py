"""Delivery over HTTP: signatures, bodies, time-outs and retries."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from bot.demo.slack.model import Pace
from bot.demo.slack.seed import DESIGN, MIA
from tests.workspace.raw import call, card

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import aiohttp

    from bot.demo.slack.workspace import Workspace


@dataclass
class Receiver:
    """A request URL; answers with what stands next in `script`, then with an empty 200."""

    ws: Workspace
    script: list[web.Response | None] = field(default_factory=list)  # None: never
    requests: list[tuple[dict[str, str], str]] = field(default_factory=list)
    arrived: asyncio.Queue[None] = field(default_factory=asyncio.Queue)

    async def take(self, request: web.Request) -> web.Response:
        """Keep the request, and answer."""
        body = await request.text()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append((headers, body))
        self.arrived.put_nowait(None)
        answer = self.script.pop(0) if self.script else web.Response()
        if answer is None:
            await asyncio.Event().wait()
            raise AssertionError
        return answer

    async def wait(self, count: int) -> None:
        """Until so many requests have come."""
        async with asyncio.timeout(90):
            for _ in range(count):
                await self.arrived.get()


@pytest.fixture
async def receiver(ws: Workspace) -> AsyncIterator[Receiver]:
    """A request URL to which the workspace delivers."""
    it = Receiver(ws)
    server = web.Application()
    server.router.add_post("/slack/events", it.take)
    runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.01)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ws.deliver_http(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
    yield it
    await runner.cleanup()


async def test_requests_are_signed(ws: Workspace, receiver: Receiver) -> None:
    """The official verifier takes a command's and an event's signature, and not a changed body."""
    await ws.command(MIA, DESIGN, "/image", "a fox & a hen")
    await ws.send(MIA, DESIGN, "hello")
    await receiver.wait(2)
    verifier = SignatureVerifier(ws.signing_secret)

    assert all(verifier.is_valid_request(body, headers) for headers, body in receiver.requests)
    assert not verifier.is_valid_request("x", receiver.requests[0][0])


async def test_bodies(ws: Workspace, receiver: Receiver, http: aiohttp.ClientSession) -> None:
    """A command is a form, a click a form with a payload, an event JSON."""
    await ws.command(MIA, DESIGN, "/image", "a fox")
    posted = await call(http, ws, "chat.postMessage", channel=DESIGN, **card("x", "go"))
    await ws.click(MIA, DESIGN, posted["ts"], "go")
    await receiver.wait(3)
    bodies = {}
    for headers, body in receiver.requests:
        if headers["content-type"] == "application/json":
            bodies["event"] = json.loads(body)["event"]["text"]
        elif "payload" in (form := parse_qs(body)):
            bodies["click"] = json.loads(form["payload"][0])["actions"][0]["action_id"]
        else:
            bodies["command"] = form["text"][0]

    assert bodies == {"command": "a fox", "click": "go", "event": "x"}


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (web.Response(text="plain words"), "plain words"),
        (web.json_response({"text": "json"}), "json"),
        (web.Response(), None),
    ],
    ids=["text", "json", "empty"],
)
async def test_answers_to_a_command(
    ws: Workspace, receiver: Receiver, answer: web.Response, shown: str | None
) -> None:
    """The body of the answer is the acknowledgement: words, JSON or nothing."""
    receiver.script.append(answer)
    delivery = await ws.command(MIA, DESIGN, "/image", "x")

    assert (delivery.ok, delivery.status) == (True, 200)
    assert (delivery.shown.text if delivery.shown else None) == shown


@pytest.mark.parametrize(
    ("script", "ack", "error"),
    [(web.Response(status=500), 90, "dispatch_failed"), (None, 0.05, "operation_timeout")],
    ids=["500", "silence"],
)
async def test_a_command_without_a_good_answer(
    ws: Workspace, receiver: Receiver, script: web.Response | None, ack: float, error: str
) -> None:
    """The person sees dispatch_failed after an error status, operation_timeout after silence."""
    ws.world.pace = Pace(ack=ack)
    receiver.script.append(script)

    assert (await ws.command(MIA, DESIGN, "/image", "x")).error == error


async def test_events_are_retried(ws: Workspace, receiver: Receiver) -> None:
    """An event that failed comes up to three times more, saying why, and then no more."""
    ws.world.pace = Pace(ack=2, retries=(0, 0, 0))  # longer than an answer takes that does come
    receiver.script += [web.Response(status=500), None, web.Response(status=302), web.Response()]
    await ws.send(MIA, DESIGN, "hello")
    await receiver.wait(4)
    retries = [
        (headers.get("x-slack-retry-num"), headers.get("x-slack-retry-reason"))
        for headers, _ in receiver.requests
    ]

    assert retries == [
        (None, None),
        ("1", "http_error"),
        ("2", "http_timeout"),
        ("3", "http_error"),
    ]
    assert len({json.loads(body)["event_id"] for _, body in receiver.requests}) == 1


async def test_an_app_can_decline_retries(ws: Workspace, receiver: Receiver) -> None:
    """An error with x-slack-no-retry is the end of that event."""
    ws.world.pace = Pace(ack=90, retries=(0, 0, 0))
    receiver.script.append(web.Response(status=500, headers={"x-slack-no-retry": "1"}))
    await ws.send(MIA, DESIGN, "one")
    await receiver.wait(1)
    await ws.events_delivered()
    await ws.send(MIA, DESIGN, "two")
    await receiver.wait(1)
    texts = [json.loads(body)["event"]["text"] for _, body in receiver.requests]

    assert texts == ["one", "two"]


async def test_nobody_there(ws: Workspace, receiver: Receiver) -> None:
    """A request URL that refuses the connection fails a command at once."""
    del receiver
    ws.deliver_http("http://127.0.0.1:1/")

    assert (await ws.command(MIA, DESIGN, "/image", "x")).error == "dispatch_failed"
