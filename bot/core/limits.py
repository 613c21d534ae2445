"""What admins set for a channel or the workspace: values, the texts of a form, what if. Pure.

A field is a text, as a person reads and writes it: so what a form showed, what was entered in it
and what stands by now can be compared field by field, and only what the person changed is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from bot.core.budget import EVERYBODY, Cap
from bot.core.errors import Mistake
from bot.core.job import Credits, Role, UserId
from bot.core.payload import read_enum
from bot.core.periods import Calendar, Period
from bot.core.quota_grammar import MAX_CREDITS, Default, Limit, credits_of

LEVELS = (50, 80, 100)
"""Percent of a budget at which admins hear of it, where nobody chose others."""


class Spenders(StrEnum):
    """Who may spend in a channel. Admins always may."""

    ADMINS = "admins"
    MEMBERS = "members"
    EVERYONE = "everyone"  # guests, and people from other workspaces in shared channels, too


@dataclass(frozen=True, slots=True)
class Policy:
    """What is set for a channel, or (as what counts for channels without) for the workspace.

    None: not set here.
    """

    approve_from: Credits | None = None  # prices from here on wait for an admin
    levels: tuple[int, ...] | None = None  # percent; empty: nobody hears of it
    spenders: Spenders | None = None


UNSET = Policy()


@dataclass(frozen=True, slots=True)
class Policies:
    """What counts in a channel: its own policy and the workspace's."""

    workspace: Policy
    channel: Policy
    default_spenders: Spenders  # the settings' word

    @property
    def approve_from(self) -> Credits | None:
        """The lower of the two levels; None: nothing waits for an admin."""
        levels = (self.workspace.approve_from, self.channel.approve_from)
        return min((level for level in levels if level is not None), default=None)

    @property
    def spenders(self) -> Spenders:
        """Who may spend in the channel."""
        return self.channel.spenders or self.workspace.spenders or self.default_spenders

    def levels(self, *, workspace: bool) -> tuple[int, ...]:
        """Alert levels of the workspace's own budget, or of the channel's and its people's."""
        own = None if workspace else self.channel.levels
        for levels in (own, self.workspace.levels):
            if levels is not None:
                return levels
        return LEVELS

    def waits(self, price: Credits) -> bool:
        """Whether a price waits for an admin's approval."""
        return self.approve_from is not None and price >= self.approve_from


def may_spend(role: Role, spenders: Spenders, *, is_admin: bool) -> bool:
    """Whether somebody may spend; `is_admin` knows of those that the settings list."""
    match spenders:
        case Spenders.EVERYONE:
            return True
        case Spenders.MEMBERS:
            return is_admin or role in {Role.MEMBER, Role.ADMIN}
        case Spenders.ADMINS:
            return is_admin


# All of it, as a form has it


DEFAULT = "default"
NONE = "none"
NO_CAP = Cap(Period.MONTH, None)


class LimitField(StrEnum):
    """A control of the form."""

    CAP = "cap"
    PERIOD = "period"
    EACH = "each"  # the cap of each person in the channel
    EACH_PERIOD = "each_period"
    PERSON = "person"  # whose own cap the next two are
    OWN = "own"
    OWN_PERIOD = "own_period"
    APPROVE = "approve"
    LEVELS = "levels"
    SPENDERS = "spenders"


CAPS = set(LimitField) - {LimitField.APPROVE, LimitField.LEVELS, LimitField.SPENDERS}
"""Fields that say who may spend how much."""

Texts = Mapping[LimitField, str]
"""What stands in the form. An option of a menu is its value."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is set for a channel or the workspace. None: not set, the default counts."""

    cap: Cap | None
    policy: Policy = UNSET
    people: Mapping[UserId, Cap] = field(default_factory=dict)
    """In the channel; EVERYBODY's: of each who has no cap of their own."""


@dataclass(frozen=True, slots=True)
class LimitDefaults:
    """What counts where nothing is set."""

    cap: Cap = NO_CAP
    levels: tuple[int, ...] = LEVELS
    spenders: Spenders = Spenders.MEMBERS
    settable: bool = True  # a channel's cap may go back to the default; the workspace has none


@dataclass(frozen=True, slots=True)
class Edit:
    """A form as it was submitted: what it showed when it was opened, and what is entered."""

    shown: Texts
    entered: Texts

    @property
    def changed(self) -> dict[LimitField, str]:
        """What the person changed: the rest is as it stands, whatever that is by now."""
        return {
            name: text for name, text in self.entered.items() if text != self.shown.get(name, "")
        }


def form_texts(limits: Limits, defaults: LimitDefaults) -> dict[LimitField, str]:
    """What a form shows; the fields of one person's own cap are empty."""
    counts = limits.cap or defaults.cap
    each = limits.people.get(EVERYBODY, NO_CAP)
    policy = limits.policy
    levels = defaults.levels if policy.levels is None else policy.levels
    return {
        LimitField.CAP: DEFAULT
        if limits.cap is None and defaults.settable
        else _written(counts.limit),
        LimitField.PERIOD: counts.period.value,
        LimitField.EACH: _written(each.limit),
        LimitField.EACH_PERIOD: each.period.value,
        LimitField.OWN_PERIOD: Period.MONTH.value,
        LimitField.APPROVE: "" if policy.approve_from is None else str(policy.approve_from),
        LimitField.LEVELS: ", ".join(map(str, levels)),
        LimitField.SPENDERS: policy.spenders or DEFAULT,
    }


def find_mistakes(edit: Edit, defaults: LimitDefaults) -> dict[LimitField, str]:
    """What is wrong with a form, in a sentence for each field; empty if nothing is."""
    entered, wrong = edit.entered, {}
    for name, read in (
        (LimitField.CAP, _limit if defaults.settable else _number),
        (LimitField.EACH, _number),
        (LimitField.APPROVE, _approval),
        (LimitField.LEVELS, _levels),
    ):
        try:
            if name in entered:
                read(entered[name])
        except Mistake as mistake:
            wrong[name] = mistake.sentence
    another_period = (
        LimitField.PERIOD in edit.changed and entered[LimitField.PERIOD] != defaults.cap.period
    )
    if another_period and entered.get(LimitField.CAP, "").casefold() == DEFAULT:
        wrong[LimitField.PERIOD] = (
            f"The default renews every {defaults.cap.period}. "
            "For another period write a number of credits or none as the cap."
        )
    return wrong | _of_person(entered)


def _of_person(entered: Texts) -> dict[LimitField, str]:
    person, own = entered.get(LimitField.PERSON, ""), entered.get(LimitField.OWN, "")
    if own and not person:
        return {LimitField.PERSON: "Choose whose cap this is, or leave their cap empty."}
    if person and not own:
        return {LimitField.OWN: f"{_CAP}, or default for the cap that each person has."}
    try:
        if own:
            _limit(own)
    except Mistake as mistake:
        return {LimitField.OWN: mistake.sentence}
    return {}


def merge(stands: Limits, edit: Edit, defaults: LimitDefaults) -> Limits:
    """What is to be set: what stands, with what the person changed. Raises `Mistake`."""
    now = form_texts(stands, defaults)
    wanted = now | edit.changed

    def differs(*names: LimitField) -> bool:
        return any(wanted[name] != now[name] for name in names)

    cap, policy, people = stands.cap, stands.policy, dict(stands.people)
    if differs(LimitField.CAP, LimitField.PERIOD):
        cap = _cap(wanted[LimitField.CAP], wanted[LimitField.PERIOD])
    if differs(LimitField.EACH, LimitField.EACH_PERIOD):
        people[EVERYBODY] = Cap(
            read_enum(Period, wanted[LimitField.EACH_PERIOD]), _number(wanted[LimitField.EACH])
        )
    if person := wanted.get(LimitField.PERSON):
        own = _cap(wanted.get(LimitField.OWN, ""), wanted.get(LimitField.OWN_PERIOD, ""))
        people.pop(UserId(person), None)
        if own is not None:
            people[UserId(person)] = own
    if differs(LimitField.APPROVE):
        policy = replace(policy, approve_from=_approval(wanted[LimitField.APPROVE]))
    if differs(LimitField.LEVELS):
        policy = replace(policy, levels=_levels(wanted[LimitField.LEVELS]))
    if differs(LimitField.SPENDERS):
        chosen = wanted[LimitField.SPENDERS]
        policy = replace(
            policy, spenders=None if chosen == DEFAULT else read_enum(Spenders, chosen)
        )
    return Limits(cap, policy, people)


def _written(limit: Credits | None) -> str:
    return NONE if limit is None else str(limit)


_CAP = f"Write a whole number of credits from 0 to {MAX_CREDITS:,}, or none for no cap"


def _number(text: str) -> Credits | None:
    """A cap without a default. Raises `Mistake`."""
    if text.casefold() == NONE:
        return None
    number = credits_of(text)
    if number is None or number > MAX_CREDITS:
        raise Mistake(f"{_CAP}. 0 allows nothing.")
    return number


def _limit(text: str) -> Limit:
    """A cap that may be the default. Raises `Mistake`."""
    if text.casefold() == DEFAULT:
        return Default.DEFAULT
    try:
        return _number(text)
    except Mistake as mistake:
        raise Mistake(f"{_CAP}, or default. 0 allows nothing.") from mistake


def _cap(text: str, period: str) -> Cap | None:
    limit = _limit(text)
    return None if isinstance(limit, Default) else Cap(read_enum(Period, period), limit)


def _approval(text: str) -> Credits | None:
    """The price from which an admin approves; empty: never. Raises `Mistake`."""
    if not text:
        return None
    number = credits_of(text)
    if number is None or not 1 <= number <= MAX_CREDITS:
        raise Mistake(
            f"Write a whole number of credits from 1 to {MAX_CREDITS:,}, or leave it empty: then "
            "nothing waits for an admin."
        )
    return number


def _levels(text: str) -> tuple[int, ...] | None:
    """Percent with commas between; empty: nobody is told; `default`: not set. Raises `Mistake`."""
    if not text:
        return ()
    if text.casefold() == DEFAULT:
        return None
    parts = [re.fullmatch(r"\s*([0-9]{1,3})\s*%?\s*", part) for part in text.split(",")]
    levels = {int(part[1]) if part else 0 for part in parts}
    if not all(1 <= level <= 100 for level in levels):  # noqa: PLR2004 -- percent
        raise Mistake(
            "Write whole percentages from 1 to 100 with commas between them, as in 50, 80, 100. "
            "Write default for the usual ones, or leave it empty: then nobody is told."
        )
    return tuple(sorted(levels))


# What other caps would have refused


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
