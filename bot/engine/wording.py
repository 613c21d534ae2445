"""A notice in words: the facts it was written with, or how its petition stands by now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from bot.core.budget import Standing
from bot.core.job import ChannelId, Job, Place, Ts
from bot.core.notice import Notice, Topic
from bot.core.petition import Petition, PetitionId
from bot.services import Services
from bot.slack.errors import SlackRefused
from bot.store import budget, jobs, petitions, threads
from bot.views import digest, verdicts
from bot.views import notices as blocks
from bot.views import petitions as words
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
            return words.petition(subject.petition, subject.job, subject.standings)
        case Topic.VERDICT:
            subject = await _subject(services, notice)
            if subject is None:
                return None
            tell = verdicts.verdict if notice.place is None else verdicts.aloud
            return tell(subject.petition, subject.job, subject.standings)
        case Topic.DIGEST:
            return await _digest(services, notice)
        case _:
            assert_never(notice.topic)


async def _digest(services: Services, notice: Notice) -> Message:
    """A week. A prompt is shown from public channels only, and only as long as it is kept."""
    thread = notice.about["thread"]
    prompt = link = None
    if thread is not None:
        place = Place(notice.team, ChannelId(thread["channel"]), Ts(thread["ts"]))
        try:
            channel = await services.slack.channel(place.channel)
            if not channel.is_im:
                link = await services.slack.permalink(place.channel, Ts(thread["ts"]))
            if not channel.is_private:
                async with services.db.read() as tx:
                    job = await threads.root_job(tx, place)
                prompt = job.request.prompt if job is not None and not job.deleted else None
        except SlackRefused:
            pass  # the channel or the message is gone: its credits are told all the same
    return digest.digest(notice.about, prompt, link)


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a petition is about, as it stands now."""

    petition: Petition
    job: Job | None
    standings: tuple[Standing, ...]  # every budget that its asker's pictures count in there


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
        standings = await budget.standings(
            tx, place.team, place.channel, found.asker, services.today(), services.rules
        )
    return _Subject(found, job, standings)
