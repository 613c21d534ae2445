"""What the bot may see, post and show: checks that several Web API methods share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bot.demo.slack.blocks import block_problems
from bot.demo.slack.elements import kind_of
from bot.demo.slack.model import BOT_USER_ID, Channel, File, Json, Message, SlackError

if TYPE_CHECKING:
    from bot.demo.slack.state import World

READ = {
    "public": "channels:read",
    "private": "groups:read",
    "im": "im:read",
    "mpim": "mpim:read",
}
HISTORY = {
    "public": "channels:history",
    "private": "groups:history",
    "im": "im:history",
    "mpim": "mpim:history",
}
SLACK_FILE_TYPES = {"image/png", "image/jpeg", "image/gif"}
TS = re.compile(r"^\d{10}\.\d{6}$")


def visible_channel(world: World, channel_id: str, scopes: dict[str, str] | None) -> Channel:
    """The channel, unless it is private and without the bot; needs the scope of its kind."""
    channel = world.channels.get(channel_id)
    if channel is None:
        raise SlackError("channel_not_found")
    if scopes:
        world.need_scope(scopes[channel.kind])
    if channel.kind != "public" and BOT_USER_ID not in channel.members:
        raise SlackError("channel_not_found")
    return channel


def joined_channel(world: World, channel_id: str, *, posting_abroad: bool = False) -> Channel:
    """A channel in which the bot may post; abroad: public ones without it, by `write.public`."""
    channel = world.channels.get(channel_id)
    if channel is None and channel_id in world.users:
        channel = world.direct(channel_id)
    if channel is None:
        raise SlackError("channel_not_found")
    if BOT_USER_ID not in channel.members:
        if channel.kind != "public":
            raise SlackError("channel_not_found")
        if not posting_abroad or "chat:write.public" not in world.app.scopes:
            raise SlackError("not_in_channel")
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel


def thread_root(world: World, channel: Channel, thread_ts: str) -> Message | None:
    """The root to reply to; None without a `thread_ts`."""
    if not thread_ts:
        return None
    if not TS.match(thread_ts):
        raise SlackError.explained("invalid_thread_ts", [f"{thread_ts} is not a valid thread_ts"])
    root = world.message(channel.id, thread_ts)
    if root is None or root.only_for is not None:
        raise SlackError("thread_not_found")
    if root.thread_ts:
        raise SlackError("cannot_reply_to_message")
    return root


def refuses_slack_file(world: World, ref: Any) -> bool:
    """Whether an image block on this `slack_file` is an "invalid slack file".

    Unknown, deleted, not processed yet, private to the bot, or of a kind that image blocks do not
    show (webp): python-slack-sdk issues 1521 and 1658.
    """
    if not isinstance(ref, dict):
        return True
    file = world.files.get(str(ref.get("id")))
    if file is None and "url" in ref:
        url = str(ref["url"])
        file = next((one for one in world.files.values() if f"-{one.id}/" in url), None)
    if file is None or file.deleted or not file.processed or not file.shares:
        return True
    return file.mimetype not in SLACK_FILE_TYPES


def message_blocks(world: World, blocks: Any) -> list[Json]:
    """The blocks of a message, checked; none when there are none."""
    if blocks is None:
        return []
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    problems = block_problems(blocks, "message", lambda ref: refuses_slack_file(world, ref))
    problems += [
        f"unsupported type: {kind_of(block)}"
        for block in blocks
        if kind_of(block) in world.refused_blocks
    ]
    if problems:
        raise SlackError.explained("invalid_blocks", problems)
    return blocks


def bot_sees_file(world: World, file: File) -> bool:
    """Whether the bot may read a file: its own, given to it in a form, or in a channel with it."""
    return (
        file.user == BOT_USER_ID
        or file.given_to_app
        or any(BOT_USER_ID in world.channels[place].members for place in file.shares)
    )
