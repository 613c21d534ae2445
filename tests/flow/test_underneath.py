"""What the demo's drawer tells of a channel, and to whom."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.demo import underneath
from bot.demo.slack.seed import ADA, DESIGN, GENERAL, LEADERSHIP, MIA, NOAH
from bot.settings import load
from tests.flow.stage import FOX, Stage

FREE = {
    "cap": 100,
    "period": "monthly",
    "grants": 0,
    "charged": 0,
    "held": 0,
    "unknown": 0,
    "left": 100,
    "paused": False,
}


@pytest.fixture(name="drawer")
async def _drawer(stage: Stage) -> AsyncIterator[Stage]:
    """The bot, and the page with its drawer."""
    async with stage.bot(), underneath.shown(stage.ws, stage.pixapi, load(stage.env)):
        yield stage


async def status(stage: Stage, user: str, channel: str) -> int:
    """How the page answers a look into the drawer."""
    query = {"user": user, "channel": channel}
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{stage.ws.url}/page/underneath", params=query) as answer,
    ):
        return answer.status


async def look(stage: Stage, channel: str = DESIGN) -> dict[str, Any]:
    """What Mia's drawer shows."""
    query = {"user": MIA, "channel": channel}
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{stage.ws.url}/page/underneath", params=query) as answer,
    ):
        shown: dict[str, Any] = await answer.json()
        return shown


async def turn(stage: Stage, kind: str, *, armed: bool) -> dict[str, Any]:
    """Turn a switch on the page."""
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{stage.ws.url}/page/faults", json={"kind": kind, "armed": armed}) as answer,
    ):
        said: dict[str, Any] = await answer.json()
        return said


async def test_a_channel_in_which_nothing_happened(drawer: Stage) -> None:
    """The cap of the settings, no lines, no jobs, no calls, every switch off."""
    shown = await look(drawer, GENERAL)

    assert shown["budget"] == FREE
    assert (shown["ledger"], shown["jobs"], shown["calls"], shown["busy"]) == ([], [], [], False)
    assert not any(one["armed"] for one in shown["faults"])


async def test_what_is_under_way(drawer: Stage) -> None:
    """A hold is a line, a job and a call that has not cost anything, in its channel only."""
    drawer.pixapi.manual = True
    await drawer.press(await drawer.ask(), "generate")
    await drawer.pixapi.arrived(1)
    shown, elsewhere = await look(drawer), await look(drawer, GENERAL)
    [line], [call] = shown["ledger"], shown["calls"]

    assert (shown["budget"]["held"], shown["budget"]["left"], shown["busy"]) == (4, 96, True)
    assert (line["kind"], line["credits"], line["user"]) == ("held", 4, MIA)
    assert (call["status"], call["task"], call["credits"]) == (200, "open", 0)
    assert FOX not in str(shown)
    assert (elsewhere["budget"], elsewhere["ledger"], elsewhere["jobs"]) == (FREE, [], [])


async def test_what_is_settled(drawer: Stage) -> None:
    """The charge stands above the hold; the call has its credits; nothing is busy any more."""
    await drawer.confirm(f"{FOX} --draft --n 2")
    await drawer.done(2)
    await drawer.ws.until(lambda: drawer.shares() == 2)
    shown = await look(drawer)

    assert [(one["kind"], one["credits"]) for one in shown["ledger"]] == [
        ("charged", 2),
        ("held", 2),
    ]
    assert (shown["calls"][0]["credits"], shown["billed"]) == (2, 2)
    assert (shown["budget"]["charged"], shown["budget"]["left"]) == (2, 98)


async def test_changes_show_in_it(drawer: Stage) -> None:
    """A cap that an admin takes away, a grant and a pause are in the numbers."""
    for text in ("none", "grant 5 for the fair", "pause"):
        await drawer.quota_card(text, user=ADA)
    shown = (await look(drawer))["budget"]

    assert shown["cap"] is None
    assert (shown["left"], shown["grants"], shown["paused"]) == (None, 5, True)


async def test_whose_it_is_to_see(stage: Stage) -> None:
    """Nobody looks into a channel that they cannot open; without a drawer there is nothing."""
    without = await status(stage, MIA, DESIGN)
    async with stage.bot():
        async with underneath.shown(stage.ws, stage.pixapi, load(stage.env)):
            seen = [await status(stage, one, LEADERSHIP) for one in (ADA, NOAH)]
        afterwards = await status(stage, MIA, DESIGN)

    assert (without, seen, afterwards) == (204, [200, 404], 204)


async def test_the_switches_of_the_page(drawer: Stage) -> None:
    """A switch turned twice arms once; an unknown one is refused; one turned off is gone."""
    await turn(drawer, "redeliver", armed=True)
    await turn(drawer, "redeliver", armed=True)
    armed = len(drawer.faults.armed)
    unknown = await turn(drawer, "everything", armed=True)
    await turn(drawer, "redeliver", armed=False)

    assert armed == 2
    assert not unknown["ok"]
    assert drawer.faults.armed == []
