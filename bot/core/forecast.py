"""Where a budget is going: its pace, when it is used up at this pace, what is left as pictures.

The pace is the average of the days since the first use, fourteen at most, today counted as a whole
one; a period that begins does not change it. A forecast goes on with it, draws on grants as an
admission does (earliest end first), and forgets what a grant does not give in time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from bot.core.budget import Standing
from bot.core.catalogue import Model
from bot.core.job import Credits, Quality, Tier
from bot.core.periods import Period
from bot.core.report import Lately

SHOWN = 2  # kinds of pictures that a card names


@dataclass(frozen=True, slots=True)
class UsedUp:
    """At this pace nothing is left by the end of this local day."""

    day: date


@dataclass(frozen=True, slots=True)
class Remains:
    """At this pace so many credits are left when the period ends."""

    credits: Credits


def forecast(standing: Standing, used: Lately, today: date) -> UsedUp | Remains | None:
    """What becomes of a budget by the end of its period.

    None where there is nothing to foretell: no cap, a daily one, nothing left, nothing used lately,
    or not for long enough.
    """
    left, each = standing.left, used.pace
    if left is None or left <= 0 or not each or standing.cap.period is Period.DAY:
        return None
    grants = {grant: Fraction(grant.left) for grant in standing.grants}
    cap = left - sum(grants.values())  # negative after the cap was lowered
    day = today
    while day < standing.span.last:
        day += timedelta(days=1)
        grants = {grant: rest for grant, rest in grants.items() if grant.ends >= day}
        if each >= cap + sum(grants.values()):
            return UsedUp(day)
        need = each
        for grant in sorted(grants, key=lambda grant: (grant.ends, grant.id)):
            part = min(need, grants[grant])
            grants[grant] -= part
            need -= part
        cap -= need
    return Remains(Credits(int(cap + sum(grants.values()))))


@dataclass(frozen=True, slots=True)
class Pictures:
    """How many pictures of a kind some credits are enough for."""

    count: int
    quality: Quality | None  # None: of a model without qualities


def pictures(left: Credits, model: Model) -> tuple[Pictures, ...]:
    """What some credits are enough for at 1K, the dearest kinds first; empty: for none."""
    cells = [cell for cell in model.cells if cell.tier is Tier.T1K and cell.credits <= left]
    cells.sort(key=lambda cell: -cell.credits)
    return tuple(Pictures(left // cell.credits, cell.quality) for cell in cells[:SHOWN])
