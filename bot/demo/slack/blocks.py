"""Block Kit checks as Slack does them: what is wrong with these blocks, or with this view.

Limits: https://docs.slack.dev/reference/block-kit/blocks and docs.slack.dev/surfaces/modals.
Kinds that Slack knows and the workspace's page cannot show are refused like unknown ones.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.demo.slack.elements import (
    ANY_TEXT,
    IN_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    PLAIN,
    Check,
    element,
    image,
    kind_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.demo.slack.model import Json

MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}
MOST_VIEW_BYTES = 250_000


def block_problems(
    blocks: object, surface: str, refused_file: Callable[[Json], bool], at: str = "/blocks"
) -> list[str]:
    """What Slack would refuse about blocks on this surface: "message", "modal" or "home"."""
    check = Check(surface, refused_file)
    _blocks(check, blocks, at)
    return check.problems


def view_problems(view: object, kind: str, refused_file: Callable[[Json], bool]) -> list[str]:
    """What Slack would refuse about a view of this kind ("modal" or "home")."""
    check = Check(kind, refused_file)
    if not isinstance(view, dict) or view.get("type") != kind:
        check.fail("/view/type", f"must be {kind}")
        return check.problems
    optional = "private_metadata callback_id external_id"
    if kind == "home":
        known = check.keys(view, "/view", "blocks", optional)
    else:
        optional += " close submit clear_on_close notify_on_close submit_disabled"
        known = check.keys(view, "/view", "title blocks", optional)
    if not known:
        return check.problems
    for name in ("title", "submit", "close"):
        check.text(view.get(name), f"/view/{name}", 24)
    check.string(view.get("private_metadata"), "/view/private_metadata", 3000)
    check.string(view.get("callback_id"), "/view/callback_id", 255)
    check.string(view.get("external_id"), "/view/external_id", 255)
    kinds = _blocks(check, view["blocks"], "/view/blocks")
    if kind == "modal" and "input" in kinds and "submit" not in view:
        check.fail("/view", "missing required field: submit")
    return check.problems


def too_large(view: object) -> bool:
    """A view that Slack answers with `view_too_large`."""
    return len(json.dumps(view)) > MOST_VIEW_BYTES


def _blocks(check: Check, blocks: object, at: str) -> set[str]:
    """The kinds of blocks that were met."""
    kinds: set[str] = set()
    ids: set[str] = set()
    for i, block in enumerate(check.items(blocks, at, MOST_BLOCKS[check.surface], least=0)):
        here = f"{at}/{i}"
        if not isinstance(block, dict) or kind_of(block) not in BLOCKS:
            check.fail(f"{here}/type", f"unsupported type: {kind_of(block)}")
            continue
        check.new_id(block.get("block_id"), here, "block_id", ids)
        kinds.add(block["type"])
        BLOCKS[block["type"]](check, block, here)
    return kinds


def _section(check: Check, block: Json, at: str) -> None:
    check.keys(block, at, "", "block_id text fields accessory expand")
    if not block.get("text") and not block.get("fields"):
        check.fail(at, "missing required field: text")
    check.text(block.get("text"), f"{at}/text", 3000, ANY_TEXT)
    if "fields" in block:
        for i, field in enumerate(check.items(block["fields"], f"{at}/fields", 10)):
            check.text(field, f"{at}/fields/{i}", 2000, ANY_TEXT)
    if "accessory" in block:
        element(check, block["accessory"], f"{at}/accessory", IN_SECTION, set())


def _header(check: Check, block: Json, at: str) -> None:
    if check.keys(block, at, "text", "block_id"):
        check.text(block["text"], f"{at}/text", 150)


def _divider(check: Check, block: Json, at: str) -> None:
    check.keys(block, at, "", "block_id")


def _image(check: Check, block: Json, at: str) -> None:
    image(check, block, at, is_block=True)


def _actions(check: Check, block: Json, at: str) -> None:
    if not check.keys(block, at, "elements", "block_id"):
        return
    ids: set[str] = set()
    for i, one in enumerate(check.items(block["elements"], f"{at}/elements", 25)):
        element(check, one, f"{at}/elements/{i}", IN_ACTIONS, ids)


def _context(check: Check, block: Json, at: str) -> None:
    if not check.keys(block, at, "elements", "block_id"):
        return
    for i, one in enumerate(check.items(block["elements"], f"{at}/elements", 10)):
        here = f"{at}/elements/{i}"
        if kind_of(one) == "image":
            image(check, one, here)
        else:
            check.text(one, here, 3000, ANY_TEXT)


def _input(check: Check, block: Json, at: str) -> None:
    if check.keys(block, at, "label element", "block_id hint optional dispatch_action"):
        check.text(block["label"], f"{at}/label", 2000, PLAIN)
        check.text(block.get("hint"), f"{at}/hint", 2000, PLAIN)
        element(check, block["element"], f"{at}/element", IN_INPUT, set())


def _markdown(check: Check, block: Json, at: str) -> None:
    if check.keys(block, at, "text", "block_id"):
        check.string(block["text"], f"{at}/text", 12_000, least=1)
    if check.surface != "message":
        check.fail(f"{at}/type", "unsupported type: markdown")


RICH_TEXT = {"rich_text_section", "rich_text_preformatted", "rich_text_quote", "rich_text_list"}


def _rich_text(check: Check, block: Json, at: str) -> None:
    if not check.keys(block, at, "elements", "block_id"):
        return
    for i, one in enumerate(check.items(block["elements"], f"{at}/elements", 1000)):
        here = f"{at}/elements/{i}"
        if kind_of(one) not in RICH_TEXT:
            check.fail(f"{here}/type", "unsupported type")
            continue
        if check.keys(one, here, "elements", "border style indent offset"):
            for j, part in enumerate(check.items(one["elements"], f"{here}/elements", 1000, 0)):
                if kind_of(part) == "text":
                    check.string(part.get("text"), f"{here}/elements/{j}/text", 12_000, least=1)


BLOCKS: dict[str, Callable[[Check, Json, str], None]] = {
    "section": _section,
    "header": _header,
    "divider": _divider,
    "image": _image,
    "actions": _actions,
    "context": _context,
    "input": _input,
    "markdown": _markdown,
    "rich_text": _rich_text,
}
