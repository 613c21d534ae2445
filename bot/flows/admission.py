"""The admission: the one transaction in which credits are held. Nothing outside is asked in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot.core.budget import Admitted, Standing, admit
from bot.core.job import Job, JobState
from bot.store import budget, jobs
from bot.store.budget import Rules
from bot.store.db import Tx


@dataclass(frozen=True, slots=True)
class Held:
    """The price is held, by this very call."""

    job: Job


@dataclass(frozen=True, slots=True)
class Short:
    """The budget does not cover the price, or is paused: nothing was held."""

    standings: tuple[Standing, ...]


@dataclass(frozen=True, slots=True)
class Gone:
    """The offer is not this one any more: confirmed, changed or withdrawn by an earlier click."""

    job: Job | None  # as it is now


async def hold(
    tx: Tx, job: Job, *, now: datetime, today: date, rules: Rules, reply_url: str | None
) -> Held | Short | Gone:
    """Hold an offer's price and queue it, if every cap and grant allows it today.

    `today` is the local day of `now`: the books' page that is looked at is the one written on.
    """
    await budget.lock(tx, job.place.team, now)
    standings = await budget.standings(
        tx, job.place.team, job.place.channel, job.asker, today, rules
    )
    decision = admit(job.price.credits, standings)
    if isinstance(decision, Admitted):
        queued = await jobs.queue(tx, job, today, reply_url)
        if queued is not None:
            await budget.hold(tx, queued, decision, now)
            return Held(queued)
    present = await jobs.get(tx, job.place.team, job.id)
    is_offer = (
        present is not None
        and present.state is JobState.OFFERED
        and present.revision == job.revision
    )
    # No offer any more: an earlier click on the same card may be what used the budget up.
    return Short(standings) if is_offer else Gone(present)
