"""Notices: what people are told without having asked, in a class for each matter. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, get_args

from bot.core.job import ChannelId, Credits, JobId, Place, TeamId, UserId
from bot.core.periods import Period
from bot.core.requests import RequestId


@dataclass(frozen=True, slots=True)
class Alert:
    """A budget reached a level: the facts of that moment, in credits."""

    KIND: ClassVar = "alert"

    channel: ChannelId | None  # with no user either: the workspace's budget
    user: UserId | None
    level: int  # percent
    cap: Credits
    period: Period
    grants: Credits
    charged: Credits
    held: Credits
    unknown: Credits  # of those held
    renews: date


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """The provider charged something else than the price table says, or more than was held."""

    KIND: ClassVar = "drift"

    job: JobId
    charged: Credits
    computed: Credits  # by the price table
    held: Credits


@dataclass(frozen=True, slots=True)
class Trouble:
    """What only an admin can mend."""

    KIND: ClassVar = "provider"

    fault: str  # a key of `FAULTS` or `HITCHES`


@dataclass(frozen=True, slots=True)
class RequestMade:
    """A request, to the admins: with buttons for as long as it is open."""

    KIND: ClassVar = "request"

    request: RequestId


@dataclass(frozen=True, slots=True)
class RequestDecided:
    """A decision, to the asker, and in the thread of the request."""

    KIND: ClassVar = "decision"

    request: RequestId


About = Alert | Discrepancy | Trouble | RequestMade | RequestDecided
KINDS: dict[str, type[About]] = {about.KIND: about for about in get_args(About)}


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell. Of each key there is one, however often it happens.

    With `user` the notice goes to a direct message with Easel, with `place` into that conversation,
    with neither to each admin.
    """

    team: TeamId
    key: str
    about: About
    user: UserId | None = None
    place: Place | None = None
    version: int = 1  # raised when it reads differently
