"""From a change in the workspace to the events that Slack sends the app about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.demo.slack import shapes as slack_shapes
from bot.demo.slack.model import APP_ID, BOT_USER_ID, TEAM_ID

if TYPE_CHECKING:
    from bot.demo.slack.model import Change, Channel, Json, Message
    from bot.demo.slack.state import World

SUBSCRIPTION = {
    "public": "message.channels",
    "private": "message.groups",
    "im": "message.im",
    "mpim": "message.mpim",
}
CHANNEL_TYPE = {"public": "channel", "private": "group", "im": "im", "mpim": "mpim"}


def events_of(world: World, change: Change) -> list[Json]:
    """The inner events of a change, as far as the manifest asks for them and the bot is there."""
    if change.kind == "home_opened":
        return _home_opened(world, change)
    channel = world.channels.get(change.channel)
    if channel is None or BOT_USER_ID not in channel.members or change.user is not None:
        return []
    if change.kind == "joined":
        return _joined(world, channel, change.data)
    if change.message is None or change.message.only_for:
        return []
    events = _files_shared(world, channel, change)
    if SUBSCRIPTION[channel.kind] in world.app.events:
        events += _message(world, channel, change)
    if _mentions(world, channel, change):
        events.append(_mention(world, channel, change.message))
    return events


def envelope(world: World, event: Json, channel: Channel | None) -> Json:
    """The outer event around an inner one."""
    number = world.next_number()
    return {
        "token": "deprecated",
        "team_id": TEAM_ID,
        "context_team_id": TEAM_ID,
        "context_enterprise_id": None,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{number:09d}",
        "event_time": int(world.clock()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM_ID,
                "user_id": BOT_USER_ID,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": channel is not None and channel.is_ext_shared,
        "event_context": f"4-{number}",
    }


def _message(world: World, channel: Channel, change: Change) -> list[Json]:
    assert change.message is not None
    place = {"channel": channel.id, "channel_type": CHANNEL_TYPE[channel.kind]}
    shape = slack_shapes.message(world, change.message)
    match change.kind:
        case "message":
            for key in ("reply_count", "reply_users", "latest_reply", "is_locked"):
                shape.pop(key, None)
            if change.message.files:
                shape["files"] = _files(world, change.message)
            return [{**shape, **place, "event_ts": change.message.ts}]
        case "changed":
            ts = world.new_ts()
            return [
                {
                    "type": "message",
                    "subtype": "message_changed",
                    "hidden": True,
                    "message": shape,
                    "previous_message": change.before,
                    "ts": ts,
                    "event_ts": ts,
                    **place,
                }
            ]
        case "deleted":
            ts = world.new_ts()
            return [
                {
                    "type": "message",
                    "subtype": "message_deleted",
                    "hidden": True,
                    "deleted_ts": change.message.ts,
                    "previous_message": change.before,
                    "ts": ts,
                    "event_ts": ts,
                    **place,
                }
            ]
    return []


def _files(world: World, message: Message) -> list[Json]:
    found = (world.files[file_id] for file_id in message.files)
    return [slack_shapes.event_file(world, file, message.channel) for file in found]


def _files_shared(world: World, channel: Channel, change: Change) -> list[Json]:
    if change.kind != "message" or "file_shared" not in world.app.events:
        return []
    assert change.message is not None
    return [
        {
            "type": "file_shared",
            "channel_id": channel.id,
            "file_id": file_id,
            "user_id": change.message.user,
            "file": {"id": file_id},
            "event_ts": change.message.ts,
        }
        for file_id in change.message.files
    ]


def _mentions(world: World, channel: Channel, change: Change) -> bool:
    message = change.message
    return (
        change.kind == "message"
        and message is not None
        and "app_mention" in world.app.events
        and channel.kind != "im"
        and message.user != BOT_USER_ID
        and message.subtype in (None, "file_share", "bot_message")
        and f"<@{BOT_USER_ID}>" in message.text
    )


def _mention(world: World, channel: Channel, message: Message) -> Json:
    event: Json = {
        "type": "app_mention",
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "team": world.users[message.user].team_id if message.user in world.users else TEAM_ID,
        "channel": channel.id,
        "event_ts": message.ts,
    }
    if message.bot_id:
        event["bot_id"] = message.bot_id
    if message.thread_ts:
        event["thread_ts"] = message.thread_ts
    if message.files:
        event["files"] = [{"id": file_id} for file_id in message.files]
        event["upload"] = False
    return event


def _joined(world: World, channel: Channel, data: Json) -> list[Json]:
    if "member_joined_channel" not in world.app.events or channel.kind in ("im", "mpim"):
        return []
    event = {
        "type": "member_joined_channel",
        "user": data["member"],
        "channel": channel.id,
        "channel_type": "G" if channel.kind == "private" else "C",
        "team": TEAM_ID,
        "event_ts": world.new_ts(),
    }
    if data["inviter"]:
        event["inviter"] = data["inviter"]
    return [event]


def _home_opened(world: World, change: Change) -> list[Json]:
    if "app_home_opened" not in world.app.events:
        return []
    assert change.user is not None
    event: Json = {
        "type": "app_home_opened",
        "user": change.user,
        "channel": change.channel,
        "tab": "home",
        "event_ts": world.new_ts(),
    }
    if change.user in world.homes:
        event["view"] = slack_shapes.view(world.homes[change.user])
    return [event]
