"""A budget in words: whose it is, how it stands, where it is going. Pure.

Conversations are named by Slack's mentions; a direct message has no name that others could read.
"""

from __future__ import annotations

from datetime import date
from enum import Enum
from fractions import Fraction
from typing import assert_never

from bot.core.budget import BudgetStatus, Cap, Scope, Used
from bot.core.catalogue import Model
from bot.core.job import ChannelId, Credits, is_direct
from bot.core.periods import Period
from bot.core.report import FEWEST, Pictures, RecentUse, Remains, UsedUp, count_pictures, forecast
from bot.views.kit import credits_, day_month

PERIOD_WORDS = {Period.DAY: "a day", Period.WEEK: "a week", Period.MONTH: "a month"}


class Reader(Enum):
    """Who reads it."""

    HERE = "here"  # its own person or channel, in this conversation
    AWAY = "away"  # its own person, elsewhere
    OTHER = "other"  # somebody else, elsewhere: an admin


def name_place(channel: ChannelId, reader: Reader = Reader.OTHER) -> str:
    """A conversation, in a sentence."""
    direct = is_direct(channel)
    if reader is Reader.HERE:
        return "this conversation" if direct else "this channel"
    if not direct:
        return f"<#{channel}>"
    return f"{'your' if reader is Reader.AWAY else 'a'} direct message with Easel"


def name_budget(scope: Scope, reader: Reader = Reader.OTHER) -> str:
    """A budget, in a sentence."""
    if scope.channel is None:
        return "the workspace's budget"
    there = name_place(scope.channel, reader)
    if scope.user is None:
        return f"{there}'s budget" if reader is Reader.HERE else f"the budget of {there}"
    if reader is Reader.OTHER:
        return f"the budget of <@{scope.user}> in {there}"
    return f"your budget in {there}"


def budget_title(channel: ChannelId | None, reader: Reader = Reader.OTHER) -> str:
    """A budget, as a heading; None: the workspace's."""
    return (
        f"*Image budget of {'the workspace' if channel is None else name_place(channel, reader)}*"
    )


def capitalise(sentence: str) -> str:
    """A sentence of ours with its first letter large."""
    return sentence[0].upper() + sentence[1:]


def cap_words(cap: Cap) -> str:
    """A cap as people read it; none and 0 read differently."""
    if cap.limit is None:
        return f"none {PERIOD_WORDS[cap.period]}"
    nothing = " (nothing is allowed)" if cap.limit == 0 else ""
    return f"{cap.limit:,} {PERIOD_WORDS[cap.period]}{nothing}"


def held_words(used: Used) -> str:
    """What is held, in credits, with the part of it that is not known."""
    return f"{used.held:,}" + (f" ({used.unknown:,} not known)" if used.unknown else "")


def left_words(status: BudgetStatus) -> str:
    """What is left, in credits."""
    return "unlimited" if status.left is None else f"{status.left:,}"


def budget_numbers(status: BudgetStatus) -> str:
    """The lines of the contract with people and scripts: one number a line, the word first."""
    used, limit, left = status.used, status.cap.limit, status.left
    unknown = f" ({used.unknown} not known)" if used.unknown else ""
    return "\n".join(
        (
            f"Cap {'none' if limit is None else limit}",
            *([f"Grants {status.grants_total}"] if status.grants_total else []),
            f"Charged {used.charged}",
            f"Held {used.held}{unknown}",
            f"Left {'unlimited' if left is None else left}",
        )
    )


def describe_forecast(status: BudgetStatus, used: RecentUse, today: date) -> list[str]:
    """The pace, and what becomes of the budget at this pace; nothing of a day's budget."""
    if status.cap.period is Period.DAY:
        return []
    if not used.days:
        return ["Nothing used so far."]
    if used.pace is None:
        return [f"In use for less than {FEWEST} days: too early for a forecast."]
    over = f"the last {used.days} days"
    if not used.pace:
        return [f"Nothing used in {over}."]
    sentences = [f"{_a_day(used.pace)} a day over {over}."]
    coming = forecast(status, used, today)
    match coming:
        case None:
            pass
        case UsedUp(day):
            sentences.append(f"At this pace used up on {day_month(day)}.")
        case Remains(left):
            verb = "is" if left == 1 else "are"
            amount = credits_(left) if left else "no credits"
            sentences.append(f"At this pace {amount} {verb} left on {day_month(status.renews)}.")
        case _:
            assert_never(coming)
    return sentences


def describe_left_as_pictures(left: Credits | None, model: Model) -> list[str]:
    """What is left as pictures; nothing where there is no cap or nothing is left."""
    if left is None or left <= 0:
        return []
    found = count_pictures(left, model)
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
