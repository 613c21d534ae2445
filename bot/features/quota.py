"""The quota card: everything that it shows, and who may change it from there."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date

from bot.core.budget import Scope, Standing, tightest
from bot.core.errors import Refused
from bot.core.job import Place, UserId
from bot.core.quota_grammar import Show
from bot.core.report import Ranking, charted, each_day, lately
from bot.features import budget
from bot.services import Services
from bot.slack.errors import CUT_OFF, SlackError, SlackRefused, in_words
from bot.store import budget as books
from bot.store import policies, reports
from bot.store.db import Tx
from bot.store.errors import Busy
from bot.views.budget import Card

ASKED = 10
"""Channels of which Slack is asked, for one card, whether everybody may read their names.

Clicks that spend need the same question, and Slack answers it some fifty times a minute.
"""

NOT_THEIRS = "Only its members and admins see another channel's budget."


async def card(services: Services, place: Place, user: UserId, wanted: Show) -> Card:
    """A budget as it stands now; the controls are for those whom Slack calls admins now.

    Asks Slack: call it after the acknowledgement. Raises `Refused` for the card of another channel
    that this person is not in, `Busy`.
    """
    scope = budget.scope_of(place, wanted.scope)
    is_admin = await may_look(services, place, user, scope)
    found = await _card(services, place, user, scope, is_admin=is_admin)
    if scope.channel is not None or is_admin:
        return found
    return replace(found, ranking=await _for_everybody(services, found.ranking))


async def change(services: Services, place: Place, user: UserId, wanted: budget.Change) -> Card:
    """Change a budget, by an admin; its card then. Raises as `budget.change` does."""
    standing = await budget.change(services, place, user, wanted)
    try:
        return await _card(services, place, user, standing.scope, is_admin=True)
    except Busy:  # changed it is, and that has to be said
        return Card(standing, services.today(), place, is_admin=True)


async def may_look(services: Services, place: Place, user: UserId, scope: Scope) -> bool:
    """Whether somebody who may look at a budget is an admin, as far as Slack says so.

    Raises `Refused` where they may not: another channel's is for admins and for its members.
    """
    if await _is_admin(services, user):
        return True
    if scope.channel not in {None, place.channel}:
        try:
            member = await services.slack.is_member(scope.channel, user)
        except SlackError as error:
            if isinstance(error, SlackRefused) and error.code not in CUT_OFF:
                raise Refused(NOT_THEIRS) from error  # Easel does not see it either
            raise Refused(f"{in_words(error)} Try again.") from error
        if not member:
            raise Refused(NOT_THEIRS)
    return False


async def _for_everybody(services: Services, ranking: Ranking) -> Ranking:
    """A ranking of channels that names no private one and no direct message."""
    first = ranking.top[:ASKED]
    public = await asyncio.gather(*(services.slack.is_public(one.channel) for one in first))
    return ranking.naming([one for one, is_open in zip(first, public, strict=True) if is_open])


async def _is_admin(services: Services, user: UserId) -> bool:
    try:
        async with asyncio.timeout(services.pace.admin):
            return await services.slack.is_admin(user, services.admins)
    except (SlackError, TimeoutError):
        return False


async def _card(
    services: Services, place: Place, user: UserId, scope: Scope, *, is_admin: bool
) -> Card:
    async with services.db.promptly_read() as tx:
        today, rules = services.today(), services.rules
        every = await _standings(tx, services, scope, user, today)
        standing = next(one for one in every if one.scope == scope)
        used = await reports.by_day(tx, scope, charted(today))
        return Card(
            standing,
            today,
            place,
            is_admin=is_admin,
            model=services.catalogue.default,
            days=each_day(used, charted(today)),
            lately=lately(await reports.first_use(tx, scope, today), used, today),
            ranking=await reports.by_use(tx, scope, standing.span),
            policies=await policies.get(tx, scope.team, scope.channel, rules),
            tightest=tightest(every),
            workspace_paused=every[0].paused,
        )


async def _standings(
    tx: Tx, services: Services, scope: Scope, user: UserId, today: date
) -> tuple[Standing, ...]:
    """Everything that applies to this person there; of the workspace itself, nothing else."""
    if scope.channel is None:
        return (await books.standing(tx, scope, today, services.rules),)
    return await books.standings(tx, scope.team, scope.channel, user, today, services.rules)
