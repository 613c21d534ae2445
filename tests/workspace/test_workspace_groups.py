"""A group direct message: who sees it, what it is called, which events and scopes are its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.demo.slack.model import NotPossibleError
from bot.demo.slack.seed import ADA, GROUP, MIA, NOAH
from bot.demo.slack.workspace import Workspace
from tests.workspace.raw import MANIFEST, App, call, card, open_app, refusal

if TYPE_CHECKING:
    import aiohttp


async def test_what_it_is(ws: Workspace, http: aiohttp.ClientSession) -> None:
    """conversations.info says mpim and private; the list has it when asked for the kind."""
    found = (await call(http, ws, "conversations.info", channel=GROUP))["channel"]
    listed = (await call(http, ws, "conversations.list", types="mpim"))["channels"]

    assert (found["is_mpim"], found["is_private"], found["is_im"]) == (True, True, False)
    assert found["name"] == "mpdm-mia--noah--easel-1"
    assert found["is_member"]
    assert [one["id"] for one in listed] == [GROUP]
    assert await refusal(http, ws, "conversations.join", channel=GROUP) == (
        "method_not_supported_for_channel_type"
    )


async def test_its_events(ws: Workspace, app: App) -> None:
    """A message is told of with channel_type mpim, a mention as app_mention too."""
    await ws.send(MIA, GROUP, "hello @Easel")
    message, mention = await app.event("message"), await app.event("app_mention")

    assert message["event"]["channel_type"] == "mpim"
    assert message["event"]["ts"] == mention["event"]["ts"]


async def test_events_need_their_subscription(http: aiohttp.ClientSession) -> None:
    """Without message.mpim in the manifest only the mention is heard."""
    subscribed = MANIFEST["settings"]["event_subscriptions"]["bot_events"]
    less = [one for one in subscribed if one != "message.mpim"]
    manifest: dict[str, Any] = MANIFEST | {
        "settings": {"event_subscriptions": {"bot_events": less}}
    }
    async with await Workspace.start(manifest=manifest) as ws:
        app = await open_app(http, ws)
        await ws.send(MIA, GROUP, "hello @Easel")
        event = (await app.answer("events_api"))["event"]
        await app.ws.close()

    assert event["type"] == "app_mention"


async def test_only_for_its_members(ws: Workspace, http: aiohttp.ClientSession) -> None:
    """Each member reads who the others are; nobody else finds or writes it."""
    names = {}
    for user in (MIA, NOAH, ADA):
        async with http.get(f"{ws.url}/page/state", params={"user": user}) as answer:
            state = await answer.json()
        names[user] = [one["name"] for one in state["channels"] if one["kind"] == "mpim"]
    with pytest.raises(NotPossibleError):
        await ws.send(ADA, GROUP, "hello")

    assert names == {MIA: ["Noah Kim, Easel"], NOAH: ["Mia Torres, Easel"], ADA: []}


async def test_a_command_in_it(ws: Workspace, app: App, http: aiohttp.ClientSession) -> None:
    """A command names the group by its handle; ephemerals work there."""
    await ws.send(MIA, GROUP, "hello")
    await app.event("message")
    args = {"channel": GROUP, "user": NOAH, **card("psst")}

    assert await refusal(http, ws, "chat.postEphemeral", **args) is None
    assert [one.text for one in ws.ephemerals(NOAH, GROUP)] == ["psst"]
    assert ws.ephemerals(MIA, GROUP) == []
