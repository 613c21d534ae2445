"""The page's drawer as far as it is Slack's: whether it is there, and when it has news."""

from __future__ import annotations

from typing import Any

import aiohttp

from bot.demo.slack.seed import DESIGN, LEADERSHIP, MIA, NOAH
from bot.demo.slack.workspace import Workspace
from tests.workspace.raw import call

PATIENCE = 10  # seconds; it only ends a test that has failed


class Kept:
    """A drawer that notes what it is asked."""

    def __init__(self) -> None:
        self.looked: list[str] = []
        self.turned: list[tuple[str, bool]] = []

    async def look(self, channel: str) -> dict[str, Any]:
        """Note the channel."""
        self.looked.append(channel)
        return {"shown": channel}

    def turn(self, kind: str, *, on: bool) -> None:
        """Note the switch."""
        self.turned.append((kind, on))


async def look(http: aiohttp.ClientSession, ws: Workspace, user: str, channel: str) -> int:
    """How the page answers a look into the drawer."""
    query = {"user": user, "channel": channel}
    async with http.get(f"{ws.url}/page/underneath", params=query) as answer:
        return answer.status


async def turn(http: aiohttp.ClientSession, ws: Workspace, **body: Any) -> dict[str, Any]:
    """Turn a switch on the page."""
    async with http.post(f"{ws.url}/page/faults", json=body) as answer:
        said: dict[str, Any] = await answer.json()
        return said


async def test_without_an_app_behind_it(ws: Workspace, http: aiohttp.ClientSession) -> None:
    """A workspace alone has no drawer, and refuses its switches in words."""
    refused = await turn(http, ws, kind="redeliver", armed=True)

    assert await look(http, ws, MIA, DESIGN) == 204
    assert refused == {"ok": False, "error": "There are no switches here."}


async def test_where_one_may_look(ws: Workspace, http: aiohttp.ClientSession) -> None:
    """The drawer is asked of channels that the person can open, and of no other."""
    ws.page.drawer = drawer = Kept()
    seen = [
        await look(http, ws, user, channel)
        for user, channel in ((NOAH, DESIGN), (NOAH, LEADERSHIP), (MIA, LEADERSHIP))
    ]

    assert seen == [200, 404, 200]
    assert drawer.looked == [DESIGN, LEADERSHIP]


async def test_news_for_it(ws: Workspace, http: aiohttp.ClientSession) -> None:
    """Every page is told when the app did something and when a switch was turned."""
    ws.page.drawer = drawer = Kept()
    async with http.ws_connect(f"{ws.url}/page/live?user={MIA}") as live:
        await call(http, ws, "auth.test")
        called = await live.receive_json(timeout=PATIENCE)
        await turn(http, ws, kind="redeliver", armed=True)
        turned = await live.receive_json(timeout=PATIENCE)

    assert called == turned == {"type": "underneath"}
    assert drawer.turned == [("redeliver", True)]
