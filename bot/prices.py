"""The price file: `prices.json` beside this module, or the file that `EASEL_PRICES` names.

Prices are whole credits for one image, by tier and, where the model has qualities, by quality
(Pixapi, "Credits"). The file is checked as a whole before anything is priced by it.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    StrictBool,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
)
from pydantic_core import PydanticCustomError, PydanticOmit

from bot.core.catalogue import BILLED, Catalogue, Cell, Model, Sizing
from bot.core.job import Credits, ModelId, Quality, Tier

SHIPPED_PRICES = Path(__file__).with_name("prices.json")

MAX_CELL = 1_000_000
"""Credits: no image costs more; a longer number in a price file is a slip of the hand."""

_COLUMNS = [(tier, quality) for tier in Tier for quality in (None, *BILLED)]
"""The order of a model's cells, whatever the order in the file."""


def read_prices(text: str) -> Catalogue:
    """Check a price file and read it. Raises `ValueError` with a line for each mistake in it."""
    try:
        data = json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"The price file is not readable: {error}") from error
    try:
        file = _File.model_validate(data, context={})
    except ValidationError as error:
        raise ValueError("\n".join(_line(found, data) for found in error.errors())) from error
    canonical = json.dumps(data, sort_keys=True, separators=(",", ":")).encode()
    version = f"{file.version}+{sha256(canonical).hexdigest()[:8]}"
    return Catalogue(version, file.default, tuple(file.models))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object in which no key stands twice: the second would silently win."""
    result = dict(pairs)
    if len(result) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        raise ValueError(f"{', '.join(twice)} stands twice in one object")
    return result


def _or(sentence: str) -> WrapValidator:
    """Say this of a value, whatever pydantic found wrong with it."""

    def check(value: object, validate: ValidatorFunctionWrapHandler) -> Any:
        try:
            return validate(value)
        except ValueError:
            raise ValueError(sentence) from None

    return WrapValidator(check)


_Word = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$"),
    _or("is not a word of letters, digits, . _ -"),
]
_Tier = Annotated[Tier, _or(f"is not a tier; tiers: {', '.join(Tier)}")]
_Billed = Annotated[
    Literal[Quality.LOW, Quality.MEDIUM, Quality.HIGH],
    _or(f"has no price; qualities: {', '.join(BILLED)}"),
]
_Amount = Annotated[
    int,
    Field(strict=True, ge=1, le=MAX_CELL),  # strict: a bool is no price
    _or(f"is not a whole number of credits from 1 to {MAX_CELL:,}"),
]
_PLAIN = TypeAdapter(dict[_Tier, _Amount])
_GRADED = TypeAdapter(dict[_Tier, dict[_Billed, _Amount]])
_TEXT = Field(pattern=r"(?s)^\S(.*\S)?$")


class _Entry(BaseModel):
    """A model of the file. Its prices are read by whether the model has qualities."""

    model_config = ConfigDict(extra="forbid")

    id: _Word
    alias: _Word | None
    label: Annotated[str, _TEXT, _or("is not a text")]
    sizes: Annotated[Sizing, _or(f"is not {' or '.join(Sizing)}")]
    qualities: Annotated[StrictBool, _or("is not true or false")]
    prices: Any

    @field_validator("prices")
    @classmethod
    def _read_cells(cls, prices: Any, info: ValidationInfo) -> tuple[Cell, ...]:
        if "qualities" not in info.data:
            return ()  # the prices may well be right once that mistake is mended
        if info.data["qualities"]:
            rows: Any = _GRADED.validate_python(prices)
        else:
            plain = _PLAIN.validate_python(prices)
            rows = {tier: {None: amount} for tier, amount in plain.items()}
        return tuple(
            Cell(tier, quality, Credits(rows[tier][quality]))
            for tier, quality in _COLUMNS
            if quality in rows.get(tier, {})
        )


def _read_model(data: object, info: ValidationInfo) -> Model:
    """A model of the file, whose names no model before has: those are in `info.context`."""
    entry = _Entry.model_validate(data)
    taken: Any = info.context
    clashes = []
    model = Model(
        ModelId(entry.id), entry.alias, entry.label, entry.sizes, entry.qualities, entry.prices
    )
    for name in model.names:
        if name in taken:
            clashes.append(f"{name} already names {taken[name]}")
        taken.setdefault(name, model.id)
    if clashes:
        raise PydanticCustomError("taken", "{clashes}", {"clashes": "; ".join(clashes)})
    return model


def _read_default(name: object, info: ValidationInfo) -> Model:
    if "models" not in info.data:
        raise PydanticOmit  # the default may well be among the wrong ones
    models: list[Model] = info.data["models"]
    for model in models:
        if isinstance(name, str) and name.casefold() in model.names:
            if Tier.T1K not in model.tiers:
                raise ValueError("has no price at 1K")
            return model
    raise ValueError("is not a model of this file")


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: Annotated[str, _TEXT, _or("is not a text such as 2026-11-22")]
    models: Annotated[
        list[Annotated[InstanceOf[Model], BeforeValidator(_read_model)]], Field(min_length=1)
    ]
    default: Annotated[InstanceOf[Model], BeforeValidator(_read_default)]


def _line(found: Any, data: Any) -> str:
    """One of pydantic's findings as a line: where in the file, what stands there, what is wrong."""
    path = [str(part) for part in found["loc"]]
    if path[:1] == ["models"] and len(path) > 1:
        number = found["loc"][1]
        entry = data["models"][number]
        name = entry.get("id") if isinstance(entry, dict) else None
        path[:2] = [name if isinstance(name, str) and name else f"model {number + 1}"]
    wrong = str(found.get("ctx", {}).get("error") or found["msg"])
    shown = json.dumps(found["input"], ensure_ascii=False)
    match found["type"]:
        case "missing":
            said = f"{path.pop()} is missing"
        case "extra_forbidden":
            said = f"{path.pop()} is not a known key"
        case "list_type" | "too_short":
            said = "must be a list with at least one model"
        case "model_type":
            keys = _Entry.model_fields if path else _File.model_fields
            said = f"{shown} is not an object with {', '.join(sorted(keys))}"
        case "dict_type":
            said = f"{shown} is not an object of {'tiers' if path[-1] == 'prices' else 'qualities'}"
        case "taken":
            said = wrong
        case _ if path[-1:] == ["[key]"]:
            path, said = path[:-1], wrong
        case _:
            said = f"{shown} {wrong}"
    return ": ".join([*(path or ["The price file"]), said])
