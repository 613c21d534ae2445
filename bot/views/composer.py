"""The composer: a form for a request that is itself its confirmation. Pure.

Its submit button names the price. What the form must know again when it comes back (where the
picture goes, the price that is shown) rides in the view's `private_metadata`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bot.core.budget import Standing
from bot.core.catalogue import Catalogue
from bot.core.draft import Draft, Field, priced
from bot.core.job import ChannelId, Credits, JobId, Price, Ts
from bot.core.payload import pack
from bot.core.post import Attached
from bot.views.card import scope_name, would_wait
from bot.views.composer_fields import (
    files_field,
    prompt_field,
    settings_fields,
    short_name,
    ticked_fields,
    where_field,
    with_mistakes,
)
from bot.views.kit import Block, context, credits_, escape, section
from bot.views.places import capital

CALLBACK = "composer"
SUBMIT = 24  # characters of a modal's buttons


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a form belongs: what it must know when it comes back."""

    channel: ChannelId | None = None  # None until it is chosen in the form
    thread: Ts | None = None
    quiet: bool = (
        False  # nobody has answered in the thread: nothing can be shown to one person there
    )
    asks: bool = False  # the form asks for the channel
    offer: JobId | None = None  # the stored offer that it changes
    revision: int = 0  # of that offer
    kept: JobId | None = (
        None  # whose prompt stands unless a new one is written: too long for a form
    )
    reply_url: str = ""  # where its sender can be answered, for thirty minutes
    card: bool = False  # that address belongs to a card, which is replaced


@dataclass(frozen=True, slots=True)
class ComposerNote:
    """What a form's `private_metadata` holds."""

    origin: Origin
    draft: Draft  # as it was when the form was last drawn, without what its fields say again
    price: Credits | None  # that the form shows
    round: int = 0  # how often the fields that depend on the model were made anew


def render(
    catalogue: Catalogue,
    draft: Draft,
    origin: Origin,
    *,
    tightest: Standing | None = None,
    hitch: str | None = None,
    news: str = "",
    before: ComposerNote | None = None,
    shown: Mapping[str, Block] = MappingProxyType({}),
) -> dict[str, Any]:
    """The modal.

    `tightest` is the budget with the least left; `hitch` a key of HITCHES, which keeps pictures
    from Slack at the moment; `news` a sentence of our own.

    On a change, `before` and `shown` (blocks by id) are the form as it is on the screen: fields
    whose choices stay are sent back as they are there, so that what was typed and chosen stays.
    """
    price = priced(draft, catalogue)
    turn = 0 if before is None else before.round + (before.draft.model != draft.model)
    wrong: Mapping[Field, str] = price if isinstance(price, dict) else {}
    fields = [
        *prompt_field(draft, kept=origin.kept is not None),
        *(where_field(origin.channel) if origin.asks else []),
        *ticked_fields(draft),
        files_field(draft),
        *settings_fields(catalogue, draft, turn),
    ]
    as_shown = [shown.get(block.get("block_id", ""), block) for block in fields]
    shown_price = None if isinstance(price, dict) else price.credits
    note = ComposerNote(origin, _remembered(draft), shown_price, turn)
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": pack(note),
        "title": _plain("Edit images" if draft.inputs else "Create an image"),
        "submit": _plain(
            _missing(wrong) if isinstance(price, dict) else submit_text(price.credits)
        ),
        "close": _plain("Cancel"),
        "blocks": [
            *([section(f":information_source: {escape(news)}")] if news else []),
            *with_mistakes(as_shown, wrong),
            *_price(price, draft, tightest, hitch),
        ],
    }


def _remembered(draft: Draft) -> Draft:
    """A draft without what its fields say again, and what is too long or not needed."""

    def named(one: Attached) -> Attached:
        return Attached(one.file, short_name(one.name) or None)

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


def _price(
    price: Price | dict[Field, str], draft: Draft, tightest: Standing | None, hitch: str | None
) -> list[Block]:
    """The price of what is chosen and what is left for it: two blocks, whatever they say."""
    if isinstance(price, dict):
        return [section("*No price* for what is chosen."), context("Nothing can be held for it.")]
    each = f" · {draft.count} images, {price.each:,} each" if draft.count > 1 else ""
    told = _left(price, tightest) + (f"\n{would_wait(hitch)}" if hitch is not None else "")
    return [section(f"*{credits_(price.credits)}*{each}"), context(told)]


def _left(price: Price, tightest: Standing | None) -> str:
    if tightest is None or tightest.left is None:
        return "Nothing is held before you click."
    whose = scope_name(tightest.scope, away=True)  # the form itself is in no channel
    if tightest.left < price.credits:
        return f":warning: More than {whose} has left: {max(tightest.left, 0):,}."
    after = tightest.left - price.credits
    return f"{capital(whose)} has {tightest.left:,} left, {after:,} after this."


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}
