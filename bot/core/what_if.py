"""What other caps would have refused: a stretch of past requests, replayed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from bot.core.budget import EVERYBODY, Cap
from bot.core.job import Credits, UserId
from bot.core.periods import Calendar, Period


@dataclass(frozen=True, slots=True)
class Charged:
    """A request that was charged; `day` is the local day of its admission."""

    user: UserId
    day: date
    credits: Credits


@dataclass(frozen=True, slots=True)
class WhatIf:
    """How many requests there were, and what would have been refused of them."""

    asked: int
    refused: int = 0
    people: int = 0  # whose requests those are


def replay(
    charged: Iterable[Charged], cap: Cap, people: Mapping[UserId, Cap], calendar: Calendar
) -> WhatIf:
    """Admit these requests, in their order, under a cap of all and the caps of people.

    `people` is by user, EVERYBODY's for each who has none of their own. Periods are the calendar's,
    as far as the requests reach: a week that began before the first of them counts from there. What
    is refused uses nothing, so that a cheaper request after it may fit. Each request counts with
    what it was charged; grants, and caps of other scopes, are left out.
    """
    used: dict[tuple[UserId, Period, date], int] = {}  # EVERYBODY: all of them together
    begins: dict[tuple[Period, date], date] = {}
    asked, refused, hit = 0, 0, set()
    everybody = people.get(EVERYBODY)
    for one in charged:
        asked += 1
        pages = []
        fits = True
        for whose, limits in ((EVERYBODY, cap), (one.user, people.get(one.user, everybody))):
            if limits is None or limits.limit is None:
                continue
            at = limits.period, one.day
            if at not in begins:
                begins[at] = calendar.span(*at).first
            page = (whose, limits.period, begins[at])
            pages.append(page)
            fits = fits and used.get(page, 0) + one.credits <= limits.limit
        if not fits:
            refused += 1
            hit.add(one.user)
            continue
        for page in pages:
            used[page] = used.get(page, 0) + one.credits
    return WhatIf(asked, refused, len(hit))
