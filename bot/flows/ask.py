"""Asking: a request becomes a priced offer, stored before its card is shown."""

from __future__ import annotations

from uuid import uuid4

from bot.blocks.card import Offer
from bot.core.budget import Admitted, admit, tightest
from bot.core.choices import choices, decode
from bot.core.job import Job, JobId, JobState, Place, Request, Ts, UserId
from bot.jobs import inputs
from bot.services import Services
from bot.store import budget, jobs, policies, threads
from bot.store.db import Tx


async def offer(
    services: Services, place: Place, asker: UserId, request: Request, *, source: Ts | None = None
) -> Offer:
    """Price a request, look at its pictures to edit, and store it.

    With pictures this fetches them from Slack, before anything is written: call it where nobody
    waits for an acknowledgement. Raises `Mistake` where there is no price or a picture cannot be
    edited, `Busy`.
    """
    price = services.catalogue.price(request)
    notes = await inputs.check(services, request)
    job = Job(
        id=JobId(uuid4().hex),
        revision=1,
        place=place,
        asker=asker,
        request=request,
        price=price,
        state=JobState.OFFERED,
        created=services.clock(),
        source=source,
        notes=notes,
    )
    async with services.db.promptly() as tx:
        await jobs.add(tx, job)
        return await _as_offer(services, tx, job)


async def choose(services: Services, job: Job, choice: str) -> Job | None:
    """Change an offer as a control of its card says; None when it is no longer this offer."""
    request = decode(choice, job.request)
    async with services.db.promptly() as tx:
        return await jobs.choose(tx, job, request, services.catalogue.price(request))


async def present(services: Services, job: Job) -> Offer:
    """The card of a stored offer as things stand now."""
    async with services.db.read() as tx:
        return await _as_offer(services, tx, job)


async def _as_offer(services: Services, tx: Tx, job: Job) -> Offer:
    """What the card shows of a job, its budgets and what it goes on from."""
    standings = await budget.standings(
        tx,
        job.place.team,
        job.place.channel,
        job.asker,
        services.today(),
        services.rules,
    )
    decision = admit(job.price.credits, standings)
    policy = await policies.get(tx, job.place.team, job.place.channel, services.rules)
    return Offer(
        job=job,
        label=services.catalogue.label(job.request.model),
        choices=choices(services.catalogue, job.request),
        tightest=tightest(standings),
        obstacle=None if isinstance(decision, Admitted) else decision,
        approve_from=policy.approve_from if policy.waits(job.price.credits) else None,
        notes=job.notes,
        spent=await threads.spent_before(tx, job) if job.request.inputs else None,
    )
