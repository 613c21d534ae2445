"""Holds that are not known: the buttons with which an admin ends them."""

from __future__ import annotations

from bot.core.budget import NOTHING
from bot.core.job import JobId
from bot.features import unknown
from bot.services import Services
from bot.slack_in.incoming import Answer, Click


async def release(services: Services, click: Click) -> Answer:
    """*Release*: nothing was spent."""
    team, job = click.place.team, JobId(click.value)
    return Answer(later=lambda: unknown.end(services, team, job, NOTHING, click.user))


async def charge(services: Services, click: Click) -> Answer:
    """*Charge*: what is held was spent."""
    team, job = click.place.team, JobId(click.value)
    return Answer(later=lambda: unknown.end(services, team, job, None, click.user))
