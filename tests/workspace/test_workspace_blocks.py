"""Block Kit limits: accepted at the limit, refused one beyond it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.slack import forms as slack_forms
from bot.demo.slack.blocks import BLOCKS, CELLS, RICH_TEXT, block_problems, view_problems
from bot.demo.slack.elements import ELEMENTS
from tests.workspace.raw import asks, button, modal, options, section

Json = dict[str, Any]

FIELDS = (
    "text", "fields", "accessory", "elements", "element", "label", "block_id", "action_id", "value",
    "options", "option_groups", "initial_option", "initial_options", "confirm", "title", "style",
    "max_files", "max_length", "initial_value", "placeholder", "alt_text", "image_url",
    "slack_file", "emoji", "optional", "hint", "chart", "series", "axis_config", "categories",
    "data", "segments", "name", "rows", "caption", "page_size",
)  # fmt: skip


OTHERS = ("plain_text", "mrkdwn", "bar", "pie")


def plain(n: int) -> Json:
    """A text object of n characters."""
    return {"type": "plain_text", "text": "x" * n}


def mrkdwn(n: int) -> Json:
    """The same with markup."""
    return {"type": "mrkdwn", "text": "x" * n}


def actions(*elements: Json) -> Json:
    """A block of elements."""
    return {"type": "actions", "elements": list(elements)}


def select(n: int = 1, **more: Any) -> Json:
    """A select with n options."""
    values = options(*(f"v{i}" for i in range(n)))
    return {"type": "static_select", "action_id": "s", "options": values, **more}


def confirm(**lengths: int) -> Json:
    """A button with a confirmation dialog whose texts have these lengths."""
    texts = {"title": 1, "text": 1, "confirm": 1, "deny": 1} | lengths
    return button("a") | {"confirm": {name: plain(n) for name, n in texts.items()}}


def image(alt: int = 1, **more: Any) -> Json:
    """An image block."""
    return {"type": "image", "image_url": "https://a/b.png", "alt_text": "x" * alt, **more}


def chart(n: int = 1, title: int = 1, name: int = 1, series: int = 1, **more: Any) -> Json:
    """A bar chart with n categories."""
    labels = [f"{i:0>{name}}" for i in range(n)]
    data = [{"label": label, "value": i} for i, label in enumerate(labels)]
    bars = {
        "type": "bar",
        "series": [{"name": str(i), "data": data} for i in range(series)],
        "axis_config": {"categories": labels},
    }
    return {"type": "data_visualization", "title": "x" * title, "chart": bars | more}


def pie(*values: float) -> Json:
    """A pie chart."""
    segments = [{"label": str(i), "value": value} for i, value in enumerate(values)]
    return chart(type="pie") | {"chart": {"type": "pie", "segments": segments}}


def table(n: int = 2, columns: int = 1, **more: Any) -> Json:
    """A table with n rows, the header included."""
    cell = {"type": "raw_text", "text": "x"}
    return {"type": "data_table", "caption": "x", "rows": [[cell] * columns] * n, **more}


LIMITS: dict[str, tuple[int, Callable[[int], list[Json]]]] = {
    "blocks of a message": (50, lambda n: [{"type": "divider"}] * n),
    "text of a section": (3000, lambda n: [{"type": "section", "text": mrkdwn(n)}]),
    "fields of a section": (10, lambda n: [{"type": "section", "fields": [mrkdwn(1)] * n}]),
    "text of a field": (2000, lambda n: [{"type": "section", "fields": [plain(n)]}]),
    "header": (150, lambda n: [{"type": "header", "text": plain(n)}]),
    "elements of actions": (25, lambda n: [actions(*(button(f"a{i}") for i in range(n)))]),
    "elements of a context": (10, lambda n: [{"type": "context", "elements": [mrkdwn(1)] * n}]),
    "text of a button": (75, lambda n: [actions(button("a", text="x" * n))]),
    "value of a button": (2000, lambda n: [actions(button("a", "x" * n))]),
    "action_id": (255, lambda n: [actions(button("a" * n))]),
    "block_id": (255, lambda n: [{"type": "divider", "block_id": "b" * n}]),
    "options of a select": (100, lambda n: [actions(select(n))]),
    "text of an option": (
        75,
        lambda n: [actions(select(options=[{"text": plain(n), "value": "v"}]))],
    ),
    "value of an option": (
        150,
        lambda n: [actions(select(options=[{"text": plain(1), "value": "v" * n}]))],
    ),
    "placeholder": (150, lambda n: [actions(select(placeholder=plain(n)))]),
    "title of a dialog": (100, lambda n: [actions(confirm(title=n))]),
    "text of a dialog": (300, lambda n: [actions(confirm(text=n))]),
    "confirm of a dialog": (30, lambda n: [actions(confirm(confirm=n))]),
    "deny of a dialog": (30, lambda n: [actions(confirm(deny=n))]),
    "alt text": (2000, lambda n: [image(n)]),
    "title of an image": (2000, lambda n: [image(title=plain(n))]),
    "markdown": (12_000, lambda n: [{"type": "markdown", "text": "x" * n}]),
    "charts of a message": (2, lambda n: [chart()] * n),
    "title of a chart": (50, lambda n: [chart(title=n)]),
    "series of a chart": (6, lambda n: [chart(series=n)]),
    "segments of a pie": (6, lambda n: [pie(*[1] * n)]),
    "rows of a table": (101, lambda n: [table(n)]),
    "rows of a table's page": (100, lambda n: [table(page_size=n)]),
}

VIEW_LIMITS: dict[str, tuple[int, Callable[[int], Json]]] = {
    "blocks of a modal": (100, lambda n: modal(*[{"type": "divider"}] * n)),
    "title": (24, lambda n: modal(title=plain(n))),
    "submit": (24, lambda n: modal(submit=plain(n))),
    "close": (24, lambda n: modal(close=plain(n))),
    "private_metadata": (3000, lambda n: modal(private_metadata="x" * n)),
    "callback_id": (255, lambda n: modal(callback_id="x" * n)),
    "files of a file_input": (
        10,
        lambda n: modal(asks("f", {"type": "file_input", "max_files": n})),
    ),
    "max_length": (3000, lambda n: modal(asks("t", {"type": "plain_text_input", "max_length": n}))),
    "initial_value": (
        3000,
        lambda n: modal(asks("t", {"type": "plain_text_input", "initial_value": "x" * n})),
    ),
    "radio buttons": (
        10,
        lambda n: modal(
            asks("r", {"type": "radio_buttons", "options": options(*map(str, range(n)))})
        ),
    ),
}

WRONG: dict[str, tuple[list[Json], str]] = {
    "unknown block": (
        [{"type": "nonsense"}],
        "unsupported type: nonsense [json-pointer:/blocks/0/type]",
    ),
    "unknown field": (
        [{"type": "divider", "colour": "red"}],
        "invalid additional property: colour [json-pointer:/blocks/0]",
    ),
    "section without text": (
        [{"type": "section"}],
        "missing required field: text [json-pointer:/blocks/0]",
    ),
    "empty text": (
        [section("")],
        "must be more than 0 characters [json-pointer:/blocks/0/text/text]",
    ),
    "header with markup": (
        [{"type": "header", "text": mrkdwn(1)}],
        "must be a plain_text object [json-pointer:/blocks/0/text]",
    ),
    "same block_id": (
        [{"type": "divider", "block_id": "b"}] * 2,
        '`block_id` "b" already exists [json-pointer:/blocks/1/block_id]',
    ),
    "same action_id": (
        [actions(button("a"), button("a"))],
        '`action_id` "a" already exists [json-pointer:/blocks/0/elements/1/action_id]',
    ),
    "unknown style": (
        [actions(button("a") | {"style": "loud"})],
        "must be one of primary, danger [json-pointer:/blocks/0/elements/0/style]",
    ),
    "typing in actions": (
        [actions({"type": "plain_text_input", "action_id": "a"})],
        "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]",
    ),
    "file_input in a message": (
        [asks("f", {"type": "file_input"})],
        "unsupported type: file_input [json-pointer:/blocks/0/element/type]",
    ),
    "foreign initial_option": (
        [actions(select(1, initial_option=options("other")[0]))],
        (
            "initial_option must be one of the options"
            " [json-pointer:/blocks/0/elements/0/initial_option]"
        ),
    ),
    "image without alt text": (
        [{"type": "image", "image_url": "https://a/b.png"}],
        "missing required field: alt_text [json-pointer:/blocks/0]",
    ),
    "two sources of an image": (
        [image(slack_file={"id": "F1"})],
        "must define either `slack_file` or `image_url` [json-pointer:/blocks/0]",
    ),
    "chart with other labels": (
        [chart(2, axis_config={"categories": ["a", "b"]})],
        "labels must match the categories [json-pointer:/blocks/0/chart/series/0/data]",
    ),
    "chart with too many categories": (
        [chart(21)],
        "no more than 20 items allowed [json-pointer:/blocks/0/chart/axis_config/categories]",
    ),
    "chart with a long label": (
        [chart(name=21)],
        "must be less than 21 characters [json-pointer:/blocks/0/chart/axis_config/categories/0]",
    ),
    "pie with nothing in a segment": (
        [pie(1, 0)],
        "must be more than 0 [json-pointer:/blocks/0/chart/segments/1/value]",
    ),
    "unknown chart": (
        [chart(type="radar")],
        "unsupported type: radar [json-pointer:/blocks/0/chart/type]",
    ),
    "table without a row": (
        [table(1)],
        "must provide at least 2 items [json-pointer:/blocks/0/rows]",
    ),
    "table of too many columns": (
        [table(columns=21)],
        "no more than 20 items allowed [json-pointer:/blocks/0/rows/0]",
    ),
    "table with a short row": (
        [table(rows=[[{"type": "raw_text", "text": "x"}] * n for n in (2, 1)])],
        "all rows must have the same length [json-pointer:/blocks/0/rows]",
    ),
    "table with a rich header": (
        [table(rows=[[{"type": "rich_text", "elements": []}]] * 2)],
        "unsupported type: rich_text [json-pointer:/blocks/0/rows/0/0/type]",
    ),
    "number without its text": (
        [table(rows=[[{"type": "raw_number", "value": 1}]] * 2)],
        "missing required field: text [json-pointer:/blocks/0/rows/0/0]",
    ),
    "unknown slack_file": (
        [{"type": "image", "alt_text": "x", "slack_file": {"id": "F1"}}],
        "invalid slack file [json-pointer:/blocks/0/slack_file]",
    ),
}


def refuse(_file: Json) -> bool:
    """No file exists."""
    return True


@pytest.mark.parametrize("name", LIMITS)
def test_block_limits(name: str) -> None:
    """A message is accepted at each limit and refused one beyond it."""
    most, blocks = LIMITS[name]

    assert block_problems(blocks(most), "message", refuse) == []
    assert len(block_problems(blocks(most + 1), "message", refuse)) == 1


@pytest.mark.parametrize("name", VIEW_LIMITS)
def test_view_limits(name: str) -> None:
    """A modal is accepted at each limit and refused one beyond it."""
    most, view = VIEW_LIMITS[name]

    assert view_problems(view(most), "modal", refuse) == []
    assert len(view_problems(view(most + 1), "modal", refuse)) == 1


@pytest.mark.parametrize("name", WRONG)
def test_wrong_blocks_are_named(name: str) -> None:
    """What is wrong is said, with the place where it is."""
    blocks, problem = WRONG[name]

    assert problem in block_problems(blocks, "message", refuse)


def test_a_form_needs_a_submit_button() -> None:
    """A modal with inputs and without `submit` is refused; App Home needs none."""
    form = modal(asks("t"))
    del form["submit"]
    home = {"type": "home", "blocks": [section("x")]}

    assert view_problems(form, "modal", refuse) == [
        "missing required field: submit [json-pointer:/view]"
    ]
    assert view_problems(home, "home", refuse) == []
    assert view_problems(home, "modal", refuse) == ["must be modal [json-pointer:/view/type]"]


def test_rich_text_carries_a_prompt() -> None:
    """A rich_text block with a preformatted text is accepted."""
    text = {"type": "text", "text": "<!channel> & *all*"}
    block = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_preformatted", "elements": [text]}],
    }

    assert block_problems([block], "message", refuse) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*FIELDS, "odd"]), inner, max_size=6)
        | st.builds(
            lambda kind, rest: rest | {"type": kind},
            st.sampled_from([*BLOCKS, *ELEMENTS, *RICH_TEXT, *CELLS, *OTHERS]),
            st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6),
        )
    ),
    max_leaves=25,
)


@given(JSON)
def test_no_json_breaks_the_checks(value: Any) -> None:
    """Whatever comes as blocks or as a view is accepted or refused with reasons, never a crash."""
    for blocks in (value, [value]):
        assert isinstance(block_problems(blocks, "message", refuse), list)
        view = {"type": "modal", "title": value, "blocks": blocks}
        assert isinstance(view_problems(view, "modal", refuse), list)


@given(JSON)
def test_what_is_accepted_can_be_shown(value: Any) -> None:
    """Blocks without problems get their ids and a state, as a message's do."""
    if not block_problems([value], "message", refuse):
        blocks = slack_forms.completed([value], iter(range(100)).__next__)
        slack_forms.state(blocks, {})

        assert all(block["block_id"] for block in blocks)
