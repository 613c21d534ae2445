"""What somebody asks of the admins: more credits, or the approval of a price. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from bot.core.job import Credits, JobId, Place, UserId
from bot.core.quota_grammar import MAX_CREDITS, credits_of

PetitionId = NewType("PetitionId", str)

MAX_WHY = 500  # characters of a reason, the asker's and the admin's


def amount(text: str) -> Credits | None:
    """A whole number of credits that can be asked for or granted; None for anything else."""
    number = credits_of(text.strip())
    return number if number is not None and 1 <= number <= MAX_CREDITS else None


class Wish(StrEnum):
    """What is asked for."""

    MORE = "more"  # extra credits: a grant
    APPROVAL = "approval"  # a price from the approval level on, which is held meanwhile


LAPSE = {Wish.MORE: timedelta(days=7), Wish.APPROVAL: timedelta(hours=24)}
"""After this time nobody can say yes any more."""


class Verdict(StrEnum):
    """How it stands. All but OPEN are for ever: the first decision wins."""

    OPEN = "open"
    GRANTED = "granted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"  # by the asker


@dataclass(frozen=True, slots=True)
class Petition:
    """One request to the admins; reasons are untrusted text."""

    id: PetitionId
    wish: Wish
    place: Place
    asker: UserId
    job: JobId | None  # what it is for, where it is for one picture; always with APPROVAL
    credits: Credits  # wanted, or the price to approve
    why: str
    asked: datetime
    verdict: Verdict = Verdict.OPEN
    by: UserId | None = None  # who decided
    decided: datetime | None = None
    answer: str = ""  # the admin's reason
    given: Credits | None = None  # what was granted

    @property
    def lapses(self) -> datetime:
        """From this instant on it has lapsed."""
        return self.asked + LAPSE[self.wish]
