"""Looking at budgets and changing them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.budget import Cap, Scope, Standing, Used
from bot.core.errors import Refused
from bot.core.job import ChannelId, TeamId, UserId
from bot.core.periods import Period, span
from bot.core.quota_grammar import Default, SetCap
from bot.services import Services
from bot.slack.errors import SlackError
from bot.store import budget


@dataclass(frozen=True, slots=True)
class OwnUse:
    """What a person used this month, in one channel and in all of the workspace."""

    here: Used
    everywhere: Used


async def card(services: Services, team: TeamId, channel: ChannelId) -> Standing:
    """How a channel stands. Raises `Busy`."""
    async with services.db.promptly_read() as tx:
        return await budget.standing(tx, Scope(team, channel), services.today(), services.rules)


async def usage(services: Services, team: TeamId, channel: ChannelId, user: UserId) -> OwnUse:
    """What a person used this month. Raises `Busy`."""
    days = span(Period.MONTH, services.today(), services.rules.first_weekday)
    async with services.db.promptly_read() as tx:
        return OwnUse(
            here=await budget.used(tx, Scope(team, channel, user), days.first, days.last),
            everywhere=await budget.used_by(tx, team, user, days.first, days.last),
        )


async def set_cap(
    services: Services, team: TeamId, channel: ChannelId, user: UserId, wanted: SetCap
) -> Standing:
    """Change a channel's cap, by an admin; how it stands then. Raises `Refused`, `Busy`."""
    await require_admin(services, user)
    scope = Scope(team, channel)
    async with services.db.promptly() as tx:
        now, today = services.clock(), services.today()
        await budget.lock(tx, team, now)
        standing = await budget.standing(tx, scope, today, services.rules)
        cap = (
            None
            if wanted.limit is Default.DEFAULT
            else Cap(wanted.period or standing.cap.period, wanted.limit)
        )
        await budget.set_cap(tx, scope, cap, user, now)
        return await budget.standing(tx, scope, today, services.rules)


ADMINS_ONLY = (
    "Only admins change budgets: the workspace's admins and owners, and those listed in "
    "EASEL_ADMINS. Nothing was changed."
)


async def require_admin(services: Services, user: UserId, sentence: str = ADMINS_ONLY) -> None:
    """Raise `Refused` with the sentence unless Slack says now that this person is an admin."""
    try:
        admin = await services.slack.is_admin(user, services.admins, fresh=True)
    except SlackError as error:
        raise Refused("Slack is not answering Easel at the moment. Nothing was changed.") from error
    if not admin:
        raise Refused(sentence)
