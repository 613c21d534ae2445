"""Checks of Block Kit's text objects and interactive elements, with Slack's limits.

Limits: https://docs.slack.dev/reference/block-kit/block-elements and composition-objects.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.demo.slack.model import Json

PLAIN = ("plain_text",)
ANY_TEXT = ("plain_text", "mrkdwn")


def kind_of(value: object) -> str:
    """The `type` of an object; empty for what has none."""
    kind = value.get("type") if isinstance(value, dict) else None
    return kind if isinstance(kind, str) else ""


class Check:
    """Collects what Slack would refuse, each problem with its json-pointer."""

    def __init__(self, surface: str, refused_file: Callable[[Json], bool]) -> None:
        self.surface = surface  # "message", "modal" or "home"
        self.refused_file = refused_file  # says no to a `slack_file`
        self.problems: list[str] = []

    def fail(self, at: str, problem: str) -> None:
        """Note a problem."""
        self.problems.append(f"{problem} [json-pointer:{at}]")

    def keys(self, value: object, at: str, needed: str, optional: str) -> bool:
        """An object with all the needed fields and none beside the optional ones."""
        if not isinstance(value, dict):
            self.fail(at, "must be an object")
            return False
        missing = [key for key in needed.split() if value.get(key) is None]
        for key in missing:
            self.fail(at, f"missing required field: {key}")
        for key in value.keys() - {"type", *needed.split(), *optional.split()}:
            self.fail(at, f"invalid additional property: {key}")
        return not missing

    def string(self, value: object, at: str, most: int, least: int = 0) -> None:
        """A string of `least` to `most` characters; None is a field that is not there."""
        if value is None:
            return
        if not isinstance(value, str):
            self.fail(at, "must be a string")
        elif len(value) > most:
            self.fail(at, f"must be less than {most + 1} characters")
        elif len(value) < least:
            self.fail(at, f"must be more than {least - 1} characters")

    def new_id(self, value: object, at: str, name: str, seen: set[str]) -> None:
        """An id of 1 to 255 characters, unlike those seen; None is one that Slack will make."""
        self.string(value, f"{at}/{name}", 255, least=1)
        if isinstance(value, str):
            if value in seen:
                self.fail(f"{at}/{name}", f'`{name}` "{value}" already exists')
            seen.add(value)

    def number(self, value: object, at: str, least: int, most: int) -> int:
        """A whole number in a range; `most` when it is not there or wrong."""
        if value is None:
            return most
        if not isinstance(value, int) or not least <= value <= most:
            self.fail(at, f"must be a number from {least} to {most}")
            return most
        return value

    def items(self, value: object, at: str, most: int, least: int = 1) -> list[Any]:
        """The items of a list of `least` to `most`; empty after any problem."""
        if not isinstance(value, list):
            self.fail(at, "must be an array")
            return []
        if len(value) > most:
            self.fail(at, f"no more than {most} items allowed")
            return []
        if len(value) < least:
            self.fail(at, f"must provide at least {least} items")
            return []
        return value

    def text(self, value: object, at: str, most: int, kinds: tuple[str, ...] = PLAIN) -> None:
        """A text object of one of these kinds; None is a field that is not there."""
        if value is None:
            return
        if not isinstance(value, dict) or kind_of(value) not in kinds:
            self.fail(at, f"must be a {' or '.join(kinds)} object")
            return
        if self.keys(value, at, "text", "emoji" if value["type"] == "plain_text" else "verbatim"):
            self.string(value["text"], f"{at}/text", most, least=1)

    def confirm(self, value: object, at: str) -> None:
        """A confirmation dialog."""
        if value is not None and self.keys(value, at, "title text confirm deny", "style"):
            assert isinstance(value, dict)
            self.text(value["title"], f"{at}/title", 100)
            self.text(value["text"], f"{at}/text", 300, ANY_TEXT)
            self.text(value["confirm"], f"{at}/confirm", 30)
            self.text(value["deny"], f"{at}/deny", 30)

    def options(self, element: Json, at: str, most: int, kinds: tuple[str, ...] = PLAIN) -> None:
        """The options of an element, and that what it starts with is one of them."""
        groups = [("", element["options"])] if "options" in element else []
        for i, group in enumerate(element.get("option_groups", [])):
            if self.keys(group, f"{at}/option_groups/{i}", "label options", ""):
                self.text(group["label"], f"{at}/option_groups/{i}/label", 75)
                groups.append((f"/option_groups/{i}", group["options"]))
        if not groups:
            self.fail(at, "missing required field: options")
        allowed: list[Json] = []
        for where, options in groups:
            for i, option in enumerate(self.items(options, f"{at}{where}/options", most)):
                self._option(option, f"{at}{where}/options/{i}", kinds)
                allowed.append(option)
        starts = element.get("initial_options", [])
        if "initial_option" in element:
            starts = [element["initial_option"]]
        for start in starts:
            if start not in allowed:
                self.fail(f"{at}/initial_option", "initial_option must be one of the options")

    def _option(self, option: object, at: str, kinds: tuple[str, ...]) -> None:
        if self.keys(option, at, "text value", "description url"):
            assert isinstance(option, dict)
            self.text(option["text"], f"{at}/text", 75, kinds)
            self.string(option["value"], f"{at}/value", 150)
            self.text(option.get("description"), f"{at}/description", 75, kinds)


def _button(check: Check, element: Json, at: str) -> None:
    if check.keys(
        element, at, "text", "action_id value url style confirm accessibility_label focus_on_load"
    ):
        check.text(element["text"], f"{at}/text", 75)
        check.string(element.get("value"), f"{at}/value", 2000)
        check.string(element.get("url"), f"{at}/url", 3000)
        check.string(element.get("accessibility_label"), f"{at}/accessibility_label", 75)
        check.confirm(element.get("confirm"), f"{at}/confirm")
        if element.get("style", "primary") not in {"primary", "danger"}:
            check.fail(f"{at}/style", "must be one of primary, danger")


def _select(check: Check, element: Json, at: str) -> None:
    check.keys(
        element,
        at,
        "",
        "action_id placeholder options option_groups initial_option initial_options confirm"
        " max_selected_items focus_on_load",
    )
    check.text(element.get("placeholder"), f"{at}/placeholder", 150)
    check.confirm(element.get("confirm"), f"{at}/confirm")
    check.options(element, at, 100)


def _choices(check: Check, element: Json, at: str) -> None:
    fields = "action_id initial_option initial_options confirm focus_on_load"
    check.keys(element, at, "options", fields)
    check.confirm(element.get("confirm"), f"{at}/confirm")
    check.options(element, at, 10, ANY_TEXT)


def _overflow(check: Check, element: Json, at: str) -> None:
    check.keys(element, at, "options", "action_id confirm")
    check.options(element, at, 5)


def _pick(check: Check, element: Json, at: str) -> None:
    optional = (
        "action_id placeholder confirm focus_on_load initial_user initial_users"
        " initial_conversation initial_conversations initial_channel initial_channels"
        " default_to_current_conversation response_url_enabled filter max_selected_items"
        " initial_date initial_time initial_date_time timezone"
    )
    check.keys(element, at, "", optional)
    check.text(element.get("placeholder"), f"{at}/placeholder", 150)


def _typing(check: Check, element: Json, at: str) -> None:
    optional = (
        "action_id initial_value multiline min_length max_length dispatch_action_config"
        " focus_on_load placeholder is_decimal_allowed min_value max_value"
    )
    check.keys(element, at, "", optional)
    check.text(element.get("placeholder"), f"{at}/placeholder", 150)
    most = check.number(element.get("max_length"), f"{at}/max_length", 1, 3000)
    check.number(element.get("min_length"), f"{at}/min_length", 0, 3000)
    check.string(element.get("initial_value"), f"{at}/initial_value", most)
    _dispatch(check, element.get("dispatch_action_config"), f"{at}/dispatch_action_config")


def _dispatch(check: Check, config: object, at: str) -> None:
    """When typing is told of; None is a field that is not there."""
    if config is None or not check.keys(config, at, "trigger_actions_on", ""):
        return
    assert isinstance(config, dict)
    for i, when in enumerate(
        check.items(config["trigger_actions_on"], f"{at}/trigger_actions_on", 2)
    ):
        if when not in {"on_enter_pressed", "on_character_entered"}:
            check.fail(f"{at}/trigger_actions_on/{i}", "must be a known trigger")


def _file_input(check: Check, element: Json, at: str) -> None:
    check.keys(element, at, "", "action_id filetypes max_files")
    check.number(element.get("max_files"), f"{at}/max_files", 1, 10)


def image(check: Check, element: Json, at: str, *, is_block: bool = False) -> None:
    """An image, as an element or as a block (which may have a title and an id)."""
    extra = " title block_id" if is_block else ""
    if not check.keys(element, at, "alt_text", "image_url slack_file" + extra):
        return
    check.string(element["alt_text"], f"{at}/alt_text", 2000, least=1)
    check.text(element.get("title"), f"{at}/title", 2000)
    if ("image_url" in element) == ("slack_file" in element):
        check.fail(at, "must define either `slack_file` or `image_url`")
    check.string(element.get("image_url"), f"{at}/image_url", 3000, least=1)
    if "slack_file" in element and check.refused_file(element["slack_file"]):
        check.fail(f"{at}/slack_file", "invalid slack file")


ELEMENTS: dict[str, Callable[[Check, Json, str], None]] = {
    "button": _button,
    "static_select": _select,
    "multi_static_select": _select,
    "overflow": _overflow,
    "radio_buttons": _choices,
    "checkboxes": _choices,
    "users_select": _pick,
    "multi_users_select": _pick,
    "conversations_select": _pick,
    "multi_conversations_select": _pick,
    "channels_select": _pick,
    "multi_channels_select": _pick,
    "datepicker": _pick,
    "timepicker": _pick,
    "datetimepicker": _pick,
    "plain_text_input": _typing,
    "number_input": _typing,
    "email_text_input": _typing,
    "url_text_input": _typing,
    "file_input": _file_input,
    "image": image,
}
TYPING = {"plain_text_input", "number_input", "email_text_input", "url_text_input", "file_input"}
IN_ACTIONS = ELEMENTS.keys() - TYPING - {"image"}
IN_SECTION = ELEMENTS.keys() - TYPING
IN_INPUT = ELEMENTS.keys() - {"button", "overflow", "image"}


def element(check: Check, value: object, at: str, allowed: set[str], ids: set[str]) -> None:
    """Any element of the allowed kinds, with an action_id unlike the block's other `ids`."""
    if not isinstance(value, dict) or kind_of(value) not in allowed:
        check.fail(f"{at}/type", f"unsupported type: {kind_of(value)}")
        return
    if value["type"] == "file_input" and check.surface != "modal":
        check.fail(f"{at}/type", "unsupported type: file_input")
    check.new_id(value.get("action_id"), at, "action_id", ids)
    ELEMENTS[value["type"]](check, value, at)
