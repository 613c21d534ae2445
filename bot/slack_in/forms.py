"""Modals as values: what is entered in one, when it is submitted or a control of it is used.

https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.core.job import ChannelId, Place, TeamId, UserId
from bot.core.payload import Part, Unreadable
from bot.core.post import Attached, attached
from bot.slack_in.incoming import acted, team_of
from bot.views.kit import Message, escape, section

TROUBLE = "trouble"
"""The block_id of the sentence on top of a form in which something did not work."""

SETTABLE = ("type", "callback_id", "private_metadata", "title", "submit", "close")
"""What a view has beside its blocks that an app sets; the rest is Slack's."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is entered in one field; which of these it can be, its kind says."""

    text: str = ""
    chosen: str = ""  # the value of an option
    ticked: frozenset[str] = frozenset()  # values of options
    channel: ChannelId | None = None
    person: UserId | None = None
    files: tuple[Attached, ...] = ()


EMPTY = Entry()


@dataclass(frozen=True, slots=True)
class Form:
    """A modal with what is entered in it."""

    team: TeamId
    user: UserId
    view: str  # its id: the same for as long as it is open
    note: str  # its private_metadata
    blocks: Mapping[str, dict[str, Any]]  # as it is on the screen, by block_id
    fields: Mapping[str, str]  # the block_id of each input, by its action_id
    state: Mapping[str, Entry]  # by action_id
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

    def _entry(self, action: str) -> Entry:
        return self.state.get(action, EMPTY)


@dataclass(frozen=True, slots=True)
class Sender:
    """Where somebody is shown what cannot be shown in the form."""

    user: UserId
    place: Place | None = None  # None: in the direct message with Easel
    reply_url: str = ""
    replace: bool = False  # the address is of a card, which is replaced


@dataclass(frozen=True, slots=True)
class FormAnswer:
    """What a form is answered. With neither mistakes nor a view it is closed.

    `later` runs after that, as for `Answer`; what it returns is shown to the sender.
    """

    errors: Mapping[str, str] = field(default_factory=dict)  # sentences by action_id; it stays open
    view: dict[str, Any] | None = None  # what it shows next
    later: Callable[[], Awaitable[Message | None]] | None = None
    sender: Sender | None = None  # None: whoever sent it, in the direct message with Easel


def submitted(body: Part) -> Form:
    """A `view_submission`: a form with fields at which mistakes can be told."""
    found = form(body)
    if not found.fields:
        raise Unreadable
    return found


def form(body: Part) -> Form:
    """What is entered in a modal, submitted or not. Raises `Unreadable`."""
    view = body.part("view")
    blocks, values = view.parts("blocks"), view.part("state").part("values")
    return Form(
        team=team_of(body),
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
        at=acted(body).text("action_ts") if body.raw.get("actions") else "",
        reply_urls={
            one.word("channel_id", ChannelId): one.text("response_url")
            for one in body.parts("response_urls")
        },
    )


def _entry(entry: Part) -> Entry:
    return Entry(
        text=entry.text("value"),
        chosen=entry.part("selected_option").text("value"),
        ticked=frozenset(one.text("value") for one in entry.parts("selected_options")),
        channel=entry.word_or_none("selected_conversation", ChannelId),
        person=entry.word_or_none("selected_user", UserId),
        files=attached(entry.parts("files")),
    )


def with_trouble(form: Form, sentence: str) -> dict[str, Any]:
    """The form as it is on the screen, with a sentence on top until it is drawn anew."""
    top = section(f":warning: {escape(sentence)}") | {"block_id": TROUBLE}
    return {**form.frame, "blocks": [top, *form.blocks.values()]}


def at_fields(form: Form, errors: Mapping[str, str]) -> dict[str, str]:
    """Mistakes by block_id, as Slack wants them; where a field is not there, at the first one."""
    first = next(iter(form.fields.values()))
    placed: dict[str, str] = {}
    for action, sentence in errors.items():
        block = form.fields.get(action, first)
        placed[block] = f"{placed[block]} {sentence}" if block in placed else sentence
    return placed
