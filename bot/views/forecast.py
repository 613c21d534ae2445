"""Pace, forecast and what is left as pictures, in words. Pure."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import assert_never

from bot.core.budget import Standing
from bot.core.catalogue import Model
from bot.core.forecast import Pictures, Remains, UsedUp, forecast, pictures
from bot.core.job import Credits
from bot.core.periods import Period
from bot.core.report import FEWEST, Lately
from bot.views.dates import day_month
from bot.views.kit import credits_


def foretold(standing: Standing, used: Lately, today: date) -> list[str]:
    """The pace, and what becomes of the budget at this pace; nothing of a day's budget."""
    if standing.cap.period is Period.DAY:
        return []
    if not used.days:
        return ["Nothing used so far."]
    if used.pace is None:
        return [f"In use for less than {FEWEST} days: too early for a forecast."]
    over = f"the last {used.days} days"
    if not used.pace:
        return [f"Nothing used in {over}."]
    sentences = [f"{_a_day(used.pace)} a day over {over}."]
    coming = forecast(standing, used, today)
    match coming:
        case None:
            pass
        case UsedUp(day):
            sentences.append(f"At this pace used up on {day_month(day)}.")
        case Remains(left):
            verb = "is" if left == 1 else "are"
            amount = credits_(left) if left else "no credits"
            sentences.append(f"At this pace {amount} {verb} left on {day_month(standing.renews)}.")
        case _:
            assert_never(coming)
    return sentences


def enough_for(left: Credits | None, model: Model) -> list[str]:
    """What is left as pictures; nothing where there is no cap or nothing is left."""
    if left is None or left <= 0:
        return []
    found = pictures(left, model)
    if not found:
        return [f"Not enough for a picture of {model.label} at 1K."]
    return [f"Enough for about {' or '.join(map(_kind, found))} at 1K."]


def _kind(kind: Pictures) -> str:
    if kind.quality is not None:
        return f"{kind.count:,} {kind.quality}"
    return "1 picture" if kind.count == 1 else f"{kind.count:,} pictures"


def _a_day(each: Fraction) -> str:
    """Whole credits from ten on, else one decimal; a small pace is not called none."""
    if each >= 10:  # noqa: PLR2004 -- from here on a decimal says nothing
        return f"{round(each):,} credits"
    if each < Fraction(1, 10):
        return "Less than 0.1 credits"
    tenths = round(each * 10)
    shown = f"{tenths // 10}" if tenths % 10 == 0 else f"{tenths / 10:.1f}"
    return "1 credit" if shown == "1" else f"{shown} credits"
