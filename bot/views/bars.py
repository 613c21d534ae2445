"""Days as one line of small bars in characters, and in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.report import DayUse, biggest
from bot.views.dates import day_month
from bot.views.kit import credits_

BARS = "▁▂▃▄▅▆▇█"
NOTHING = "·"


def bars(amounts: Sequence[int]) -> str:
    """A character for each amount: a dot for none, the full bar for the largest of them."""
    most = max(amounts, default=0)
    return "".join(
        BARS[-(-amount * len(BARS) // most) - 1] if amount > 0 else NOTHING for amount in amounts
    )


def days_in_words(days: Sequence[DayUse]) -> str:
    """The same as a chart or bars of the days until today, the last of them.

    Empty where nothing was used.
    """
    most = biggest(days)
    if most is None:
        return ""
    today = days[-1]
    idle = sum(1 for day in days if not day.total)
    said = f"most {_day(most, today)} ({credits_(most.total)})"
    if most is not today:
        said += f", today {today.total:,}"
    if idle:
        said += f", nothing on {idle} of {len(days)} days"
    return said


def _day(day: DayUse, today: DayUse) -> str:
    return "today" if day is today else f"on {day_month(day.day)}"
