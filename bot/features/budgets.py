"""Budgets: looked at, changed by a word, by a button or in the form.

Who is an admin, and who is in another channel, is asked of Slack: call everything here after the
acknowledgement. What counts for a change is the answer at the moment of the change.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import assert_never

from bot.core.budget import EVERYBODY, BudgetStatus, Cap, Scope, scopes_of, tightest
from bot.core.errors import EaselError, Mistake, Refused
from bot.core.job import ChannelId, Place, TeamId, UserId
from bot.core.limits import (
    CAPS,
    UNSET,
    Edit,
    LimitDefaults,
    LimitField,
    Limits,
    Policies,
    Texts,
    find_mistakes,
    form_texts,
    merge,
    replay,
)
from bot.core.payload import unpack
from bot.core.periods import Span
from bot.core.person import OwnUse
from bot.core.quota_grammar import AddGrant, Default, Pause, Resume, SetCap, Show, Workspace
from bot.core.report import Ranking, charted_days, fill_days, measure_recent_use
from bot.features import answers
from bot.features.answers import UNCHANGED, Opener
from bot.services import Services
from bot.slack.errors import CUT_OFF, SlackError, SlackRefused, describe
from bot.store import alerts, budget, controls, person, reports
from bot.store.budget import Rules
from bot.store.db import Tx
from bot.store.errors import Busy
from bot.views.budget import Card
from bot.views.budget_form import (
    TOO_SLOW,
    UNREADABLE,
    BudgetNote,
    describe_refused,
    render_form,
    replace_what_if,
)
from bot.views.kit import Block

ADMINS_ONLY = "Only admins change budgets. Ask one of the workspace's admins. Nothing was changed."
NOT_THEIRS = "Only its members and admins see another channel's budget."
SLOW = (
    "The form could not be opened: Slack or the database did not answer in time for it. "
    f"{UNCHANGED} Please try again."
)

ASKED = 10
"""Channels of which Slack is asked, for one card, whether everybody may read their names.

Clicks that spend need the same question, and Slack answers it some fifty times a minute.
"""


# Looking


async def read_usage(services: Services, team: TeamId, user: UserId) -> OwnUse:
    """What a person used, this month and in those before it. Raises `Busy`."""
    return await services.db.query(
        lambda tx: person.use_of(tx, team, user, services.today()), promptly=True
    )


async def read_card(services: Services, place: Place, user: UserId, wanted: Show) -> Card:
    """A budget as it stands now; the controls are for those whom Slack calls admins now.

    Raises `Refused` for the card of another channel that this person is not in, `Busy`.
    """
    scope = resolve_scope(place, wanted.scope)
    is_admin = await _may_look(services, place, user, scope)
    found = await _card(services, place, user, scope, is_admin=is_admin)
    if scope.channel is not None or is_admin:
        return found
    return replace(found, ranking=await _for_everybody(services, found.ranking))


async def _may_look(services: Services, place: Place, user: UserId, scope: Scope) -> bool:
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
            raise Refused(f"{describe(error)} Try again.") from error
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
    services: Services,
    place: Place,
    user: UserId,
    scope: Scope,
    *,
    is_admin: bool,
    known: Sequence[BudgetStatus] = (),
) -> Card:
    """A card; `known` is how its budgets stand, where that was just read."""
    today, rules = services.today(), services.rules
    async with services.db.promptly_read() as tx:
        every = known or await budget.statuses_of(tx, _beside(scope, user), today, rules)
        used = await reports.by_day(tx, scope, charted_days(today))
        return Card(
            every[0],
            today,
            place,
            is_admin=is_admin,
            model=services.catalogue.default,
            days=fill_days(used, charted_days(today)),
            lately=measure_recent_use(await reports.first_use(tx, scope, today), used, today),
            ranking=await reports.by_use(tx, scope, every[0].span),
            policies=await controls.policies_in(tx, scope.team, scope.channel, rules),
            tightest=tightest(every),
            workspace_paused=any(one.paused for one in every if one.scope.channel is None),
        )


def _beside(scope: Scope, user: UserId) -> list[Scope]:
    """A budget, and what else a person's pictures there count in; of the workspace nothing else."""
    if scope.channel is None:
        return [scope]
    every = scopes_of(scope.team, scope.channel, user)
    return [scope, *(one for one in every if one != scope)]


def resolve_scope(place: Place, named: ChannelId | Workspace | None) -> Scope:
    """The budget that somebody means who is at this place."""
    if isinstance(named, Workspace):
        return Scope(place.team)
    return Scope(place.team, named or place.channel)


# Changing


@dataclass(frozen=True, slots=True)
class Change:
    """What an admin does to a budget, and when."""

    wanted: SetCap | AddGrant | Pause | Resume
    by: UserId
    at: datetime


async def change(
    services: Services, place: Place, user: UserId, wanted: SetCap | AddGrant | Pause | Resume
) -> Card:
    """Change a budget, by an admin; its card then.

    Raises `Refused` for anybody else and for a channel that Easel does not see, `Mistake`, `Busy`.
    """
    await require_admin(services, user)
    scope = resolve_scope(place, wanted.channel if isinstance(wanted, AddGrant) else wanted.scope)
    if scope.channel is not None and scope.channel != place.channel:
        await require_seen(services, scope.channel)
    async with begin_change(services, scope.team) as (tx, now, today):
        made = Change(wanted, user, now)
        every = await apply(tx, _beside(scope, user), made, services.rules)
    try:
        return await _card(services, place, user, scope, is_admin=True, known=every)
    except Busy:  # changed it is, and that has to be said
        return Card(every[0], today, place, is_admin=True)


async def apply(
    tx: Tx, scopes: Sequence[Scope], change: Change, rules: Rules
) -> tuple[BudgetStatus, ...]:
    """Change the first of these budgets; how all of them stand then.

    Under the workspace's budget lock. The admins are told of levels that are reached by it. Raises
    `Mistake` for a grant that has ended.
    """
    scope, by, now = scopes[0], change.by, change.at
    today = rules.calendar.day(now)
    match change.wanted:
        case SetCap(limit, period):
            kept = period or (await budget.cap(tx, scope, rules)).period
            cap = None if isinstance(limit, Default) else Cap(kept, limit)
            await controls.set_cap(tx, scope, cap, by, now)
        case AddGrant(credits, _, until, reason):
            period = (await budget.cap(tx, scope, rules)).period
            days = (today, _last_day(until, rules.calendar.span(period, today), today))
            await controls.add_grant(tx, scope, credits, days, reason, by, now)
        case Pause():
            await controls.pause(tx, scope, by, now)
        case Resume():
            await controls.resume(tx, scope, by, now)
        case _:
            assert_never(change.wanted)
    every = await budget.statuses_of(tx, scopes, today, rules)
    if isinstance(change.wanted, SetCap | AddGrant):
        policy = await controls.policies_in(tx, scope.team, scope.channel, rules)
        await alerts.raise_alerts(tx, every[:1], policy, now)
        if scope.user == EVERYBODY:
            await alerts.raise_for_each(tx, scope, today, rules, policy, now)
    return every


def _last_day(until: date | None, period: Span, today: date) -> date:
    """A grant's last local day: the period's last unless said. Raises `Mistake` for a past one."""
    if until is None:
        return period.last
    if until < today:
        raise Mistake(
            f"{until} is in the past. A grant counts until today ({today}) or later. "
            "Nothing was changed."
        )
    return until


async def require_admin(services: Services, user: UserId, sentence: str = ADMINS_ONLY) -> None:
    """Raise `Refused` with the sentence unless Slack says now that this person is an admin."""
    try:
        admin = await services.slack.is_admin(user, services.admins, fresh=True)
    except SlackError as error:
        raise Refused(f"{describe(error)} Nothing was changed.") from error
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
        raise Refused(f"{describe(error)} Nothing was changed.") from error


@asynccontextmanager
async def begin_change(
    services: Services, team: TeamId
) -> AsyncIterator[tuple[Tx, datetime, date]]:
    """A transaction under the workspace's budget lock, with its time and its local day."""
    async with services.db.promptly() as tx:
        now = services.clock()
        await budget.lock(tx, team, now)
        yield tx, now, services.rules.calendar.day(now)


# The form


async def open_form(
    services: Services, opener: Opener, channel: ChannelId | None, clicked: Place | None = None
) -> None:
    """Open the form of a channel's budget, or (None) of the workspace's, for an admin.

    Its answer is shown where it was clicked, else in the direct message. Raises `Refused`, `Busy`.
    """
    try:
        async with asyncio.timeout(services.pace.admin):
            await require_admin(services, opener.user)
            if channel is not None:
                await require_seen(services, channel)
            async with services.db.promptly_read() as tx:
                scope = Scope(opener.team, channel)
                now = await _as_it_is(services, tx, scope)
                status = await budget.status(tx, scope, services.today(), services.rules)
    except TimeoutError as error:
        raise Refused(SLOW) from error
    note = BudgetNote(
        channel,
        form_texts(now.limits, now.defaults),
        clicked.channel if clicked else None,
        clicked.thread if clicked else None,
    )
    view = render_form(note, now.limits, now.defaults, status, now.beside.workspace)
    await answers.open_form(services, opener.trigger, view, UNCHANGED)


@dataclass(frozen=True, slots=True)
class _Now:
    """All that is set for a scope, and what counts where nothing is."""

    limits: Limits
    defaults: LimitDefaults
    beside: Policies  # what counts in the channel beside its own


async def _as_it_is(services: Services, tx: Tx, scope: Scope) -> _Now:
    rules = services.rules
    caps = await controls.caps_in(tx, scope.team, scope.channel)
    policy = await controls.policies_in(tx, scope.team, scope.channel, rules)
    if scope.channel is None:
        own, beside = policy.workspace, Policies(UNSET, UNSET, policy.default_spenders)
    else:
        own = policy.channel
        beside = Policies(policy.workspace, UNSET, policy.default_spenders)
    people = {user: cap for user, cap in caps.items() if user is not None}
    return _Now(
        Limits(caps.get(None), own, people),
        LimitDefaults(
            rules.default(scope),
            beside.levels(workspace=scope.channel is None),
            beside.spenders,
            settable=scope.channel is not None,
        ),
        beside,
    )


def check(
    services: Services, team: TeamId, note: BudgetNote, entered: Texts
) -> dict[LimitField, str]:
    """What is wrong with what was entered, by field; asks nobody."""
    default = services.rules.default(Scope(team, note.channel))
    defaults = LimitDefaults(default, settable=note.channel is not None)
    return find_mistakes(Edit(note.shown, entered), defaults)


@dataclass(frozen=True, slots=True)
class OpenForm:
    """A form as it is on somebody's screen."""

    id: str
    team: TeamId
    note: str  # its private_metadata
    blocks: Mapping[str, Block]  # by block_id


async def redraw(services: Services, screen: OpenForm, entered: Texts, at: str) -> None:
    """Say what the caps that are entered would have refused; `at` is when they were."""
    sentence = await _what_if(services, screen.team, unpack(BudgetNote, screen.note), entered)
    view = replace_what_if(screen.note, screen.blocks.values(), sentence)
    await answers.redraw_form(services, screen.id, view, at)


async def _what_if(services: Services, team: TeamId, note: BudgetNote, entered: Texts) -> str:
    of_caps = {name: text for name, text in entered.items() if name in CAPS}
    if check(services, team, note, of_caps):
        return UNREADABLE
    scope = Scope(team, note.channel)
    try:
        async with services.db.promptly_read() as tx:
            now = await _as_it_is(services, tx, scope)
            charged = await reports.charged_requests(tx, scope, _last_month(services.today()))
    except EaselError:
        return TOO_SLOW
    limits = merge(now.limits, Edit(note.shown, of_caps), now.defaults)
    cap = limits.cap or now.defaults.cap
    seen = await asyncio.to_thread(replay, charged, cap, limits.people, services.rules.calendar)
    limited = [one for one in (cap, *limits.people.values()) if one.limit is not None]
    return describe_refused(seen, several=len(limited) > 1)


def _last_month(today: date) -> Span:
    last = today.replace(day=1) - timedelta(days=1)
    return Span(last.replace(day=1), last)


@dataclass(frozen=True, slots=True)
class Saved:
    """What was set, what is now, and how those budgets stand whose caps were changed."""

    before: Limits
    after: Limits
    defaults: LimitDefaults
    statuses: tuple[BudgetStatus, ...]


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
    async with begin_change(services, team) as (tx, now, today):
        stands = await _as_it_is(services, tx, scope)
        before, defaults = stands.limits, stands.defaults
        after = merge(before, Edit(note.shown, entered), defaults)
        capped = await _set_caps(tx, scope, before, after, user, now)
        if after.policy != before.policy:
            await controls.set_policy(tx, scope, after.policy, user, now)
        people = [one for one in capped if one.user not in {None, EVERYBODY}]
        rules = services.rules
        touched = await budget.statuses_of(tx, (scope, *people), today, rules)
        if after != before:
            policy = await controls.policies_in(tx, scope.team, scope.channel, rules)
            await alerts.raise_alerts(tx, touched, policy, now)
            for everybody in (one for one in capped if one.user == EVERYBODY):
                await alerts.raise_for_each(tx, everybody, today, rules, policy, now)
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
