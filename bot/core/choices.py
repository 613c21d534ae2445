"""The cheaper and dearer ways to make the same picture, each with its own price. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction

from bot.core import sizes
from bot.core.catalogue import BILLED, Catalogue, Model, takes_masks
from bot.core.errors import Mistake
from bot.core.job import ModelId, Price, Quality, Request, Size, Tier

COUNTS = (1, 2, 3, 4, 6, 8, 10)
"""Numbers of images that the card offers; the command takes every one up to 10."""

QUICK = 4
"""Choices shown as buttons of their own; the rest is in the card's menu."""

WORDS = {
    Quality.LOW: "draft",
    Quality.MEDIUM: "medium",
    Quality.HIGH: "high",
    Quality.AUTO: "auto",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Another way to make the picture: its name, the request it means, its price."""

    label: str
    request: Request
    price: Price


@dataclass(frozen=True, slots=True)
class Choices:
    """Everything that the card offers beside the request itself."""

    quick: tuple[Choice, ...]
    cells: tuple[Choice, ...]  # every tier and quality
    counts: tuple[Choice, ...]
    models: tuple[Choice, ...]

    def within(self, credits: int) -> tuple[Choice, ...]:
        """The choices that so many credits cover, dearest first."""
        every = {one.price.credits: one for one in (*self.models, *self.cells)}
        fitting = [one for price, one in every.items() if price <= credits]
        return tuple(sorted(fitting, key=lambda one: -one.price.credits)[:QUICK])


def list_choices(catalogue: Catalogue, request: Request) -> Choices:
    """What else may be chosen for a request; only what has a price."""
    model = catalogue.find(request.model)
    now = catalogue.tier_of(model, request.size)
    cells = _priced(catalogue, _cells(model, request, now))
    models = _priced(catalogue, _models(catalogue, model, request, now))
    in_vain = request.mask is not None and not takes_masks(model.id)
    with_mask = [one for one in models if in_vain and takes_masks(one.request.model)][:1]
    quick = _quick(cells, request, catalogue.price(request), now)
    return Choices(
        quick=(*with_mask, *quick)[:QUICK],
        cells=cells,
        counts=_priced(catalogue, _counts(request)),
        models=models,
    )


def list_other_makers(catalogue: Catalogue, request: Request) -> tuple[Choice, ...]:
    """The same request with each model of another maker that has a price, the cheapest first.

    Where one model has no capacity, its maker's others often have none either.
    """
    try:
        model = catalogue.find(request.model)
    except Mistake:  # it is not in the price table any more: what it was asked for stays
        model = catalogue.default
    now = catalogue.tier_of(model, request.size)
    found = _priced(catalogue, _models(catalogue, model, request, now))
    elsewhere = [one for one in found if _maker(one.request.model) != _maker(model.id)]
    return tuple(sorted(elsewhere, key=lambda one: one.price.credits))


def _maker(model: str) -> str:
    """gpt, gemini and the like."""
    return model.partition("-")[0]


def size_at_tier(model: Model, size: Size | None, tier: Tier) -> Size | None:
    """The same shape at another tier; `auto` stays auto at 1K, above it is square, at 4K 16:9."""
    if size is None:
        return {
            Tier.T512: Size(512, 512),
            Tier.T1K: None,
            Tier.T2K: sizes.PRESETS["2k"],
            Tier.T4K: sizes.PRESETS["4k"],
        }[tier]
    return sizes.size_for_ratio(model, Fraction(size.width, size.height), tier)


def encode(request: Request) -> str:
    """The variable part of a request as a short text for a button, without its prompt."""
    return "|".join(
        (
            request.model,
            str(request.size or "auto"),
            request.quality or "-",
            str(request.count),
        )
    )


def decode(text: str, request: Request) -> Request:
    """A request changed as a button says. Raises `Mistake` for a text that `encode` never made."""
    try:
        model, size, quality, count = text.split("|")
        return replace(
            request,
            model=ModelId(model),
            size=sizes.parse_size(size),
            quality=None if quality == "-" else Quality(quality),
            count=int(count),
        )
    except ValueError as error:
        raise Mistake("This choice is not known any more.") from error


Ways = Iterable[tuple[str, Request]]
"""Requests by the names under which they may be chosen."""


def _priced(catalogue: Catalogue, ways: Ways) -> tuple[Choice, ...]:
    """Those of them that have a price."""
    found: list[Choice] = []
    for label, request in ways:
        with suppress(Mistake):
            found.append(Choice(label, request, catalogue.price(request)))
    return tuple(found)


def _cells(model: Model, request: Request, now: Tier) -> Ways:
    for tier in Tier:
        if not any(cell.tier is tier for cell in model.cells):
            continue
        size = request.size if tier is now else size_at_tier(model, request.size, tier)
        for quality in BILLED if model.qualities else (None,):
            changed = replace(request, size=size, quality=quality)
            if changed != request:
                word = WORDS[quality] if quality else ""
                label = word if tier is now else f"{tier} {word}".strip()
                yield label[0].upper() + label[1:], changed


def _quick(
    cells: tuple[Choice, ...], request: Request, price: Price, now: Tier
) -> tuple[Choice, ...]:
    """The other qualities here, and the tiers beside this one at the same quality."""
    tiers = list(Tier)
    beside = {tiers[i] for i in (tiers.index(now) - 1, tiers.index(now) + 1) if 0 <= i < len(tiers)}
    quality = Quality.HIGH if request.quality is Quality.AUTO else request.quality
    picked = [
        one
        for one in cells
        if (one.price.tier is now and one.price.credits != price.credits)
        or (one.price.tier in beside and one.request.quality is quality)
    ]
    return tuple(sorted(picked, key=lambda one: one.price.credits)[:QUICK])


def _counts(request: Request) -> Ways:
    for count in COUNTS:
        if count != request.count:
            label = "1 image" if count == 1 else f"{count} images"
            yield label, replace(request, count=count)


def _models(catalogue: Catalogue, model: Model, request: Request, now: Tier) -> Ways:
    for other in catalogue.models:
        if other.id != model.id:
            size = size_at_tier(other, request.size, now) if request.size is not None else None
            quality = (request.quality or Quality.MEDIUM) if other.qualities else None
            yield other.label, replace(request, model=other.id, size=size, quality=quality)
