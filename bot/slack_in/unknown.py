"""Holds that are not known: the buttons with which an admin ends them."""

from __future__ import annotations

from bot.core.budget import NOTHING
from bot.core.job import JobId
from bot.features import unknown
from bot.services import Services
from bot.slack_in.payloads import Click
from bot.views.kit import Message


async def release(services: Services, click: Click) -> Message:
    """*Release*: nothing was spent."""
    team, job = click.place.team, JobId(click.value)
    return await unknown.end(services, team, job, NOTHING, click.user)


async def charge(services: Services, click: Click) -> Message:
    """*Charge*: what is held was spent."""
    team, job = click.place.team, JobId(click.value)
    return await unknown.end(services, team, job, None, click.user)
