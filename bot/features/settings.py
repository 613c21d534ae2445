"""A person's own settings: shown in a form, kept, counted with from the next request on."""

from __future__ import annotations

import logging

from bot.core.errors import EaselError
from bot.core.grammar import NO_DEFAULTS, Defaults
from bot.core.job import TeamId, UserId
from bot.core.preferences import Preferences
from bot.features import answers
from bot.features.answers import UNCHANGED
from bot.services import Services
from bot.store import preferences
from bot.views import settings as blocks

log = logging.getLogger(__name__)


async def own(services: Services, team: TeamId, user: UserId) -> Preferences:
    """What somebody has set. Raises `Busy`."""
    async with services.db.promptly_read() as tx:
        return await preferences.get(tx, team, user)


async def defaults(services: Services, team: TeamId, user: UserId) -> Defaults:
    """What a form begins with: a busy database does not keep it from opening."""
    try:
        return (await own(services, team, user)).defaults
    except EaselError as error:
        log.info("a form begins without its person's defaults: %s", error)
        return NO_DEFAULTS


async def open_form(services: Services, trigger: str, now: Preferences) -> None:
    """Open the form with what is set now. Raises `Refused` when Slack does not."""
    await answers.open_form(services, trigger, blocks.form(services.catalogue, now), UNCHANGED)


async def save(services: Services, team: TeamId, user: UserId, chosen: Preferences) -> None:
    """Keep what was chosen; the very next request counts with it. Raises `Busy`."""
    async with services.db.promptly() as tx:
        await preferences.put(tx, team, user, chosen)
