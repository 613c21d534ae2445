"""The buttons under a result: so far `Stop` while it is queued, and `Details`."""

from __future__ import annotations

from bot.blocks import names, result
from bot.blocks.kit import Message
from bot.core.errors import Refused
from bot.flows import confirm
from bot.flows import result as results
from bot.listeners.incoming import Answer, Click
from bot.services import Services


async def stop(services: Services, click: Click) -> Answer:
    """Stop a queued job; the root message says so. Its asker only."""

    async def later() -> None:
        job = await confirm.find(services, click.place.team, names.ref(click.value).job, click.user)
        if not await confirm.stop(services, job):
            raise Refused(
                "Pixapi has this request already. Stopping it now would not give the credits back."
            )

    return Answer(later=later)


async def details(services: Services, click: Click) -> Answer:
    """Everything about a job, for whoever asks."""

    async def later() -> Message:
        known = await results.details(services, click.place.team, names.ref(click.value).job)
        label = services.catalogue.label(known.job.request.model)
        return result.details(known.job, label, known.lines)

    return Answer(later=later)
