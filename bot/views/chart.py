"""What the picture of a month says, in words: its title, its alt text. Pure."""

from __future__ import annotations

from bot.core.report import Month, biggest
from bot.views.budget import PERIOD_WORDS
from bot.views.dates import MONTHS, day_month
from bot.views.forecast import foretold
from bot.views.kit import credits_, cut, tame

NAME = 60  # characters of a channel's name


def title(month: Month, name: str | None = None) -> str:
    """The picture's title in plain text; `name` instead of the channel's own."""
    shown = month.name if name is None else name
    tamed = cut(" ".join(tame(shown).split()), NAME)
    channel = month.standing.scope.channel
    if channel is None:
        whose = "the whole workspace"
    elif tamed:
        whose = f"#{tamed}"
    else:
        whose = "this conversation" if channel.startswith("D") else "this channel"
    return f"Image credits in {whose}, {MONTHS[month.today.month - 1]} {month.today.year}"


def sums(month: Month) -> str:
    """What was used this month until today."""
    charged = sum(day.charged for day in month.days)
    held = sum(day.held for day in month.days)
    return f"Until {day_month(month.today)}: {credits_(charged)} charged, {held:,} held"


def cap(month: Month) -> str:
    """The cap in words, with its grants."""
    standing = month.standing
    if standing.cap.limit is None:
        return "No cap"
    said = f"Cap {standing.cap.limit:,} {PERIOD_WORDS[standing.cap.period]}"
    if standing.grants_total:
        said += f", with grants {standing.cap.limit + standing.grants_total:,}"
    return said


def outlook(month: Month) -> str:
    """Pace and forecast of the cap's period."""
    return " ".join(foretold(month.standing, month.lately, month.today))


def alt(month: Month) -> str:
    """The same as the picture, for those who hear it: at most 1,000 characters."""
    most = biggest(month.days)
    sentences = [
        f"Bar chart. {title(month)}. {sums(month)}.",
        f"The most on one day: {credits_(most.total)}, on {day_month(most.day)}."
        if most is not None
        else "Nothing was used this month.",
        f"{cap(month)}.",
        outlook(month),
    ]
    return " ".join(filter(None, sentences))
