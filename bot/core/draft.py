"""A request that is being put together in a form: what is entered, what is wrong with it. Pure.

Every mistake is said at its field; a draft without mistakes is a request with a price.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.core import sizes
from bot.core.catalogue import BILLED, Catalogue, Model
from bot.core.errors import Mistake
from bot.core.grammar import MAX_COUNT, Defaults, check_prompt, fit_default_size
from bot.core.job import JobId, ModelId, Price, Quality, Request, Size
from bot.core.post import Attached

MAX_INPUTS = 16  # images that one request edits; Pixapi, "Request fields"
MAX_BYTES = 50_000_000  # of one image; Pixapi, "Request fields"


class Field(StrEnum):
    """What a person fills in."""

    PROMPT = "prompt"
    CHANNEL = "channel"
    FILES = "files"
    MODEL = "model"
    SIZE = "size"
    QUALITY = "quality"
    COUNT = "count"


Mistakes = dict[Field, str]


@dataclass(frozen=True, slots=True)
class Draft:
    """What is entered so far."""

    model: ModelId
    prompt: str = ""
    size: Size | None = None
    auto: bool = False  # the model is to choose the size, also of an edit
    quality: Quality = Quality.MEDIUM  # kept while a model without qualities is chosen
    count: int = 1
    inputs: tuple[Attached, ...] = ()
    mask: Attached | None = None
    parent: JobId | None = None

    def request(self, catalogue: Catalogue, prompt: str) -> Request:
        """What it means with this prompt, whether that has a price or not."""
        return Request(
            prompt=prompt,
            model=self.model,
            size=self.size,
            auto=self.auto,
            quality=self.quality if _has_quality(catalogue, self.model) else None,
            count=self.count,
            inputs=tuple(one.file for one in self.inputs),
            mask=self.mask.file if self.mask else None,
            parent=self.parent,
        )


def start_draft(catalogue: Catalogue, defaults: Defaults) -> Draft:
    """A form in which nothing is entered: the default model, with what its person has chosen."""
    model = catalogue.default
    size = fit_default_size(defaults.size, model, catalogue)
    return Draft(model.id, size=size, quality=defaults.quality)


def draft_again(request: Request, names: Iterable[Attached] = ()) -> Draft:
    """A request in a form, to be changed; `names` are what is known of its files."""
    known = {one.file: one for one in names}
    return Draft(
        model=request.model,
        prompt=request.prompt,
        size=request.size,
        auto=request.auto,
        quality=request.quality or Quality.MEDIUM,
        count=request.count,
        inputs=tuple(known.get(file, Attached(file)) for file in request.inputs),
        mask=known.get(request.mask, Attached(request.mask)) if request.mask else None,
        parent=request.parent,
    )


def add_files(draft: Draft, added: Iterable[Attached]) -> Draft:
    """The draft with more files, in their order; a PNG that is called `mask…` is the mask.

    One without any image beside it is an image itself: a picture of a mask.
    """
    files = list(draft.inputs)
    masks: list[Attached] = []
    for one in added:
        (masks if one.is_mask else files).append(one)
    if masks and not files:
        files, masks = masks, []
    found = {one.file: one for one in files}
    return replace(draft, inputs=tuple(found.values()), mask=masks[0] if masks else draft.mask)


def price_draft(draft: Draft, catalogue: Catalogue) -> Price | Mistakes:
    """The price of what is chosen, or which choice stands in its way."""
    try:
        model = catalogue.find(draft.model)
    except Mistake as mistake:
        return {Field.MODEL: mistake.sentence}
    if not model.cells:
        return {Field.MODEL: f"{model.label} has no price yet. An admin can add one."}
    if not 1 <= draft.count <= MAX_COUNT:
        return {Field.COUNT: f"From 1 to {MAX_COUNT} images."}
    try:
        if draft.size is not None:
            sizes.check_size(model, draft.size)
    except Mistake as mistake:
        return {Field.SIZE: mistake.sentence}
    try:
        return catalogue.price(draft.request(catalogue, draft.prompt))
    except Mistake as mistake:
        tier = catalogue.tier_of(model, draft.size)
        other_quality = any(cell.tier is tier for cell in model.cells)
        return {Field.QUALITY if other_quality else Field.SIZE: mistake.sentence}


def check_files(draft: Draft, added: Sequence[Attached]) -> Mistakes:
    """What is wrong with a draft's files and those that are added, going by what is claimed."""
    whole = add_files(draft, added)
    wrong = next(filter(None, map(_claim, added)), "")
    if not wrong and sum(one.is_mask for one in added) > 1:
        wrong = "Two files are named mask…; only one can be the mask. Rename the other."
    if not wrong and len(whole.inputs) > MAX_INPUTS:
        wrong = f"At most {MAX_INPUTS} images can be edited at once; these are {len(whole.inputs)}."
    if not wrong and whole.mask is not None and not whole.inputs:
        wrong = "A mask needs the image that it belongs to. Add that image too."
    return {Field.FILES: wrong} if wrong else {}


def check_words(prompt: str) -> Mistakes:
    """What is wrong with a prompt."""
    if not prompt.strip():
        return {Field.PROMPT: "Say what you want to see."}
    try:
        check_prompt(prompt)
    except Mistake as mistake:
        return {Field.PROMPT: mistake.sentence}
    return {}


def list_sizes(catalogue: Catalogue, model: Model) -> list[tuple[str, Size]]:
    """The presets that a model takes and has a price for, by name; one name for each size."""
    tiers = {cell.tier for cell in model.cells}
    found = {  # of two names for a size the last one: 4k-landscape says more than 4k
        size: name
        for name, size in sizes.PRESETS.items()
        if sizes.nearest_size(model, size) == size and catalogue.tier_of(model, size) in tiers
    }
    return [(name, size) for size, name in found.items()]


def list_qualities(catalogue: Catalogue, model: ModelId) -> tuple[Quality, ...]:
    """The qualities that can be chosen; none for a model without."""
    return (*BILLED, Quality.AUTO) if _has_quality(catalogue, model) else ()


def _has_quality(catalogue: Catalogue, model: ModelId) -> bool:
    return any(one.id == model and one.qualities for one in catalogue.models)


def _claim(one: Attached) -> str:
    """Why a file cannot be taken, going by what is claimed; nothing claimed is nothing wrong."""
    if one.mime is not None and not one.is_image:
        return f"{one.name} is not an image."
    if one.size is not None and one.size > MAX_BYTES:
        return f"{one.name} has {one.size / 1e6:,.0f} MB. An image may have 50 MB."
    return ""
