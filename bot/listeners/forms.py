"""Modals as values: what is entered in one, when it is submitted or a control of it is used.

https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.blocks.kit import Message, escape, section
from bot.core.job import ChannelId, Place, TeamId, UserId
from bot.core.post import Attached, attached
from bot.core.slack_text import clean
from bot.listeners.incoming import team_of

TROUBLE = "trouble"
"""The block_id of the sentence on top of a form in which something did not work."""

SETTABLE = ("type", "callback_id", "private_metadata", "title", "submit", "close")
"""What a view has beside its blocks that an app sets; the rest is Slack's."""


@dataclass(frozen=True, slots=True)
class Form:
    """A modal with what is entered in it."""

    team: TeamId
    user: UserId
    view: str  # its id: the same for as long as it is open
    note: str  # its private_metadata
    blocks: Mapping[str, dict[str, Any]]  # as it is on the screen, by block_id
    fields: Mapping[str, str]  # the block_id of each input, by its action_id
    state: Mapping[str, Mapping[str, Any]]  # what is entered, by action_id
    frame: Mapping[str, Any]  # what is around its blocks
    at: str = ""  # action_ts of the control that was used; empty when it is submitted
    reply_urls: Mapping[ChannelId, str] = field(default_factory=dict)
    """Where its sender can be answered in a channel that was chosen in it."""

    def text(self, action: str) -> str:
        """What was typed, without control characters: PostgreSQL keeps no NUL."""
        return clean(str(self.state.get(action, {}).get("value") or ""))

    def chosen(self, action: str) -> str | None:
        """The value of the option that is chosen in a menu."""
        option = self.state.get(action, {}).get("selected_option") or {}
        return str(option["value"]) if option.get("value") else None

    def ticked(self, action: str) -> frozenset[str]:
        """The values of the boxes that are ticked."""
        options = self.state.get(action, {}).get("selected_options") or ()
        return frozenset(str(option["value"]) for option in options)

    def channel(self, action: str) -> ChannelId | None:
        """The conversation that is chosen."""
        found = self.state.get(action, {}).get("selected_conversation")
        return ChannelId(str(found)) if found else None

    def person(self, action: str) -> UserId | None:
        """The person who is chosen."""
        found = self.state.get(action, {}).get("selected_user")
        return UserId(str(found)) if found else None

    def files(self, action: str) -> tuple[Attached, ...]:
        """The files that were put in, in their order."""
        return attached(self.state.get(action, {}).get("files"))


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


def form(body: Mapping[str, Any]) -> Form:
    """A `view_submission`, or `block_actions` from a modal."""
    view = body["view"]
    actions = body.get("actions") or [{}]
    values = (view.get("state") or {}).get("values") or {}
    urls = body.get("response_urls") or ()
    return Form(
        team=team_of(body),
        user=UserId(str(body["user"]["id"])),
        view=str(view["id"]),
        note=str(view.get("private_metadata") or ""),
        blocks={
            str(block["block_id"]): block
            for block in view["blocks"]
            if block["block_id"] != TROUBLE
        },
        fields={
            str(block["element"]["action_id"]): str(block["block_id"])
            for block in view["blocks"]
            if block["type"] == "input"
        },
        state={action: entry for entries in values.values() for action, entry in entries.items()},
        frame={key: view[key] for key in SETTABLE if view.get(key)},
        at=str(actions[0].get("action_ts") or ""),
        reply_urls={ChannelId(str(one["channel_id"])): str(one["response_url"]) for one in urls},
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
