"""Asking: a request becomes a priced offer, stored before its card is shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID, uuid4, uuid5

from bot.core import grammar
from bot.core.budget import Admitted, TooDear, admit, tightest
from bot.core.choices import choices, decode
from bot.core.grammar import Guess, SubCommand
from bot.core.job import Credits, Job, JobId, JobState, Place, Request, Ts, UserId
from bot.core.preferences import Preferences
from bot.core.remarks import doubts
from bot.engine import inputs
from bot.services import Services
from bot.store import alerts, budget, hitches, jobs, policies, preferences, threads
from bot.store.db import Tx
from bot.views.card import Offer

COMMANDS = UUID("b0a4c7d2-6f5e-4a0b-9a55-9b8f3f7f4d16")
"""The namespace of ids that are made from a command's: of one that arrives twice, one job."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An offer, and whether its asker wants it confirmed without a card."""

    offer: Offer
    skip_below: Credits | None = None  # the level that they have set; None: the card is shown


def asked(offer: Offer, own: Preferences) -> Asked:
    """Whether an offer's price is below its asker's level, and nothing known stands in its way.

    Of what was probably not meant like this, the card is always shown.
    """
    hindered = offer.obstacle is not None or offer.hitch is not None
    doubtful = offer.guess is not None or bool(doubts(offer.job.request))
    skips = not hindered and not doubtful and own.skips(offer.job.price.credits)
    return Asked(offer, own.skip_below if skips else None)


async def typed(services: Services, place: Place, asker: UserId, text: str, key: str) -> Asked:
    """Price a prompt of `/image`, with what its asker has set, and store it.

    One transaction, for somebody who waits. Whoever skips cards spends by a command that arrives:
    however often the one with this `key` does, it is one job. Raises `Mistake`, `Busy`.
    """
    async with services.db.promptly() as tx:
        own = await preferences.get(tx, place.team, asker)
        read = grammar.parse(text, services.catalogue, own.defaults)
        assert not isinstance(read, SubCommand), "a word that stands alone is no prompt"
        request, guess = meant(read)
        made_of = f"{place.team}/{asker}/{key}/{text}"
        spends = own.skip_below is not None and key
        job_id = JobId((uuid5(COMMANDS, made_of) if spends else uuid4()).hex)
        job = await jobs.add(tx, _new(services, job_id, place, asker, request))
        return asked(await _as_new(services, tx, job, guess), own)


def meant(read: Request | Guess) -> tuple[Request, Guess | None]:
    """The request of what was typed, and the guess that it rests on."""
    return (read.request, read) if isinstance(read, Guess) else (read, None)


async def offer(
    services: Services,
    place: Place,
    asker: UserId,
    request: Request,
    guess: Guess | None = None,
    *,
    source: Ts | None = None,
) -> Offer:
    """Price a request, look at its pictures to edit, and store it.

    With pictures this fetches them from Slack, before anything is written: call it where nobody
    waits for an acknowledgement. Raises `Mistake` where there is no price or a picture cannot be
    edited, `Busy`.
    """
    services.catalogue.price(request)  # before its pictures are fetched
    request, notes = await inputs.check(services, request)
    job = _new(services, JobId(uuid4().hex), place, asker, request, source=source, notes=notes)
    async with services.db.promptly() as tx:
        await jobs.add(tx, job)
        return await _as_new(services, tx, job, guess)


def _new(
    services: Services,
    job_id: JobId,
    place: Place,
    asker: UserId,
    request: Request,
    *,
    source: Ts | None = None,
    notes: tuple[str, ...] = (),
) -> Job:
    return Job(
        id=job_id,
        revision=1,
        place=place,
        asker=asker,
        request=request,
        price=services.catalogue.price(request),
        state=JobState.OFFERED,
        created=services.clock(),
        source=source,
        notes=notes,
    )


async def choose(services: Services, job: Job, choice: str) -> Job | None:
    """Change an offer as a control of its card says; None when it is no longer this offer."""
    request = decode(choice, job.request)
    async with services.db.promptly() as tx:
        return await jobs.choose(tx, job, request, services.catalogue.price(request))


async def present(services: Services, job: Job) -> Offer:
    """The card of a stored offer as things stand now."""
    async with services.db.read() as tx:
        return await _as_offer(services, tx, job)


async def _as_new(services: Services, tx: Tx, job: Job, guess: Guess | None) -> Offer:
    """The card of an offer that was just made.

    A budget that does not cover it is looked at for alerts: holds do that, and it takes none.
    """
    found = replace(await _as_offer(services, tx, job), guess=guess)
    if isinstance(found.obstacle, TooDear):
        policy = await policies.get(tx, job.place.team, job.place.channel, services.rules)
        await alerts.look(tx, (found.obstacle.tightest,), policy, services.clock())
        services.notifier.soon(tx)
    return found


async def _as_offer(services: Services, tx: Tx, job: Job) -> Offer:
    """What the card shows of a job, its budgets, its prospects and what it goes on from."""
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
        hitch=await hitches.met(tx, job.place.team),
        spent=await threads.spent_before(tx, job) if job.request.inputs else None,
    )
