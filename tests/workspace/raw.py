"""An app, spoken by hand over aiohttp, and the small things that tests of the workspace share."""

from __future__ import annotations

import io
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PIL import Image

if TYPE_CHECKING:
    import aiohttp

    from bot.demo.slack.workspace import Workspace

MANIFEST: dict[str, Any] = {
    "display_information": {"name": "Easel"},
    "features": {
        "bot_user": {"display_name": "Easel"},
        "shortcuts": [
            {"name": "Edit this image", "type": "message", "callback_id": "edit_image"},
            {"name": "Create an image", "type": "global", "callback_id": "create_image"},
        ],
        "slash_commands": [
            {"command": "/image", "description": "Makes one", "should_escape": True},
            {"command": "/plain", "description": "Without tokens"},
        ],
    },
    "oauth_config": {
        "scopes": {
            "bot": [
                "app_mentions:read",
                "channels:history",
                "channels:join",
                "channels:read",
                "chat:write",
                "commands",
                "files:read",
                "files:write",
                "groups:history",
                "groups:read",
                "im:history",
                "im:read",
                "im:write",
                "mpim:history",
                "mpim:read",
                "usergroups:read",
                "users:read",
            ]
        }
    },
    "settings": {
        "event_subscriptions": {
            "bot_events": [
                "app_home_opened",
                "app_mention",
                "file_shared",
                "member_joined_channel",
                "message.channels",
                "message.groups",
                "message.im",
                "message.mpim",
            ]
        }
    },
}


def without_scope(scope: str) -> dict[str, Any]:
    """The manifest less one bot scope."""
    manifest: dict[str, Any] = json.loads(json.dumps(MANIFEST))
    manifest["oauth_config"]["scopes"]["bot"].remove(scope)
    return manifest


@dataclass
class Clock:
    """The workspace's time: the real one, and what a test lets pass."""

    passed: float = 0  # seconds

    def __call__(self) -> float:
        """Seconds since 1970."""
        return time.time() + self.passed


@dataclass
class App:
    """One Socket Mode connection, with everything that came over it."""

    ws: aiohttp.ClientWebSocketResponse
    seen: list[dict[str, Any]] = field(default_factory=list)

    async def next(self) -> dict[str, Any]:
        """The next envelope, not acknowledged."""
        envelope: dict[str, Any] = await self.ws.receive_json()
        self.seen.append(envelope)
        return envelope

    async def ack(self, envelope: dict[str, Any], payload: Any = None) -> None:
        """Acknowledge one."""
        body = {"envelope_id": envelope["envelope_id"]}
        await self.ws.send_json(body | ({"payload": payload} if payload is not None else {}))

    async def answer(self, kind: str, payload: Any = None) -> dict[str, Any]:
        """Acknowledge everything up to the next of this kind, that one with a payload."""
        while (envelope := await self.next())["type"] != kind:
            await self.ack(envelope)
        await self.ack(envelope, payload)
        found: dict[str, Any] = envelope["payload"]
        return found

    async def event(self, kind: str, subtype: str | None = None) -> dict[str, Any]:
        """The payload of the next event of this kind; others are acknowledged and passed over."""
        while True:
            payload = await self.answer("events_api")
            if payload["event"]["type"] == kind and payload["event"].get("subtype") == subtype:
                return payload


async def open_app(http: aiohttp.ClientSession, ws: Workspace) -> App:
    """Connect as Socket Mode clients do, and read the hello."""
    answer = await call(http, ws, "apps.connections.open", token=ws.app_token)
    app = App(await http.ws_connect(answer["url"]))
    hello = await app.ws.receive_json()
    assert hello["type"] == "hello"
    return app


async def call(
    http: aiohttp.ClientSession,
    ws: Workspace,
    method: str,
    *,
    token: str | None = None,
    **args: Any,
) -> dict[str, Any]:
    """One Web API call with a form; lists and objects as strings of JSON."""
    form = {
        name: value if isinstance(value, str) else json.dumps(value) for name, value in args.items()
    }
    headers = {"Authorization": f"Bearer {ws.bot_token if token is None else token}"}
    async with http.post(f"{ws.api_url}{method}", data=form, headers=headers) as answer:
        body: dict[str, Any] = await answer.json()
        return body


async def refusal(
    http: aiohttp.ClientSession, ws: Workspace, method: str, **args: Any
) -> str | None:
    """The error of a call; None when it was taken."""
    return (await call(http, ws, method, **args)).get("error")


async def share(
    http: aiohttp.ClientSession, ws: Workspace, channel: str | None, data: bytes, **args: Any
) -> str:
    """The three steps of an upload by the bot; the id of the file, shared but not processed."""
    file_id = await upload(http, ws, data)
    place = {"channel_id": channel} if channel else {}
    done = await call(
        http, ws, "files.completeUploadExternal", files=[{"id": file_id}], **place, **args
    )
    assert done["ok"], done
    if channel:
        await ws.until(lambda: ws.world.files[file_id].shares)
    return file_id


async def upload(
    http: aiohttp.ClientSession, ws: Workspace, data: bytes, name: str = "fox.png"
) -> str:
    """The first two steps."""
    ticket = await call(http, ws, "files.getUploadURLExternal", filename=name, length=len(data))
    async with http.post(ticket["upload_url"], data=data) as answer:
        assert await answer.text() == f"OK - {len(data)}"
    file_id: str = ticket["file_id"]
    return file_id


def picture(kind: str = "PNG", width: int = 12, height: int = 8) -> bytes:
    """A small picture."""
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, kind)
    return buffer.getvalue()


def section(text: str) -> dict[str, Any]:
    """A section with plain text."""
    return {"type": "section", "text": {"type": "plain_text", "text": text}}


def button(action_id: str, value: str = "1", text: str = "Go") -> dict[str, Any]:
    """A button."""
    label = {"type": "plain_text", "text": text}
    return {"type": "button", "action_id": action_id, "value": value, "text": label}


def card(text: str, *action_ids: str) -> dict[str, Any]:
    """A message with a text and buttons."""
    buttons = [button(action_id) for action_id in action_ids]
    actions = [{"type": "actions", "elements": buttons}] if buttons else []
    return {"text": text, "blocks": [section(text), *actions]}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A modal with a submit button."""
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Form"},
        "submit": {"type": "plain_text", "text": "Send"},
        "blocks": list(blocks),
        **more,
    }


def asks(action_id: str, element: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """An input block."""
    return {
        "type": "input",
        "block_id": f"{action_id}_block",
        "label": {"type": "plain_text", "text": action_id},
        "element": {"action_id": action_id, **(element or {"type": "plain_text_input"})},
        **more,
    }


def options(*values: str) -> list[dict[str, Any]]:
    """Options of a select."""
    return [{"text": {"type": "plain_text", "text": one}, "value": one} for one in values]
