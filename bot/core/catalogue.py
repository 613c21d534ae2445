"""The models and what they cost: the price file as a value, checked once, read everywhere.

The table that ships is `prices.json` beside this module; an admin may replace it. Prices are whole
credits for one image, by tier and, where the model has it, quality (Pixapi, "Credits").
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from bot.core.errors import Mistake
from bot.core.job import Credits, ModelId, Price, Quality, Request, Size, Tier

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_CELL = 1_000_000
"""Credits: no image costs more; a longer number in a price file is a slip of the hand."""

LONG_EDGE = {Tier.T512: 512, Tier.T1K: 1536, Tier.T2K: 2048}
"""Pixels of the long edge up to which a tier reaches; whatever is longer is 4K."""

BILLED = (Quality.LOW, Quality.MEDIUM, Quality.HIGH)
"""The qualities with a price of their own: `auto` is billed as `high`."""

_COLUMNS = [(tier, quality) for tier in Tier for quality in (None, *BILLED)]
"""The order of a model's cells, whatever the order in the file."""


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
            if wanted in _names(model):
                return model
        names = [model.alias or model.id for model in self.models]
        raise Mistake(
            f"There is no model {name}. Models: {', '.join(names)}"
            f"{nearest_word(wanted, self.names())}"
        )

    def names(self) -> list[str]:
        """Every id and alias, in lower case."""
        return [known for model in self.models for known in _names(model)]

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
        return Tier.T1K if tier is Tier.T512 and tier not in _tiers(model.cells) else tier

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


def takes_masks(model: ModelId) -> bool:
    """Whether a model looks at a mask: GPT Image does; the Gemini models ignore it."""
    return model.startswith("gpt-image")


def tier_of_edge(pixels: int) -> Tier:
    """The tier of a long edge, whatever the model."""
    return next((tier for tier, reach in LONG_EDGE.items() if pixels <= reach), Tier.T4K)


def nearest_word(word: str, words: Iterable[str]) -> str:
    """The end of a mistake's sentence: `; nearest: X.`, or a full stop where nothing is near."""
    return nearest_is(closest(word, words))


def nearest_is(choice: str | None) -> str:
    """The end of a mistake's sentence, with the nearest valid choice where there is one."""
    return "." if choice is None else f"; nearest: {choice}."


def closest(word: str, words: Iterable[str]) -> str | None:
    """The first of the words that begins with what was written, else one that looks like it."""
    known = list(words)
    close = [each for each in known if each.startswith(word)] or get_close_matches(word, known, n=1)
    return close[0] if close else None


def parse(text: str) -> Catalogue:
    """Read a price file. Raises `ValueError` with a line for each mistake in it."""
    try:
        data = json.loads(text, object_pairs_hook=_object)
    except ValueError as error:
        raise ValueError(f"The price file is not readable: {error}") from error
    problems: list[str] = []
    _check_keys(data, {"version", "default", "models"}, "The price file", problems)
    if problems:
        raise ValueError("\n".join(problems))
    if not _is_text(data["version"]):
        problems.append(f"version: {_show(data['version'])} is not a text such as 2026-11-22")
    told = len(problems)
    models = _models(data["models"], problems)
    default = next((m for m in models if str(data["default"]).casefold() in _names(m)), None)
    if default is None and len(problems) == told:  # else it may well be among the wrong ones
        problems.append(f"default: {_show(data['default'])} is not a model of this file")
    elif default is not None and Tier.T1K not in _tiers(default.cells):
        problems.append(f"default: {default.id} has no price at 1K")
    if problems or default is None:
        raise ValueError("\n".join(problems))
    canonical = json.dumps(data, sort_keys=True, separators=(",", ":")).encode()
    version = f"{data['version']}+{sha256(canonical).hexdigest()[:8]}"
    return Catalogue(version, default, models)


def _names(model: Model) -> tuple[str, ...]:
    names = (model.id, model.alias) if model.alias else (model.id,)
    return tuple(name.casefold() for name in names)


def _tiers(cells: Iterable[Cell]) -> list[Tier]:
    priced = {known.tier for known in cells}
    return [tier for tier in Tier if tier in priced]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object in which no key stands twice: the second would silently win."""
    result = dict(pairs)
    if len(result) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        raise ValueError(f"{', '.join(twice)} stands twice in one object")
    return result


def _show(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value.strip() == value != ""


def _check_keys(entry: Any, keys: set[str], where: str, problems: list[str]) -> None:
    if not isinstance(entry, dict):
        problems.append(f"{where}: {_show(entry)} is not an object with {', '.join(sorted(keys))}")
        return
    problems += [f"{where}: {key} is missing" for key in sorted(keys - entry.keys())]
    problems += [f"{where}: {key} is not a known key" for key in sorted(entry.keys() - keys)]


def _models(entries: Any, problems: list[str]) -> tuple[Model, ...]:
    if not isinstance(entries, list) or not entries:
        problems.append("models: must be a list with at least one model")
        return ()
    models: list[Model] = []
    taken: dict[str, str] = {}
    for number, entry in enumerate(entries, 1):
        name = entry.get("id") if isinstance(entry, dict) else None
        where = name if isinstance(name, str) and name else f"model {number}"
        model = _model(entry, where, problems)
        if model is None:
            continue
        for known in _names(model):
            if known in taken:
                problems.append(f"{where}: {known} already names {taken[known]}")
            taken.setdefault(known, where)
        models.append(model)
    return tuple(models)


def _model(entry: Any, where: str, problems: list[str]) -> Model | None:
    before = len(problems)
    _check_keys(entry, {"id", "alias", "label", "sizes", "qualities", "prices"}, where, problems)
    if len(problems) > before:
        return None
    for key in ("id", "alias"):
        value = entry[key]
        if not (key == "alias" and value is None) and not _is_name(value):
            problems.append(
                f"{where}: {key}: {_show(value)} is not a word of letters, digits, . _ -"
            )
    if not _is_text(entry["label"]):
        problems.append(f"{where}: label: {_show(entry['label'])} is not a text")
    if entry["sizes"] not in list(Sizing):
        problems.append(f"{where}: sizes: {_show(entry['sizes'])} is not custom or gemini")
    if not isinstance(entry["qualities"], bool):
        problems.append(f"{where}: qualities: {_show(entry['qualities'])} is not true or false")
    cells = _cells(entry["prices"], entry["qualities"] is True, f"{where}: prices", problems)
    if len(problems) > before:
        return None
    return Model(
        id=ModelId(entry["id"]),
        alias=entry["alias"],
        label=entry["label"],
        sizing=Sizing(entry["sizes"]),
        qualities=entry["qualities"],
        cells=cells,
    )


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", value) is not None


def _cells(prices: Any, qualities: bool, where: str, problems: list[str]) -> tuple[Cell, ...]:  # noqa: FBT001
    if not isinstance(prices, dict):
        problems.append(f"{where}: {_show(prices)} is not an object of tiers")
        return ()
    cells: list[Cell] = []
    for tier, row in prices.items():
        at = f"{where}: {tier}"
        if tier not in list(Tier):
            problems.append(f"{at}: is not a tier; tiers: {', '.join(Tier)}")
        elif not qualities:
            cells += _cell(Tier(tier), None, row, at, problems)
        elif not isinstance(row, dict):
            problems.append(f"{at}: {_show(row)} is not an object of qualities")
        else:
            for quality, amount in row.items():
                if quality in BILLED:
                    cells += _cell(
                        Tier(tier), Quality(quality), amount, f"{at}: {quality}", problems
                    )
                else:
                    problems.append(
                        f"{at}: {quality}: has no price; qualities: {', '.join(BILLED)}"
                    )
    return tuple(sorted(cells, key=lambda one: _COLUMNS.index((one.tier, one.quality))))


def _cell(
    tier: Tier, quality: Quality | None, amount: Any, where: str, problems: list[str]
) -> list[Cell]:
    if type(amount) is int and 1 <= amount <= MAX_CELL:  # a bool is no price
        return [Cell(tier, quality, Credits(amount))]
    problems.append(
        f"{where}: {_show(amount)} is not a whole number of credits from 1 to {MAX_CELL:,}"
    )
    return []
