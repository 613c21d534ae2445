"""Payloads as values, read once. Shapes: https://docs.slack.dev/interactivity/."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.blocks import names
from bot.blocks.kit import Message
from bot.core.job import ChannelId, Place, TeamId, Ts, UserId
from bot.core.post import Attached, Post, attached


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command. It knows no thread and carries no files."""

    place: Place
    user: UserId
    text: str  # as Slack delivers it, with entities and tokens
    reply_url: str
    trigger: str = ""  # opens one modal, within three seconds


@dataclass(frozen=True, slots=True)
class Click:
    """A button or a menu of one of our messages."""

    place: Place
    user: UserId
    value: str
    reply_url: str  # five uses in 30 minutes; changes the very message that was clicked
    picked: int = 1  # of several pictures in the message, the one chosen in its menu
    trigger: str = ""  # opens one modal, within three seconds


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A shortcut, used on a message or (without a place) from anywhere."""

    team: TeamId
    user: UserId
    trigger: str
    reply_url: str = ""
    place: Place | None = None  # of the message; its thread is the one that it is in or begins
    quiet: bool = False  # that thread has no replies yet
    files: tuple[Attached, ...] = ()  # of the message, and those that it shows

    @property
    def seen_at(self) -> Place | None:
        """Where its user sees what is shown to them alone: not in a thread without replies."""
        return replace(self.place, thread=None) if self.place and self.quiet else self.place


@dataclass(frozen=True, slots=True)
class Deleted:
    """A message is not there any more."""

    place: Place  # without its thread
    ts: Ts


@dataclass(frozen=True, slots=True)
class HomeOpened:
    """Somebody looks at their App Home."""

    team: TeamId
    user: UserId


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
        place=Place(team_of(body), ChannelId(str(body["channel_id"]))),
        user=UserId(str(body["user_id"])),
        text=str(body.get("text") or ""),
        reply_url=str(body.get("response_url") or ""),
        trigger=str(body.get("trigger_id") or ""),
    )


def shortcut(body: Mapping[str, Any]) -> Shortcut:
    """A `shortcut` or a `message_action` payload."""
    message = body.get("message")
    team, user, trigger = team_of(body), UserId(str(body["user"]["id"])), str(body["trigger_id"])
    if message is None:
        return Shortcut(team, user, trigger)
    thread = Ts(str(message.get("thread_ts") or message["ts"]))
    return Shortcut(
        team,
        user,
        trigger,
        reply_url=str(body.get("response_url") or ""),
        place=Place(team, ChannelId(str(body["channel"]["id"])), thread),
        quiet=not message.get("thread_ts") and not message.get("reply_count"),
        files=(*attached(message.get("files")), *attached(_shown(message))),
    )


def _shown(message: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The files in a message's image blocks: a result of ours shows its pictures there."""
    for block in message.get("blocks") or ():
        if block.get("type") == "image" and isinstance(block.get("slack_file"), dict):
            yield block["slack_file"]


def click(body: Mapping[str, Any]) -> Click:
    """A `block_actions` payload with one action from a message.

    For ephemeral messages only `container`, `channel`, `user` and `actions` are to be relied on.
    In App Home there is no channel: its place has an empty one.
    """
    container, action = body.get("container") or {}, body["actions"][0]
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id")
    thread = container.get("thread_ts") or (body.get("message") or {}).get("thread_ts")
    chosen = action.get("selected_option") or {}
    if thread == container.get("message_ts"):
        thread = None  # clicked on the message that begins the thread, so in the channel
    return Click(
        place=Place(team_of(body), ChannelId(channel or ""), Ts(str(thread)) if thread else None),
        user=UserId(str(body["user"]["id"])),
        value=str(action.get("value") or chosen.get("value") or ""),
        reply_url=str(body.get("response_url") or ""),
        picked=_picked(body),
        trigger=str(body.get("trigger_id") or ""),
    )


def _picked(body: Mapping[str, Any]) -> int:
    """What stands in the menu `names.PICK` of a message; 1 where it has none."""
    for actions in ((body.get("state") or {}).get("values") or {}).values():
        chosen = (actions.get(names.PICK) or {}).get("selected_option") or {}
        if str(chosen.get("value")).isdigit():
            return int(chosen["value"])
    return 1


def home_opened(body: Mapping[str, Any]) -> HomeOpened | None:
    """An `app_home_opened` event; None for its other tab, the messages.

    https://docs.slack.dev/reference/events/app_home_opened/
    """
    event = body["event"]
    if event.get("tab") != "home":
        return None
    return HomeOpened(_installation(body), UserId(str(event["user"])))


WRITTEN = {None, "file_share", "thread_broadcast"}
"""Subtypes of what people write; joins, edits, other bots and the like have their own."""


def event(body: Mapping[str, Any]) -> Post | Deleted | None:
    """A `message` or `app_mention` event; None for what never is anybody's wish.

    https://docs.slack.dev/reference/events/message/ and …/app_mention/
    """
    event = body["event"]
    place = Place(_installation(body), ChannelId(str(event["channel"])))
    subtype, now = event.get("subtype"), event.get("message") or {}
    if subtype == "message_deleted":
        return Deleted(place, Ts(str(event["deleted_ts"])))
    if subtype == "message_changed" and now.get("subtype") == "tombstone":  # it had replies
        return Deleted(place, Ts(str(now["ts"])))
    if subtype not in WRITTEN or event.get("bot_id") or event.get("edited"):
        return None
    ts, user, thread = event.get("ts"), event.get("user"), event.get("thread_ts")
    if not ts or user in {None, "", "USLACKBOT"}:
        return None
    return Post(
        place=replace(place, thread=None if thread in {None, ts} else Ts(str(thread))),
        ts=Ts(str(ts)),
        user=UserId(str(user)),
        text=str(event.get("text") or ""),
        files=attached(event.get("files")),
        is_direct=event.get("channel_type") == "im" or place.channel.startswith("D"),
    )


def said(post: Post, text: str) -> Command:
    """A message as if its words stood behind `/image`; it has no address to answer to."""
    return Command(place=post.place, user=post.user, text=text, reply_url="")


def _installation(body: Mapping[str, Any]) -> TeamId:
    """The workspace an event is for; `team_id` may be another's in a shared channel."""
    installations = body.get("authorizations") or [{}]
    return TeamId(str(installations[0].get("team_id") or body["team_id"]))


def team_of(body: Mapping[str, Any]) -> TeamId:
    """The workspace; null in interactions of an app installed on a whole organisation."""
    team = body.get("team") or {}
    return TeamId(str(body.get("team_id") or team.get("id") or body["user"]["team_id"]))
