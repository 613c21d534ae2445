"""The parts that every screen is made of: messages, escaping, Slack's limits, dates. Pure.

Limits: https://docs.slack.dev/reference/block-kit/. What people typed goes into `plain_text`, where
nothing is parsed; only where Slack has no plain text (fallbacks, titles) it is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.core.job import ChannelId, is_direct

Block = dict[str, Any]

SECTION = 3000  # characters of a section's text
BUTTON = 75  # characters of a button's or an option's text
ALT = 2000  # characters of an image block's alt text
FALLBACK = 300  # characters of a prompt in a notification

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Message:
    """Blocks with the text that screen readers and notifications use instead of them."""

    text: str  # escaped mrkdwn, at most 4,000 characters
    blocks: tuple[Block, ...] = ()
    plainer: tuple[Block, ...] | None = None
    """Instead of blocks with a chart or a table, where Slack does not have these yet."""


def escape(text: str) -> str:
    """Text that people typed, for mrkdwn: it can ping nobody and link nowhere.

    Exactly these three: https://docs.slack.dev/messaging/formatting-message-text.
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def tame(text: str) -> str:
    """Without the characters that turn or hide what is read; for showing, never for sending on."""
    return _INVISIBLE.sub("", text)


def cut(text: str, length: int) -> str:
    """At most so many characters, with an ellipsis where something is missing."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def quote(prompt: str, length: int = FALLBACK) -> str:
    """A prompt inside a sentence of mrkdwn: on one line, cut, escaped."""
    return f"“{escape(cut(' '.join(tame(prompt).split()), length)).replace('`', 'ˋ')}”"


def plain_section(text: str, length: int = SECTION) -> Block:
    """A section of what somebody typed: nothing in it is parsed."""
    shown = cut(tame(text), length) or "…"
    return {"type": "section", "text": {"type": "plain_text", "text": shown, "emoji": False}}


def section(mrkdwn: str) -> Block:
    """A section of our own words; anything foreign in it is escaped already."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": mrkdwn}}


def context(mrkdwn: str) -> Block:
    """A small grey line of our own words."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": mrkdwn}]}


def header(text: str) -> Block:
    """A heading, plain, at most 150 characters."""
    return {"type": "header", "text": {"type": "plain_text", "text": cut(text, 150)}}


def button(text: str, action: str, value: str, *, primary: bool = False) -> Block:
    """A button; `value` comes back with the click. An empty one is left out, and reads the same."""
    made: Block = {
        "type": "button",
        "action_id": action,
        "text": {"type": "plain_text", "text": cut(text, BUTTON)},
    }
    if value:
        made["value"] = value
    return {**made, "style": "primary"} if primary else made


def ask_before(made: Block, *, title: str, question: str, yes: str, no: str = "Cancel") -> Block:
    """A button that asks once more before it acts."""
    return {
        **made,
        "confirm": {
            "title": {"type": "plain_text", "text": title},
            "text": {"type": "plain_text", "text": question},
            "confirm": {"type": "plain_text", "text": yes},
            "deny": {"type": "plain_text", "text": no},
        },
    }


def danger_button(
    text: str, action: str, value: str, *, title: str, question: str, yes: str
) -> Block:
    """A red button that asks once more before it acts."""
    made = ask_before(
        button(text, action, value), title=title, question=question, yes=yes, no="Keep it"
    )
    return {**made, "style": "danger", "confirm": {**made["confirm"], "style": "danger"}}


def option(text: str, value: str) -> Block:
    """One line of a menu."""
    return {"text": {"type": "plain_text", "text": cut(text, BUTTON)}, "value": value}


def menu(placeholder: str, action: str, groups: Iterable[tuple[str, list[Block]]]) -> Block:
    """A menu of grouped options; groups without options are left out."""
    return {
        "type": "static_select",
        "action_id": action,
        "placeholder": {"type": "plain_text", "text": placeholder},
        "option_groups": [
            {"label": {"type": "plain_text", "text": label}, "options": options}
            for label, options in groups
            if options
        ],
    }


def choice(action: str, options: list[Block]) -> Block:
    """A menu whose first option is chosen already; its state comes with the buttons beside it."""
    return {
        "type": "static_select",
        "action_id": action,
        "options": options,
        "initial_option": options[0],
    }


def actions(elements: Iterable[Block]) -> Block:
    """A row of buttons and menus, at most 25."""
    return {"type": "actions", "elements": list(elements)}


def picture(file: str, alt: str) -> Block:
    """A picture that Slack has as a file; png, jpeg or gif, already processed."""
    return {"type": "image", "slack_file": {"id": file}, "alt_text": cut(tame(alt), ALT) or "image"}


def chart(title: str, labels: Sequence[str], series: Mapping[str, Sequence[int]]) -> Block:
    """A bar chart of at most 6 series, with a value for each of at most 20 labels.

    A title has at most 50 characters, a label 20; a message has at most two charts:
    https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block.
    """
    return {
        "type": "data_visualization",
        "title": title,
        "chart": {
            "type": "bar",
            "series": [
                {
                    "name": name,
                    "data": [
                        {"label": label, "value": value}
                        for label, value in zip(labels, values, strict=True)
                    ],
                }
                for name, values in series.items()
            ],
            "axis_config": {"categories": list(labels)},
        },
    }


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[Block]]) -> Block:
    """A table that people page, sort and filter: at most 100 rows of at most 20 cells.

    https://docs.slack.dev/reference/block-kit/blocks/data-table-block.
    """
    return {
        "type": "data_table",
        "caption": caption,
        "rows": [[{"type": "raw_text", "text": one} for one in head], *map(list, rows)],
        "page_size": 10,
    }


def number_cell(amount: int) -> Block:
    """A number of a table."""
    return {"type": "raw_number", "value": amount, "text": f"{amount:,}"}


def channel_cell(channel: ChannelId) -> Block:
    """A conversation in a table, named by Slack; direct messages have no name to others."""
    if is_direct(channel):
        return {"type": "raw_text", "text": "direct messages"}
    named = {"type": "channel", "channel_id": channel}
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [named]}],
    }


def credits_(amount: int) -> str:
    """An amount with its unit."""
    return "1 credit" if amount == 1 else f"{amount:,} credits"


def plain(text: str) -> Block:
    """Text in which nothing is parsed."""
    return {"type": "plain_text", "text": text}


def form_field(
    label: str,
    element: Block,
    *,
    block: str | None = None,
    optional: bool = False,
    dispatch: bool = False,
    hint: str = "",
) -> Block:
    """A field of a form, named by its action or by `block`; `dispatch` tells of each change."""
    made: Block = {
        "type": "input",
        "block_id": block or element["action_id"],
        "label": plain(label),
        "element": element,
        "optional": optional,
    }
    if dispatch:
        made["dispatch_action"] = True
    if hint:
        made["hint"] = plain(hint)
    return made


MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def day_month(day: date) -> str:
    """As in `1 December`."""
    return f"{day.day} {MONTHS[day.month - 1]}"


def moment(at: datetime) -> str:
    """A time that Slack shows in the reader's own zone (docs: formatting dates)."""
    fallback = at.strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"
