"""A notice in words: the facts it was written with, or how its petition stands by now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from bot.core.budget import BudgetStatus
from bot.core.job import Job
from bot.core.notice import Notice, Topic
from bot.core.petition import Petition, PetitionId
from bot.services import Services
from bot.store import budget, jobs, petitions
from bot.views import notices as blocks
from bot.views import petitions as words
from bot.views import verdicts
from bot.views.kit import Message


async def of(services: Services, notice: Notice) -> Message | None:
    """What is told; None where there is nothing to tell any more."""
    match notice.topic:
        case Topic.ALERT:
            return blocks.alert(notice.about)
        case Topic.DRIFT:
            return blocks.drift(notice.about)
        case Topic.PROVIDER:
            return blocks.provider(notice.about)
        case Topic.PETITION:
            subject = await _subject(services, notice)
            if subject is None:
                return None
            return words.petition(subject.petition, subject.job, subject.statuses)
        case Topic.VERDICT:
            subject = await _subject(services, notice)
            if subject is None:
                return None
            tell = verdicts.verdict if notice.place is None else verdicts.aloud
            return tell(subject.petition, subject.job, subject.statuses)
        case _:
            assert_never(notice.topic)


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a petition is about, as it stands now."""

    petition: Petition
    job: Job | None
    statuses: tuple[BudgetStatus, ...]  # every budget that its asker's pictures count in there


async def petition(services: Services, notice: Notice) -> Petition | None:
    """The petition that a notice is about; None for any other."""
    key = notice.about.get("petition")
    if key is None:
        return None
    async with services.db.read() as tx:
        return await petitions.get(tx, notice.team, PetitionId(str(key)))


async def _subject(services: Services, notice: Notice) -> _Subject | None:
    found = await petition(services, notice)
    if found is None:
        return None
    place = found.place
    async with services.db.read() as tx:
        job = await jobs.get(tx, place.team, found.job) if found.job else None
        statuses = await budget.statuses(
            tx, place.team, place.channel, found.asker, services.today(), services.rules
        )
    return _Subject(found, job, statuses)
