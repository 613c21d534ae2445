"""Payloads as values, read once. Shapes: https://docs.slack.dev/interactivity/."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.blocks.kit import Message
from bot.core.job import ChannelId, Place, TeamId, Ts, UserId


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command. It knows no thread and carries no files."""

    place: Place
    user: UserId
    text: str  # as Slack delivers it, with entities and tokens
    reply_url: str


@dataclass(frozen=True, slots=True)
class Click:
    """A button or a menu of one of our messages."""

    place: Place
    user: UserId
    value: str
    reply_url: str  # five uses in 30 minutes; changes the very message that was clicked


@dataclass(frozen=True, slots=True)
class Answer:
    """What a listener says: `ack` at once, `later` when Slack or Pixapi had to be asked first.

    `later` runs after Slack has its answer; the message that it returns replaces the card that was
    clicked, or follows the command as a message for its sender alone.
    """

    ack: Message | None = None
    later: Callable[[], Awaitable[Message | None]] | None = None


def command(body: Mapping[str, Any]) -> Command:
    """A `slash_commands` payload."""
    return Command(
        place=Place(_team(body), ChannelId(str(body["channel_id"]))),
        user=UserId(str(body["user_id"])),
        text=str(body.get("text") or ""),
        reply_url=str(body.get("response_url") or ""),
    )


def click(body: Mapping[str, Any]) -> Click:
    """A `block_actions` payload with one action from a message.

    For ephemeral messages only `container`, `channel`, `user` and `actions` are to be relied on.
    """
    container, action = body.get("container") or {}, body["actions"][0]
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id")
    thread = container.get("thread_ts") or (body.get("message") or {}).get("thread_ts")
    chosen = action.get("selected_option") or {}
    return Click(
        place=Place(_team(body), ChannelId(str(channel)), Ts(str(thread)) if thread else None),
        user=UserId(str(body["user"]["id"])),
        value=str(action.get("value") or chosen.get("value") or ""),
        reply_url=str(body.get("response_url") or ""),
    )


def _team(body: Mapping[str, Any]) -> TeamId:
    """The workspace; null in interactions of an app installed on a whole organisation."""
    team = body.get("team") or {}
    return TeamId(str(body.get("team_id") or team.get("id") or body["user"]["team_id"]))
