"""App Home: opened. Its buttons are those of messages; their answers go to the direct message."""

from __future__ import annotations

from bot.flows import home
from bot.listeners.incoming import Answer, HomeOpened
from bot.services import Services


async def opened(services: Services, event: HomeOpened) -> Answer:
    """Somebody looks at it. Raises `Busy`: Slack tells it again."""
    await home.opened(services, event.team, event.user)
    return Answer()
