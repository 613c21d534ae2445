"""Asking: a request becomes a priced offer, stored before its card is shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID, uuid4, uuid5

from bot.core import grammar
from bot.core.budget import Admitted, TooDear, admit, tightest
from bot.core.choices import decode, list_choices
from bot.core.grammar import Guess, find_doubts
from bot.core.job import Credits, Job, JobId, JobState, Place, Request, Ts, UserId
from bot.core.limits import Policies
from bot.core.person import Preferences
from bot.engine import inputs
from bot.services import Services
from bot.store import alerts, budget, controls, jobs, person, threads
from bot.store.db import Tx
from bot.views.card import Offer

COMMANDS = UUID("b0a4c7d2-6f5e-4a0b-9a55-9b8f3f7f4d16")
"""The namespace of ids that are made from a command's: of one that arrives twice, one job."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An offer, and whether its asker wants it confirmed without a card."""

    offer: Offer
    skip_below: Credits | None = None  # the level that they have set; None: the card is shown


def decide_skip(offer: Offer, own: Preferences) -> Asked:
    """Whether an offer's price is below its asker's level, and nothing known stands in its way.

    Of what was probably not meant like this, the card is always shown.
    """
    hindered = offer.obstacle is not None or offer.hitch is not None or offer.guess is not None
    if hindered or not own.skips(offer.job.price.credits) or find_doubts(offer.job.request):
        return Asked(offer)
    return Asked(offer, own.skip_below)


async def ask(services: Services, place: Place, asker: UserId, words: str, key: str) -> Asked:
    """Price the words of `/image`, with what their asker has set, and store the offer.

    One transaction, for somebody who waits. A command whose asker skips cards spends as it arrives:
    however often the command with this `key` does, one job is made. Raises `Mistake`, `Busy`.
    """

    async def offered(tx: Tx) -> Asked:
        own = await person.preferences_of(tx, place.team, asker)
        request, guess = grammar.parse(words, services.catalogue, own.defaults)
        made_of = f"{place.team}/{asker}/{key}/{words}"
        spends = own.skip_below is not None and key
        job_id = JobId((uuid5(COMMANDS, made_of) if spends else uuid4()).hex)
        job = await jobs.add(tx, new_job(services, job_id, place, asker, request))
        return decide_skip(await _present_new(services, tx, job, guess), own)

    return await services.db.transact(offered, promptly=True)


async def propose(services: Services, place: Place, asker: UserId, request: Request) -> Offer:
    """Price a request, look at its pictures to edit, and store it.

    With pictures this fetches them from Slack, before anything is written: call it where nobody
    waits for an acknowledgement. Raises `Mistake` where there is no price or a picture cannot be
    edited, `Busy`.
    """
    job = await _looked_at(services, new_job(services, JobId(uuid4().hex), place, asker, request))

    async def stored(tx: Tx) -> Offer:
        await jobs.add(tx, job)
        return await _present_new(services, tx, job)

    return await services.db.transact(stored, promptly=True)


async def propose_reply(
    services: Services,
    place: Place,
    asker: UserId,
    read: tuple[Request, Guess | None],
    source: Ts,
) -> Offer | None:
    """`propose` for the message `source`; None, and nothing is stored, if it is deleted by now."""
    request, guess = read
    job = await _looked_at(services, new_job(services, JobId(uuid4().hex), place, asker, request))
    job = replace(job, source=source)

    async def stored(tx: Tx) -> Offer | None:
        if await threads.is_gone(tx, place.team, place.channel, source):
            return None
        await jobs.add(tx, job)
        return await _present_new(services, tx, job, guess)

    return await services.db.transact(stored, promptly=True)


async def _looked_at(services: Services, job: Job) -> Job:
    """The job with what was done to its pictures to edit, and the size by the first of them.

    Raises `Mistake` for a picture that cannot be edited.
    """
    request, notes = await inputs.check(services, job.request)
    return replace(job, request=request, notes=notes, price=services.catalogue.price(request))


def new_job(
    services: Services, job_id: JobId, place: Place, asker: UserId, request: Request
) -> Job:
    """A request as an offer that is not stored yet. Raises `Mistake` where it has no price."""
    return Job(
        id=job_id,
        revision=1,
        place=place,
        asker=asker,
        request=request,
        price=services.catalogue.price(request),
        state=JobState.OFFERED,
        created=services.clock(),
    )


async def choose(services: Services, job: Job, choice: str) -> Job | None:
    """Change an offer as a control of its card says; None when it is no longer this offer."""
    request = decode(choice, job.request)
    return await services.db.transact(
        lambda tx: jobs.choose(tx, job, request, services.catalogue.price(request)), promptly=True
    )


async def present(services: Services, job: Job) -> Offer:
    """The card of a stored offer as things stand now."""

    async def presented(tx: Tx) -> Offer:
        policy = await controls.policies_in(tx, job.place.team, job.place.channel, services.rules)
        return await _present(services, tx, job, policy)

    return await services.db.query(presented)


async def _present_new(services: Services, tx: Tx, job: Job, guess: Guess | None = None) -> Offer:
    """The card of an offer that was just made.

    A budget that does not cover it is looked at for alerts: holds do that, and it takes none.
    """
    policy = await controls.policies_in(tx, job.place.team, job.place.channel, services.rules)
    offer = replace(await _present(services, tx, job, policy), guess=guess)
    if isinstance(offer.obstacle, TooDear):
        await alerts.raise_alerts(tx, (offer.obstacle.tightest,), policy, services.clock())
    return offer


async def _present(services: Services, tx: Tx, job: Job, policy: Policies) -> Offer:
    """What the card shows of a job, its budgets, its prospects and what it goes on from."""
    place, price = job.place, job.price.credits
    statuses = await budget.statuses(
        tx, place.team, place.channel, job.asker, services.today(), services.rules
    )
    decision = admit(price, statuses)
    return Offer(
        job=job,
        label=services.catalogue.label(job.request.model),
        choices=list_choices(services.catalogue, job.request),
        tightest=tightest(statuses),
        obstacle=None if isinstance(decision, Admitted) else decision,
        approve_from=policy.approve_from if policy.waits(price) else None,
        notes=job.notes,
        hitch=await jobs.hitch_of_all(tx, place.team),
        spent=await threads.spent_before(tx, job) if job.request.inputs else None,
    )
