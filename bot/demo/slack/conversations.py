"""conversations.*, users.* and usergroups.* methods: places and people."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from bot.demo.slack import shapes as slack_shapes
from bot.demo.slack.access import HISTORY, READ, visible_channel
from bot.demo.slack.model import BOT_USER_ID, Json, SlackError

if TYPE_CHECKING:
    from bot.demo.slack.args import Args
    from bot.demo.slack.model import Channel, Message
    from bot.demo.slack.state import World

T = TypeVar("T")


def info(world: World, args: Args) -> Json:
    """conversations.info."""
    channel = visible_channel(world, args.needed("channel"), READ)
    shape = slack_shapes.channel(channel)
    if args.flag("include_num_members"):
        shape["num_members"] = len(channel.members)
    return {"channel": shape}


def list_channels(world: World, args: Args) -> Json:
    """conversations.list: public channels, and the others that the bot is in."""
    kinds = {
        "public_channel": "public",
        "private_channel": "private",
        "im": "im",
        "mpim": "mpim",
    }
    asked = [kind.strip() for kind in (args.text("types") or "public_channel").split(",")]
    if not set(asked) <= kinds.keys():
        raise SlackError("invalid_types")
    for kind in asked:
        world.need_scope(READ[kinds[kind]])
    found = [
        slack_shapes.channel(channel)
        for channel in world.channels.values()
        if channel.kind in {kinds[kind] for kind in asked}
        and (channel.kind == "public" or BOT_USER_ID in channel.members)
        and not (channel.is_archived and args.flag("exclude_archived"))
    ]
    return _page(found, "channels", args, most=1000)


def members(world: World, args: Args) -> Json:
    """conversations.members."""
    channel = visible_channel(world, args.needed("channel"), READ)
    return _page(sorted(channel.members), "members", args, most=1000)


def join(world: World, args: Args) -> Json:
    """conversations.join: public channels only."""
    channel = visible_channel(world, args.needed("channel"), None)
    world.need_scope("channels:join")
    if channel.kind != "public":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    if BOT_USER_ID in channel.members:
        warning = {"warnings": ["already_in_channel"]}
        return {
            "channel": slack_shapes.channel(channel),
            "warning": "already_in_channel",
            "response_metadata": warning,
        }
    world.join(channel, BOT_USER_ID)
    return {"channel": slack_shapes.channel(channel)}


def open_direct(world: World, args: Args) -> Json:
    """conversations.open: the direct message with one person."""
    if "channel" in args:
        channel = visible_channel(world, args.text("channel"), None)
    else:
        user_id = args.needed("users")
        if user_id not in world.users or user_id == BOT_USER_ID:
            raise SlackError("user_not_found")
        if world.users[user_id].deleted:
            raise SlackError("user_disabled")
        channel = world.direct(user_id)
    shape = slack_shapes.channel(channel) if args.flag("return_im") else {"id": channel.id}
    return {"channel": shape}


def history(world: World, args: Args) -> Json:
    """conversations.history: the channel's root messages, newest first."""
    channel = _read_channel(world, args)
    roots = [one for one in _stored(world, channel) if not one.thread_ts]
    return _messages(world, args, [one for one in roots[::-1] if _in_range(one, args)])


def replies(world: World, args: Args) -> Json:
    """conversations.replies: the root and its replies, oldest first."""
    channel = _read_channel(world, args)
    ts = args.needed("ts")
    start = world.message(channel.id, ts)
    if start is None or start.only_for:
        raise SlackError("thread_not_found")
    root_ts = start.thread_ts or ts
    found = [one for one in _stored(world, channel) if root_ts in (one.ts, one.thread_ts)]
    return _messages(world, args, [one for one in found if _in_range(one, args)])


def user_info(world: World, args: Args) -> Json:
    """users.info."""
    user_id = args.needed("user")
    if user_id not in world.users:
        raise SlackError("user_not_found")
    return {"user": slack_shapes.user(world.users[user_id])}


def list_users(world: World, args: Args) -> Json:
    """users.list."""
    people = [slack_shapes.user(person) for person in world.users.values()]
    return _page(people, "members", args, most=1000)


def list_usergroups(world: World, args: Args) -> Json:
    """usergroups.list."""
    groups = []
    for group_id, group in world.usergroups.items():
        shape = {"id": group_id, "name": group["name"], "handle": group["handle"], "date_delete": 0}
        if args.flag("include_users"):
            shape["users"] = list(group["users"])
        groups.append(shape)
    return {"usergroups": groups}


def usergroup_users(world: World, args: Args) -> Json:
    """usergroups.users.list."""
    group = world.usergroups.get(args.needed("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": list(group["users"])}


def _read_channel(world: World, args: Args) -> Channel:
    channel = visible_channel(world, args.needed("channel"), HISTORY)
    if BOT_USER_ID not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _stored(world: World, channel: Channel) -> list[Message]:
    return [one for one in world.messages[channel.id].values() if one.only_for is None]


def _in_range(message: Message, args: Args) -> bool:
    oldest = args.text("oldest") or "0"
    latest = args.text("latest") or "99999999999"
    ts = float(message.ts)
    if args.flag("inclusive"):
        return float(oldest) <= ts <= float(latest)
    return float(oldest) < ts < float(latest)


def _messages(world: World, args: Args, found: list[Message]) -> Json:
    with_metadata = args.flag("include_all_metadata")
    shapes = [slack_shapes.message(world, one, include_metadata=with_metadata) for one in found]
    return _page(shapes, "messages", args, most=1000)


def _page(items: Sequence[T], name: str, args: Args, most: int) -> Json:
    """One page of a list; the cursor is the place to go on from."""
    try:
        start = int(base64.b64decode(args.text("cursor")) or 0)
    except ValueError:
        raise SlackError("invalid_cursor") from None
    end = start + (args.number("limit", 100, most) or 100)
    cursor = base64.b64encode(str(end).encode()).decode() if end < len(items) else ""
    page: Json = {name: list(items[start:end]), "response_metadata": {"next_cursor": cursor}}
    if name == "messages":
        page["has_more"] = bool(cursor)
    return page
