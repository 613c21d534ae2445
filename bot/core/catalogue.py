"""The models and what they cost: the price file as a value, which `bot.prices` reads. Pure.

Prices are whole credits for one image, by tier and, where the model has qualities, by quality
(Pixapi, "Credits").
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.core.errors import Mistake
from bot.core.job import Credits, Job, ModelId, Price, Quality, Request, Size, Tier

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LONG_EDGE = {Tier.T512: 512, Tier.T1K: 1536, Tier.T2K: 2048}
"""Pixels of the long edge up to which a tier reaches; whatever is longer is 4K."""

BILLED = (Quality.LOW, Quality.MEDIUM, Quality.HIGH)
"""The qualities with a price of their own: `auto` is billed as `high`."""


class Sizing(StrEnum):
    """Which rule says what sizes a model takes; the rules are in `sizes`."""

    CUSTOM = "custom"
    GEMINI = "gemini"


@dataclass(frozen=True, slots=True)
class Cell:
    """What one image costs at a tier and, where the model has it, a quality."""

    tier: Tier
    quality: Quality | None
    credits: Credits


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the price table."""

    id: ModelId
    alias: str | None
    label: str  # what people read
    sizing: Sizing
    qualities: bool  # takes `--quality`
    cells: tuple[Cell, ...]  # what has no cell has no price, and is refused

    @property
    def names(self) -> tuple[str, ...]:
        """Its id and its alias, in lower case."""
        return tuple(name.casefold() for name in (self.id, self.alias) if name)

    @property
    def tiers(self) -> list[Tier]:
        """The tiers at which any quality has a price, the cheapest first."""
        return _tiers(self.cells)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The price table, valid as a whole."""

    version: str  # the file's own, "+", eight hex digits of its content: any change changes it
    default: Model
    models: tuple[Model, ...]  # in the file's order, which is the order people see

    def find(self, name: str) -> Model:
        """The model of this id or alias, in any case. Raises `Mistake` naming the nearest."""
        wanted = name.casefold()
        for model in self.models:
            if wanted in model.names:
                return model
        names = [model.alias or model.id for model in self.models]
        raise Mistake(
            f"There is no model {name}. Models: {', '.join(names)}"
            f"{suggest_word(wanted, self.names())}"
        )

    def names(self) -> list[str]:
        """Every id and alias, in lower case."""
        return [known for model in self.models for known in model.names]

    def label(self, model: ModelId) -> str:
        """What people read for a model; its id where the table does not have it any more."""
        return next((known.label for known in self.models if known.id == model), model)

    def price(self, request: Request) -> Price:
        """The estimate for a request: its cell times the images asked for. Raises `Mistake`."""
        model = self.find(request.model)
        tier = self.tier_of(model, request.size)
        each = self.cell(model, tier, request.quality)
        return Price(Credits(each * request.count), each, tier, self.version)

    def tier_of(self, model: Model, size: Size | None) -> Tier:
        """The tier that a size is priced at, by its long edge; `auto` (None) is estimated as 1K.

        The smallest tier counts only where the model has a price there. Anything longer than 2K is
        4K: a picture that arrived has a tier, whatever its pixels are.
        """
        if size is None:
            return Tier.T1K
        tier = tier_of_edge(size.long_edge)
        return Tier.T1K if tier is Tier.T512 and tier not in model.tiers else tier

    def cell(self, model: Model, tier: Tier, quality: Quality | None) -> Credits:
        """Credits for one image; `auto` is billed as `high`. Raises `Mistake` without a price.

        `quality` is None for a model without qualities, and only for such a model.
        """
        if quality is None and model.qualities:
            raise Mistake(f"{model.label} needs a quality: {', '.join(Quality)}.")
        if quality is not None and not model.qualities:
            raise Mistake(f"{model.label} has no quality to choose. Leave the quality out.")
        billed = Quality.HIGH if quality is Quality.AUTO else quality
        row = [known for known in model.cells if known.quality is billed]
        for known in row:
            if known.tier is tier:
                return known.credits
        what = model.label if quality is None else f"{model.label} at {quality} quality"
        if row:
            raise Mistake(f"{what} has no price at {tier}, only at {' and '.join(_tiers(row))}.")
        raise Mistake(f"{what} has no price yet. An admin can add one to the price file.")


def _tiers(cells: Iterable[Cell]) -> list[Tier]:
    priced = {cell.tier for cell in cells}
    return [tier for tier in Tier if tier in priced]


def takes_masks(model: ModelId) -> bool:
    """Whether a model looks at a mask: GPT Image does; the Gemini models ignore it."""
    return model.startswith("gpt-image")


def tier_of_edge(pixels: int) -> Tier:
    """The tier of a long edge, whatever the model."""
    return next((tier for tier, reach in LONG_EDGE.items() if pixels <= reach), Tier.T4K)


def suggest_word(word: str, words: Iterable[str]) -> str:
    """The end of a mistake's sentence: `; nearest: X.`, or a full stop where nothing is near."""
    return suggest(find_closest(word, words))


def suggest(choice: str | None) -> str:
    """The end of a mistake's sentence, with the nearest valid choice where there is one."""
    return "." if choice is None else f"; nearest: {choice}."


def find_closest(word: str, words: Iterable[str]) -> str | None:
    """The first of the words that begins with what was written, else one that looks like it."""
    known = list(words)
    close = [each for each in known if each.startswith(word)] or get_close_matches(word, known, n=1)
    return close[0] if close else None


# What arrived


@dataclass(frozen=True, slots=True)
class Charge:
    """What is charged, and what the price table makes of the same pictures; both in credits.

    The provider bills successful outputs by their real pixels; a `costCredits` in its answer is the
    provider's own word on that and wins (Pixapi, "Credits").
    """

    credits: Credits
    computed: Credits

    @property
    def drift(self) -> Credits:
        """How much more the provider says than the price table; negative when it says less."""
        return Credits(self.credits - self.computed)


def compute_charge(
    catalogue: Catalogue,
    job: Job,
    sizes: Sequence[Size],
    cost_credits: int | None,
    *,
    unseen: int = 0,
) -> Charge:
    """The charge for pictures of these real sizes; `cost_credits` is the provider's word.

    `unseen` pictures were made and cannot be opened: they count as what was agreed for one.
    """
    arrived = sum(_cell_of_picture(catalogue, job, size) for size in sizes)
    computed = Credits(arrived + unseen * job.price.each)
    return Charge(computed if cost_credits is None else Credits(cost_credits), computed)


def _cell_of_picture(catalogue: Catalogue, job: Job, size: Size) -> Credits:
    """What was agreed for one in a picture of the agreed tier, else the cell of its own tier.

    The table may be another one by now: the agreed price is the one that was seen. Where the table
    has no price for a picture, the picture counts as agreed, too.
    """
    try:
        model = catalogue.find(job.request.model)
        tier = catalogue.tier_of(model, size)
        if tier is job.price.tier:
            return job.price.each
        return catalogue.cell(model, tier, job.request.quality)
    except Mistake:
        return job.price.each
