"""The workspace's values as Slack writes them in JSON: answers, events and payloads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.demo.slack import forms as slack_forms
from bot.demo.slack.model import APP_ID, BOT_ID, BOT_USER_ID, TEAM_DOMAIN, TEAM_ID

if TYPE_CHECKING:
    from bot.demo.slack.model import Channel, File, Json, Message, User, View
    from bot.demo.slack.state import World


def user(person: User) -> Json:
    """A user object, as of users.info."""
    return {
        "id": person.id,
        "team_id": person.team_id,
        "name": person.name,
        "deleted": person.deleted,
        "color": person.color,
        "real_name": person.real_name,
        "tz": "Europe/London",
        "tz_offset": 0,
        "profile": {
            "real_name": person.real_name,
            "display_name": person.name,
            "team": person.team_id,
        },
        "is_admin": person.role == "admin",
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": person.role == "guest",
        "is_ultra_restricted": False,
        "is_stranger": person.role == "stranger",
        "is_bot": person.role == "bot",
        "is_app_user": False,
        "updated": 1_700_000_000,
    }


def channel(one: Channel) -> Json:
    """A conversation object, as of conversations.info, seen by the bot."""
    if one.kind == "im":
        return {
            "id": one.id,
            "created": one.created,
            "is_archived": False,
            "is_im": True,
            "is_org_shared": False,
            "user": one.partner,
            "is_user_deleted": False,
            "is_open": True,
        }
    return {
        "id": one.id,
        "name": one.name,
        "name_normalized": one.name,
        "created": one.created,
        "creator": one.creator,
        "is_channel": one.kind == "public",
        "is_group": one.kind != "public",
        "is_im": False,
        "is_mpim": one.kind == "mpim",
        "is_private": one.kind != "public",
        "is_archived": one.is_archived,
        "is_general": one.name == "general",
        "is_shared": one.is_ext_shared,
        "is_ext_shared": one.is_ext_shared,
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "is_member": BOT_USER_ID in one.members,
        "context_team_id": TEAM_ID,
        "topic": {"value": one.topic, "creator": one.creator, "last_set": one.created},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def file(world: World, one: File) -> Json:
    """A file object, as of files.info."""
    if one.deleted:
        return {"id": one.id, "mode": "tombstone"}
    address = f"{world.url}/files-pri/{TEAM_ID}-{one.id}"
    filetype = one.mimetype.removeprefix("image/").replace("jpeg", "jpg")
    shape: Json = {
        "id": one.id,
        "created": one.created,
        "timestamp": one.created,
        "name": one.name,
        "title": one.title,
        "mimetype": one.mimetype,
        "filetype": filetype if one.mimetype.startswith("image/") else "binary",
        "pretty_type": filetype.upper() if one.mimetype.startswith("image/") else "Binary",
        "user": one.user,
        "user_team": TEAM_ID,
        "editable": False,
        "size": one.size,
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": any(world.channels[place].kind == "public" for place in one.shares),
        "file_access": "visible",
        "url_private": f"{address}/{one.name}",
        "url_private_download": f"{address}/download/{one.name}",
        "permalink": f"{world.url}/files/{one.user}/{one.id}/{one.name}",
        "channels": [c for c in one.shares if world.channels[c].kind == "public"],
        "groups": [c for c in one.shares if world.channels[c].kind in ("private", "mpim")],
        "ims": [c for c in one.shares if world.channels[c].kind == "im"],
    }
    if one.alt_text:
        shape["alt_txt"] = one.alt_text
    if one.width:
        shape |= {"original_w": one.width, "original_h": one.height}
    if one.shares:
        shape["shares"] = {}
        for place, shares in one.shares.items():
            visibility = "public" if world.channels[place].kind == "public" else "private"
            shape["shares"].setdefault(visibility, {})[place] = list(shares)
    return shape | one.odd


def event_file(world: World, one: File, channel_id: str) -> Json:
    """A file inside a pushed event: a stub where the workspace is told to send stubs."""
    if one.id in world.stubs or channel_id in world.stubs:
        return {"id": one.id, "created": 0, "timestamp": 0, "file_access": "check_file_info"}
    return file(world, one)


def message(world: World, one: Message, *, include_metadata: bool = False) -> Json:
    """A message object, as of conversations.history."""
    shape: Json = {"type": "message", "user": one.user, "ts": one.ts, "text": one.text}
    shape["team"] = TEAM_ID
    if one.subtype:
        shape["subtype"] = one.subtype
    if one.bot_id:
        shape["bot_id"] = one.bot_id
        if one.bot_id == BOT_ID:
            profile = {"id": BOT_ID, "app_id": APP_ID, "name": world.app.name, "team_id": TEAM_ID}
            shape |= {"app_id": APP_ID, "bot_profile": profile}
    if one.blocks:
        shape["blocks"] = one.blocks
    if one.files:
        shape["files"] = [file(world, world.files[file_id]) for file_id in one.files]
        shape["upload"] = False
    if one.edited:
        shape["edited"] = {"user": one.user, "ts": one.edited}
    if one.metadata and include_metadata:
        shape["metadata"] = one.metadata
    if one.thread_ts:
        root = world.message(one.channel, one.thread_ts)
        shape |= {"thread_ts": one.thread_ts, "parent_user_id": root.user if root else ""}
    elif one.only_for is None and (replies := world.replies(one)):
        shape |= {
            "thread_ts": one.ts,
            "reply_count": len(replies),
            "reply_users": sorted({reply.user for reply in replies}),
            "latest_reply": replies[-1].ts,
            "is_locked": False,
        }
    return shape


def view(one: View) -> Json:
    """A view object with what its person has entered so far."""
    shape: Json = {
        "id": one.id,
        "team_id": TEAM_ID,
        "app_id": APP_ID,
        "app_installed_team_id": TEAM_ID,
        "bot_id": BOT_ID,
        "title": None,
        "submit": None,
        "close": None,
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "clear_on_close": False,
        "notify_on_close": False,
        **one.body,
        "state": {"values": slack_forms.state(one.body["blocks"], one.typed, one.channel)},
        "hash": one.hash,
        "root_view_id": one.root_id,
        "previous_view_id": one.previous_id,
    }
    return shape


def team() -> Json:
    """The team object of interaction payloads."""
    return {"id": TEAM_ID, "domain": TEAM_DOMAIN}
