"""chat.* methods: posting, changing and deleting messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.demo.slack import shapes as slack_shapes
from bot.demo.slack.access import joined_channel, message_blocks, thread_root, visible_channel
from bot.demo.slack.model import BOT_USER_ID, Json, Message, SlackError

if TYPE_CHECKING:
    from bot.demo.slack.args import Args
    from bot.demo.slack.state import World

LONGEST_POST = 40_000  # characters; what is longer is cut
LONGEST_UPDATE = 4_000  # characters; chat.update and chat.postEphemeral refuse what is longer


def post_message(world: World, args: Args) -> Json:
    """chat.postMessage."""
    channel = joined_channel(world, args.needed("channel"), posting_abroad=True)
    text, blocks = _content(world, args)
    root = thread_root(world, channel, args.text("thread_ts"))
    message = world.post(
        channel,
        user=BOT_USER_ID,
        text=text[:LONGEST_POST],
        blocks=blocks,
        thread_ts=root.ts if root else None,
        metadata=_metadata(args),
    )
    shape = slack_shapes.message(world, message, include_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shape}


def post_ephemeral(world: World, args: Args) -> Json:
    """chat.postEphemeral.

    In a thread without replies Slack accepts the ephemeral and shows it to nobody: "only shown if
    there is already an active thread".
    """
    channel = joined_channel(world, args.needed("channel"))
    user_id = args.needed("user")
    if user_id not in channel.members:
        raise SlackError("user_not_in_channel")
    text, blocks = _content(world, args)
    if len(text) > LONGEST_UPDATE:
        raise SlackError("msg_too_long")
    root = thread_root(world, channel, args.text("thread_ts"))
    if root and not world.replies(root):
        return {"message_ts": world.new_ts()}
    message = world.post(
        channel,
        user=BOT_USER_ID,
        text=text,
        blocks=blocks,
        thread_ts=root.ts if root else None,
        only_for=user_id,
    )
    return {"message_ts": message.ts}


def update(world: World, args: Args) -> Json:
    """chat.update: new text without blocks takes the old blocks away."""
    message = _own_message(world, args, "cant_update_message")
    text, blocks = args.text("text"), message_blocks(world, _blocks(args))
    if len(text) > LONGEST_UPDATE:
        raise SlackError("msg_too_long")
    if not text and "blocks" not in args:
        raise SlackError("no_text")
    world.edit(
        message,
        text=text or message.text,
        blocks=blocks,
        metadata=_metadata(args),
        mark=not blocks,
    )
    shape = slack_shapes.message(world, message, include_metadata=True)
    return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": shape}


def delete(world: World, args: Args) -> Json:
    """chat.delete."""
    message = _own_message(world, args, "cant_delete_message")
    world.delete(message)
    return {"channel": message.channel, "ts": message.ts}


def get_permalink(world: World, args: Args) -> Json:
    """chat.getPermalink; the address leads to the workspace's own page."""
    channel = visible_channel(world, args.needed("channel"), None)
    message = world.message(channel.id, args.needed("message_ts"))
    if message is None or message.only_for:
        raise SlackError("message_not_found")
    address = f"{world.url}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.thread_ts:
        address += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": address}


def _own_message(world: World, args: Args, refusal: str) -> Message:
    channel = visible_channel(world, args.needed("channel"), None)
    message = world.message(channel.id, args.needed("ts"))
    if message is None or message.only_for or message.subtype == "tombstone":
        raise SlackError("message_not_found")
    if message.user != BOT_USER_ID:
        raise SlackError(refusal)
    if channel.is_archived:
        raise SlackError("is_archived")
    return message


def _content(world: World, args: Args) -> tuple[str, list[Json]]:
    text, blocks = args.text("text"), message_blocks(world, _blocks(args))
    if not text and not blocks:
        raise SlackError("no_text")
    return text, blocks


def _blocks(args: Args) -> object:
    return args.structure("blocks", "invalid_blocks_format")


def _metadata(args: Args) -> Json | None:
    metadata = args.structure("metadata", "invalid_metadata_format")
    if metadata is None:
        return None
    if not isinstance(metadata, dict) or not {"event_type", "event_payload"} <= metadata.keys():
        raise SlackError("invalid_metadata_format")
    return metadata
