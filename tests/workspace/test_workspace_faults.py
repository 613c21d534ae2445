"""Faults: each kind, at a Web API method, at the upload address, at a response_url."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from bot.demo.faults import Gate
from bot.demo.slack.seed import DESIGN, MIA
from bot.demo.slack.workspace import Workspace
from tests.workspace.raw import MANIFEST, App, call, open_app, picture, refusal, upload

POST = "chat.postMessage"


async def post(http: aiohttp.ClientSession, ws: Workspace) -> tuple[int, str | None]:
    """Status and Retry-After of a chat.postMessage."""
    headers = {"Authorization": f"Bearer {ws.bot_token}"}
    body = {"channel": DESIGN, "text": "x"}
    async with http.post(f"{ws.api_url}{POST}", json=body, headers=headers) as answer:
        return answer.status, answer.headers.get("Retry-After")


async def test_ratelimited(ws: Workspace, http: aiohttp.ClientSession) -> None:
    """A rate limit is 429 with Retry-After, once, and nothing is posted."""
    ws.faults.arm("ratelimited", POST, retry_after=7)

    assert await post(http, ws) == (429, "7")
    assert ws.messages(DESIGN) == []
    assert await post(http, ws) == (200, None)


async def test_error_and_status(ws: Workspace, http: aiohttp.ClientSession) -> None:
    """An armed error is Slack's refusal, an armed status a plain HTTP error; without effect."""
    ws.faults.arm("error", POST, error="fatal_error")
    ws.faults.arm("status", POST, status=503)

    assert (await post(http, ws))[0] == 503
    assert await refusal(http, ws, POST, channel=DESIGN, text="x") == "fatal_error"
    assert ws.messages(DESIGN) == []


@pytest.mark.parametrize(("kind", "posted"), [("lost_answer", 1), ("lost_request", 0)])
async def test_lost(ws: Workspace, http: aiohttp.ClientSession, kind: str, posted: int) -> None:
    """A lost answer breaks the connection after the effect, a lost request before it."""
    ws.faults.arm(kind, POST)
    with pytest.raises(aiohttp.ClientConnectionError):
        await post(http, ws)

    assert len(ws.messages(DESIGN)) == posted


@pytest.mark.parametrize(("when", "posted"), [("before", 0), ("after", 1)])
async def test_gate(ws: Workspace, http: aiohttp.ClientSession, when: str, posted: int) -> None:
    """A gate holds the call before or after its effect, until it is opened."""
    gate = Gate()
    ws.faults.arm("gate", POST, gate=gate, when=when)
    posting = asyncio.create_task(post(http, ws))
    await gate.reached.wait()
    held = len(ws.messages(DESIGN))
    gate.opened.set()

    assert held == posted
    assert await posting == (200, None)
    assert len(ws.messages(DESIGN)) == 1


async def test_a_slow_call_still_works(ws: Workspace, http: aiohttp.ClientSession) -> None:
    """A slow call takes effect in the end; other methods are not slow."""
    ws.faults.arm("slow", POST, seconds=0.01)

    assert await refusal(http, ws, "auth.test") is None
    assert ws.faults.armed
    assert await refusal(http, ws, POST, channel=DESIGN, text="x") is None
    assert not ws.faults.armed


async def test_lost_answer_of_an_upload(ws: Workspace, http: aiohttp.ClientSession) -> None:
    """The bytes of an upload whose answer was lost have arrived, and can be completed."""
    ws.faults.arm("lost_answer", "upload")
    with pytest.raises(aiohttp.ClientConnectionError):
        await upload(http, ws, picture())
    [file] = ws.world.files.values()

    assert file.data == picture()
    assert await refusal(http, ws, "files.completeUploadExternal", files=[{"id": file.id}]) is None


async def test_lost_answer_of_a_response_url(
    ws: Workspace, app: App, http: aiohttp.ClientSession
) -> None:
    """A reply whose answer was lost is shown all the same."""
    _, payload = await asyncio.gather(
        ws.command(MIA, DESIGN, "/image", "x"), app.answer("slash_commands")
    )
    ws.faults.arm("lost_answer", "response_url")
    with pytest.raises(aiohttp.ClientConnectionError):
        await http.post(payload["response_url"], json={"text": "hello"})

    assert [one.text for one in ws.ephemerals(MIA, DESIGN)] == ["hello"]


async def test_calls_are_recorded(ws: Workspace, http: aiohttp.ClientSession) -> None:
    """Calls are there in order, with arguments and answers; faults that stop them are not."""
    ws.faults.arm("status", "auth.test", status=500)
    await http.get(f"{ws.api_url}auth.test")
    await call(http, ws, POST, channel=DESIGN, text="x")
    await upload(http, ws, picture())

    assert [one.method for one in ws.calls] == [POST, "files.getUploadURLExternal", "upload"]
    assert ws.calls_of(POST)[0].args == {"channel": DESIGN, "text": "x"}
    assert ws.calls_of(POST)[0].answer["ts"] == ws.messages(DESIGN)[0].ts


async def test_closing_gives_up_what_hangs(http: aiohttp.ClientSession) -> None:
    """A workspace with a held call, an open socket and an unacknowledged event closes."""
    ws = await Workspace.start(manifest=MANIFEST)
    app = await open_app(http, ws)
    gate = Gate()
    ws.faults.arm("gate", POST, gate=gate, when="before")
    posting = asyncio.create_task(post(http, ws))
    await gate.reached.wait()
    await ws.send(MIA, DESIGN, "hello")
    await app.next()
    await asyncio.gather(ws.close(), app.ws.receive())
    with pytest.raises(aiohttp.ClientConnectionError):
        await posting

    assert ws.connections == 0
