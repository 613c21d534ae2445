"""Asking: a request becomes a priced offer, stored before its card is shown."""

from __future__ import annotations

from uuid import uuid4

from bot.blocks.card import Offer
from bot.core.budget import Standing, TooDear, admit, tightest
from bot.core.choices import choices, decode
from bot.core.job import Job, JobId, JobState, Place, Request, UserId
from bot.services import Services
from bot.store import budget, jobs
from bot.store.db import Tx


async def offer(services: Services, place: Place, asker: UserId, request: Request) -> Offer:
    """Price a request and store it. Raises `Mistake` where there is no price, `Busy`."""
    job = Job(
        id=JobId(uuid4().hex),
        revision=1,
        place=place,
        asker=asker,
        request=request,
        price=services.catalogue.price(request),
        state=JobState.OFFERED,
        created=services.clock(),
    )
    async with services.db.promptly() as tx:
        await jobs.add(tx, job)
        return as_offer(services, job, await standings(services, tx, job))


async def choose(services: Services, job: Job, choice: str) -> Job | None:
    """Change an offer as a control of its card says; None when it is no longer this offer."""
    request = decode(choice, job.request)
    async with services.db.promptly() as tx:
        return await jobs.choose(tx, job, request, services.catalogue.price(request))


async def present(services: Services, job: Job) -> Offer:
    """The card of a stored offer as things stand now."""
    async with services.db.read() as tx:
        return as_offer(services, job, await standings(services, tx, job))


async def standings(services: Services, tx: Tx, job: Job) -> tuple[Standing, ...]:
    """How every scope stands that this job's hold would count in."""
    return await budget.standings(
        tx,
        job.place.team,
        job.place.channel,
        job.asker,
        services.today(),
        services.rules,
    )


def as_offer(services: Services, job: Job, standing: tuple[Standing, ...]) -> Offer:
    """What the card shows of a job and its budgets."""
    decision = admit(job.price.credits, standing)
    return Offer(
        job=job,
        label=services.catalogue.label(job.request.model),
        choices=choices(services.catalogue, job.request),
        tightest=tightest(standing),
        obstacle=decision if isinstance(decision, TooDear) else None,
    )
