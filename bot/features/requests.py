"""Requests to the admins: asking for more credits, and what an admin decides.

Who decides is an admin at that moment, and the first decision wins. A decision, its grants and what
it does to a hold are one transaction under the budget lock.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from uuid import uuid5

from bot.core.budget import BudgetStatus, find_shortages
from bot.core.errors import Refused
from bot.core.job import Credits, Job, JobId, JobState, TeamId, UserId
from bot.core.requests import ApprovalRequest, Decision, Outcome, RequestId, RequestKind
from bot.engine.notices import decide
from bot.features import answers
from bot.features.answers import UNCHANGED
from bot.features.budgets import require_admin
from bot.features.composer import FORMS
from bot.features.confirm import FORGOTTEN
from bot.services import Services
from bot.slack.errors import SlackError, describe
from bot.store import alerts, budget, controls, jobs
from bot.store import requests as store
from bot.store.db import Tx
from bot.views import card
from bot.views import requests as blocks
from bot.views.kit import Message
from bot.views.requests import AskNote, DecideNote

log = logging.getLogger(__name__)

NOT_HERE = "Ask in the channel that it is for, with /image-quota there. Nothing was sent."
OVER = "This picture was confirmed or cancelled meanwhile. Nothing was sent."
NOT_YOURS = "Only the person who asked for this picture can do that. Nothing was sent."
ADMINS_DECIDE = "Only admins decide this. Nothing was changed."
NOT_KNOWN = "This request is not known any more. Nothing was changed."


async def open_ask(
    services: Services, trigger: str, team: TeamId, user: UserId, note: AskNote
) -> Message | None:
    """Open the form, or say that this is asked already. Raises `Refused`, `Busy`."""
    if not note.channel:
        raise Refused(NOT_HERE)
    place = note.place(team)
    async with services.db.promptly_read() as tx:
        job = await _offer(tx, team, user, note.job)
        place = job.place if job else place
        present = await store.open_of(tx, place, user, note.job, services.clock())
        stand = await budget.statuses(
            tx, team, place.channel, user, services.today(), services.rules
        )
    if present is not None:
        return blocks.asked_already()
    short = find_shortages(job.price.credits, stand) if job else []
    await answers.open_form(services, trigger, blocks.ask_form(note, job, short), UNCHANGED)
    return None


async def ask(
    services: Services,
    team: TeamId,
    user: UserId,
    view: str,
    note: AskNote,
    credits: Credits,
    why: str,
) -> Message:
    """Write what was submitted, and tell the admins; a form that arrives twice is one request.

    Raises `Refused` where the picture is no offer any more, `Busy`.
    """
    own = RequestId(uuid5(FORMS, f"{team}/{view}").hex)
    async with services.db.promptly() as tx:
        now = services.clock()
        await budget.lock(tx, team, now)  # of two forms for one picture the second sees the first
        if await store.get(tx, team, own) is not None:
            return blocks.sent()
        job = await _offer(tx, team, user, note.job)
        place = job.place if job else note.place(team)
        if await store.open_of(tx, place, user, note.job, now) is not None:
            return blocks.asked_already()
        asked = ApprovalRequest(
            own, RequestKind.MORE, place, user, note.job, credits, why, asked=now
        )
        await store.add(tx, asked)
    return blocks.sent()


async def _offer(tx: Tx, team: TeamId, user: UserId, job_id: JobId | None) -> Job | None:
    """The picture that it is for, if it is for one. Raises `Refused` unless it is their offer."""
    if job_id is None:
        return None
    job = await jobs.get(tx, team, job_id)
    if job is None:
        raise Refused(FORGOTTEN)
    if job.state is not JobState.OFFERED:
        raise Refused(OVER)
    if job.asker != user:
        raise Refused(NOT_YOURS)
    return job


@dataclass(frozen=True, slots=True)
class Matter:
    """A request with all that a decision looks at, as it is inside the transaction."""

    request: ApprovalRequest
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
        return find_shortages(self.job.price.credits, self.statuses) if self.job else []


Given = list[tuple[BudgetStatus, Credits]]
"""What is granted: to which budget, how much."""


async def open_grant(
    services: Services, trigger: str, team: TeamId, admin: UserId, note: DecideNote
) -> Message | None:
    """Open the form of *Grant for this period…*, or say who was first. Raises `Refused`, `Busy`."""
    await _expect_admin(services, admin)
    matter = await _read(services, team, note.request, RequestKind.MORE)
    if not matter.request.is_open(matter.now):
        return blocks.already_decided(matter.request)
    short = max(matter.short, key=lambda one: one[1], default=None)
    view = blocks.grant_form(note, matter.request, matter.statuses, short[0] if short else None)
    await answers.open_form(services, trigger, view, UNCHANGED)
    return None


async def open_decline(
    services: Services, trigger: str, team: TeamId, admin: UserId, note: DecideNote
) -> Message | None:
    """Open the form of *Decline…*, or say who was first. Raises `Refused`, `Busy`."""
    await _expect_admin(services, admin)
    matter = await _read(services, team, note.request)
    if not matter.request.is_open(matter.now):
        return blocks.already_decided(matter.request)
    view = blocks.decline_form(note, matter.request)
    await answers.open_form(services, trigger, view, UNCHANGED)
    return None


async def grant_once(
    services: Services, team: TeamId, request: RequestId, admin: UserId
) -> Message:
    """Grant exactly what the picture lacks at this moment; without one, what was asked for.

    Raises `Refused` for anybody but an admin, `Busy`.
    """
    async with _deciding(services, team, request, admin, RequestKind.MORE) as (tx, matter):
        if matter.is_over:
            return await _not_needed(services, tx, matter, admin)
        given = matter.short
        if matter.job is None:
            channel = blocks.chosen_budget(matter.statuses, "channel")
            given = [(channel, matter.request.credits)] if channel else []
        return await _grant(services, tx, matter, given, admin, matter.request.why)


async def grant(
    services: Services,
    team: TeamId,
    request: RequestId,
    admin: UserId,
    credits: Credits,
    target: str,
    reason: str,
) -> Message:
    """Grant an amount to one budget until its period ends. Raises as `grant_once`."""
    async with _deciding(services, team, request, admin, RequestKind.MORE) as (tx, matter):
        chosen = blocks.chosen_budget(matter.statuses, target)
        if chosen is None:
            raise Refused(NOT_KNOWN)
        why = reason or matter.request.why
        return await _grant(services, tx, matter, [(chosen, credits)], admin, why)


async def decline(
    services: Services, team: TeamId, request: RequestId, admin: UserId, reason: str
) -> Message:
    """Say no: nothing is granted, what was held is released. Raises as `grant_once`."""
    async with _deciding(services, team, request, admin) as (tx, matter):
        decision = Decision(Outcome.DECLINED, matter.now, admin, reason)
        decided = await decide(services, tx, matter.request, decision)
        if decided is None:
            return blocks.already_decided(matter.request)
    return blocks.declined(decided)


async def approve(services: Services, team: TeamId, request: RequestId, admin: UserId) -> Message:
    """Let a waiting picture be made, at the price that is held. Raises as `grant_once`."""
    async with _deciding(services, team, request, admin, RequestKind.APPROVAL) as (tx, matter):
        decision = Decision(Outcome.GRANTED, matter.now, admin)
        decided = await decide(services, tx, matter.request, decision)
        if decided is None:
            return blocks.already_decided(matter.request)
        job = matter.job
        reply_url = await jobs.reply_url(tx, job) if job else None
    if job is not None and reply_url is not None:
        await _on_its_way(services, job, reply_url)
    return blocks.approved(decided)


async def _on_its_way(services: Services, job: Job, reply_url: str) -> None:
    """The card waits no more; if the job has met its end meanwhile, that is its last word."""
    try:
        await services.slack.respond(reply_url, card.render_queued(job))
        present = await services.db.query(lambda tx: jobs.get(tx, job.place.team, job.id))
        if present is not None and present.state in {JobState.FAILED, JobState.UNKNOWN}:
            await services.slack.respond(reply_url, card.render_ended(present))
    except SlackError as error:  # the card is a courtesy; the root message tells the rest
        log.info("job %s: the card cannot be changed: %s", job.id, error)


async def _grant(
    services: Services, tx: Tx, matter: Matter, given: Given, admin: UserId, reason: str
) -> Message:
    """The decision, its grants, and what they mean for the alerts."""
    request, place = matter.request, matter.request.place
    most = max((lacks for _, lacks in given), default=Credits(0))
    decision = Decision(Outcome.GRANTED, matter.now, admin, given=most)
    decided = await decide(services, tx, request, decision)
    if decided is None:
        return blocks.already_decided(request)
    for status, extra in given:
        days = (matter.today, status.span.last)
        await controls.add_grant(tx, status.scope, extra, days, reason, admin, matter.now)
    after = await budget.statuses(
        tx, place.team, place.channel, request.asker, matter.today, services.rules
    )
    policy = await controls.policies_in(tx, place.team, place.channel, services.rules)
    await alerts.raise_alerts(tx, after, policy, matter.now)
    still = (
        []
        if matter.job is None or matter.is_over
        else find_shortages(matter.job.price.credits, after)
    )
    return blocks.granted(decided, given, [one for one, _ in still])


async def _not_needed(services: Services, tx: Tx, matter: Matter, admin: UserId) -> Message:
    """The picture was made or cancelled meanwhile: nothing is granted for it."""
    if not matter.request.is_open(matter.now):
        return blocks.already_decided(matter.request)
    await decide(services, tx, matter.request, Decision(Outcome.WITHDRAWN, matter.now, admin))
    return blocks.not_needed()


async def _expect_admin(services: Services, user: UserId) -> None:
    """Spare a member a form that is of no use; whoever submits it is asked about afresh."""
    try:
        admin = await services.slack.is_admin(user, services.admins)
    except SlackError as error:
        raise Refused(f"{describe(error)} Nothing was changed.") from error
    if not admin:
        raise Refused(ADMINS_DECIDE)


@asynccontextmanager
async def _deciding(
    services: Services,
    team: TeamId,
    request: RequestId,
    admin: UserId,
    kind: RequestKind | None = None,
) -> AsyncIterator[tuple[Tx, Matter]]:
    """A transaction under the budget lock for somebody who is an admin now."""
    await require_admin(services, admin, ADMINS_DECIDE)
    async with services.db.promptly() as tx:
        await budget.lock(tx, team, services.clock())
        yield tx, await _matter(services, tx, team, request, kind)


async def _read(
    services: Services, team: TeamId, request: RequestId, kind: RequestKind | None = None
) -> Matter:
    return await services.db.query(
        lambda tx: _matter(services, tx, team, request, kind), promptly=True
    )


async def _matter(
    services: Services, tx: Tx, team: TeamId, key: RequestId, kind: RequestKind | None
) -> Matter:
    """Raises `Refused` for a request that is not there, or is for something else."""
    request = await store.get(tx, team, key)
    if request is None or kind not in {None, request.kind}:
        raise Refused(NOT_KNOWN)
    now = services.clock()
    today = services.rules.calendar.day(now)
    channel, asker = request.place.channel, request.asker
    return Matter(
        request,
        await jobs.get(tx, team, request.job) if request.job else None,
        await budget.statuses(tx, team, channel, asker, today, services.rules),
        now,
        today,
    )
