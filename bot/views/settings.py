"""A person's own settings: the form, what is set, and what a skipped card leaves to say. Pure."""

from __future__ import annotations

from bot.core.catalogue import Catalogue
from bot.core.choices import WORDS
from bot.core.draft import sizes_of
from bot.core.job import Credits, Job, Quality, Size
from bot.core.person import Preferences
from bot.views import card, names
from bot.views.composer import SIZE_NAMES
from bot.views.kit import (
    Block,
    Message,
    asks,
    button,
    context,
    credits_,
    escape,
    option,
    plain,
    section,
    tame,
)

SKIP = "skip_below"
QUALITY = "default_quality"
SIZE = "default_size"
AUTO = "auto"


def render_settings(catalogue: Catalogue, now: Preferences) -> Block:
    """The form, filled in with what is set."""
    skip: Block = {
        "type": "plain_text_input",
        "action_id": SKIP,
        "max_length": 20,
        "placeholder": plain("Always ask"),
    }
    if now.skip_below is not None:
        skip["initial_value"] = str(now.skip_below)
    size = now.defaults.size
    qualities = [option(_quality(one), one) for one in Quality]
    return {
        "type": "modal",
        "callback_id": names.SETTINGS_FORM,
        "title": plain("Your settings"),
        "submit": plain("Save"),
        "close": plain("Cancel"),
        "blocks": [
            asks(
                "Skip the card below, in credits",
                skip,
                hint="What costs less is held at once, without asking. "
                "Leave it empty to be asked always.",
                optional=True,
            ),
            asks("Default quality", _select(QUALITY, qualities, now.defaults.quality)),
            asks(
                "Default size",
                _select(SIZE, _sizes(catalogue, size), str(size or AUTO)),
                hint="A model that does not have this size chooses its own.",
            ),
            context(
                "All of this counts for you alone, in every channel, from your next request on."
            ),
        ],
    }


def render_settings_line(now: Preferences) -> Message:
    """What somebody has set, with the way to change it."""
    text = in_words(now)
    block = section(f"*Your settings*\n{text}")
    return Message(text, ({**block, "accessory": button("Settings…", names.SETTINGS, "")},))


def in_words(now: Preferences) -> str:
    """What is set, in a line."""
    skips = (
        "Easel always asks before it holds anything"
        if now.skip_below is None
        else f"No card below {credits_(now.skip_below)}"
    )
    return f"{skips} · {WORDS[now.defaults.quality]} quality · {_size_words(now.defaults.size)}"


def render_skipped(job: Job, below: Credits) -> Message:
    """What is shown instead of a card: the price is held, and why nobody was asked."""
    queued = card.render_queued(job)
    why = (
        f"You skip the card below {credits_(below)}; `/image settings` changes that.\n"
        "To stop it while it waits, click Stop under its message."
    )
    notes = [context("\n".join(escape(tame(note)) for note in job.notes))] if job.notes else []
    return Message(queued.text, (*queued.blocks, *notes, context(why)))


def _quality(one: Quality) -> str:
    word = WORDS[one].capitalize()
    return f"{word}: priced as high" if one is Quality.AUTO else word


def _sizes(catalogue: Catalogue, now: Size | None) -> list[Block]:
    presets = {size: name for name, size in sizes_of(catalogue, catalogue.default)}
    options = [option("Auto: the model chooses", AUTO)]
    options += [
        option(f"{SIZE_NAMES.get(name, name)} · {size.width}×{size.height}", str(size))
        for size, name in presets.items()
    ]
    if now is not None and now not in presets:
        options.append(option(f"{now.width}×{now.height}", str(now)))
    return options


def _size_words(size: Size | None) -> str:
    return "size auto" if size is None else f"{size.width}×{size.height}"


def _select(action: str, options: list[Block], chosen: str) -> Block:
    return {
        "type": "static_select",
        "action_id": action,
        "options": options,
        "initial_option": next(one for one in options if one["value"] == chosen),
    }
