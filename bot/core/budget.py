"""Caps, grants and the books: may this price be held, and what becomes of a hold. Pure.

A *scope* is the workspace, a channel, or a person in a channel. For every scope

    cap + grants = charged + held + left

where *grants* are what grants gave to this period's holds plus what they still have to give.
A hold draws on its scopes' grants first (earliest end first), the rest on their caps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from bot.core.job import ChannelId, Credits, TeamId, UserId
from bot.core.periods import Period, Span, renews

NOTHING = Credits(0)


class LineKind(StrEnum):
    """A line of the ledger. `unknown` marks a hold whose outcome was lost; it stays held."""

    HELD = "held"
    CHARGED = "charged"
    RELEASED = "released"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a cap or a grant is for: the workspace, a channel, or a person in a channel."""

    team: TeamId
    channel: ChannelId | None = None
    user: UserId | None = None

    def __post_init__(self) -> None:
        """A person's cap always names the channel."""
        if self.user is not None and self.channel is None:
            raise ValueError("a person's scope needs a channel")


EVERYBODY = UserId("*")
"""In a person's place: the cap of each person in a channel who has none of their own."""


def scopes_of(team: TeamId, channel: ChannelId, user: UserId) -> tuple[Scope, Scope, Scope]:
    """Every scope that a hold of this person in this channel counts in, widest first."""
    return Scope(team), Scope(team, channel), Scope(team, channel, user)


@dataclass(frozen=True, slots=True)
class Cap:
    """Credits allowed in a period; `limit` None is no cap, 0 is nothing allowed."""

    period: Period
    limit: Credits | None


@dataclass(frozen=True, slots=True)
class Used:
    """Sums of the books over days, in credits; `granted` is the part drawn from grants."""

    held: Credits = NOTHING
    charged: Credits = NOTHING
    unknown: Credits = NOTHING  # the part of `held` whose outcome was lost
    granted: Credits = NOTHING


@dataclass(frozen=True, slots=True)
class Grant:
    """Extra credits for one scope, from `starts` to `ends` (local days, both included)."""

    id: int
    credits: Credits
    used: Credits
    starts: date
    ends: date

    @property
    def left(self) -> Credits:
        """What it still has to give."""
        return Credits(self.credits - self.used)


@dataclass(frozen=True, slots=True)
class BudgetStatus:
    """How one scope stands on one day: its cap, its books in the cap's period, its open grants."""

    scope: Scope
    cap: Cap
    span: Span  # the cap's period that holds the day
    used: Used
    grants: tuple[Grant, ...] = ()
    paused: bool = False  # an admin has stopped new spending here

    @property
    def grants_total(self) -> Credits:
        """What grants gave to this period plus what they still have to give."""
        return Credits(self.used.granted + sum(grant.left for grant in self.grants))

    @property
    def left(self) -> Credits | None:
        """Credits still to be held; None without a cap. Negative after a cap was lowered."""
        if self.cap.limit is None:
            return None
        return Credits(self.cap.limit + self.grants_total - self.used.charged - self.used.held)

    @property
    def level(self) -> int | None:
        """Percent that is charged and held, rounded down; None where there is nothing to use up."""
        allowed = (self.cap.limit or 0) + self.grants_total
        if self.cap.limit is None or allowed <= 0:
            return None
        return 100 * (self.used.charged + self.used.held) // allowed

    @property
    def renews(self) -> date:
        """The local day on which the next period begins."""
        return renews(self.span)


def apply_hold(status: BudgetStatus, price: Credits, admitted: Admitted) -> BudgetStatus:
    """How a scope stands once an admitted price is held."""
    given = {draw.grant: draw.credits for draw in admitted.draws if draw.scope == status.scope}
    used = status.used
    return replace(
        status,
        used=replace(
            used,
            held=Credits(used.held + price),
            granted=Credits(used.granted + sum(given.values())),
        ),
        grants=tuple(
            replace(grant, used=Credits(grant.used + given.get(grant.id, 0)))
            for grant in status.grants
        ),
    )


@dataclass(frozen=True, slots=True)
class Draw:
    """What a hold takes from one grant."""

    grant: int
    scope: Scope
    credits: Credits


@dataclass(frozen=True, slots=True)
class Admitted:
    """The price may be held; `draws` says which grants give to it."""

    draws: tuple[Draw, ...] = ()

    def granted(self, scope: Scope) -> Credits:
        """What this scope's grants give."""
        return Credits(sum(draw.credits for draw in self.draws if draw.scope == scope))


@dataclass(frozen=True, slots=True)
class TooDear:
    """The budget does not cover the price; `tightest` is the scope that has the least left."""

    tightest: BudgetStatus


@dataclass(frozen=True, slots=True)
class Paused:
    """An admin has stopped new spending for this scope."""

    scope: Scope


def admit(price: Credits, statuses: Sequence[BudgetStatus]) -> Admitted | TooDear | Paused:
    """Decide over every pause, cap and grant at once: all must allow the price (credits)."""
    for status in statuses:
        if status.paused:
            return Paused(status.scope)
    short = find_shortages(price, statuses)
    if short:
        return TooDear(max(short, key=lambda one: one[1])[0])
    capped = [status for status in statuses if status.cap.limit is not None]
    draws = [draw for status in capped for draw in _draw(price, status)]
    return Admitted(tuple(draws))


def find_shortages(
    price: Credits, statuses: Sequence[BudgetStatus]
) -> list[tuple[BudgetStatus, Credits]]:
    """The scopes that do not cover a price, each with the credits that it lacks."""
    return [
        (status, Credits(price - status.left))
        for status in statuses
        if status.left is not None and status.left < price
    ]


def _draw(price: Credits, status: BudgetStatus) -> Iterable[Draw]:
    """Take the price from the grants that end first, as far as they go."""
    rest = int(price)
    for grant in sorted(status.grants, key=lambda grant: (grant.ends, grant.id)):
        part = min(rest, grant.left)
        if part > 0:
            yield Draw(grant.id, status.scope, Credits(part))
            rest -= part


def tightest(statuses: Sequence[BudgetStatus]) -> BudgetStatus | None:
    """The scope with the least left; None where nothing is capped."""
    capped = [status for status in statuses if status.left is not None]
    return min(capped, key=lambda status: status.left or 0, default=None)


@dataclass(frozen=True, slots=True)
class Closing:
    """What ending a hold changes: the books' `charged`, and what goes back to each grant."""

    charged: Credits
    returned: tuple[Draw, ...] = field(default=())

    def returned_to(self, scope: Scope) -> Credits:
        """What goes back to this scope's grants."""
        return Credits(sum(draw.credits for draw in self.returned if draw.scope == scope))


def close(charged: Credits, draws: Sequence[Draw]) -> Closing:
    """End a hold for so many credits (0 releases it). Never refused, whatever the caps say now.

    The charge is paid from the hold's grants first, in the order in which they were drawn; what
    they need not pay goes back to them. A charge above the hold falls on the cap.
    """
    returned: list[Draw] = []
    rest: dict[Scope, int] = {}
    for draw in draws:
        paid = min(rest.setdefault(draw.scope, charged), draw.credits)
        rest[draw.scope] -= paid
        if draw.credits > paid:
            returned.append(Draw(draw.grant, draw.scope, Credits(draw.credits - paid)))
    return Closing(charged, tuple(returned))
