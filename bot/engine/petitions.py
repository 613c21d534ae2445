"""How a petition ends: by an admin's word or by its time, and what that does to the job it holds.

`end` runs inside the caller's transaction, under the workspace's budget lock.
"""

from __future__ import annotations

import logging
from datetime import datetime

from bot import metrics
from bot.core.job import Credits, UserId
from bot.core.petition import Petition, Verdict, Wish
from bot.services import Services
from bot.store import budget, petitions
from bot.store.db import Tx

log = logging.getLogger(__name__)

AT_ONCE = 100  # petitions that lapse in one transaction


async def end(
    services: Services,
    tx: Tx,
    petition: Petition,
    verdict: Verdict,
    now: datetime,
    *,
    by: UserId | None = None,
    answer: str = "",
    given: Credits | None = None,
) -> Petition | None:
    """Decide a petition, if nobody did before; None then, or when its time is over.

    Its job, where it was an approval, is woken: it goes on, or says that it does not.
    """
    decided = await petitions.end(tx, petition, verdict, now, by=by, answer=answer, given=given)
    if decided is None:
        return None
    if decided.wish is Wish.APPROVAL and decided.job is not None:
        if verdict is not Verdict.GRANTED:
            tx.after.append(lambda: _count(decided.credits))
        await services.dispatcher.enqueue(tx, decided.place.team, decided.job)
    return decided


def _count(released: Credits) -> None:
    metrics.credits_.labels("released").inc(released)
    metrics.jobs.labels("failed").inc()


async def lapse(services: Services) -> int:
    """End every petition whose time is over; how many there were."""
    now = services.clock()
    async with services.db.read() as tx:
        due = await petitions.due(tx, now, AT_ONCE)
    ended = 0
    for petition in due:
        try:
            async with services.db.write() as tx:
                await budget.lock(tx, petition.place.team, now)
                if await end(services, tx, petition, Verdict.LAPSED, now) is not None:
                    ended += 1
        except Exception:  # a supervisor: one that cannot end must not keep the others held
            log.exception("petition %s does not lapse", petition.id)
    return ended
