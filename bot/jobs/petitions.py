"""How a petition ends: by an admin's word or by its time, and what that does to the job it holds.

`end` runs inside the caller's transaction, under the workspace's budget lock.
"""

from __future__ import annotations

from datetime import datetime

from bot.core.job import Credits, UserId
from bot.core.petition import Petition, Verdict, Wish
from bot.services import Services
from bot.store import budget, jobs, petitions
from bot.store.db import Tx

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

    An approval that is granted queues its job; one that is not releases its hold.
    """
    decided = await petitions.decide(tx, petition, verdict, now, by=by, answer=answer, given=given)
    if decided is None:
        return None
    services.notifier.soon(tx)
    services.homes.changed(tx, decided.place.team, decided.asker)
    services.homes.changed(tx, decided.place.team)
    if decided.wish is Wish.APPROVAL and decided.job is not None:
        team, job_id = decided.place.team, decided.job
        if verdict is Verdict.GRANTED:
            await jobs.approve(tx, team, job_id)
        else:
            fault = "lapsed" if verdict is Verdict.LAPSED else "declined"
            refused = await jobs.refuse(tx, team, job_id, fault)
            if refused is not None:
                await budget.release(tx, refused, now)
        services.dispatcher.enqueue(tx, team, job_id)
    return decided


async def lapse(services: Services) -> int:
    """End every petition whose time is over; how many there were."""
    now = services.clock()
    async with services.db.read() as tx:
        due = await petitions.due(tx, now, AT_ONCE)
    ended = 0
    for petition in due:
        async with services.db.write() as tx:
            await budget.lock(tx, petition.place.team, now)
            if await end(services, tx, petition, Verdict.LAPSED, now) is not None:
                ended += 1
    return ended
