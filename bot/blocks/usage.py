"""A person's own use, in words and small bars. Pure."""

from __future__ import annotations

from bot.blocks.dates import MONTHS
from bot.blocks.kit import Block, Message, context, section
from bot.core.job import ChannelId
from bot.core.own_use import Amount, OwnUse

BAR = 12  # characters of the longest bar
WORDS = (
    "_Charged_ is settled. _Held_ is confirmed and not finished. _Not known yet_: the provider's "
    "answer was lost; it stays held until it is known."
)


def usage(own: OwnUse, channel: ChannelId) -> Message:
    """The answer to `/image usage`: this month here and everywhere, and the months before."""
    text = f"In this channel: {amount(own.here(channel))}\nEverywhere: {amount(own.everywhere)}"
    return Message(
        text,
        (
            section("*Your images this month, in credits*"),
            section(text),
            over_time(own),
            context(WORDS),
        ),
    )


def amount(of: Amount) -> str:
    """Credits and images, in words."""
    used = of.used
    unknown = f" ({used.unknown:,} of it not known yet)" if used.unknown else ""
    images = "1 image" if of.images == 1 else f"{of.images:,} images"
    return f"{used.charged:,} charged, {used.held:,} held{unknown}, {images}"


def over_time(own: OwnUse) -> Block:
    """The last months, everywhere: a line each, the oldest first. The bar says what the words say.

    A bar is as long as what was charged and held, the longest for the most.
    """
    most = max((month.credits for _, month in own.months), default=0)
    lines = []
    for first, month in own.months:
        bar = "█" * -(-BAR * month.credits // most) if most else ""
        lines.append(f"{MONTHS[first.month - 1]:<9} {bar:<{BAR}} {amount(month)}".rstrip())
    table = "\n".join(lines)
    return section(f"*Over time, everywhere*\n```\n{table}\n```")
