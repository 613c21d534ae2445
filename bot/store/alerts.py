"""Alerts: once per scope, level and period, by a row that can be there only once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from bot.core.budget import BudgetStatus, Scope
from bot.core.job import Credits, Job
from bot.core.limits import Policies
from bot.core.notices import Alert, Notice
from bot.store import budget, notices, reports
from bot.store.budget import Rules, key_of
from bot.store.controls import policies_in
from bot.store.db import Tx
from bot.store.statements import insert
from bot.store.tables import alerts

AT_ONCE = 100  # people whose budgets are summed up in one statement


async def raise_alerts(
    tx: Tx, statuses: Sequence[BudgetStatus], policies: Policies, now: datetime
) -> None:
    """Tell the admins of each level that these scopes have reached and had not in this period.

    Inside the transaction that changed what is charged, held or allowed, under the budget lock.
    Several levels at once are one notice, of the highest.
    """
    rows = [
        {
            **key_of(status.scope),
            "period": status.cap.period,
            "first": status.span.first,
            "level": level,
            "at": now,
        }
        for status in statuses
        for level in _reached(status, policies)
    ]
    if not rows:
        return
    new = await tx.rows(
        insert(alerts)
        .values(rows)
        .on_conflict_do_nothing()
        .returning(alerts.c.channel, alerts.c.user, alerts.c.level)
    )
    for status in statuses:
        key = key_of(status.scope)
        levels = [
            row.level for row in new if (row.channel, row.user) == (key["channel"], key["user"])
        ]
        if levels:
            await notices.add(tx, _notice(status, max(levels)), now)


async def raise_for_each(
    tx: Tx, everybody: Scope, today: date, rules: Rules, policies: Policies, now: datetime
) -> None:
    """`raise_alerts` of each person who used what everybody's cap in a channel counts."""
    span = (await budget.status(tx, everybody, today, rules)).span
    people = await reports.people_used(tx, everybody, span.first, span.last)
    for first in range(0, len(people), AT_ONCE):
        some = await budget.statuses_of(tx, people[first : first + AT_ONCE], today, rules)
        await raise_alerts(tx, some, policies, now)


async def forget(tx: Tx, before: datetime) -> None:
    """Forget levels that were reached before this, in periods that are over."""
    await tx.run(alerts.delete().where(alerts.c.at < before))


async def raise_after_charge(tx: Tx, job: Job, rules: Rules, now: datetime) -> None:
    """`raise_alerts`, for a charge above its hold: it may reach a level that the hold did not."""
    place, today = job.place, rules.calendar.day(now)
    stand = await budget.statuses(tx, place.team, place.channel, job.asker, today, rules)
    policy = await policies_in(tx, place.team, place.channel, rules)
    await raise_alerts(tx, stand, policy, now)


def _reached(status: BudgetStatus, policies: Policies) -> list[int]:
    reached = status.level
    if reached is None:
        return []
    levels = policies.levels(workspace=status.scope.channel is None)
    return [level for level in levels if level <= reached]


def _notice(status: BudgetStatus, level: int) -> Notice:
    """The facts of this moment: what is told stays true of it, however late it is read."""
    scope, used = status.scope, status.used
    first = status.span.first
    place = "/".join(filter(None, (scope.channel, scope.user))) or "workspace"
    return Notice(
        scope.team,
        f"alert:{place}:{status.cap.period}:{first}:{level}",
        Alert(
            channel=scope.channel,
            user=scope.user,
            level=level,
            cap=status.cap.limit or Credits(0),
            period=status.cap.period,
            grants=status.grants_total,
            charged=used.charged,
            held=used.held,
            unknown=used.unknown,
            renews=status.renews,
        ),
    )
