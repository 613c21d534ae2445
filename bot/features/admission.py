"""The admission: the one transaction in which credits are held. Nothing outside is asked in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot.core.budget import Admitted, BudgetStatus, admit, apply_hold
from bot.core.job import Job, JobState
from bot.core.requests import ApprovalRequest, RequestId, RequestKind
from bot.store import alerts, budget, controls, jobs, requests
from bot.store.budget import Rules
from bot.store.db import Tx


@dataclass(frozen=True, slots=True)
class Held:
    """The price is held, by this very call; the job is queued, or waits for an approval."""

    job: Job


@dataclass(frozen=True, slots=True)
class Short:
    """The budget does not cover the price, or is paused: nothing was held."""

    statuses: tuple[BudgetStatus, ...]


@dataclass(frozen=True, slots=True)
class Gone:
    """The offer is not this one any more: confirmed, changed or withdrawn by an earlier click."""

    job: Job | None  # as it is now


async def hold(
    tx: Tx,
    job: Job,
    *,
    now: datetime,
    today: date,
    rules: Rules,
    reply_url: str | None,
    is_admin: bool = False,
) -> Held | Short | Gone:
    """Hold an offer's price and queue it, if every cap and grant allows it today.

    `today` is the local day of `now`: the books' page that is looked at is the one written on.
    From the approval level on it waits for an admin instead, unless the asker is one.
    """
    place = job.place
    await budget.lock(tx, place.team, now)
    statuses = await budget.statuses(tx, place.team, place.channel, job.asker, today, rules)
    decision = admit(job.price.credits, statuses)
    if isinstance(decision, Admitted):
        policy = await controls.policies_in(tx, place.team, place.channel, rules)
        waits = policy.waits(job.price.credits) and not is_admin
        state = JobState.WAITING if waits else JobState.QUEUED
        held = await jobs.admit(tx, job, today, reply_url, state)
        if held is not None:
            await budget.hold(tx, held, decision, now)
            if waits:
                await requests.add(tx, _approval(held, now))
            stand = [apply_hold(each, job.price.credits, decision) for each in statuses]
            await alerts.raise_alerts(tx, stand, policy, now)
            return Held(held)
    present = await jobs.get(tx, place.team, job.id)
    is_offer = (
        present is not None
        and present.state is JobState.OFFERED
        and present.revision == job.revision
    )
    # No offer any more: an earlier click on the same card may be what used the budget up.
    return Short(statuses) if is_offer else Gone(present)


def _approval(job: Job, now: datetime) -> ApprovalRequest:
    """What the admins are asked: a job waits once, so its id is the request's."""
    return ApprovalRequest(
        RequestId(job.id),
        RequestKind.APPROVAL,
        job.place,
        job.asker,
        job.id,
        job.price.credits,
        why="",
        asked=now,
    )
