"""What admins set for a channel or the workspace, as values and as the texts of a form. Pure.

A field is a text, as a person reads and writes it: so what a form showed, what was entered in it
and what stands by now can be compared field by field, and only what the person changed is written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bot.core.budget import EVERYBODY, Cap
from bot.core.errors import Mistake
from bot.core.job import Credits, UserId
from bot.core.payload import known
from bot.core.periods import Period
from bot.core.policy import LEVELS, UNSET, Policy, Spenders
from bot.core.quota_grammar import MAX_CREDITS, Default, Limit, credits_of

DEFAULT = "default"
NONE = "none"
NO_CAP = Cap(Period.MONTH, None)


class Field(StrEnum):
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


CAPS = set(Field) - {Field.APPROVE, Field.LEVELS, Field.SPENDERS}
"""Fields that say who may spend how much."""

Texts = Mapping[Field, str]
"""What stands in the form. An option of a menu is its value."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is set for a channel or the workspace. None: not set, the default counts."""

    cap: Cap | None
    policy: Policy = UNSET
    people: Mapping[UserId, Cap] = field(default_factory=dict)
    """In the channel; EVERYBODY's: of each who has no cap of their own."""


@dataclass(frozen=True, slots=True)
class Defaults:
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
    def changed(self) -> dict[Field, str]:
        """What the person changed: the rest is as it stands, whatever that is by now."""
        return {
            name: text for name, text in self.entered.items() if text != self.shown.get(name, "")
        }


def texts(limits: Limits, defaults: Defaults) -> dict[Field, str]:
    """What a form shows; the fields of one person's own cap are empty."""
    counts = limits.cap or defaults.cap
    each = limits.people.get(EVERYBODY, NO_CAP)
    policy = limits.policy
    levels = defaults.levels if policy.levels is None else policy.levels
    return {
        Field.CAP: DEFAULT if limits.cap is None and defaults.settable else _written(counts.limit),
        Field.PERIOD: counts.period.value,
        Field.EACH: _written(each.limit),
        Field.EACH_PERIOD: each.period.value,
        Field.OWN_PERIOD: Period.MONTH.value,
        Field.APPROVE: "" if policy.approve_from is None else str(policy.approve_from),
        Field.LEVELS: ", ".join(map(str, levels)),
        Field.SPENDERS: policy.spenders or DEFAULT,
    }


def mistakes(edit: Edit, defaults: Defaults) -> dict[Field, str]:
    """What is wrong with a form, in a sentence for each field; empty if nothing is."""
    entered, wrong = edit.entered, {}
    for name, read in (
        (Field.CAP, _limit if defaults.settable else _number),
        (Field.EACH, _number),
        (Field.APPROVE, _approval),
        (Field.LEVELS, _levels),
    ):
        try:
            if name in entered:
                read(entered[name])
        except Mistake as mistake:
            wrong[name] = mistake.sentence
    another_period = Field.PERIOD in edit.changed and entered[Field.PERIOD] != defaults.cap.period
    if another_period and entered.get(Field.CAP, "").casefold() == DEFAULT:
        wrong[Field.PERIOD] = (
            f"The default renews every {defaults.cap.period}. "
            "For another period write a number of credits or none as the cap."
        )
    return wrong | _of_person(entered)


def _of_person(entered: Texts) -> dict[Field, str]:
    person, own = entered.get(Field.PERSON, ""), entered.get(Field.OWN, "")
    if own and not person:
        return {Field.PERSON: "Choose whose cap this is, or leave their cap empty."}
    if person and not own:
        return {Field.OWN: f"{_CAP}, or default for the cap that each person has."}
    try:
        if own:
            _limit(own)
    except Mistake as mistake:
        return {Field.OWN: mistake.sentence}
    return {}


def merged(stands: Limits, edit: Edit, defaults: Defaults) -> Limits:
    """What is to be set: what stands, with what the person changed. Raises `Mistake`."""
    now = texts(stands, defaults)
    wanted = now | edit.changed

    def differs(*names: Field) -> bool:
        return any(wanted[name] != now[name] for name in names)

    cap, policy, people = stands.cap, stands.policy, dict(stands.people)
    if differs(Field.CAP, Field.PERIOD):
        cap = _cap(wanted[Field.CAP], wanted[Field.PERIOD])
    if differs(Field.EACH, Field.EACH_PERIOD):
        people[EVERYBODY] = Cap(
            known(Period, wanted[Field.EACH_PERIOD]), _number(wanted[Field.EACH])
        )
    if person := wanted.get(Field.PERSON):
        own = _cap(wanted.get(Field.OWN, ""), wanted.get(Field.OWN_PERIOD, ""))
        people.pop(UserId(person), None)
        if own is not None:
            people[UserId(person)] = own
    if differs(Field.APPROVE):
        policy = replace(policy, approve_from=_approval(wanted[Field.APPROVE]))
    if differs(Field.LEVELS):
        policy = replace(policy, levels=_levels(wanted[Field.LEVELS]))
    if differs(Field.SPENDERS):
        chosen = wanted[Field.SPENDERS]
        policy = replace(policy, spenders=None if chosen == DEFAULT else known(Spenders, chosen))
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
    return None if isinstance(limit, Default) else Cap(known(Period, period), limit)


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
