"""response_url: five uses, thirty minutes, and what can be replaced through it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from bot.demo.slack.seed import DESIGN, MIA, NOAH
from tests.workspace.raw import App, Clock, call, card, section

if TYPE_CHECKING:
    import aiohttp

    from bot.demo.slack.workspace import Workspace


async def command_url(ws: Workspace, app: App) -> str:
    """The response_url of a command."""
    _, payload = await asyncio.gather(
        ws.command(MIA, DESIGN, "/image", "x"), app.answer("slash_commands")
    )
    url: str = payload["response_url"]
    return url


async def click_url(ws: Workspace, app: App, ts: str) -> str:
    """The response_url of a click on a message's button."""
    _, payload = await asyncio.gather(ws.click(MIA, DESIGN, ts, "go"), app.answer("interactive"))
    url: str = payload["response_url"]
    return url


async def ephemeral_card(ws: Workspace, app: App) -> str:
    """The ts of an ephemeral with a button."""
    delivery, _ = await asyncio.gather(
        ws.command(MIA, DESIGN, "/image", "x"), app.answer("slash_commands", card("card", "go"))
    )
    assert delivery.shown
    ts: str = delivery.shown.ts
    return ts


async def use(http: aiohttp.ClientSession, url: str, **body: Any) -> tuple[int, str]:
    """Status, and the error or "ok"."""
    async with http.post(url, json=body) as answer:
        if answer.content_type == "application/json":
            return answer.status, (await answer.json())["error"]
        return answer.status, await answer.text()


async def test_five_uses(ws: Workspace, app: App, http: aiohttp.ClientSession) -> None:
    """The sixth use is refused with 404 used_url; refused uses do not count."""
    url = await command_url(ws, app)
    wrong = await use(http, url, text="x", blocks=[{"type": "nonsense"}])
    used = [await use(http, url, text=f"{i}") for i in range(6)]

    assert wrong == (404, "invalid_blocks")
    assert used == [(200, "ok")] * 5 + [(404, "used_url")]
    assert [one.text for one in ws.ephemerals(MIA, DESIGN)] == list("01234")


async def test_thirty_minutes(
    ws: Workspace, app: App, http: aiohttp.ClientSession, clock: Clock
) -> None:
    """A response_url works within thirty minutes and not after."""
    url = await command_url(ws, app)
    clock.passed = 30 * 60 - 5
    assert await use(http, url, text="in time") == (200, "ok")

    clock.passed = 30 * 60 + 5

    assert await use(http, url, text="late") == (404, "expired_url")


async def test_an_invented_address_is_refused(ws: Workspace, http: aiohttp.ClientSession) -> None:
    """An address that was never given out is as good as an expired one."""
    assert await use(http, f"{ws.url}/commands/T1/1/abc", text="x") == (404, "expired_url")


async def test_a_command_s_url_replaces_nothing(
    ws: Workspace, app: App, http: aiohttp.ClientSession
) -> None:
    """replace_original through a command's response_url posts another ephemeral."""
    url = await command_url(ws, app)
    await use(http, url, text="one")
    await use(http, url, text="two", replace_original=True)

    assert [one.text for one in ws.ephemerals(MIA, DESIGN)] == ["one", "two"]


async def test_a_click_s_url_replaces_the_clicked_ephemeral(
    ws: Workspace, app: App, http: aiohttp.ClientSession
) -> None:
    """replace_original through a click's response_url changes that very message, in its place."""
    ts = await ephemeral_card(ws, app)
    url = await click_url(ws, app, ts)
    assert await use(http, url, text="Queued", replace_original=True) == (200, "ok")
    [message] = ws.ephemerals(MIA, DESIGN)

    assert (message.ts, message.text, message.blocks) == (ts, "Queued", [])
    assert ws.ephemerals(NOAH, DESIGN) == ws.messages(DESIGN) == []


async def test_without_replace_original_a_click_s_url_posts(
    ws: Workspace, app: App, http: aiohttp.ClientSession
) -> None:
    """A new ephemeral is the default answer to a click."""
    url = await click_url(ws, app, await ephemeral_card(ws, app))
    await use(http, url, text="more")

    assert [one.text for one in ws.ephemerals(MIA, DESIGN)] == ["card", "more"]


async def test_delete_original(ws: Workspace, app: App, http: aiohttp.ClientSession) -> None:
    """delete_original takes the clicked message away, with or without a new one."""
    url = await click_url(ws, app, await ephemeral_card(ws, app))
    assert await use(http, url, delete_original=True) == (200, "ok")
    assert ws.ephemerals(MIA, DESIGN) == []

    url = await click_url(ws, app, await ephemeral_card(ws, app))
    await use(http, url, delete_original=True, text="instead")

    assert [one.text for one in ws.ephemerals(MIA, DESIGN)] == ["instead"]


async def test_replacing_a_real_message(
    ws: Workspace, app: App, http: aiohttp.ClientSession
) -> None:
    """A click on a message in the channel can replace it for everybody."""
    posted = await call(http, ws, "chat.postMessage", channel=DESIGN, **card("x", "go"))
    url = await click_url(ws, app, posted["ts"])
    await use(http, url, replace_original=True, **card("y"))

    assert [(one.text, one.only_for) for one in ws.messages(DESIGN)] == [("y", None)]


async def test_in_channel(ws: Workspace, app: App, http: aiohttp.ClientSession) -> None:
    """in_channel posts for everybody, into a thread if asked; an ephemeral never goes there."""
    url = await command_url(ws, app)
    await use(http, url, response_type="in_channel", text="root")
    [root] = ws.messages(DESIGN)
    await use(http, url, response_type="in_channel", text="reply", thread_ts=root.ts)
    await use(http, url, text="whisper", thread_ts=root.ts)

    assert [one.text for one in ws.messages(DESIGN, thread_ts=root.ts)] == ["root", "reply"]
    assert [one.thread_ts for one in ws.ephemerals(MIA, DESIGN)] == [None]


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({}, 400, "no_text"),
        ({"text": "x", "blocks": [section("x" * 3001)]}, 404, "invalid_blocks"),
        ({"text": "x", "blocks": "nonsense"}, 404, "invalid_blocks_format"),
    ],
)
async def test_refused_bodies(
    ws: Workspace,
    app: App,
    http: aiohttp.ClientSession,
    body: dict[str, Any],
    status: int,
    error: str,
) -> None:
    """What could not be posted cannot be answered either."""
    url = await command_url(ws, app)

    assert await use(http, url, **body) == (status, error)
    assert ws.ephemerals(MIA, DESIGN) == []


async def test_ephemerals_need_an_active_thread(ws: Workspace, http: aiohttp.ClientSession) -> None:
    """In a thread without replies an ephemeral is accepted and shown to nobody."""
    root = await ws.send(MIA, DESIGN, "root")
    place = {"channel": DESIGN, "user": MIA, "thread_ts": root.ts}
    answer = await call(http, ws, "chat.postEphemeral", text="lost", **place)
    await ws.send(MIA, DESIGN, "reply", thread_ts=root.ts)
    await call(http, ws, "chat.postEphemeral", text="seen", **place)

    assert answer["ok"]
    assert [one.text for one in ws.ephemerals(MIA, DESIGN)] == ["seen"]
    assert ws.messages(DESIGN, user=NOAH, thread_ts=root.ts)[2:] == []


async def test_an_ephemeral_is_no_stored_message(
    ws: Workspace, http: aiohttp.ClientSession
) -> None:
    """The ts of an ephemeral is of no use to chat.update and chat.delete."""
    answer = await call(http, ws, "chat.postEphemeral", channel=DESIGN, user=MIA, text="x")
    place = {"channel": DESIGN, "ts": answer["message_ts"]}
    update = await call(http, ws, "chat.update", text="y", **place)
    delete = await call(http, ws, "chat.delete", **place)

    assert update["error"] == delete["error"] == "message_not_found"
