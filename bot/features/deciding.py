"""What admins decide about a petition: who decides is an admin at that moment, the first wins.

A decision, its grants and what it does to a hold are one transaction under the budget lock.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime

from bot.core.budget import BudgetStatus, lacking
from bot.core.errors import Refused
from bot.core.job import Credits, Job, JobState, TeamId, UserId
from bot.core.petition import Petition, PetitionId, Verdict, Wish
from bot.engine.petitions import end
from bot.features import answers
from bot.features.answers import UNCHANGED
from bot.features.budgets import require_admin
from bot.services import Services
from bot.slack.errors import SlackError, in_words
from bot.store import alerts, budget, controls, jobs
from bot.store import petitions as store
from bot.store.db import Tx
from bot.views import card, petition_forms, petitions
from bot.views.kit import Message
from bot.views.petition_forms import Deciding

log = logging.getLogger(__name__)

ADMINS_DECIDE = "Only admins decide this. Nothing was changed."
NOT_KNOWN = "This request is not known any more. Nothing was changed."


@dataclass(frozen=True, slots=True)
class Matter:
    """A petition with all that a decision looks at, as it is inside the transaction."""

    petition: Petition
    job: Job | None
    statuses: tuple[BudgetStatus, ...]
    now: datetime
    today: date

    @property
    def is_over(self) -> bool:
        """Whether the picture that it is for is no offer any more."""
        return self.job is not None and self.job.state is not JobState.OFFERED

    @property
    def short(self) -> list[tuple[BudgetStatus, Credits]]:
        """The budgets that do not cover the picture, each with what it lacks."""
        return lacking(self.job.price.credits, self.statuses) if self.job else []


Given = list[tuple[BudgetStatus, Credits]]
"""What is granted: to which budget, how much."""


async def open_grant(
    services: Services, trigger: str, team: TeamId, admin: UserId, deciding: Deciding
) -> Message | None:
    """Open the form of *Grant for this period…*, or say who was first. Raises `Refused`, `Busy`."""
    await _look_like_admin(services, admin)
    matter = await _read(services, team, deciding.petition, Wish.MORE)
    if _is_decided(matter):
        return petitions.already(matter.petition)
    short = max(matter.short, key=lambda one: one[1], default=None)
    view = petition_forms.grant(
        deciding, matter.petition, matter.statuses, short[0] if short else None
    )
    await answers.open_form(services, trigger, view, UNCHANGED)
    return None


async def open_decline(
    services: Services, trigger: str, team: TeamId, admin: UserId, deciding: Deciding
) -> Message | None:
    """Open the form of *Decline…*, or say who was first. Raises `Refused`, `Busy`."""
    await _look_like_admin(services, admin)
    matter = await _read(services, team, deciding.petition)
    if _is_decided(matter):
        return petitions.already(matter.petition)
    view = petition_forms.decline(deciding, matter.petition)
    await answers.open_form(services, trigger, view, UNCHANGED)
    return None


async def grant_once(
    services: Services, team: TeamId, petition: PetitionId, admin: UserId
) -> Message:
    """Grant exactly what the picture lacks at this moment; without one, what was asked for.

    Raises `Refused` for anybody but an admin, `Busy`.
    """
    async with _deciding(services, team, petition, admin, Wish.MORE) as (tx, matter):
        if matter.is_over:
            return await _not_needed(services, tx, matter, admin)
        given = matter.short
        if matter.job is None:
            channel = petition_forms.target(matter.statuses, "channel")
            given = [(channel, matter.petition.credits)] if channel else []
        return await _grant(services, tx, matter, given, admin, matter.petition.why)


async def grant(
    services: Services,
    team: TeamId,
    petition: PetitionId,
    admin: UserId,
    credits: Credits,
    target: str,
    reason: str,
) -> Message:
    """Grant an amount to one budget until its period ends. Raises as `grant_once`."""
    async with _deciding(services, team, petition, admin, Wish.MORE) as (tx, matter):
        chosen = petition_forms.target(matter.statuses, target)
        if chosen is None:
            raise Refused(NOT_KNOWN)
        why = reason or matter.petition.why
        return await _grant(services, tx, matter, [(chosen, credits)], admin, why)


async def decline(
    services: Services, team: TeamId, petition: PetitionId, admin: UserId, reason: str
) -> Message:
    """Say no: nothing is granted, what was held is released. Raises as `grant_once`."""
    async with _deciding(services, team, petition, admin) as (tx, matter):
        decided = await end(
            services, tx, matter.petition, Verdict.DECLINED, matter.now, by=admin, answer=reason
        )
        if decided is None:
            return petitions.already(matter.petition)
    return petitions.declined(decided)


async def approve(services: Services, team: TeamId, petition: PetitionId, admin: UserId) -> Message:
    """Let a waiting picture be made, at the price that is held. Raises as `grant_once`."""
    async with _deciding(services, team, petition, admin, Wish.APPROVAL) as (tx, matter):
        decided = await end(services, tx, matter.petition, Verdict.GRANTED, matter.now, by=admin)
        if decided is None:
            return petitions.already(matter.petition)
        job = matter.job
        reply_url = await jobs.reply_url(tx, job) if job else None
    if job is not None and reply_url is not None:
        await _on_its_way(services, job, reply_url)
    return petitions.approved(decided)


async def _on_its_way(services: Services, job: Job, reply_url: str) -> None:
    """The card waits no more; if the job has met its end meanwhile, that is its last word."""
    try:
        await services.slack.respond(reply_url, card.render_queued(job))
        async with services.db.read() as tx:
            present = await jobs.get(tx, job.place.team, job.id)
        if present is not None and present.state in {JobState.FAILED, JobState.UNKNOWN}:
            await services.slack.respond(reply_url, card.render_ended(present))
    except SlackError as error:  # the card is a courtesy; the root message tells the rest
        log.info("job %s: the card cannot be changed: %s", job.id, error)


async def _grant(
    services: Services, tx: Tx, matter: Matter, given: Given, admin: UserId, reason: str
) -> Message:
    """The decision, its grants, and what they mean for the alerts."""
    petition, place = matter.petition, matter.petition.place
    most = max((lacks for _, lacks in given), default=Credits(0))
    decided = await end(services, tx, petition, Verdict.GRANTED, matter.now, by=admin, given=most)
    if decided is None:
        return petitions.already(petition)
    for status, extra in given:
        days = (matter.today, status.span.last)
        await controls.add_grant(tx, status.scope, extra, days, reason, admin, matter.now)
    after = await budget.statuses(
        tx, place.team, place.channel, petition.asker, matter.today, services.rules
    )
    policy = await controls.policies_in(tx, place.team, place.channel, services.rules)
    await alerts.look(tx, after, policy, matter.now)
    still = [] if matter.job is None or matter.is_over else lacking(matter.job.price.credits, after)
    return petitions.granted(decided, given, [one for one, _ in still])


async def _not_needed(services: Services, tx: Tx, matter: Matter, admin: UserId) -> Message:
    """The picture was made or cancelled meanwhile: nothing is granted for it."""
    petition = matter.petition
    if _is_decided(matter):
        return petitions.already(petition)
    await end(services, tx, petition, Verdict.WITHDRAWN, matter.now, by=admin)
    return petitions.not_needed()


def _is_decided(matter: Matter) -> bool:
    petition = matter.petition
    return petition.verdict is not Verdict.OPEN or petition.lapses <= matter.now


async def _look_like_admin(services: Services, user: UserId) -> None:
    """Spare a member a form that is of no use; whoever submits it is looked at afresh."""
    try:
        admin = await services.slack.is_admin(user, services.admins)
    except SlackError as error:
        raise Refused(f"{in_words(error)} Nothing was changed.") from error
    if not admin:
        raise Refused(ADMINS_DECIDE)


@asynccontextmanager
async def _deciding(
    services: Services,
    team: TeamId,
    petition: PetitionId,
    admin: UserId,
    wish: Wish | None = None,
) -> AsyncIterator[tuple[Tx, Matter]]:
    """A transaction under the budget lock for somebody who is an admin now."""
    await require_admin(services, admin, ADMINS_DECIDE)
    async with services.db.promptly() as tx:
        await budget.lock(tx, team, services.clock())
        yield tx, await _matter(services, tx, team, petition, wish)


async def _read(
    services: Services, team: TeamId, petition: PetitionId, wish: Wish | None = None
) -> Matter:
    async with services.db.promptly_read() as tx:
        return await _matter(services, tx, team, petition, wish)


async def _matter(
    services: Services, tx: Tx, team: TeamId, key: PetitionId, wish: Wish | None
) -> Matter:
    """Raises `Refused` for a petition that is not there, or is for something else."""
    petition = await store.get(tx, team, key)
    if petition is None or wish not in {None, petition.wish}:
        raise Refused(NOT_KNOWN)
    now = services.clock()
    today = services.rules.calendar.day(now)
    channel, asker = petition.place.channel, petition.asker
    return Matter(
        petition,
        await jobs.get(tx, team, petition.job) if petition.job else None,
        await budget.statuses(tx, team, channel, asker, today, services.rules),
        now,
        today,
    )
