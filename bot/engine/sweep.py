"""Housekeeping, in every process: each job of it changes nothing when another one was first.

Requests that nobody decided lapse (one decision wins). Offers that nobody confirmed are deleted and
old prompts erased, amounts stay (what is gone already is not there to be found). Jobs that are not
known are marked to be asked for again (a question to Pixapi costs nothing: each process may ask).
Jobs that nobody runs are given to the dispatcher (a job has one entry).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.core.job import GIVEN_UP, OFFER_KEPT, lookup_is_due
from bot.core.requests import Decision, Outcome
from bot.engine.notices import decide
from bot.services import Services
from bot.store import alerts, budget, controls, jobs, notices, requests, threads, unknown
from bot.store.db import Tx
from bot.store.errors import StoreError
from bot.store.unknown import Lost

log = logging.getLogger(__name__)

ERASING = timedelta(hours=1)  # between two looks for old prompts
SIGHT = timedelta(days=3)
"""How long a message is remembered as answered: Slack sends an event again for a day at most."""
TOLD = timedelta(days=100)
"""How long it is remembered what was told to whom: longer than any period, and than any request to
the admins is open, so that nothing is told twice."""
AT_ONCE = 500  # prompts that are erased, and offers that are deleted, in one transaction
LAPSING = 100  # requests that lapse in one round


async def lapse(services: Services) -> int:
    """End every request to the admins whose time is over; how many there were."""
    now = services.clock()
    due = await services.db.query(lambda tx: requests.due(tx, now, LAPSING))
    ended = 0
    for request in due:
        try:
            async with services.db.write() as tx:
                await budget.lock(tx, request.place.team, now)
                lapsed = await decide(services, tx, request, Decision(Outcome.LAPSED, now))
                ended += lapsed is not None
        except Exception:  # a supervisor: one that cannot end must not keep the others held
            log.exception("request %s does not lapse", request.id)
    return ended


async def erase(services: Services, retention_days: int) -> None:
    """Erase what people wrote that is older than this many days; forget what is of no use."""
    now = services.clock()
    before = now - timedelta(days=retention_days)
    offers = await _all(services, lambda tx: jobs.forget_offers(tx, now - OFFER_KEPT, AT_ONCE))
    prompts = await _all(
        services, lambda tx: jobs.erase_prompts(tx, before, AT_ONCE, now - GIVEN_UP)
    )

    async def forget(tx: Tx) -> None:
        await requests.erase(tx, before)
        await controls.erase_reasons(tx, before)
        await threads.forget_sights(tx, now - SIGHT)
        await alerts.forget(tx, now - TOLD)
        await notices.forget(tx, now - TOLD)

    await services.db.transact(forget)
    if offers or prompts:
        log.info(
            "deleted %d offers older than %d days, erased %d prompts older than %d days",
            *(offers, OFFER_KEPT.days, prompts, retention_days),
        )


async def _all(services: Services, some: Callable[[Tx], Awaitable[int]]) -> int:
    """Some in each transaction, until there are no more; how many there were."""
    every = 0
    while True:
        found = await services.db.transact(some)
        every += found
        if found < AT_ONCE:
            return every


async def look_again(
    services: Services, started: datetime, last: datetime | None, missed: frozenset[Lost]
) -> frozenset[Lost]:
    """Mark the jobs that are not known and whose turn it is: their next run asks for them again.

    `last` is when this process did so before, None after its start. Jobs that another process has
    marked meanwhile wait for their next turn. Those are left unmarked, and answered, of which
    something else is still to be done (to be told, above all): their turn was `missed`, and is in
    the next round.
    """
    now = services.clock()

    def is_turn(lost: Lost) -> bool:
        before = last or started
        if lost.looked is not None and lost.looked >= before:
            return lookup_is_due(lost.submitted, lost.looked, now)
        return lookup_is_due(lost.submitted, last, now)

    found = await services.db.query(unknown.with_task)
    due = [one for one in found if one in missed or is_turn(one)]
    if not due:
        return frozenset()

    async def marked(tx: Tx) -> frozenset[Lost]:
        return frozenset([one for one in due if not await unknown.mark(tx, one, now)])

    return await services.db.transact(marked)


async def attending(services: Services) -> None:
    """Every few seconds, see that somebody runs whatever is left to do."""
    while True:
        try:
            await services.dispatcher.attend(services)
        except StoreError as error:  # which says so in the log by itself, once
            log.info("jobs that nobody runs were not looked for: %s", error)
        except Exception:  # the supervisor: the next look is another chance
            log.exception("looking for jobs that nobody runs failed")
        await asyncio.sleep(services.pace.attend)


async def sweeping(services: Services, retention_days: int) -> None:
    """A round now and every minute."""
    erased: datetime | None = None
    started, looked = services.clock(), None
    missed: frozenset[Lost] = frozenset()
    while True:
        try:
            await lapse(services)
            now = services.clock()
            missed = await look_again(services, started, looked, missed)
            looked = now
            if erased is None or not erased <= now < erased + ERASING:  # clocks may jump back
                await erase(services, retention_days)
                erased = now
        except StoreError as error:  # which says so in the log by itself, once
            log.info("the sweep was not done: %s", error)
        except Exception:  # the supervisor of the sweep: the next round is another chance
            log.exception("the sweep failed")
        await asyncio.sleep(services.pace.sweep)
