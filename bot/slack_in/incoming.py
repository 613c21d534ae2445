"""Payloads as values, read once. Shapes: https://docs.slack.dev/interactivity/.

What is not as it has to be raises `Unreadable`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace

from bot.core.job import ChannelId, Place, TeamId, Ts, UserId
from bot.core.payload import Part, Unreadable, number
from bot.core.post import Attached, Post, attached
from bot.views import names
from bot.views.kit import Message


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


def command(body: Part) -> Command:
    """A `slash_commands` payload."""
    return Command(
        place=Place(team_of(body), body.word("channel_id", ChannelId)),
        user=body.word("user_id", UserId),
        text=body.text("text"),
        reply_url=body.text("response_url"),
        trigger=body.text("trigger_id"),
    )


def shortcut(body: Part) -> Shortcut:
    """A `shortcut` or a `message_action` payload."""
    team, user = team_of(body), body.part("user").word("id", UserId)
    trigger = body.text("trigger_id")
    if body.raw.get("message") is None:
        return Shortcut(team, user, trigger)
    message = body.part("message")
    thread = message.word_or_none("thread_ts", Ts)
    return Shortcut(
        team,
        user,
        trigger,
        reply_url=body.text("response_url"),
        place=Place(
            team, body.part("channel").word("id", ChannelId), thread or message.word("ts", Ts)
        ),
        quiet=not thread and not message.whole("reply_count"),
        files=(*attached(message.parts("files")), *attached(_shown(message))),
    )


def _shown(message: Part) -> Iterator[Part]:
    """The files in a message's image blocks: a result of ours shows its pictures there."""
    for block in message.parts("blocks"):
        if block.text("type") == "image":
            yield block.part("slack_file")


def click(body: Part) -> Click:
    """A `block_actions` payload with one action from a message.

    For ephemeral messages only `container`, `channel`, `user` and `actions` are to be relied on.
    In App Home there is no channel: its place has an empty one.
    """
    container, action = body.part("container"), acted(body)
    channel = body.part("channel").word_or_none("id", ChannelId)
    shown = body.part("message")
    thread = container.word_or_none("thread_ts", Ts) or shown.word_or_none("thread_ts", Ts)
    if thread == container.word_or_none("message_ts", Ts):
        thread = None  # clicked on the message that begins the thread, so in the channel
    return Click(
        place=Place(
            team_of(body),
            channel or container.word_or_none("channel_id", ChannelId) or ChannelId(""),
            thread,
        ),
        user=body.part("user").word("id", UserId),
        value=action.text("value") or action.part("selected_option").text("value"),
        reply_url=body.text("response_url"),
        picked=_picked(body),
        trigger=body.text("trigger_id"),
    )


def acted(body: Part) -> Part:
    """The control that was used, of a `block_actions` payload."""
    actions = body.parts("actions")
    if not actions:
        raise Unreadable
    return actions[0]


def _picked(body: Part) -> int:
    """What stands in the menu `names.PICK` of a message; 1 where it has none."""
    for _, entries in body.part("state").part("values").named():
        chosen = entries.part(names.PICK).part("selected_option").text("value")
        if chosen:
            return number(chosen)
    return 1


def home_opened(body: Part) -> HomeOpened | None:
    """An `app_home_opened` event; None for its other tab, the messages.

    https://docs.slack.dev/reference/events/app_home_opened/
    """
    event = body.part("event")
    if event.text("tab") != "home":
        return None
    return HomeOpened(_installation(body), event.word("user", UserId))


WRITTEN = {"", "file_share", "thread_broadcast"}
"""Subtypes of what people write; joins, edits, other bots and the like have their own."""


def event(body: Part) -> Post | Deleted | None:
    """A `message` or `app_mention` event; None for what never is anybody's wish.

    https://docs.slack.dev/reference/events/message/ and …/app_mention/
    """
    event = body.part("event")
    place = Place(_installation(body), event.word("channel", ChannelId))
    subtype = event.text("subtype")
    if subtype == "message_deleted":
        return Deleted(place, event.word("deleted_ts", Ts))
    if subtype == "message_changed":
        now = event.part("message")
        return Deleted(place, now.word("ts", Ts)) if now.text("subtype") == "tombstone" else None
    if subtype not in WRITTEN or event.text("bot_id") or event.raw.get("edited"):
        return None
    ts, thread = event.word("ts", Ts), event.word_or_none("thread_ts", Ts)
    user = event.word_or_none("user", UserId)
    if user is None or user == "USLACKBOT":
        return None
    return Post(
        place=replace(place, thread=None if thread == ts else thread),
        ts=ts,
        user=user,
        text=event.text("text"),
        files=attached(event.parts("files")),
        is_direct=event.text("channel_type") == "im" or place.channel.startswith("D"),
    )


def _installation(body: Part) -> TeamId:
    """The workspace an event is for; `team_id` may be another's in a shared channel."""
    installations = body.parts("authorizations")
    installed = installations[0].word_or_none("team_id", TeamId) if installations else None
    return installed or body.word("team_id", TeamId)


def team_of(body: Part) -> TeamId:
    """The workspace; null in interactions of an app installed on a whole organisation."""
    return (
        body.word_or_none("team_id", TeamId)
        or body.part("team").word_or_none("id", TeamId)
        or body.part("user").word("team_id", TeamId)
    )
