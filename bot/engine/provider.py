"""What Pixapi did that admins have to hear of: prices that differ, faults that only they can mend.

Each is written in the transaction that books it, and told once a day, however many requests it met.
"""

from __future__ import annotations

import logging

from bot import metrics
from bot.core.charge import Charge
from bot.core.errors import FAULTS
from bot.core.job import Job
from bot.core.notices import Discrepancy, Notice, Trouble
from bot.services import Services
from bot.store import alerts, notices
from bot.store.db import Tx

log = logging.getLogger(__name__)


def count(job: Job, charge: Charge) -> None:
    """A charge is written: the figures and the log say what it came to."""
    metrics.credits_.labels("charged").inc(charge.credits)
    if charge.drift:
        log.warning("job %s: drift of %+d credits", job.id, charge.drift)
        metrics.drift.labels("more" if charge.drift > 0 else "less").inc(abs(charge.drift))
    elif charge.credits > job.price.credits:
        more = charge.credits - job.price.credits
        log.warning("job %s: %d credits more than were held", job.id, more)


async def tell_charge(services: Services, tx: Tx, job: Job, charge: Charge) -> None:
    """A charge that is not by the price table or is more than was held, and levels it reaches."""
    if charge.drift or charge.credits > job.price.credits:
        now = services.clock()
        kind = "drift" if charge.drift else "beyond"
        key = f"{kind}:{services.rules.calendar.day(now)}"
        about = Discrepancy(job.id, charge.credits, charge.computed, job.price.credits)
        await notices.add(tx, Notice(job.place.team, key, about), now)
    if charge.credits > job.price.credits:
        await alerts.raise_after_charge(tx, job, services.rules, services.clock())


async def tell_fault(services: Services, tx: Tx, job: Job) -> None:
    """Why a job failed, where only an admin can mend it."""
    fault = FAULTS[job.fault or ""]
    if fault.admins is None:
        return
    now = services.clock()
    key = f"provider:{fault.code}:{services.rules.calendar.day(now)}"
    await notices.add(tx, Notice(job.place.team, key, Trouble(fault.code)), now)
    log.warning("%s: %s", fault.code, fault.sentence)
