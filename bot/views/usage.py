"""A person's own use, in words and small bars. Pure."""

from __future__ import annotations

from itertools import dropwhile

from bot.core.job import ChannelId
from bot.core.person import Amount, OwnUse
from bot.views.kit import MONTHS, Block, Message, context, section

BAR = 6  # characters of the longest bar: a line fits a phone
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
            *over_time(own),
            context(WORDS),
        ),
    )


def amount(of: Amount) -> str:
    """Credits and images, in words."""
    return ", ".join(text for _, text in _parts(of))


def _briefly(of: Amount) -> str:
    """The same without what is nought."""
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


def over_time(own: OwnUse) -> list[Block]:
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
        lines.append(f"{MONTHS[first.month - 1][:3]} {bar:<{BAR}} {_briefly(month)}")
    table = "\n".join(lines)
    return [section(f"*Over time, everywhere*\n```\n{table}\n```")]
