"""Events: which changes the app hears of, and in what shape."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bot.demo.slack.seed import ADA, DESIGN, LEADERSHIP, MARKETING, MIA, NOAH, RANDOM
from bot.demo.slack.workspace import Workspace
from tests.workspace.raw import MANIFEST, App, call, open_app, picture, share

if TYPE_CHECKING:
    import aiohttp

LAST = "that was all"


async def heard(ws: Workspace, app: App) -> list[dict[str, Any]]:
    """The inner events until now, without those of a last message that says so."""
    await ws.send(MIA, DESIGN, LAST)
    events: list[dict[str, Any]] = []
    while True:
        event = (await app.answer("events_api"))["event"]
        if event.get("text") == LAST:
            return events
        events.append(event)


def kinds(events: list[dict[str, Any]]) -> list[str]:
    """Types with subtypes."""
    return [
        f"{one['type']}/{one['subtype']}" if "subtype" in one else one["type"] for one in events
    ]


async def test_the_envelope(ws: Workspace, app: App) -> None:
    """An event comes with the app, the team, the authorization and an id of its own."""
    await ws.send(MIA, MARKETING, "hello")
    payload = await app.event("message")

    assert (payload["type"], payload["team_id"]) == ("event_callback", ws.team_id)
    assert payload["authorizations"][0]["user_id"] == ws.bot_user_id
    assert payload["is_ext_shared_channel"] is True
    assert payload["event"]["channel_type"] == "channel"
    assert payload["event_id"].startswith("Ev")


async def test_only_where_the_bot_is(ws: Workspace, app: App) -> None:
    """Messages of channels without the bot are not events, not even mentions; its DM's are."""
    await ws.send(MIA, RANDOM, "hello @Easel")
    await ws.send(ADA, LEADERSHIP, "hello @Easel")
    await ws.send(NOAH, ws.direct(NOAH).id, "hello @Easel")

    assert [(one["type"], one["channel_type"]) for one in await heard(ws, app)] == [
        ("message", "im")
    ]


async def test_a_mention_is_two_events(ws: Workspace, app: App) -> None:
    """A mention in a channel comes as message and as app_mention, with the same ts."""
    root = await ws.send(MIA, DESIGN, "root")
    await ws.send(NOAH, DESIGN, "@Easel make it night <!here>", thread_ts=root.ts)
    _, message, mention = await heard(ws, app)

    assert [message["type"], mention["type"]] == ["message", "app_mention"]
    assert message["ts"] == mention["ts"]
    assert message["thread_ts"] == mention["thread_ts"] == root.ts
    assert mention["text"] == f"<@{ws.bot_user_id}> make it night &lt;!here&gt;"
    assert message["parent_user_id"] == MIA


async def test_files_in_events(ws: Workspace, app: App) -> None:
    """A message with a file is a file_share with the whole file; a mention has only its id."""
    file = await ws.upload(MIA, "fox.png", picture())
    await ws.send(MIA, DESIGN, "@Easel this", files=[file.id])
    shared, message, mention = await heard(ws, app)

    assert kinds([shared, message, mention]) == ["file_shared", "message/file_share", "app_mention"]
    assert message["files"][0]["mimetype"] == "image/png"
    assert message["files"][0]["url_private"].startswith(ws.url)
    assert mention["files"] == [{"id": file.id}]


@pytest.mark.parametrize("by", ["file", "channel"])
async def test_stubs(ws: Workspace, app: App, http: aiohttp.ClientSession, by: str) -> None:
    """Stub mode leaves only an id and check_file_info in events; files.info tells the rest."""
    file = await ws.upload(MIA, "fox.png", picture())
    ws.send_stubs(file.id if by == "file" else DESIGN)
    await ws.send(MIA, DESIGN, "x", files=[file.id])
    event = (await app.event("message", "file_share"))["event"]
    info = await call(http, ws, "files.info", file=file.id)

    assert event["files"] == [
        {"id": file.id, "created": 0, "timestamp": 0, "file_access": "check_file_info"}
    ]
    assert info["file"]["name"] == "fox.png"


async def test_edits_and_deletions(ws: Workspace, app: App) -> None:
    """An edit is message_changed, a deletion message_deleted, each with what was before."""
    message = await ws.send(MIA, DESIGN, "one")
    await ws.edit(MIA, DESIGN, message.ts, "two")
    await ws.delete(MIA, DESIGN, message.ts)
    _, changed, deleted = await heard(ws, app)

    assert kinds([changed, deleted]) == ["message/message_changed", "message/message_deleted"]
    assert (changed["previous_message"]["text"], changed["message"]["text"]) == ("one", "two")
    assert changed["message"]["edited"]["user"] == MIA
    assert (deleted["deleted_ts"], deleted["previous_message"]["text"]) == (message.ts, "two")


async def test_the_bot_s_own_messages_are_events_too(
    ws: Workspace, app: App, http: aiohttp.ClientSession
) -> None:
    """The app hears of its own posts and shares; of ephemerals nobody hears."""
    await call(http, ws, "chat.postMessage", channel=DESIGN, text="@Easel hello")
    await call(http, ws, "chat.postEphemeral", channel=DESIGN, user=MIA, text="psst")
    await share(http, ws, DESIGN, picture())
    events = await heard(ws, app)

    assert kinds(events) == ["message", "file_shared", "message/file_share"]
    assert events[0]["user"] == ws.bot_user_id
    assert events[0]["bot_id"]


async def test_other_bots(ws: Workspace, app: App) -> None:
    """Another app's message has its own bot_id and the subtype bot_message."""
    ws.post_as_other_bot(DESIGN, "beep")
    [event] = await heard(ws, app)

    assert (event["subtype"], event["text"]) == ("bot_message", "beep")
    assert event["bot_id"] == "BOTHERBOT1"


async def test_inviting_the_bot(ws: Workspace, app: App) -> None:
    """An invitation is a channel_join message and a member_joined_channel with the inviter."""
    await ws.invite_bot(MIA, RANDOM)
    message, joined = await heard(ws, app)

    assert kinds([message, joined]) == ["message/channel_join", "member_joined_channel"]
    assert (joined["user"], joined["inviter"]) == (ws.bot_user_id, MIA)


async def test_opening_the_home_tab(ws: Workspace, app: App) -> None:
    """Looking at App Home is an event with the person and the tab."""
    await ws.open_home(MIA)
    [event] = await heard(ws, app)

    assert (event["type"], event["user"], event["tab"]) == ("app_home_opened", MIA, "home")


async def test_only_what_the_manifest_subscribes(http: aiohttp.ClientSession) -> None:
    """Without the subscription there is no event."""
    manifest = json.loads(json.dumps(MANIFEST))
    manifest["settings"]["event_subscriptions"]["bot_events"] = ["message.channels"]
    async with await Workspace.start(manifest=manifest) as ws:
        app = await open_app(http, ws)
        await ws.send(MIA, DESIGN, "@Easel hello")
        await ws.send(MIA, ws.direct(MIA).id, "hello")
        await ws.open_home(MIA)
        events = await heard(ws, app)

    assert kinds(events) == ["message"]


async def test_a_world_of_one_s_own(ws: Workspace, app: App) -> None:
    """Tests can add people and channels, with or without the bot in them."""
    ws.add_user("UNEWPERSON", "Kai", role="admin")
    ws.add_channel("CNEWPLACE1", "new", {"UNEWPERSON", ws.bot_user_id}, kind="private")
    await ws.send("UNEWPERSON", "CNEWPLACE1", "hello")
    [event] = await heard(ws, app)

    assert (event["user"], event["channel_type"]) == ("UNEWPERSON", "group")
