"""The composer: a form for a request that is itself its confirmation. Pure.

Its submit button names the price. What the form must know again when it comes back (where the
picture goes, the price that is shown) rides in the view's `private_metadata`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bot.core.budget import BudgetStatus
from bot.core.catalogue import Catalogue
from bot.core.choices import WORDS
from bot.core.draft import Draft, Field, list_qualities, list_sizes, price_draft
from bot.core.grammar import MAX_COUNT
from bot.core.job import ChannelId, Credits, JobId, Price, Quality, Size, Ts
from bot.core.payload import pack
from bot.core.post import Attached
from bot.core.sizes import parse_size
from bot.views import names
from bot.views.budget_status import Reader, capitalise, name_budget
from bot.views.card import describe_hitch
from bot.views.kit import (
    Block,
    context,
    credits_,
    escape,
    form_field,
    option,
    plain,
    plain_section,
    section,
    tame,
)

SUBMIT = 24  # characters of a modal's buttons
KEEP = f"{names.COMPOSE}keep"
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


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a form belongs: what it must know when it comes back."""

    channel: ChannelId | None = None  # None until it is chosen in the form
    thread: Ts | None = None
    quiet: bool = False  # the thread has no replies: nothing can be shown to one person there
    asks: bool = False  # the form asks for the channel
    offer: JobId | None = None  # the stored offer that it changes
    revision: int = 0  # of that offer
    kept: JobId | None = None  # its prompt, too long for a form, stands unless one is written
    reply_url: str = ""  # where its sender can be answered, for thirty minutes
    card: bool = False  # that address belongs to a card, which is replaced


@dataclass(frozen=True, slots=True)
class ComposerNote:
    """What a form's `private_metadata` holds."""

    origin: Origin
    draft: Draft  # as it was when the form was last drawn, without what its fields say again
    price: Credits | None  # that the form shows
    round: int = 0  # how often the fields that depend on the model were made anew


@dataclass(frozen=True, slots=True)
class Prospects:
    """What is known of where the picture goes."""

    tightest: BudgetStatus | None = None  # the budget with the least left
    hitch: str | None = None  # a key of HITCHES: what keeps pictures from Slack at the moment


NOT_KNOWN = Prospects()


def render_composer(
    catalogue: Catalogue,
    draft: Draft,
    origin: Origin,
    prospects: Prospects = NOT_KNOWN,
    *,
    news: str = "",
    before: ComposerNote | None = None,
    shown: Mapping[str, Block] = MappingProxyType({}),
) -> dict[str, Any]:
    """The modal.

    `news` is a sentence of our own. On a change, `before` and `shown` (blocks by id) are the form
    as it is on the screen: fields whose choices stay are sent back as they are there, so that what
    was typed and chosen stays.
    """
    price = price_draft(draft, catalogue)
    turn = 0 if before is None else before.round + (before.draft.model != draft.model)
    wrong: Mapping[Field, str] = price if isinstance(price, dict) else {}
    fields = [
        *_prompt_field(draft, kept=origin.kept is not None),
        *(_where_field(origin.channel) if origin.asks else []),
        *_ticked_fields(draft),
        _files_field(draft),
        *_settings_fields(catalogue, draft, turn),
    ]
    as_shown = [shown.get(block.get("block_id", ""), block) for block in fields]
    shown_price = None if isinstance(price, dict) else price.credits
    note = ComposerNote(origin, _remembered(draft), shown_price, turn)
    return {
        "type": "modal",
        "callback_id": names.COMPOSER,
        "private_metadata": pack(note),
        "title": plain("Edit images" if draft.inputs else "Create an image"),
        "submit": plain(_missing(wrong) if isinstance(price, dict) else submit_text(price.credits)),
        "close": plain("Cancel"),
        "blocks": [
            *([section(f":information_source: {escape(news)}")] if news else []),
            *_with_mistakes(as_shown, wrong),
            *_price(price, draft, prospects),
        ],
    }


def _remembered(draft: Draft) -> Draft:
    """A draft without what its fields say again, and what is too long or not needed."""

    def named(one: Attached) -> Attached:
        return Attached(one.file, _short_name(one.name) or None)

    return Draft(
        draft.model,
        quality=draft.quality,
        inputs=tuple(named(one) for one in draft.inputs),
        mask=named(draft.mask) if draft.mask else None,
        parent=draft.parent,
    )


def submit_text(price: Credits) -> str:
    """What the button says; prices beyond any table are written more tightly."""
    for text in (f"Generate · {credits_(price)}", f"Generate · {price} credits"):
        if len(text) <= SUBMIT:
            return text
    return f"Generate · {price} cr."


def _missing(wrong: Mapping[Field, str]) -> str:
    """What the button says where there is no price: it cannot spend anything."""
    return "Choose another " + ("number" if Field.COUNT in wrong else next(iter(wrong)))


def _price(price: Price | dict[Field, str], draft: Draft, prospects: Prospects) -> list[Block]:
    """The price of what is chosen and what is left for it: two blocks, whatever they say."""
    if isinstance(price, dict):
        return [section("*No price* for what is chosen."), context("Nothing can be held for it.")]
    each = f" · {draft.count} images, {price.each:,} each" if draft.count > 1 else ""
    told = _left(price, prospects.tightest)
    if prospects.hitch is not None:
        told += f"\n{describe_hitch(prospects.hitch)}"
    return [section(f"*{credits_(price.credits)}*{each}"), context(told)]


def _left(price: Price, tightest: BudgetStatus | None) -> str:
    if tightest is None or tightest.left is None:
        return "Nothing is held before you click."
    budget = name_budget(tightest.scope, Reader.AWAY)  # the form itself is in no channel
    if tightest.left < price.credits:
        return f":warning: More than {budget} has left: {max(tightest.left, 0):,}."
    after = tightest.left - price.credits
    return f"{capitalise(budget)} has {tightest.left:,} left, {after:,} after this."


# The fields. Block ids stay as long as a field's choices do: Slack keeps by them what was typed.


def _with_mistakes(blocks: Sequence[Block], wrong: Mapping[Field, str]) -> Iterator[Block]:
    """Each field, and below it what is wrong with it."""
    for block in blocks:
        yield block
        for field, sentence in wrong.items():
            if block.get("element", {}).get("action_id") == action_id(field):
                yield context(f":warning: {escape(sentence)}")


def is_long(prompt: str) -> bool:
    """Whether Slack's field does not take a prompt, counted as its clients count: in UTF-16."""
    return len(prompt.encode("utf-16-le", "surrogatepass")) > 2 * PROMPT


def action_id(field: Field) -> str:
    """The action_id of a field."""
    return f"{names.COMPOSE}{field}"


def _prompt_field(draft: Draft, *, kept: bool) -> list[Block]:
    """The prompt; one that is too long for a field is shown cut, and stands unless replaced."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": action_id(Field.PROMPT),
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
        {**plain_section(draft.prompt, SHOWN), "block_id": KEPT},
        {**context(told), "block_id": f"{KEPT}_note"},
        _input(Field.PROMPT, "New prompt", element, optional=True),
    ]


def _where_field(channel: ChannelId | None) -> list[Block]:
    """The channel that the picture goes to, where the form was opened from nowhere."""
    element: Block = {
        "type": "conversations_select",
        "action_id": action_id(Field.CHANNEL),
        "placeholder": plain("Choose a channel"),
        "default_to_current_conversation": True,
        "response_url_enabled": True,
        "filter": {"include": ["public", "private", "im"]},
    }
    if channel is not None:
        element["initial_conversation"] = channel
    return [_input(Field.CHANNEL, "Channel", element, dispatch=True)]


def _ticked_fields(draft: Draft) -> list[Block]:
    """The images chosen before, each of which can be taken out; at most ten a group."""
    files = [*draft.inputs, *([draft.mask] if draft.mask else [])]
    boxes = []
    for number, one in enumerate(files, 1):
        fallback = "Mask" if one is draft.mask else f"Image {number}"
        box = option(_short_name(one.name) or fallback, one.file)
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


def _short_name(name: str | None) -> str:
    """A file's name for a form: tame, on one line, not too long; empty where nobody knows it."""
    plain = "".join(letter if letter.isprintable() else " " for letter in tame(name or ""))
    return " ".join(plain.split())[:NAME]


def _files_field(draft: Draft) -> Block:
    """More images."""
    element: Block = {
        "type": "file_input",
        "action_id": action_id(Field.FILES),
        "max_files": ADDED,
    }
    label = "Add images" if draft.inputs else "Images to edit"
    hint = "Pictures and photos. A PNG named mask… marks what may change."
    return _input(Field.FILES, label, element, optional=True, hint=hint)


def _settings_fields(catalogue: Catalogue, draft: Draft, turn: int) -> list[Block]:
    """Model, size, quality and count. `turn` makes the fields new that depend on the model."""
    models = [
        option(one.label, one.id) for one in catalogue.models if one.cells or one.id == draft.model
    ]
    qualities = [_quality(one) for one in list_qualities(catalogue, draft.model)]
    counts = [
        option("1 image" if number == 1 else f"{number} images", str(number))
        for number in range(1, MAX_COUNT + 1)
    ]
    blocks = [
        _select(Field.MODEL, "Model", models, draft.model),
        _select(Field.SIZE, "Size", _sizes(catalogue, draft), _size_value(draft), turn=turn),
    ]
    if qualities:
        blocks.append(_select(Field.QUALITY, "Quality", qualities, draft.quality, turn=turn))
    return [*blocks, _select(Field.COUNT, "How many", counts, str(draft.count))]


def _size_value(draft: Draft) -> str:
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
    presets = list_sizes(catalogue, model) if model else []
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
        "action_id": action_id(field),
        "options": options,
        "initial_option": first,
    }
    return _input(field, label, element, dispatch=True, turn=turn)


def _input(
    field: Field, label: str, element: Block, *, turn: int | None = None, **more: Any
) -> Block:
    return form_field(
        label, element, block=field.value if turn is None else f"{field}.{turn}", **more
    )
