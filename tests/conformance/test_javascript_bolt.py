"""A client that nobody here wrote: the official JavaScript Bolt against the embedded Slack.

`app.mjs` says `check NAME` for each thing that it and the workspace agree on. Its packages are
those of `tests/package-lock.json`, installed once.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import shutil
import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.demo.slack.model import Pace
from bot.demo.slack.seed import DESIGN, MIA
from bot.demo.slack.workspace import Workspace
from bot.demo.start import manifest
from tests.workspace.raw import picture

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

HERE = Path(__file__).parent
PATIENCE = 30  # seconds for an answer of the app; it only ends a test that has failed

STARTED = {"auth.test", "a channel that is none"}
ASKED = {
    "command text",
    "command names channel and person",
    "respond to a command",
    "click carries the value",
    "click on an ephemeral names its container",
    "replace_original",
    "filesUploadV2",
    "files.info of an own file",
    "conversations.replies",
    "chat.getPermalink",
}
FORM = {
    "command text",
    "command names channel and person",
    "respond to a command",
    "views.open",
    "views.update with its hash",
    "a trigger opens one form",
    "errors at a field",
    "submission carries what was typed",
    "submission keeps private_metadata",
    "a message to a person",
}
REPLIED = {
    "a reply names its thread",
    "the download is the file",
    "without the token there is no file",
    "postEphemeral in a thread",
    "say in a thread",
}
TOLD_AGAIN = {"a redelivery says which it is"}
OTHERS = {
    "a global shortcut has a trigger",
    "a message shortcut has its message",
    "views.publish",
}


def test_how_many_checks_there_are() -> None:
    """What is checked is counted, each over the socket and over HTTP."""
    assert len(STARTED | ASKED | FORM | REPLIED | TOLD_AGAIN | OTHERS) == 28


@dataclass(slots=True)
class JavaScript:
    """The app as a process, and what it has said."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        """Take in what it says until it ends."""
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            self.lines.append(line.decode().strip())
            self.news.set()
        self.lines.append("ended")
        self.news.set()

    @property
    def checks(self) -> set[str]:
        """What it agreed on."""
        return {line.removeprefix("check ") for line in self.lines if line.startswith("check ")}

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for it to say something; fail when it says that something is wrong."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                wrong = [one for one in self.lines if one.startswith("fail") or one == "ended"]
                assert wrong == [], self.lines
                self.news.clear()
                await self.news.wait()

    async def agrees(self, checks: set[str]) -> None:
        """Wait for these checks."""
        await self.until(lambda: checks <= self.checks)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@pytest.fixture(scope="session", name="node")
def _node() -> str:
    """Node, with the app's packages installed."""
    node = shutil.which("node")
    if node is None:
        if os.environ.get("CI"):
            pytest.fail("the conformance tests need Node")
        pytest.skip("Node is not installed: the JavaScript client is not tried")
    return node


@pytest.fixture
async def ws() -> AsyncIterator[Workspace]:
    """The workspace as the demo starts it, with our manifest."""
    pace = Pace(ack=PATIENCE, sharing=0, processing=0)
    async with await Workspace.start(manifest=manifest(), pace=pace) as workspace:
        yield workspace


@pytest.fixture(params=["socket", "http"])
async def javascript(
    request: pytest.FixtureRequest, node: str, ws: Workspace
) -> AsyncIterator[JavaScript]:
    """The app, running and connected."""
    async with started(node, ws, over_http=request.param == "http") as app:
        yield app

        assert [line for line in app.lines if line.startswith("fail")] == []


@asynccontextmanager
async def started(node: str, ws: Workspace, *, over_http: bool) -> AsyncIterator[JavaScript]:
    """The app as another process, stopped in the end."""
    port = free_port()
    env = {
        "PATH": os.environ["PATH"],
        "SLACK_API_URL": ws.api_url,
        "SLACK_BOT_TOKEN": ws.bot_token,
        "PICTURE": base64.b64encode(picture()).decode(),
        "PICTURE_SHA256": hashlib.sha256(picture()).hexdigest(),
        "NO_PROXY": "127.0.0.1",
    }
    if over_http:
        env |= {"SLACK_SIGNING_SECRET": ws.signing_secret, "PORT": str(port)}
        ws.deliver_http(f"http://127.0.0.1:{port}/slack/events")
    else:
        env |= {"SLACK_APP_TOKEN": ws.app_token}
    process = await asyncio.create_subprocess_exec(
        node, str(HERE / "app.mjs"), env=env, stdout=asyncio.subprocess.PIPE
    )
    app = JavaScript(process)
    listening = asyncio.create_task(app.listen())
    try:
        await app.until(lambda: "ready" in app.lines)
        if not over_http:
            await ws.until(lambda: ws.connections)
        yield app
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        await listening


async def card(ws: Workspace) -> str:
    """Ask with `/image`; the card's ts."""
    asked = await ws.command(MIA, DESIGN, "/image", "a fox & <b>")
    [shown] = await ws.until(lambda: ws.ephemerals(MIA, DESIGN))

    assert asked.ok

    return shown.ts


async def test_ask_click_and_deliver(ws: Workspace, javascript: JavaScript) -> None:
    """Command, response_url, click, replace_original, an upload in three calls, looking at it."""
    await ws.click(MIA, DESIGN, await card(ws), "generate")
    await javascript.agrees(STARTED | ASKED)
    [root] = ws.messages(DESIGN)
    thread = await ws.until(lambda: ws.messages(DESIGN, thread_ts=root.ts)[1:])

    assert [one.text for one in ws.ephemerals(MIA, DESIGN)] == ["Queued"]
    assert [len(one.files) for one in thread] == [1]
    assert root.text == "root, edited"


async def test_forms(ws: Workspace, javascript: JavaScript) -> None:
    """A form is opened once, redrawn, refused at its field, and submitted."""
    await ws.click(MIA, DESIGN, await card(ws), "form")
    await javascript.until(lambda: "opened" in javascript.lines)
    await ws.submit_view(MIA, {"prompt": "wrong"})
    stays = ws.view(MIA) is not None
    await ws.submit_view(MIA, {"prompt": "make it night"})
    await javascript.agrees(STARTED | FORM)
    direct = ws.direct(MIA).id
    [message] = await ws.until(lambda: ws.messages(direct))

    assert stays
    assert ws.view(MIA) is None
    assert message.text == "you said make it night"


async def test_replies_with_files(ws: Workspace, javascript: JavaScript) -> None:
    """A reply with a file: the event, files.info, the download with the token and without."""
    root = await ws.send(MIA, DESIGN, "<@UBOT> hello".replace("UBOT", ws.bot_user_id))
    file = await ws.upload(MIA, "fox.png", picture())
    await ws.send(MIA, DESIGN, "make it night", thread_ts=root.ts, files=[file.id])
    await javascript.agrees(STARTED | REPLIED)
    [seen] = await ws.until(lambda: ws.ephemerals(MIA, DESIGN))

    assert seen.thread_ts == root.ts


async def test_told_twice(ws: Workspace, javascript: JavaScript) -> None:
    """A redelivered event reaches the listener with its number and its reason."""
    ws.faults.arm("redeliver", "message")
    await ws.send(MIA, DESIGN, "once more")
    await javascript.agrees(STARTED | TOLD_AGAIN)
    [answer] = await ws.until(lambda: ws.messages(DESIGN)[1:])

    assert answer.text == "heard again"


async def test_an_envelope_that_was_lost_comes_again(ws: Workspace, node: str) -> None:
    """Not acknowledged in time, because the connection broke, an event comes over the next one."""
    async with started(node, ws, over_http=False) as app:
        ws.world.pace = Pace(ack=3, retries=(0.1,) * 100)
        ws.faults.arm("socket_drop", "events_api")
        await ws.send(MIA, DESIGN, "once more")
        await app.until(lambda: any(line.startswith("check a redelivery") for line in app.lines))
        await ws.until(lambda: ws.messages(DESIGN)[1:])


async def test_shortcuts_and_home(ws: Workspace, javascript: JavaScript) -> None:
    """Both kinds of shortcut arrive, and the Home tab is published."""
    message = await ws.send(MIA, DESIGN, "look")
    await ws.shortcut(MIA, "create_image")
    await ws.shortcut(MIA, "edit_image", DESIGN, message.ts)
    await ws.open_home(MIA)
    await javascript.agrees(STARTED | OTHERS)
    home = await ws.until(lambda: ws.home(MIA))

    assert home is not None


async def test_reconnects(ws: Workspace, node: str) -> None:
    """Asked to refresh its connection, it opens another one, and commands go on."""
    async with started(node, ws, over_http=False) as app:
        [first] = ws.wire.sockets
        await ws.disconnect()
        await ws.until(lambda: ws.wire.sockets and first not in ws.wire.sockets)
        await card(ws)
        await app.agrees({"respond to a command"})
