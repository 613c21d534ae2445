"""What somebody is told of by itself, outside of any answer. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.core.job import Place, TeamId, UserId


class Topic(StrEnum):
    """What a notice tells of, with what its `about` holds."""

    ALERT = "alert"  # a budget reached a level: the facts of that moment
    REQUEST = "request"  # {"request"}: to the admins, with buttons for as long as it is open
    DECISION = "decision"  # {"request"}: to its asker, and in the thread that it was asked in
    DRIFT = "drift"  # the provider charged something else than the price table says
    PROVIDER = "provider"  # {"fault"}: what only an admin can mend


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell. Of each key there is one, however often it happens.

    With `user` it goes to their direct message with Easel, with `place` into that conversation,
    with neither to each admin.
    """

    team: TeamId
    key: str
    topic: Topic
    about: Mapping[str, Any] = field(default_factory=dict)  # JSON; what people wrote is untrusted
    user: UserId | None = None
    place: Place | None = None
    version: int = 1  # raised when it reads differently
