"""App Home is opened: it is remembered who looks at it, and shown as things stand."""

from __future__ import annotations

from bot.core.job import TeamId, UserId
from bot.services import Services
from bot.store import homes


async def opened(services: Services, team: TeamId, user: UserId) -> None:
    """Remember it, and publish the view. Raises `Busy`."""
    async with services.db.promptly() as tx:
        await homes.opened(tx, team, user, services.clock())
        services.homes.opened(tx, team, user)
