"""App Home: opened. Its buttons are those of messages; their answers go to the direct message."""

from __future__ import annotations

from dataclasses import replace

from bot.blocks.kit import Message
from bot.flows import home
from bot.listeners.incoming import Answer, Click, HomeOpened
from bot.services import Services


async def opened(services: Services, event: HomeOpened) -> Answer:
    """Somebody looks at it. Raises `Busy`: Slack tells it again."""
    await home.opened(services, event.team, event.user)
    return Answer()


def clicked(services: Services, click: Click, answer: Answer) -> Answer:
    """The answer to a click in App Home, which is then shown to whoever clicked as it is now."""
    work = answer.later
    if work is None:
        return answer

    async def later() -> Message | None:
        try:
            return await work()
        finally:
            services.homes.clicked(click.place.team, click.user)

    return replace(answer, later=later)
