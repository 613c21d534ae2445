"""The composer's fields: what a person fills in, and the mistakes beside it. Pure.

Block ids stay as long as a field's choices do: Slack keeps by them what was typed and chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.core.catalogue import Catalogue
from bot.core.choices import WORDS
from bot.core.draft import Draft, Field, qualities_of, sizes_of
from bot.core.grammar import MAX_COUNT
from bot.core.job import ChannelId, Quality, Size
from bot.core.sizes import parse_size
from bot.views.kit import Block, asks, context, escape, option, plain, tame, words

ACTION = "compose_"  # every control's action begins with it
KEEP = f"{ACTION}keep"
PROMPT = 3000  # characters that Slack takes in a field
NAME = 40  # characters of a file's name that are shown
KEPT = "kept"  # the block with a prompt that is too long for a field
SHOWN = 400  # characters of it
BOXES = 10  # options of one group of checkboxes
ADDED = 10  # files of one `file_input`
AUTO = "auto"
LIKE = "like"  # of an edit: in its first picture's shape

SIZE_NAMES = {
    "square": "Square",
    "landscape": "Landscape",
    "portrait": "Portrait",
    "2k": "2K square",
    "2k-landscape": "2K landscape",
    "2k-portrait": "2K portrait",
    "4k-landscape": "4K landscape",
    "4k-portrait": "4K portrait",
}


def with_mistakes(blocks: Sequence[Block], wrong: Mapping[Field, str]) -> Iterator[Block]:
    """Each field, and below it what is wrong with it."""
    for block in blocks:
        yield block
        for field, sentence in wrong.items():
            if block.get("element", {}).get("action_id") == action(field):
                yield context(f":warning: {escape(sentence)}")


def is_long(prompt: str) -> bool:
    """Whether Slack's field does not take a prompt, counted as its clients count: in UTF-16."""
    return len(prompt.encode("utf-16-le", "surrogatepass")) > 2 * PROMPT


def action(field: Field) -> str:
    """The action_id of a field."""
    return f"{ACTION}{field}"


def prompt_field(draft: Draft, *, kept: bool) -> list[Block]:
    """The prompt; one that is too long for a field is shown cut, and stands unless replaced."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": action(Field.PROMPT),
        "multiline": True,
        "max_length": PROMPT,
        "focus_on_load": True,
        "placeholder": plain(
            "What should change?" if draft.inputs else "A red fox in the snow, as a woodcut"
        ),
    }
    if not kept:
        if draft.prompt:
            element["initial_value"] = draft.prompt
        return [_input(Field.PROMPT, "Prompt", element)]
    told = (
        f"The prompt has {len(draft.prompt):,} characters, more than a form takes. "
        "It is used as it is, unless you write a new one."
    )
    return [
        {**words(draft.prompt, SHOWN), "block_id": KEPT},
        {**context(told), "block_id": f"{KEPT}_note"},
        _input(Field.PROMPT, "New prompt", element, optional=True),
    ]


def where_field(channel: ChannelId | None) -> list[Block]:
    """The channel that the picture goes to, where the form was opened from nowhere."""
    element: Block = {
        "type": "conversations_select",
        "action_id": action(Field.CHANNEL),
        "placeholder": plain("Choose a channel"),
        "default_to_current_conversation": True,
        "response_url_enabled": True,
        "filter": {"include": ["public", "private", "im"]},
    }
    if channel is not None:
        element["initial_conversation"] = channel
    return [_input(Field.CHANNEL, "Channel", element, dispatch=True)]


def ticked_fields(draft: Draft) -> list[Block]:
    """The images chosen before, each of which can be taken out; at most ten a group."""
    files = [*draft.inputs, *([draft.mask] if draft.mask else [])]
    boxes = []
    for number, one in enumerate(files, 1):
        fallback = "Mask" if one is draft.mask else f"Image {number}"
        box = option(short_name(one.name) or fallback, one.file)
        if one is draft.mask:
            box["description"] = plain("Mask: only its transparent parts change")
        boxes.append(box)
    groups = [boxes[at : at + BOXES] for at in range(0, len(boxes), BOXES)]
    return [
        {
            "type": "input",
            "block_id": f"{KEEP}_{number}",
            "optional": True,
            "label": plain("Images to edit" if number == 0 else "More images to edit"),
            "element": {
                "type": "checkboxes",
                "action_id": f"{KEEP}_{number}",
                "options": group,
                "initial_options": group,
            },
        }
        for number, group in enumerate(groups)
    ]


def short_name(name: str | None) -> str:
    """A file's name for a form: tame, on one line, not too long; empty where nobody knows it."""
    plain = "".join(letter if letter.isprintable() else " " for letter in tame(name or ""))
    return " ".join(plain.split())[:NAME]


def files_field(draft: Draft) -> Block:
    """More images."""
    element: Block = {
        "type": "file_input",
        "action_id": action(Field.FILES),
        "max_files": ADDED,
    }
    label = "Add images" if draft.inputs else "Images to edit"
    hint = "Pictures and photos. A PNG named mask… marks what may change."
    return _input(Field.FILES, label, element, optional=True, hint=hint)


def settings_fields(catalogue: Catalogue, draft: Draft, turn: int) -> list[Block]:
    """Model, size, quality and count. `turn` makes the fields new that depend on the model."""
    models = [
        option(one.label, one.id) for one in catalogue.models if one.cells or one.id == draft.model
    ]
    qualities = [_quality(one) for one in qualities_of(catalogue, draft.model)]
    counts = [
        option("1 image" if number == 1 else f"{number} images", str(number))
        for number in range(1, MAX_COUNT + 1)
    ]
    blocks = [
        _select(Field.MODEL, "Model", models, draft.model),
        _select(Field.SIZE, "Size", _sizes(catalogue, draft), _size(draft), turn=turn),
    ]
    if qualities:
        blocks.append(_select(Field.QUALITY, "Quality", qualities, draft.quality, turn=turn))
    return [*blocks, _select(Field.COUNT, "How many", counts, str(draft.count))]


def _size(draft: Draft) -> str:
    """The value of the chosen size."""
    return str(draft.size or (LIKE if draft.inputs and not draft.auto else AUTO))


def read_size(chosen: str | None, drawn: Draft) -> tuple[Size | None, bool]:
    """The size that is chosen in a form; whether it is the model's choice, also of an edit.

    In a form that was `drawn` without images nobody could choose that.
    """
    if chosen in {None, LIKE}:
        return None, False
    size = parse_size(chosen or AUTO)
    return size, size is None and bool(drawn.inputs)


def _sizes(catalogue: Catalogue, draft: Draft) -> list[Block]:
    model = next((one for one in catalogue.models if one.id == draft.model), None)
    presets = sizes_of(catalogue, model) if model else []
    options = [option("Auto: the model chooses, an edit keeps its shape", AUTO)]
    if draft.inputs:
        like, auto = option("As the first image", LIKE), option("Auto: the model chooses", AUTO)
        options = [like, auto]
    options += [
        option(f"{SIZE_NAMES.get(name, name)} · {size.width}×{size.height}", str(size))
        for name, size in presets
    ]
    if draft.size is not None and draft.size not in {size for _, size in presets}:
        options.append(option(f"{draft.size.width}×{draft.size.height}", str(draft.size)))
    return options


def _quality(one: Quality) -> Block:
    word = WORDS[one].capitalize()
    return option(f"{word}: priced as high" if one is Quality.AUTO else word, one)


def _select(
    field: Field, label: str, options: list[Block], chosen: str, *, turn: int | None = None
) -> Block:
    first = next((one for one in options if one["value"] == chosen), None)
    if first is None:  # what was chosen is not there any more; it is named, and cannot be bought
        first = option(chosen, chosen)
        options = [*options, first]
    element = {
        "type": "static_select",
        "action_id": action(field),
        "options": options,
        "initial_option": first,
    }
    return _input(field, label, element, dispatch=True, turn=turn)


def _input(
    field: Field, label: str, element: Block, *, turn: int | None = None, **more: Any
) -> Block:
    return asks(label, element, block=field.value if turn is None else f"{field}.{turn}", **more)
