"""The Web API: a table from method names to functions, and the way a call takes through it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from aiohttp import web

from bot.demo.faults import through
from bot.demo.slack import chat as slack_chat
from bot.demo.slack import conversations as slack_conversations
from bot.demo.slack import files as slack_files
from bot.demo.slack import views as slack_views
from bot.demo.slack.args import Args, read
from bot.demo.slack.model import (
    APP_ID,
    BOT_ID,
    BOT_USER_ID,
    TEAM_ID,
    TEAM_NAME,
    Call,
    Json,
    SlackError,
)
from bot.demo.slack.state import World

if TYPE_CHECKING:
    from bot.demo.faults import Faults


@dataclass(slots=True, frozen=True)
class Method:
    """A Web API method: what it does, one of these scopes, whose token, and if a JSON body counts.

    Content types: the pages of https://docs.slack.dev/reference/methods.
    """

    run: Callable[[World, Args], Json]
    scopes: tuple[str, ...] = ()
    bearer: Literal["bot", "app", "nobody"] = "bot"
    takes_json: bool = True


def api_test(world: World, args: Args) -> Json:
    """api.test."""
    del world
    if "error" in args:
        raise SlackError(args.text("error"), args=args.values)
    return {"args": args.values}


def auth_test(world: World, args: Args) -> Json:
    """auth.test."""
    del args
    return {
        "url": f"{world.url}/",
        "team": TEAM_NAME,
        "user": world.app.name.lower(),
        "team_id": TEAM_ID,
        "user_id": BOT_USER_ID,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def open_connection(world: World, args: Args) -> Json:
    """apps.connections.open: an address for one socket."""
    del args
    ticket = secrets.token_hex(12)
    world.tickets.add(ticket)
    address = world.url.replace("http", "ws", 1)
    return {"url": f"{address}/link/?ticket={ticket}&app_id={APP_ID}"}


METHODS: dict[str, Method] = {
    "api.test": Method(api_test, bearer="nobody"),
    "auth.test": Method(auth_test),
    "apps.connections.open": Method(open_connection, bearer="app"),
    "chat.postMessage": Method(slack_chat.post_message, ("chat:write",)),
    "chat.postEphemeral": Method(slack_chat.post_ephemeral, ("chat:write",)),
    "chat.update": Method(slack_chat.update, ("chat:write",)),
    "chat.delete": Method(slack_chat.delete, ("chat:write",)),
    "chat.getPermalink": Method(slack_chat.get_permalink, takes_json=False),
    "conversations.info": Method(slack_conversations.info, takes_json=False),
    "conversations.list": Method(slack_conversations.list_channels, takes_json=False),
    "conversations.members": Method(slack_conversations.members, takes_json=False),
    "conversations.history": Method(slack_conversations.history, takes_json=False),
    "conversations.replies": Method(slack_conversations.replies, takes_json=False),
    "conversations.join": Method(slack_conversations.join),
    "conversations.open": Method(slack_conversations.open_direct, ("im:write",)),
    "users.info": Method(slack_conversations.user_info, ("users:read",), takes_json=False),
    "users.list": Method(slack_conversations.list_users, ("users:read",), takes_json=False),
    "usergroups.list": Method(
        slack_conversations.list_usergroups, ("usergroups:read",), takes_json=False
    ),
    "usergroups.users.list": Method(
        slack_conversations.usergroup_users, ("usergroups:read",), takes_json=False
    ),
    "files.getUploadURLExternal": Method(
        slack_files.get_upload_url, ("files:write",), takes_json=False
    ),
    "files.completeUploadExternal": Method(slack_files.complete_upload, ("files:write",)),
    "files.info": Method(slack_files.file_info, ("files:read",), takes_json=False),
    "files.delete": Method(slack_files.delete_file, ("files:write",)),
    "views.open": Method(slack_views.open_view),
    "views.push": Method(slack_views.push_view),
    "views.update": Method(slack_views.update_view),
    "views.publish": Method(slack_views.publish_view),
}


def unknown(world: World, args: Args) -> Json:
    """Any other name."""
    del world, args
    raise SlackError("unknown_method")


UNKNOWN = Method(unknown, bearer="nobody")


async def serve(world: World, faults: Faults, request: web.Request) -> web.StreamResponse:
    """POST or GET /api/{method}."""
    name = request.match_info["method"]

    async def effect() -> web.Response:
        return await _answer(world, name, request)

    return await through(faults, name, request, effect)


async def _answer(world: World, name: str, request: web.Request) -> web.Response:
    method = METHODS.get(name, UNKNOWN)
    args = Args({})
    try:
        args, token = await read(request, takes_json=method.takes_json)
        _check_token(world, method, token)
        world.need_scope(*method.scopes)
        body = {"ok": True, **method.run(world, args)}
    except SlackError as refusal:
        body = {"ok": False, "error": refusal.error, **refusal.extra}
    world.record(Call(name, args.values, body["ok"], body.get("error"), body))
    headers = {"X-OAuth-Scopes": ",".join(world.app.scopes)}
    if method.scopes:
        headers["X-Accepted-OAuth-Scopes"] = ",".join(method.scopes)
    return web.json_response(body, headers=headers)


def _check_token(world: World, method: Method, token: str) -> None:
    if method.bearer == "nobody":
        return
    if not token:
        raise SlackError("not_authed")
    if token not in (world.bot_token, world.app_token):
        raise SlackError("invalid_auth")
    if token != (world.app_token if method.bearer == "app" else world.bot_token):
        raise SlackError("not_allowed_token_type")
