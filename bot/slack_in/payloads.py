"""What Slack sends, as values, read once. Shapes: https://docs.slack.dev/interactivity/.

What is not as it has to be raises `Unreadable`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.core.job import ChannelId, Place, TeamId, Ts, UserId
from bot.core.payload import Part, Unreadable, read_number
from bot.core.post import Attached, Post, read_attached
from bot.features.answers import Opener, Sender
from bot.views import names
from bot.views.kit import Message, escape, section

Later = Callable[[], Awaitable[Message | None]]
"""What is done once Slack has its answer; the message is shown to whoever asked."""

WRITTEN = {"", "file_share", "thread_broadcast"}
"""Subtypes of what people write; joins, edits, other bots and the like have their own."""

ADDRESS = 500  # characters of an answer's address; Slack's have about 100

TROUBLE = "trouble"
"""The block_id of the sentence on top of a form in which something did not work."""

SETTABLE = ("type", "callback_id", "private_metadata", "title", "submit", "close")
"""What a view has beside its blocks that an app sets; the rest is Slack's."""


# What is answered


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a command: `ack` at once, `later` when Slack or Pixapi has to be asked first.

    `later` runs after Slack has its answer; its message follows the command, for its sender alone.
    """

    ack: Message | None = None
    later: Later | None = None


@dataclass(frozen=True, slots=True)
class FormAnswer:
    """What a form is answered. With neither mistakes nor a view it is closed."""

    errors: Mapping[str, str] = field(default_factory=dict)  # sentences by action_id; it stays open
    view: dict[str, Any] | None = None  # what it shows next
    later: Later | None = None
    sender: Sender | None = None  # None: whoever sent it, in the direct message with Easel


# Commands, buttons, shortcuts


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command. It knows no thread and carries no files."""

    place: Place
    user: UserId
    text: str  # as Slack delivers it, with entities and tokens
    reply_url: str
    trigger: str = ""  # opens one modal, within three seconds

    @property
    def sender(self) -> Sender:
        """Who sent it."""
        return Sender(self.user, self.place, self.reply_url)

    @property
    def opener(self) -> Opener:
        """Who sent it, to open a form."""
        return Opener(self.place.team, self.user, self.trigger)


@dataclass(frozen=True, slots=True)
class Click:
    """A button or a menu of one of our messages."""

    place: Place  # in App Home without a channel
    user: UserId
    value: str
    reply_url: str  # as a `Sender`'s
    picked: int = 1  # of several pictures in the message, the one chosen in its menu
    trigger: str = ""  # opens one modal, within three seconds

    @property
    def sender(self) -> Sender:
        """Who clicked."""
        if not self.place.channel:
            return Sender(self.user, reply_url=self.reply_url, home=self.place.team)
        return Sender(self.user, self.place, self.reply_url)

    @property
    def opener(self) -> Opener:
        """Who clicked, to open a form."""
        return Opener(self.place.team, self.user, self.trigger)


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A shortcut, used on a message or (without a place) from anywhere."""

    opener: Opener
    reply_url: str = ""
    place: Place | None = None  # of the message; its thread is the one that it is in or begins
    quiet: bool = False  # that thread has no replies yet
    files: tuple[Attached, ...] = ()  # of the message, and those that it shows

    @property
    def sender(self) -> Sender:
        """Who used it; nothing can be shown to one person in a thread without replies."""
        seen_at = replace(self.place, thread=None) if self.place and self.quiet else self.place
        return Sender(self.opener.user, seen_at, self.reply_url)


def read_command(body: Part) -> Command:
    """A `slash_commands` payload."""
    return Command(
        place=Place(read_team(body), body.word("channel_id", ChannelId)),
        user=body.word("user_id", UserId),
        text=body.text("text"),
        reply_url=_address(body),
        trigger=body.text("trigger_id"),
    )


def read_shortcut(body: Part) -> Shortcut:
    """A `shortcut` or a `message_action` payload."""
    team, user = read_team(body), body.part("user").word("id", UserId)
    opener = Opener(team, user, body.text("trigger_id"))
    if body.raw.get("message") is None:
        return Shortcut(opener)
    message = body.part("message")
    thread = message.word_or_none("thread_ts", Ts)
    return Shortcut(
        opener,
        reply_url=_address(body),
        place=Place(
            team, body.part("channel").word("id", ChannelId), thread or message.word("ts", Ts)
        ),
        quiet=not thread and not message.integer("reply_count"),
        files=(*read_attached(message.parts("files")), *read_attached(_shown(message))),
    )


def _shown(message: Part) -> Iterator[Part]:
    """The files in a message's image blocks: a result of ours shows its pictures there."""
    for block in message.parts("blocks"):
        if block.text("type") == "image":
            yield block.part("slack_file")


def read_click(body: Part) -> Click:
    """A `block_actions` payload with one action from a message.

    For ephemeral messages only `container`, `channel`, `user` and `actions` are to be relied on.
    In App Home there is no channel: its place has an empty one.
    """
    container, action = body.part("container"), read_control(body)
    channel = body.part("channel").word_or_none("id", ChannelId)
    shown = body.part("message")
    thread = container.word_or_none("thread_ts", Ts) or shown.word_or_none("thread_ts", Ts)
    if thread == container.word_or_none("message_ts", Ts):
        thread = None  # clicked on the message that begins the thread, so in the channel
    return Click(
        place=Place(
            read_team(body),
            channel or container.word_or_none("channel_id", ChannelId) or ChannelId(""),
            thread,
        ),
        user=body.part("user").word("id", UserId),
        value=action.text("value") or action.part("selected_option").text("value"),
        reply_url=_address(body),
        picked=_picked(body),
        trigger=body.text("trigger_id"),
    )


def read_control(body: Part) -> Part:
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
            return read_number(chosen)
    return 1


# Events


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


def read_home_opened(body: Part) -> HomeOpened | None:
    """An `app_home_opened` event; None for its other tab, the messages.

    https://docs.slack.dev/reference/events/app_home_opened/
    """
    event = body.part("event")
    if event.text("tab") != "home":
        return None
    return HomeOpened(_installation(body), event.word("user", UserId))


def read_event(body: Part) -> Post | Deleted | None:
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
        files=read_attached(event.parts("files")),
        is_direct=event.text("channel_type") == "im" or place.is_direct,
    )


def _address(body: Part) -> str:
    """Where an interaction is answered; forms remember it, so a longer one than Slack's is none."""
    address = body.text("response_url")
    return address if len(address) <= ADDRESS else ""


def _installation(body: Part) -> TeamId:
    """The workspace an event is for; `team_id` may be another's in a shared channel."""
    installations = body.parts("authorizations")
    installed = installations[0].word_or_none("team_id", TeamId) if installations else None
    return installed or body.word("team_id", TeamId)


def read_team(body: Part) -> TeamId:
    """The workspace; null in interactions of an app installed on a whole organisation."""
    return (
        body.word_or_none("team_id", TeamId)
        or body.part("team").word_or_none("id", TeamId)
        or body.part("user").word("team_id", TeamId)
    )


# Forms: what is entered in a modal, when it is submitted or a control of it is used.
# https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload


@dataclass(frozen=True, slots=True)
class FieldInput:
    """What is entered in one field; which of these it can be, its kind says."""

    text: str = ""
    chosen: str = ""  # the value of an option
    ticked: frozenset[str] = frozenset()  # values of options
    channel: ChannelId | None = None
    person: UserId | None = None
    files: tuple[Attached, ...] = ()


EMPTY = FieldInput()


@dataclass(frozen=True, slots=True)
class Form:
    """A modal with what is entered in it."""

    team: TeamId
    user: UserId
    view: str  # its id: the same for as long as it is open
    note: str  # its private_metadata
    blocks: Mapping[str, dict[str, Any]]  # as it is on the screen, by block_id
    fields: Mapping[str, str]  # the block_id of each input, by its action_id
    state: Mapping[str, FieldInput]  # by action_id
    frame: Mapping[str, Any]  # what is around its blocks
    at: str = ""  # action_ts of the control that was used; empty when it is submitted
    reply_urls: Mapping[ChannelId, str] = field(default_factory=dict)
    """Where its sender can be answered in a channel that was chosen in it."""

    def text(self, action: str) -> str:
        """What was typed."""
        return self._entry(action).text

    def chosen(self, action: str) -> str | None:
        """The value of the option that is chosen in a menu."""
        return self._entry(action).chosen or None

    def ticked(self, action: str) -> frozenset[str]:
        """The values of the boxes that are ticked."""
        return self._entry(action).ticked

    def channel(self, action: str) -> ChannelId | None:
        """The conversation that is chosen."""
        return self._entry(action).channel

    def person(self, action: str) -> UserId | None:
        """The person who is chosen."""
        return self._entry(action).person

    def files(self, action: str) -> tuple[Attached, ...]:
        """The files that were put in, in their order."""
        return self._entry(action).files

    def _entry(self, action: str) -> FieldInput:
        return self.state.get(action, EMPTY)

    def with_trouble(self, sentence: str) -> dict[str, Any]:
        """It as it is on the screen, with a sentence on top until it is drawn anew."""
        top = section(f":warning: {escape(sentence)}") | {"block_id": TROUBLE}
        return {**self.frame, "blocks": [top, *self.blocks.values()]}

    def at_fields(self, errors: Mapping[str, str]) -> dict[str, str]:
        """Mistakes by block_id, as Slack wants them; where a field is not there, at the first."""
        first = next(iter(self.fields.values()))
        placed: dict[str, str] = {}
        for action, sentence in errors.items():
            block = self.fields.get(action, first)
            placed[block] = f"{placed[block]} {sentence}" if block in placed else sentence
        return placed


def read_submitted(body: Part) -> Form:
    """A `view_submission`: a form with fields at which mistakes can be told."""
    found = read_form(body)
    if not found.fields:
        raise Unreadable
    return found


def read_form(body: Part) -> Form:
    """What is entered in a modal, submitted or not. Raises `Unreadable`."""
    view = body.part("view")
    blocks, values = view.parts("blocks"), view.part("state").part("values")
    return Form(
        team=read_team(body),
        user=body.part("user").word("id", UserId),
        view=view.word("id", str),
        note=view.text("private_metadata"),
        blocks={
            block.text("block_id"): block.raw
            for block in blocks
            if block.text("block_id") != TROUBLE
        },
        fields={
            block.part("element").text("action_id"): block.text("block_id")
            for block in blocks
            if block.text("type") == "input"
        },
        state={
            action: _entry(entry)
            for _, entries in values.named()
            for action, entry in entries.named()
        },
        frame={key: view.raw[key] for key in SETTABLE if view.raw.get(key)},
        at=read_control(body).text("action_ts") if body.raw.get("actions") else "",
        reply_urls={
            one.word("channel_id", ChannelId): one.text("response_url")
            for one in body.parts("response_urls")
        },
    )


def _entry(entry: Part) -> FieldInput:
    return FieldInput(
        text=entry.text("value"),
        chosen=entry.part("selected_option").text("value"),
        ticked=frozenset(one.text("value") for one in entry.parts("selected_options")),
        channel=entry.word_or_none("selected_conversation", ChannelId),
        person=entry.word_or_none("selected_user", UserId),
        files=read_attached(entry.parts("files")),
    )
