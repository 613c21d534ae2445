"""What a person asks of the admins: more credits, or the approval of a price. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from bot.core.job import Credits, JobId, Place, UserId
from bot.core.quota_grammar import MAX_CREDITS, credits_of

RequestId = NewType("RequestId", str)

MAX_WHY = 500  # characters of a reason, the asker's and the admin's


def amount(text: str) -> Credits | None:
    """A whole number of credits that can be asked for or granted; None for anything else."""
    number = credits_of(text.strip())
    return number if number is not None and 1 <= number <= MAX_CREDITS else None


class RequestKind(StrEnum):
    """What is asked for."""

    MORE = "more"  # extra credits: a grant
    APPROVAL = "approval"  # a price from the approval level on, which is held meanwhile


LAPSE = {RequestKind.MORE: timedelta(days=7), RequestKind.APPROVAL: timedelta(hours=24)}
"""After this time nobody can say yes any more."""


class Outcome(StrEnum):
    """How a request ended, for ever: the first decision wins."""

    GRANTED = "granted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"  # by the asker


@dataclass(frozen=True, slots=True)
class Decision:
    """What ends a request: an admin's word, the asker's, or its time."""

    outcome: Outcome
    at: datetime
    by: UserId | None = None  # the admin; None: nobody had to decide
    reason: str = ""  # the admin's, untrusted text
    given: Credits | None = None  # what was granted


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """One request to the admins; reasons are untrusted text."""

    id: RequestId
    kind: RequestKind
    place: Place
    asker: UserId
    job: JobId | None  # what it is for, where it is for one picture; always with APPROVAL
    credits: Credits  # wanted, or the price to approve
    why: str
    asked: datetime
    decision: Decision | None = None  # None: it is open, or has lapsed and nobody has noted it yet

    @property
    def lapses(self) -> datetime:
        """From this instant on it has lapsed."""
        return self.asked + LAPSE[self.kind]

    @property
    def outcome(self) -> Outcome | None:
        """How it ended, if it did."""
        return self.decision.outcome if self.decision else None

    def is_open(self, now: datetime) -> bool:
        """Whether an admin can still say yes."""
        return self.decision is None and now < self.lapses
