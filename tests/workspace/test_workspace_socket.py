"""Socket Mode: connections, acknowledgements, redelivery; and what a person sees of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot.demo.slack.model import NotPossibleError, Pace
from bot.demo.slack.seed import ARCHIVE, DESIGN, GUS, MARKETING, MIA, NOAH
from bot.demo.slack.workspace import Workspace
from tests.workspace.raw import MANIFEST, App, call, card, open_app, options, section

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

IMPATIENT = Pace(ack=0.05, retries=(0, 0, 0))


@pytest.fixture
async def impatient() -> AsyncIterator[Workspace]:
    """A workspace that gives up waiting almost at once."""
    async with await Workspace.start(manifest=MANIFEST, pace=IMPATIENT) as workspace:
        yield workspace


async def shown(ws: Workspace, app: App, user: str = MIA, channel: str = DESIGN) -> str:
    """The ts of a card that a command's acknowledgement has shown."""
    ack = app.answer("slash_commands", card("a fox", "generate", "cancel"))
    delivery, _ = await asyncio.gather(ws.command(user, channel, "/image", "a fox"), ack)
    assert delivery.shown
    ts: str = delivery.shown.ts
    return ts


async def test_a_command_arrives_with_all_its_fields(ws: Workspace, app: App) -> None:
    """A command's payload has Slack's fields, and its acknowledgement is an ephemeral."""
    delivery, payload = await asyncio.gather(
        ws.command(MIA, DESIGN, "/image", "a fox"),
        app.answer("slash_commands", card("card", "generate")),
    )

    assert payload.keys() == {
        "token", "team_id", "team_domain", "channel_id", "channel_name", "user_id", "user_name",
        "command", "text", "api_app_id", "is_enterprise_install", "response_url", "trigger_id",
    }  # fmt: skip
    assert (payload["command"], payload["text"]) == ("/image", "a fox")
    assert delivery.ok
    assert [one.text for one in ws.ephemerals(MIA, DESIGN)] == ["card"]
    assert ws.ephemerals(NOAH, DESIGN) == ws.messages(DESIGN) == []


@pytest.mark.parametrize(
    ("typed", "sent", "plain"),
    [
        ("a < b & c > d", "a &lt; b &amp; c &gt; d", "a &lt; b &amp; c &gt; d"),
        ("<!channel>", "&lt;!channel&gt;", "&lt;!channel&gt;"),
        ("for @noah", f"for <@{NOAH}>", "for @noah"),
        ("for @Noah Kim, now", f"for <@{NOAH}>, now", "for @Noah Kim, now"),
        ("in #design", f"in <#{DESIGN}|design>", "in #design"),
        ("in #leadership", "in <#CLEADERSHI|>", "in #leadership"),
        ("see https://a.b/?c=1&d", "see <https://a.b/?c=1&amp;d>", "see https://a.b/?c=1&amp;d"),
        ("me@noah.com", "me@noah.com", "me@noah.com"),
    ],
)
async def test_should_escape(ws: Workspace, app: App, typed: str, sent: str, plain: str) -> None:
    """With should_escape people, channels and links are tokens; entities are escaped always."""
    texts = []
    for command in ("/image", "/plain"):
        _, payload = await asyncio.gather(
            ws.command(MIA, DESIGN, command, typed), app.answer("slash_commands")
        )
        texts.append(payload["text"])

    assert texts == [sent, plain]


async def test_an_empty_acknowledgement_shows_nothing(ws: Workspace, app: App) -> None:
    """An acknowledgement without a payload leaves the channel as it was."""
    delivery, _ = await asyncio.gather(
        ws.command(MIA, DESIGN, "/image"), app.answer("slash_commands")
    )

    assert (delivery.ok, delivery.shown) == (True, None)


async def test_an_acknowledgement_with_wrong_blocks_is_an_error(ws: Workspace, app: App) -> None:
    """Blocks are checked in an acknowledgement too."""
    delivery, _ = await asyncio.gather(
        ws.command(MIA, DESIGN, "/image"),
        app.answer("slash_commands", {"text": "x", "blocks": [section("x" * 3001)]}),
    )

    assert (delivery.ok, delivery.error) == (False, "invalid_command_response")


async def test_an_unacknowledged_command_times_out(
    impatient: Workspace, http: aiohttp.ClientSession
) -> None:
    """The person sees operation_timeout, and the command is not sent again."""
    app = await open_app(http, impatient)
    delivery = await impatient.command(MIA, DESIGN, "/image", "x")
    await app.next()
    await impatient.send(MIA, DESIGN, "after")

    assert (delivery.ok, delivery.error, delivery.shown) == (False, "operation_timeout", None)
    assert (await app.next())["type"] == "events_api"


async def test_without_an_app_a_command_fails_at_once(ws: Workspace) -> None:
    """With no connection the person sees dispatch_failed."""
    delivery = await ws.command(MIA, DESIGN, "/image", "x")

    assert delivery.error == "dispatch_failed"


async def test_what_slack_itself_refuses(ws: Workspace) -> None:
    """Unknown commands, archived channels and foreign channels never reach the app."""
    for user, channel, command in (
        (MIA, DESIGN, "/unknown"),
        (MIA, ARCHIVE, "/image"),
        (GUS, MARKETING, "/image"),
    ):
        with pytest.raises(NotPossibleError):
            await ws.command(user, channel, command)


async def test_an_unacknowledged_event_comes_again(
    impatient: Workspace, http: aiohttp.ClientSession
) -> None:
    """The same event is sent four times in all, with the number and the reason."""
    app = await open_app(http, impatient)
    await impatient.send(MIA, DESIGN, "hello")
    envelopes = [await app.next() for _ in range(4)]

    assert [(one["retry_attempt"], one["retry_reason"]) for one in envelopes] == [
        (0, ""),
        (1, "timeout"),
        (2, "timeout"),
        (3, "timeout"),
    ]
    assert len({one["payload"]["event_id"] for one in envelopes}) == 1
    assert len({one["envelope_id"] for one in envelopes}) == 4


async def test_an_event_waits_for_an_app_that_comes_back(
    impatient: Workspace, http: aiohttp.ClientSession
) -> None:
    """An event that met no connection is redelivered to the next one."""
    impatient.world.pace = Pace(ack=90, retries=(0.2,) * 100)
    await impatient.send(MIA, DESIGN, "hello")
    app = await open_app(http, impatient)
    envelope = await app.next()

    assert envelope["retry_attempt"] > 0
    assert envelope["payload"]["event"]["text"] == "hello"


async def test_redeliver_fault(ws: Workspace, app: App) -> None:
    """The fault sends an acknowledged event twice, the second time as a retry."""
    ws.faults.arm("redeliver", "message")
    await ws.send(MIA, DESIGN, "hello")
    first, second = await app.next(), await app.next()

    assert first["payload"] == second["payload"]
    assert [first["retry_attempt"], second["retry_attempt"]] == [0, 1]


async def test_a_socket_address_is_good_once(ws: Workspace, http: aiohttp.ClientSession) -> None:
    """A second connection with the same address is refused."""
    url = (await call(http, ws, "apps.connections.open", token=ws.app_token))["url"]
    async with http.ws_connect(url) as first:
        assert (await first.receive_json())["num_connections"] == 1
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect(url)


async def test_a_socket_address_needs_the_app_token(
    ws: Workspace, http: aiohttp.ClientSession
) -> None:
    """The bot's token opens no socket."""
    answer = await call(http, ws, "apps.connections.open")

    assert answer["error"] == "not_allowed_token_type"


async def test_each_payload_goes_to_one_connection(
    ws: Workspace, app: App, http: aiohttp.ClientSession
) -> None:
    """With two connections each event reaches exactly one, and both get some."""
    other = await open_app(http, ws)
    for text in "abcd":
        await ws.send(MIA, DESIGN, text)
    envelopes = [await one.next() for one in (app, other) for _ in range(2)]

    assert sorted(one["payload"]["event"]["text"] for one in envelopes) == list("abcd")


async def test_ten_connections_and_no_more(ws: Workspace, http: aiohttp.ClientSession) -> None:
    """The eleventh connection is told that there are too many, and closed; ten stay."""
    apps = [await open_app(http, ws) for _ in range(10)]
    url = (await call(http, ws, "apps.connections.open", token=ws.app_token))["url"]
    async with http.ws_connect(url) as eleventh:
        farewell = await eleventh.receive_json()
        then = await eleventh.receive()
    connections = ws.connections
    for app in apps:
        await app.ws.close()

    assert (farewell["type"], farewell["reason"]) == ("disconnect", "too_many_websockets")
    assert then.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}
    assert connections == 10


async def test_disconnect_on_demand(ws: Workspace, app: App) -> None:
    """Slack asks for a reconnection with a reason."""
    await ws.disconnect("warning")
    message = await app.ws.receive_json()

    assert (message["type"], message["reason"]) == ("disconnect", "warning")


async def test_socket_drop_fault(ws: Workspace, app: App) -> None:
    """The fault breaks the connection under an envelope, whose answer can not arrive."""
    ws.world.pace = Pace(ack=0.05)
    ws.faults.arm("socket_drop", "slash_commands")
    delivery = await ws.command(MIA, DESIGN, "/image", "x")
    await ws.until(lambda: ws.connections == 0)
    received = [(await app.ws.receive()).type for _ in range(2)]

    assert delivery.error == "operation_timeout"
    assert received[-1] in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)


async def test_a_click_on_an_ephemeral(ws: Workspace, app: App) -> None:
    """A click's payload names the container and leaves out the ephemeral message."""
    ts = await shown(ws, app)
    delivery, payload = await asyncio.gather(
        ws.click(MIA, DESIGN, ts, "generate"), app.answer("interactive")
    )

    assert delivery.ok
    assert payload["container"] == {
        "type": "message", "message_ts": ts, "channel_id": DESIGN, "is_ephemeral": True,
    }  # fmt: skip
    assert "message" not in payload
    assert (payload["actions"][0]["action_id"], payload["actions"][0]["value"]) == ("generate", "1")


async def test_an_ephemeral_is_not_for_others(ws: Workspace, app: App) -> None:
    """Nobody but the addressee can click an ephemeral."""
    ts = await shown(ws, app)
    with pytest.raises(NotPossibleError):
        await ws.click(NOAH, DESIGN, ts, "generate")


async def test_a_click_on_a_message_in_a_thread(
    ws: Workspace, app: App, http: aiohttp.ClientSession
) -> None:
    """A click on a real message carries the message, and the thread in its container."""
    root = await call(http, ws, "chat.postMessage", channel=DESIGN, text="root")
    reply = await call(
        http, ws, "chat.postMessage", channel=DESIGN, thread_ts=root["ts"], **card("x", "go")
    )
    _, payload = await asyncio.gather(
        ws.click(NOAH, DESIGN, reply["ts"], "go"), app.answer("interactive")
    )

    assert payload["container"]["thread_ts"] == payload["message"]["thread_ts"] == root["ts"]
    assert (payload["message"]["text"], payload["user"]["id"]) == ("x", NOAH)


async def test_choosing_in_a_select(ws: Workspace, app: App, http: aiohttp.ClientSession) -> None:
    """A select sends the chosen option, in the action and in the state."""
    select = {"type": "static_select", "action_id": "size", "options": options("1K", "2K")}
    blocks: list[dict[str, Any]] = [{"type": "actions", "block_id": "b", "elements": [select]}]
    posted = await call(http, ws, "chat.postMessage", channel=DESIGN, text="x", blocks=blocks)
    _, payload = await asyncio.gather(
        ws.click(MIA, DESIGN, posted["ts"], "size", "2K"), app.answer("interactive")
    )

    assert payload["actions"][0]["selected_option"]["value"] == "2K"
    assert payload["state"]["values"]["b"]["size"]["selected_option"]["value"] == "2K"


async def test_a_stale_screen_can_be_clicked(
    ws: Workspace, app: App, http: aiohttp.ClientSession
) -> None:
    """A button that an edit has taken away can still be clicked by a slower screen."""
    posted = await call(http, ws, "chat.postMessage", channel=DESIGN, **card("x", "go"))
    await call(http, ws, "chat.update", channel=DESIGN, ts=posted["ts"], text="done")
    delivery, payload = await asyncio.gather(
        ws.click(MIA, DESIGN, posted["ts"], "go"), app.answer("interactive")
    )

    assert delivery.ok
    assert payload["actions"][0]["action_id"] == "go"
    with pytest.raises(NotPossibleError):
        await ws.click(MIA, DESIGN, posted["ts"], "never")


async def test_message_shortcut(ws: Workspace, app: App) -> None:
    """A message shortcut carries the message; ephemerals offer none."""
    message = await ws.send(NOAH, DESIGN, "look")
    _, payload = await asyncio.gather(
        ws.shortcut(MIA, "edit_image", DESIGN, message.ts), app.answer("interactive")
    )
    assert (payload["type"], payload["callback_id"]) == ("message_action", "edit_image")
    assert (payload["message"]["text"], payload["message_ts"]) == ("look", message.ts)

    ts = await shown(ws, app)
    with pytest.raises(NotPossibleError):
        await ws.shortcut(MIA, "edit_image", DESIGN, ts)


async def test_global_shortcut(ws: Workspace, app: App) -> None:
    """A global shortcut has a trigger and no channel."""
    _, payload = await asyncio.gather(ws.shortcut(MIA, "create_image"), app.answer("interactive"))

    assert payload["type"] == "shortcut"
    assert payload["trigger_id"]
    assert "channel" not in payload
