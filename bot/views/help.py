"""What can be typed. Pure; the options are the grammar's own rows."""

from __future__ import annotations

from collections.abc import Iterable

from bot.core.catalogue import Catalogue, Model
from bot.core.grammar import OPTIONS
from bot.core.job import Tier
from bot.views.kit import Message, escape, section


def render_image(catalogue: Catalogue) -> Message:
    """The answer to `/image help`."""
    options = "\n".join(_options())
    models = "\n".join(_prices(model) for model in catalogue.models if model.cells)
    return Message(
        "How to use /image",
        (
            section(
                "*`/image` and what you want to see*, as in `/image a red fox in the snow`.\n"
                "You see the price first; nothing is spent before you click it."
            ),
            section(f"*Options*, anywhere in the text\n{options}"),
            section(f"*Models* and the credits for one image\n{models}"),
            section(
                "`/image` alone opens a form\n"
                "`/image history` what you asked for here\n"
                "`/image usage` what you used, this month and before\n"
                "`/image settings` skip the card for small prices, your own defaults\n"
                "`/image-quota` this channel's budget\n"
                "Reply to a result with an image and a sentence, or write "
                "`@Easel make it night` in its thread, to edit it."
            ),
        ),
    )


def _prices(model: Model) -> str:
    """A model's line: every tier that has a price, with its qualities where there are some."""
    tiers: dict[Tier, list[str]] = {}
    for cell in model.cells:
        word = f"{cell.quality} " if cell.quality else ""
        tiers.setdefault(cell.tier, []).append(f"{word}{cell.credits:,}")
    prices = " · ".join(f"{tier}: {', '.join(row)}" for tier, row in tiers.items())
    return f"`{escape(model.alias or model.id)}` {escape(model.label)} · {prices}"


def _options() -> Iterable[str]:
    for option in OPTIONS:
        values = f" {escape(option.values)}" if option.values else ""
        default = f" (otherwise {escape(option.default)})" if option.default else ""
        also = "".join(f", `--{name}`" for name in option.also)
        yield f"`--{option.name}`{also}{values}: {escape(option.help)}{default}"


def render_quota() -> Message:
    """The answer to `/image-quota help`."""
    return Message(
        "How to use /image-quota",
        (
            section(
                "`/image-quota` shows this channel's budget. Admins set it:\n"
                "`/image-quota 500 monthly` (or `weekly`, `daily`)\n"
                "`/image-quota none` no cap, whatever the default\n"
                "`/image-quota 0` nothing allowed\n"
                "`/image-quota default` back to the default\n"
                "`/image-quota #channel 500 monthly` another channel's\n"
                "`/image-quota workspace 5000 monthly` all channels together\n"
                "`/image-quota grant 50 until 2026-12-31 for the launch` extra, used first\n"
                "`/image-quota pause`, `/image-quota resume` stop new pictures, allow them again"
            ),
        ),
    )
