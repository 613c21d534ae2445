"""What can be done with a result: the same again, finer, taken away, looked at, or found again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.budget import LineKind
from bot.core.catalogue import BILLED, Model
from bot.core.choices import decode, size_at_tier
from bot.core.errors import Mistake, Refused
from bot.core.job import (
    ChannelId,
    Credits,
    FileId,
    Job,
    JobId,
    Place,
    Quality,
    Request,
    TeamId,
    Tier,
    UserId,
)
from bot.features import offer
from bot.features.budgets import require_admin
from bot.services import Services
from bot.slack.errors import SlackError
from bot.store import budget, jobs, threads
from bot.views.card import Offer
from bot.views.result import HistoryEntry

NEWEST = 10  # requests that are listed
FINER = "The same picture, worked out in fine detail"


@dataclass(frozen=True, slots=True)
class JobDetails:
    """A job with its lines of the ledger and what it goes on from (oldest first, itself last)."""

    job: Job
    lines: list[tuple[LineKind, Credits, datetime]]
    chain: list[Job]


async def read_details(services: Services, team: TeamId, job_id: JobId) -> JobDetails:
    """Everything about a job. Raises `Refused` when it is not known."""
    async with services.db.read() as tx:
        job = await jobs.get(tx, team, job_id)
        if job is None:
            raise Refused("This request is not known any more.")
        return JobDetails(job, await budget.lines(tx, job), await threads.chain(tx, job))


async def get_result(services: Services, team: TeamId, job_id: JobId) -> Job:
    """A job whose pictures are in their thread and that nobody deleted. Raises `Refused`."""
    job = await services.db.query(lambda tx: jobs.get(tx, team, job_id))
    if job is None or job.deleted or not _is_shared(job):
        raise Refused("This result is not there any more. Nothing was held.")
    return job


def _is_shared(job: Job) -> bool:
    """The message says so as soon as all files are there, a little before the row says `done`."""
    return bool(job.pictures) and all(picture.shared for picture in job.pictures)


def find_landing(job: Job) -> Place:
    """Where what goes on from a result lands: its thread."""
    return replace(job.place, thread=job.place.thread or job.root)


def find_file(job: Job, number: int) -> FileId:
    """Slack's file of one of a result's pictures, counted from 1. Raises `Refused`."""
    for picture in job.pictures:
        if picture.number == number and picture.file is not None:
            return picture.file
    raise Refused("This picture is not there any more. Nothing was held.")


async def vary(services: Services, job: Job, asker: UserId) -> Offer:
    """The same request once more, as a new offer in the result's thread."""
    if not job.request.prompt:
        raise Refused(
            "This prompt was erased. Use Edit… or Finalise… to go on from the "
            "picture, or ask anew with /image. Nothing was held."
        )
    request = replace(job.request, parent=job.id)
    return await offer.propose(services, find_landing(job), asker, request)


async def offer_again(
    services: Services, team: TeamId, job_id: JobId, asker: UserId, choice: str = ""
) -> Offer:
    """A request that failed, as a new offer, perhaps with another model. Raises `Refused`."""
    job = await get_failed(services, team, job_id)
    request = decode(choice, job.request) if choice else job.request
    return await offer.propose(services, job.place, asker, request)


async def get_failed(services: Services, team: TeamId, job_id: JobId) -> Job:
    """A job that ended without a picture, with its prompt. Raises `Refused`."""
    job = await services.db.query(lambda tx: jobs.get(tx, team, job_id))
    if job is None or not job.request.prompt:
        raise Refused("This prompt was erased. Ask anew with /image. Nothing was held.")
    return job


async def finalise(services: Services, job: Job, number: int, asker: UserId) -> Offer:
    """This very picture through an edit, at the next better quality or size, as a new offer.

    The card's choices lead to the other qualities and sizes, each with its price.
    """
    prompt = f"{FINER}: {job.request.prompt}" if job.request.prompt else f"{FINER}."
    request = replace(
        job.request,
        prompt=prompt,
        count=1,
        inputs=(find_file(job, number),),
        mask=None,
        parent=job.id,
        auto=False,  # in this very picture's shape
    )
    finer = _finer(services, services.catalogue.find(request.model), request, job.price.tier)
    return await offer.propose(services, find_landing(job), asker, finer)


def _finer(services: Services, model: Model, request: Request, now: Tier) -> Request:
    """High quality at this size; from there, or without qualities, the next size with a price."""
    if model.qualities and request.quality not in {Quality.HIGH, Quality.AUTO}:
        return replace(request, quality=BILLED[-1])
    tiers = list(Tier)
    for tier in tiers[tiers.index(now) + 1 :]:
        larger = replace(request, size=size_at_tier(model, request.size, tier))
        try:
            services.catalogue.price(larger)
        except Mistake:
            continue
        return larger
    return request  # it is the finest there is; the card still names its price


async def delete(services: Services, job: Job, user: UserId) -> None:
    """Take the message and the files away, for the asker and admins; a second call goes on.

    Raises `Refused` for others, and when Slack deletes not all of them.
    """
    if user != job.asker:
        await require_admin(
            services,
            user,
            "Only the person who asked for it and admins can delete a result. Nothing was changed.",
        )
    if not _is_shared(job):
        raise Refused("Only a finished result can be deleted. Nothing was changed.")
    async with services.db.promptly() as tx:
        await jobs.delete(tx, job)
        await services.dispatcher.enqueue(tx, job.place.team, job.id)
    try:
        for picture in job.pictures:
            if picture.file is not None:
                await services.slack.delete_file(picture.file)
        if job.root is not None:
            await services.slack.delete(job.place.channel, job.root)
    except SlackError as error:
        raise Refused(
            "Slack did not delete all of it. Click Delete once more in a minute."
        ) from error


async def list_history(
    services: Services, team: TeamId, channel: ChannelId, user: UserId
) -> tuple[HistoryEntry, ...]:
    """A person's requests in a channel, newest first."""
    found = await services.db.query(lambda tx: threads.history(tx, team, channel, user, NEWEST))
    return await link_requests(services, found)


async def link_requests(services: Services, found: Iterable[Job]) -> tuple[HistoryEntry, ...]:
    """Each with the address of its root message, where it has one and Slack says it in time."""
    jobs = list(found)
    links = await asyncio.gather(*(_link(services, job) for job in jobs))
    return tuple(HistoryEntry(job, link) for job, link in zip(jobs, links, strict=True))


async def _link(services: Services, job: Job) -> str | None:
    if job.root is None or job.deleted:
        return None
    try:
        async with asyncio.timeout(services.pace.link):
            return await services.slack.permalink(job.place.channel, job.root)
    except (SlackError, TimeoutError):
        return None
