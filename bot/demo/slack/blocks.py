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
CHART, MOST_CHARTS = "data_visualization", 2


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
    charts = [one for one in blocks if kind_of(one) == CHART] if isinstance(blocks, list) else []
    if len(charts) > MOST_CHARTS:
        check.fail(at, f"no more than {MOST_CHARTS} {CHART} blocks allowed")
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


def _data_visualization(check: Check, block: Json, at: str) -> None:
    """https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block."""
    if check.surface != "message":
        check.fail(f"{at}/type", f"unsupported type: {CHART}")
    if not check.keys(block, at, "title chart", "block_id"):
        return
    check.string(block["title"], f"{at}/title", 50, least=1)
    chart, here = block["chart"], f"{at}/chart"
    match kind_of(chart):
        case "bar" | "area" | "line":
            if check.keys(chart, here, "series axis_config", ""):
                _series(check, chart, here)
        case "pie":
            if check.keys(chart, here, "segments", ""):
                for i, one in enumerate(check.items(chart["segments"], f"{here}/segments", 6)):
                    _point(check, one, f"{here}/segments/{i}", is_share=True)
        case kind:
            check.fail(f"{here}/type", f"unsupported type: {kind}")


def _series(check: Check, chart: Json, at: str) -> None:
    """Each series has a value for each category, and a name of its own."""
    axes, here = chart["axis_config"], f"{at}/axis_config"
    if not check.keys(axes, here, "categories", "x_label y_label"):
        return
    categories = check.items(axes["categories"], f"{here}/categories", 20)
    for i, one in enumerate(categories):
        check.string(one, f"{here}/categories/{i}", 20, least=1)
    for name in ("x_label", "y_label"):
        check.string(axes.get(name), f"{here}/{name}", 50)
    names: set[str] = set()
    for i, one in enumerate(check.items(chart["series"], f"{at}/series", 6)):
        here = f"{at}/series/{i}"
        if check.keys(one, here, "name data", ""):
            check.new_id(one["name"], here, "name", names)
            points = check.items(one["data"], f"{here}/data", 20)
            for j, point in enumerate(points):
                _point(check, point, f"{here}/data/{j}")
            if [point.get("label") for point in points if isinstance(point, dict)] != categories:
                check.fail(f"{here}/data", "labels must match the categories")


def _point(check: Check, point: object, at: str, *, is_share: bool = False) -> None:
    if check.keys(point, at, "label value", ""):
        assert isinstance(point, dict)
        check.string(point["label"], f"{at}/label", 20, least=1)
        value = point["value"]
        if not _is_number(value):
            check.fail(f"{at}/value", "must be a number")
        elif is_share and value <= 0:
            check.fail(f"{at}/value", "must be more than 0")


def _data_table(check: Check, block: Json, at: str) -> None:
    """https://docs.slack.dev/reference/block-kit/blocks/data-table-block."""
    if check.surface != "message":
        check.fail(f"{at}/type", "unsupported type: data_table")
    optional = "block_id page_size row_header_column_index"
    if not check.keys(block, at, "caption rows", optional):
        return
    check.string(block["caption"], f"{at}/caption", 3000, least=1)
    check.number(block.get("page_size"), f"{at}/page_size", 1, 100)
    check.number(block.get("row_header_column_index"), f"{at}/row_header_column_index", 0, 19)
    rows = check.items(block["rows"], f"{at}/rows", 101, least=2)
    widths = set()
    for i, row in enumerate(rows):
        cells = check.items(row, f"{at}/rows/{i}", 20)
        widths.add(len(cells))
        for j, cell in enumerate(cells):
            _cell(check, cell, f"{at}/rows/{i}/{j}", is_head=i == 0)
    if len(widths) > 1:
        check.fail(f"{at}/rows", "all rows must have the same length")


CELLS = {"raw_text": "text", "raw_number": "value text"}


def _cell(check: Check, cell: object, at: str, *, is_head: bool) -> None:
    kind = kind_of(cell)
    if not isinstance(cell, dict) or (kind not in CELLS and (is_head or kind != "rich_text")):
        check.fail(f"{at}/type", f"unsupported type: {kind}")
    elif kind == "rich_text":
        _rich_text(check, cell, at)
    elif check.keys(cell, at, CELLS[kind], ""):
        check.string(cell["text"], f"{at}/text", 3000, least=1)
        if kind == "raw_number" and not _is_number(cell["value"]):
            check.fail(f"{at}/value", "must be a number")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


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
    CHART: _data_visualization,
    "data_table": _data_table,
}
