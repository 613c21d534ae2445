"""Inputs inside blocks: finding them, and what the person has entered in them so far."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.demo.slack.model import Json

TYPED = ("plain_text_input", "number_input", "email_text_input", "url_text_input")
CHOSEN = ("static_select", "external_select", "radio_buttons")
PICKED = ("user", "conversation", "channel")
TIMED = {"datepicker": "date", "timepicker": "time", "datetimepicker": "date_time"}
VALUES = {  # an element's type → where its state entry keeps the value, and where it starts
    **dict.fromkeys(TYPED, ("value", "initial_value")),
    "rich_text_input": ("rich_text_value", "initial_value"),
    **dict.fromkeys(CHOSEN, ("selected_option", "initial_option")),
    **dict.fromkeys(
        ("checkboxes", "multi_static_select", "multi_external_select"),
        ("selected_options", "initial_options"),
    ),
    **{f"{one}s_select": (f"selected_{one}", f"initial_{one}") for one in PICKED},
    **{f"multi_{one}s_select": (f"selected_{one}s", f"initial_{one}s") for one in PICKED},
    **{kind: (f"selected_{one}", f"initial_{one}") for kind, one in TIMED.items()},
    "file_input": ("files", "initial_files"),  # nothing starts a file_input; Slack shows []
}
LISTS = {"selected_options", "files", *(f"selected_{one}s" for one in PICKED)}


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Each interactive element with the block around it, in the order of the page."""
    for block in blocks:
        match block["type"]:
            case "actions":
                yield from ((block, element) for element in block["elements"])
            case "section" if "accessory" in block:
                yield block, block["accessory"]
            case "input":
                yield block, block["element"]


def completed(blocks: list[Json], number: Callable[[], int]) -> list[Json]:
    """A copy with what Slack adds on its own: ids of blocks and actions, emoji, verbatim."""
    blocks = copy.deepcopy(blocks)
    for block in blocks:
        block.setdefault("block_id", f"b{number()}")
        _complete_texts(block)
    for _, element in elements(blocks):
        if element["type"] != "image":
            element.setdefault("action_id", f"a{number()}")
    return blocks


def _complete_texts(value: object) -> None:
    if isinstance(value, list):
        for one in value:
            _complete_texts(one)
    elif isinstance(value, dict):
        if value.get("type") == "plain_text":
            value.setdefault("emoji", True)
        elif value.get("type") == "mrkdwn":
            value.setdefault("verbatim", False)
        for one in value.values():
            _complete_texts(one)


def state(blocks: list[Json], typed: dict[str, Json], here: str = "") -> dict[str, Json]:
    """`state.values`: what was entered, else what the element starts with; `here`: this channel."""
    values: dict[str, Json] = {}
    for block, element in elements(blocks):
        if element["type"] not in VALUES:
            continue
        key, start = VALUES[element["type"]]
        value = element.get(start, [] if key in LISTS else None)
        if element.get("default_to_current_conversation") and not value and here:
            value = here
        entered = typed.get(block["block_id"], {}).get(element["action_id"], {})
        entry = {"type": element["type"], key: entered.get(key, value)}
        values.setdefault(block["block_id"], {})[element["action_id"]] = entry
    return values


def left_empty(blocks: list[Json], values: dict[str, Json]) -> dict[str, str]:
    """What Slack's own client says before it sends a form: required inputs without a value."""
    errors: dict[str, str] = {}
    for block, element in elements(blocks):
        if block["type"] == "input" and not block.get("optional") and element["type"] in VALUES:
            entry = values[block["block_id"]][element["action_id"]]
            if entry[VALUES[element["type"]][0]] in (None, "", []):
                errors[block["block_id"]] = "Please complete this required field."
    return errors


def entered(element: Json, value: str | list[str]) -> Json:
    """The entry for an element: a text, an id, an option by its `value`, or a list of those."""
    key, _ = VALUES.get(element["type"], ("value", ""))
    if key == "selected_option":
        return {"type": element["type"], key: _option(element, str(value))}
    if key in LISTS and isinstance(value, str):
        value = [value]
    if key == "selected_options":
        return {"type": element["type"], key: [_option(element, one) for one in value]}
    return {"type": element["type"], key: value}


def _option(element: Json, value: str) -> Json:
    groups = element.get("option_groups", [{"options": element.get("options", [])}])
    for group in groups:
        for option in group["options"]:
            if option["value"] == value:
                found: Json = option
                return found
    raise LookupError(f"{element['action_id']} has no option {value!r}")
