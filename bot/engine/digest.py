"""The weekly digest: written once when a week has ended, and told as any other notice."""

from __future__ import annotations

from datetime import timedelta

from bot.core.periods import Period
from bot.services import Services
from bot.store import digest, listing, notices

FIRST_DAYS = 3
"""Days of a week in which the one before is still told of: later it is no news any more."""


async def write(services: Services) -> None:
    """Write the digest of the week that has just ended, for each workspace that has none yet."""
    today, calendar = services.today(), services.rules.calendar
    present = calendar.span(Period.WEEK, today)
    if today >= present.first + timedelta(days=FIRST_DAYS):
        return
    week = calendar.span(Period.WEEK, present.first - timedelta(days=1))
    async with services.db.read() as tx:
        teams = await listing.workspaces_known(tx)
    for team in teams:
        async with services.db.read() as tx:
            known = await digest.is_known(tx, team, week)
            found = None if known else await digest.of(tx, team, week, services.rules)
        if found is not None:
            async with services.db.write() as tx:
                await notices.add(tx, found, services.clock())
                services.notifier.soon(tx)
