"""What a person does in the workspace: write, attach, type a command, use a shortcut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.demo.slack import files as slack_files
from bot.demo.slack import payloads as slack_payloads
from bot.demo.slack import replies as slack_replies
from bot.demo.slack import shapes as slack_shapes
from bot.demo.slack.app import BOT_USER_ID
from bot.demo.slack.model import (
    Change,
    Channel,
    Delivery,
    File,
    Message,
    NotPossibleError,
    ResponseUrl,
    SlackError,
)
from bot.demo.slack.text import typed

if TYPE_CHECKING:
    from bot.demo.slack.state import World
    from bot.demo.slack.wire import Wire


def place(world: World, user_id: str, channel_id: str) -> Channel:
    """A channel in which the person can write."""
    channel = world.channels.get(channel_id)
    world.user(user_id)
    if channel is None or (user_id not in channel.members and channel.kind != "public"):
        raise NotPossibleError("There is no such channel.")
    if user_id not in channel.members:
        raise NotPossibleError(f"You are not in #{channel.name}.")
    if channel.is_archived:
        raise NotPossibleError(f"#{channel.name} is archived.")
    return channel


def send(
    world: World,
    user_id: str,
    channel_id: str,
    text: str,
    *,
    thread_ts: str | None = None,
    files: list[str] | None = None,
) -> Message:
    """Write a message, or a reply, with files uploaded before."""
    channel = place(world, user_id, channel_id)
    if thread_ts:
        root = world.message(channel_id, thread_ts)
        if root is None or root.only_for:
            raise NotPossibleError("This thread does not exist any more.")
        thread_ts = root.thread_ts or root.ts
    if not text and not files:
        raise NotPossibleError("The message is empty.")
    return world.post(
        channel,
        user=user_id,
        text=typed(world, text),
        files=files,
        thread_ts=thread_ts,
        subtype="file_share" if files else None,
    )


async def upload(world: World, user_id: str, name: str, data: bytes) -> File:
    """Attach a file; it is processed at once, and seen by others when a message carries it."""
    world.user(user_id)
    file = slack_files.announce(world, user_id, name, len(data))
    await slack_files.fill(file, data)
    file.completed = file.processed = True
    return file


def own(world: World, user_id: str, channel_id: str, ts: str) -> Message:
    """A message that the person wrote."""
    message = world.message(channel_id, ts)
    if message is None or message.user != user_id:
        raise NotPossibleError("This is not your message.")
    return message


def edit(world: World, user_id: str, channel_id: str, ts: str, text: str) -> None:
    """Change the text of one's own message."""
    message = own(world, user_id, channel_id, ts)
    before = slack_shapes.message(world, message)
    text = typed(world, text)
    world.edit(message, before=before, text=text, blocks=message.blocks, mark=True)


def delete(world: World, user_id: str, channel_id: str, ts: str) -> None:
    """Delete one's own message."""
    message = own(world, user_id, channel_id, ts)
    world.delete(message, slack_shapes.message(world, message))


async def command(wire: Wire, user_id: str, channel_id: str, name: str, text: str) -> Delivery:
    """Type a slash command, and see what comes back as its acknowledgement."""
    world = wire.world
    channel = place(world, user_id, channel_id)
    known = world.app.commands.get(name)
    if known is None:
        raise NotPossibleError(
            f"{name} is not a valid command. In Slack, all messages that start with the “/” "
            "character are interpreted as commands."
        )
    text = typed(world, text, tokens=known.should_escape)
    payload = slack_payloads.command(world, world.user(user_id), channel, name, text)
    delivery = await wire.deliver("slash_commands", payload)
    if delivery.ok and delivery.payload:
        _show_ack(world, user_id, channel, delivery)
    if not delivery.ok:
        toast(world, user_id, f"{name} failed with the error “{delivery.error}”")
    return delivery


def _show_ack(world: World, user_id: str, channel: Channel, delivery: Delivery) -> None:
    body: Any = delivery.payload if isinstance(delivery.payload, dict) else {"text": "?"}
    if not body.get("text") and not body.get("blocks"):
        return
    try:
        url = ResponseUrl(user_id, channel.id, world.clock(), None)
        delivery.shown = slack_replies.show(world, url, body)
    except SlackError:
        delivery.ok, delivery.error = False, "invalid_command_response"


async def shortcut(
    wire: Wire, user_id: str, callback_id: str, channel_id: str | None, message_ts: str | None
) -> Delivery:
    """Use a global shortcut, or a message shortcut on a message that everybody sees."""
    world = wire.world
    person, known = world.user(user_id), world.app.shortcuts.get(callback_id)
    if known is None:
        raise NotPossibleError(f"There is no shortcut {callback_id}.")
    if known.kind == "global":
        payload = slack_payloads.global_shortcut(world, person, callback_id)
    else:
        message = world.message(channel_id or "", message_ts or "")
        if message is None or message.only_for:
            raise NotPossibleError("There is no such message.")
        payload = slack_payloads.message_shortcut(world, person, message, callback_id)
    delivery = await wire.deliver("interactive", payload)
    if not delivery.ok:
        toast(world, user_id, f"“{known.name}” failed with the error “{delivery.error}”")
    return delivery


def open_home(world: World, user_id: str) -> None:
    """Look at the app's Home tab."""
    world.emit(Change("home_opened", world.direct(user_id).id, user=user_id))


def invite_bot(world: World, user_id: str, channel_id: str) -> None:
    """Add the bot to a channel, as `/invite` does."""
    channel = place(world, user_id, channel_id)
    if BOT_USER_ID not in channel.members:
        world.join(channel, BOT_USER_ID, inviter=user_id)


def post_as_other_bot(world: World, channel_id: str, text: str) -> Message:
    """A message of an app that is not ours."""
    channel = world.channels[channel_id]
    return world.post(
        channel, user="UOTHERBOT1", text=text, subtype="bot_message", bot_id="BOTHERBOT1"
    )


def toast(world: World, user_id: str, text: str) -> None:
    """A short notice that only this person sees."""
    world.emit(Change("toast", user=user_id, data={"text": text}))
