"""What admins are told of a whole workspace, beside its budgets. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.job import ChannelId, Credits, JobId, UserId


@dataclass(frozen=True, slots=True)
class Unknown:
    """A hold whose outcome was lost."""

    job: JobId
    channel: ChannelId
    asker: UserId
    credits: Credits
    since: datetime


@dataclass(frozen=True, slots=True)
class Drift:
    """What the provider charged beside the price table, over the jobs where the two differ."""

    jobs: int
    credits: Credits  # charged minus computed; negative when it charged less
