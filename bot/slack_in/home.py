"""App Home: opened. Its buttons are those of messages; their answers go to the direct message."""

from __future__ import annotations

from bot.core.job import TeamId, UserId
from bot.features import home
from bot.services import Services
from bot.slack_in.answering import Later
from bot.slack_in.incoming import HomeOpened
from bot.views.kit import Message


def opened(services: Services, event: HomeOpened) -> None:
    """Somebody looks at it."""
    services.tasks.spawn(home.publish(services, event.team, event.user))


def then_shown(services: Services, team: TeamId, user: UserId, work: Later) -> Later:
    """What somebody does in their Home, or in a form over it; it then shows what became of it."""

    async def later() -> Message | None:
        try:
            return await work()
        finally:
            services.tasks.spawn(home.publish(services, team, user))

    return later
