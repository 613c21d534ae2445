"""Looking at budgets and changing them. Who may is asked of Slack at the moment of change."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import assert_never

from bot.core.budget import Cap, Scope, Standing
from bot.core.errors import Mistake, Refused
from bot.core.job import ChannelId, Place, TeamId, UserId
from bot.core.own_use import OwnUse
from bot.core.quota_grammar import Default, Grant, Pause, Resume, SetCap, Workspace
from bot.services import Services
from bot.slack.errors import SlackError, SlackRefused, in_words
from bot.store import alerts, budget, controls, own_use, policies
from bot.store.db import Tx

ADMINS_ONLY = "Only admins change budgets. Ask one of the workspace's admins. Nothing was changed."

Change = SetCap | Grant | Pause | Resume
"""What an admin may do to a budget."""


async def usage(services: Services, team: TeamId, user: UserId) -> OwnUse:
    """What a person used, this month and in those before it. Raises `Busy`."""
    async with services.db.promptly_read() as tx:
        return await own_use.of(tx, team, user, services.today())


async def change(services: Services, place: Place, user: UserId, wanted: Change) -> Standing:
    """Change a budget, by an admin; how it stands then.

    Raises `Refused` for anybody else and for a channel that Easel does not see, `Mistake`, `Busy`.
    """
    await require_admin(services, user)
    named = wanted.channel if isinstance(wanted, Grant) else wanted.scope
    scope = scope_of(place, named)
    if scope.channel is not None and scope.channel != place.channel:
        await require_seen(services, scope.channel)
    async with changing(services, scope.team) as (tx, now, today):
        standing = await budget.standing(tx, scope, today, services.rules)
        match wanted:
            case SetCap(limit, period):
                kept = period or standing.cap.period
                cap = None if limit is Default.DEFAULT else Cap(kept, limit)
                await controls.set_cap(tx, scope, cap, user, now)
            case Grant(credits, _, until, reason):
                days = (today, last_day(until, standing, today))
                await controls.add_grant(tx, scope, credits, days, reason, user, now)
            case Pause():
                await controls.pause(tx, scope, user, now)
            case Resume():
                await controls.resume(tx, scope, user, now)
            case _:
                assert_never(wanted)
        after = await budget.standing(tx, scope, today, services.rules)
        if isinstance(wanted, SetCap | Grant):
            await look(services, tx, (after,), now)
        return after


async def look(services: Services, tx: Tx, standings: Sequence[Standing], now: datetime) -> None:
    """Tell the admins of levels that a changed budget, first of these, has reached by that."""
    scope = standings[0].scope
    policy = await policies.get(tx, scope.team, scope.channel, services.rules)
    await alerts.look(tx, standings, policy, now)
    services.notifier.soon(tx)


async def require_admin(services: Services, user: UserId, sentence: str = ADMINS_ONLY) -> None:
    """Raise `Refused` with the sentence unless Slack says now that this person is an admin."""
    try:
        admin = await services.slack.is_admin(user, services.admins, fresh=True)
    except SlackError as error:
        raise Refused(f"{in_words(error)} Nothing was changed.") from error
    if not admin:
        raise Refused(sentence)


async def require_seen(services: Services, channel: ChannelId) -> None:
    """Raise `Refused` for a channel that Easel cannot see now."""
    try:
        await services.slack.channel(channel, fresh=True)
    except SlackRefused as error:
        raise Refused(
            "Easel cannot see that channel: invite it there first, with /invite @Easel. "
            "Nothing was changed."
        ) from error
    except SlackError as error:
        raise Refused(f"{in_words(error)} Nothing was changed.") from error


@asynccontextmanager
async def changing(services: Services, team: TeamId) -> AsyncIterator[tuple[Tx, datetime, date]]:
    """A transaction under the workspace's budget lock, with its time and its local day."""
    async with services.db.promptly() as tx:
        now = services.clock()
        await budget.lock(tx, team, now)
        yield tx, now, services.rules.calendar.day(now)


def scope_of(place: Place, named: ChannelId | Workspace | None) -> Scope:
    """The budget that somebody means who is at this place."""
    if isinstance(named, Workspace):
        return Scope(place.team)
    return Scope(place.team, named or place.channel)


def last_day(until: date | None, standing: Standing, today: date) -> date:
    """A grant's last local day: the period's last unless said. Raises `Mistake` for a past one."""
    if until is None:
        return standing.span.last
    if until < today:
        raise Mistake(
            f"{until} is in the past. A grant counts until today ({today}) or later. "
            "Nothing was changed."
        )
    return until
