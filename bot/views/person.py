"""What is a person's own: the use, in words and small bars; the settings and their form. Pure."""

from __future__ import annotations

from itertools import dropwhile

from bot.core.catalogue import Catalogue
from bot.core.choices import WORDS
from bot.core.draft import list_sizes
from bot.core.job import ChannelId, Credits, Job, Quality, Size
from bot.core.person import Amount, OwnUse, Preferences
from bot.views import card, names
from bot.views.composer import SIZE_NAMES
from bot.views.kit import (
    MONTHS,
    Block,
    Message,
    button,
    context,
    credits_,
    escape,
    form_field,
    option,
    plain,
    section,
    tame,
)

BAR = 6  # characters of the longest bar: a line fits a phone
USE_WORDS = (
    "_Charged_ is settled. _Held_ is confirmed and not finished. _Not known yet_: the provider's "
    "answer was lost; it stays held until it is known."
)


def render_usage(own: OwnUse, channel: ChannelId) -> Message:
    """The answer to `/image usage`: this month here and everywhere, and the months before."""
    here, everywhere = amount_words(own.here(channel)), amount_words(own.everywhere)
    text = f"In this channel: {here}\nEverywhere: {everywhere}"
    return Message(
        text,
        (
            section("*Your images this month, in credits*"),
            section(text),
            *render_months(own),
            context(USE_WORDS),
        ),
    )


def amount_words(of: Amount) -> str:
    """Credits and images, in words."""
    return ", ".join(text for _, text in _parts(of))


def _nonzero_words(of: Amount) -> str:
    """Credits and images, in words, without what is nought."""
    return ", ".join(text for many, text in _parts(of) if many) or "nothing"


def _parts(of: Amount) -> list[tuple[int, str]]:
    used = of.used
    unknown = f" ({used.unknown:,} of it not known yet)" if used.unknown else ""
    images = "1 image" if of.images == 1 else f"{of.images:,} images"
    return [
        (used.charged, f"{used.charged:,} charged"),
        (used.held, f"{used.held:,} held{unknown}"),
        (of.images, images),
    ]


def render_months(own: OwnUse) -> list[Block]:
    """The months since the first use, everywhere: a line each. A bar says what its words say.

    A bar is as long as what was charged and held, the longest for the most. Nothing of the present
    month alone: its numbers stand there already.
    """
    months = list(dropwhile(lambda one: not (one[1].credits or one[1].images), own.months))
    if len(months) < 2:  # noqa: PLR2004 -- one month is no course of time
        return []
    most = max(month.credits for _, month in months)
    lines = []
    for first, month in months:
        bar = "█" * -(-BAR * month.credits // most) if most else ""
        lines.append(f"{MONTHS[first.month - 1][:3]} {bar:<{BAR}} {_nonzero_words(month)}")
    table = "\n".join(lines)
    return [section(f"*Over time, everywhere*\n```\n{table}\n```")]


# Settings


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
            form_field(
                "Skip the card below, in credits",
                skip,
                hint="What costs less is held at once, without asking. "
                "Leave it empty to be asked always.",
                optional=True,
            ),
            form_field("Default quality", _select(QUALITY, qualities, now.defaults.quality)),
            form_field(
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
    text = settings_words(now)
    block = section(f"*Your settings*\n{text}")
    return Message(text, ({**block, "accessory": button("Settings…", names.SETTINGS, "")},))


def settings_words(now: Preferences) -> str:
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
    presets = {size: name for name, size in list_sizes(catalogue, catalogue.default)}
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
