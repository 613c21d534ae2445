"""Asking without a card: what its asker has set stands for the click on Generate."""

from __future__ import annotations

from bot.core.job import JobState, UserId
from bot.features import confirm
from bot.features.confirm import Queued
from bot.features.offer import Asked
from bot.services import Services
from bot.slack_in import card as cards
from bot.views import card
from bot.views import settings as blocks
from bot.views.kit import Message


async def shown(services: Services, asked: Asked, user: UserId) -> Message:
    """The card; below its asker's level what confirming it at once has led to."""
    job = asked.offer.job
    if asked.skip_below is None:
        return card.offer(asked.offer)
    decided = await confirm.confirm(services, job, job.revision, user, None)
    if isinstance(decided, Queued) and decided.job.state is JobState.QUEUED:
        return blocks.skipped(decided.job, asked.skip_below)
    return cards.shown(decided)
