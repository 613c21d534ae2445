"""The form of a budget: opened for admins, drawn anew with what its caps would have refused, saved.

Who is an admin is asked of Slack when it is opened, so that nobody else fills it in for nothing,
and again at the moment of the change, which is what counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.core.budget import EVERYBODY, Scope, Standing
from bot.core.errors import EaselError, Refused
from bot.core.job import ChannelId, Place, TeamId, UserId
from bot.core.limits import CAPS, Defaults, Edit, Field, Limits, Texts, merged, mistakes, texts
from bot.core.payload import unpack
from bot.core.periods import Span
from bot.core.policy import UNSET, Policies
from bot.core.what_if import replay
from bot.features import answers
from bot.features.answers import UNCHANGED
from bot.features.budget import changing, look, require_admin, require_seen
from bot.services import Services
from bot.store import alerts, budget, controls, policies, reports_month
from bot.store.db import Tx
from bot.views import budget_form as blocks
from bot.views.budget_form import BudgetNote
from bot.views.kit import Block

SLOW = (
    "The form could not be opened: Slack or the database did not answer in time for it. "
    f"{UNCHANGED} Please try again."
)


async def open_form(
    services: Services,
    trigger: str,
    team: TeamId,
    user: UserId,
    channel: ChannelId | None,
    clicked: Place | None = None,
) -> None:
    """Open the form of a channel's budget, or (None) of the workspace's, for an admin.

    Its answer is shown where it was clicked, else in the direct message. Raises `Refused`, `Busy`.
    """
    try:
        async with asyncio.timeout(services.pace.admin):
            await require_admin(services, user)
            if channel is not None:
                await require_seen(services, channel)
            async with services.db.promptly_read() as tx:
                now = await _as_it_is(services, tx, Scope(team, channel))
    except TimeoutError as error:
        raise Refused(SLOW) from error
    note = BudgetNote(
        channel,
        texts(now.limits, now.defaults),
        clicked.channel if clicked else None,
        clicked.thread if clicked else None,
    )
    view = blocks.view(note, now.limits, now.defaults, now.standing, now.beside.workspace)
    await answers.open_form(services, trigger, view, UNCHANGED)


@dataclass(frozen=True, slots=True)
class _Now:
    """All that is set for a scope, and what counts where nothing is."""

    limits: Limits
    defaults: Defaults
    standing: Standing
    beside: Policies  # what counts in the channel beside its own


async def _as_it_is(services: Services, tx: Tx, scope: Scope) -> _Now:
    rules, today = services.rules, services.today()
    caps = await controls.caps_in(tx, scope.team, scope.channel)
    policy = await policies.get(tx, scope.team, scope.channel, rules)
    if scope.channel is None:
        own, beside = policy.workspace, Policies(UNSET, UNSET, policy.default_spenders)
    else:
        own = policy.channel
        beside = Policies(policy.workspace, UNSET, policy.default_spenders)
    people = {user: cap for user, cap in caps.items() if user is not None}
    return _Now(
        Limits(caps.get(None), own, people),
        Defaults(
            rules.default(scope),
            beside.levels(workspace=scope.channel is None),
            beside.spenders,
            settable=scope.channel is not None,
        ),
        await budget.standing(tx, scope, today, rules),
        beside,
    )


def check(services: Services, team: TeamId, note: BudgetNote, entered: Texts) -> dict[Field, str]:
    """What is wrong with what was entered, by field; asks nobody."""
    default = services.rules.default(Scope(team, note.channel))
    defaults = Defaults(default, settable=note.channel is not None)
    return mistakes(Edit(note.shown, entered), defaults)


# What the caps would have refused


@dataclass(frozen=True, slots=True)
class Screen:
    """A form as it is on somebody's screen."""

    id: str
    team: TeamId
    note: str  # its private_metadata
    blocks: Mapping[str, Block]  # by block_id


async def redraw(services: Services, screen: Screen, entered: Texts, at: str) -> None:
    """Say what the caps that are entered would have refused; `at` is when they were."""
    sentence = await _what_if(services, screen.team, unpack(BudgetNote, screen.note), entered)
    view = blocks.with_what_if(screen.note, screen.blocks.values(), sentence)
    await answers.redraw_form(services, screen.id, view, at)


async def _what_if(services: Services, team: TeamId, note: BudgetNote, entered: Texts) -> str:
    of_caps = {name: text for name, text in entered.items() if name in CAPS}
    if check(services, team, note, of_caps):
        return blocks.UNREADABLE
    scope = Scope(team, note.channel)
    try:
        async with services.db.promptly_read() as tx:
            now = await _as_it_is(services, tx, scope)
            charged = await reports_month.charged(tx, scope, _last_month(services.today()))
    except EaselError:
        return blocks.TOO_SLOW
    limits = merged(now.limits, Edit(note.shown, of_caps), now.defaults)
    cap = limits.cap or now.defaults.cap
    seen = await asyncio.to_thread(replay, charged, cap, limits.people, services.rules.calendar)
    limited = [one for one in (cap, *limits.people.values()) if one.limit is not None]
    return blocks.refusals(seen, several=len(limited) > 1)


def _last_month(today: date) -> Span:
    last = today.replace(day=1) - timedelta(days=1)
    return Span(last.replace(day=1), last)


# The change


@dataclass(frozen=True, slots=True)
class Saved:
    """What was set, what is now, and how those budgets stand whose caps were changed."""

    before: Limits
    after: Limits
    defaults: Defaults
    standings: tuple[Standing, ...]


async def save(
    services: Services, team: TeamId, user: UserId, note: BudgetNote, entered: Texts
) -> Saved:
    """Write what an admin changed in the form; the rest is left as it stands by now.

    Raises `Refused` for anybody else and for a channel that Easel does not see, `Mistake`, `Busy`.
    """
    await require_admin(services, user)
    if note.channel is not None:
        await require_seen(services, note.channel)
    scope = Scope(team, note.channel)
    async with changing(services, team) as (tx, now, today):
        stands = await _as_it_is(services, tx, scope)
        before, defaults = stands.limits, stands.defaults
        after = merged(before, Edit(note.shown, entered), defaults)
        capped = await _set_caps(tx, scope, before, after, user, now)
        if after.policy != before.policy:
            await policies.put(tx, scope, after.policy, user, now)
        people = [one for one in capped if one.user not in {None, EVERYBODY}]
        touched = [
            await budget.standing(tx, one, today, services.rules) for one in (scope, *people)
        ]
        if after != before:
            await look(services, tx, touched, now)
        for everybody in (one for one in capped if one.user == EVERYBODY):
            policy = await policies.get(tx, scope.team, scope.channel, services.rules)
            await alerts.look_at_each(tx, everybody, today, services.rules, policy, now)
    return Saved(before, after, defaults, tuple(one for one in touched if one.scope in capped))


async def _set_caps(
    tx: Tx, scope: Scope, before: Limits, after: Limits, by: UserId, now: datetime
) -> list[Scope]:
    """Set the caps that differ; whose they are."""
    caps = [(scope, before.cap, after.cap)]
    caps += [
        (Scope(scope.team, scope.channel, user), before.people.get(user), after.people.get(user))
        for user in sorted(before.people.keys() | after.people.keys())
    ]
    differing = [(one, cap) for one, was, cap in caps if was != cap]
    for one, cap in differing:
        await controls.set_cap(tx, one, cap, by, now)
    return [one for one, _ in differing]
