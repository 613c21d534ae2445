"""The quota card and a person's own use. Pure."""

from __future__ import annotations

from bot.blocks.dates import day_month
from bot.blocks.kit import Message, context, section
from bot.core.budget import Standing, Used
from bot.core.periods import Period

PERIOD_WORDS = {Period.DAY: "a day", Period.WEEK: "a week", Period.MONTH: "a month"}


def quota(standing: Standing, note: str = "") -> Message:
    """The channel's card: one number a line, the word first (a contract with scripts too)."""
    used, cap = standing.used, standing.cap
    held = f"Held {used.held}" + (f" ({used.unknown} not known)" if used.unknown else "")
    lines = [
        f"Cap {'none' if cap.limit is None else cap.limit}",
        *([f"Grants {standing.grants_total}"] if standing.grants_total else []),
        f"Charged {used.charged}",
        held,
        f"Left {'unlimited' if standing.left is None else standing.left}",
    ]
    when = f"Credits {PERIOD_WORDS[cap.period]}. Renews on {day_month(standing.renews)}."
    if cap.limit == 0:
        when = f"Nothing is allowed in this channel. {when}"
    head = section(note or "*This channel's image budget*")
    text = "\n".join(lines)
    return Message(text, (head, section(text), context(when)))


def usage(here: Used, everywhere: Used) -> Message:
    """What the asker used this month."""

    def line(where: str, used: Used) -> str:
        unknown = f" ({used.unknown:,} of it not known yet)" if used.unknown else ""
        return f"{where}: {used.charged:,} charged, {used.held:,} held{unknown}"

    text = "\n".join((line("In this channel", here), line("Everywhere", everywhere)))
    return Message(text, (section("*Your images this month, in credits*"), section(text)))
