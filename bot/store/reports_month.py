"""What was charged over a stretch of days, request by request, from the ledger."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from bot.core.budget import LineKind, Scope
from bot.core.job import Credits, UserId
from bot.core.periods import Span
from bot.core.what_if import Charged
from bot.store.db import Tx
from bot.store.tables import ledger


async def charged(tx: Tx, scope: Scope, days: Span) -> list[Charged]:
    """What was charged in a channel or the workspace, in the order of admission.

    A day at a time: each is one look into `ix_ledger_page`, and others have their turn in between.
    """
    held = ledger.alias("held")
    of_scope = [ledger.c.team == scope.team, ledger.c.kind == LineKind.CHARGED]
    if scope.channel is not None:
        of_scope.append(ledger.c.channel == scope.channel)
    of_day = (
        sa.select(ledger.c.user, ledger.c.credits)
        .join(
            held,
            sa.and_(
                held.c.team == ledger.c.team,
                held.c.job == ledger.c.job,
                held.c.kind == LineKind.HELD,
            ),
        )
        .where(*of_scope, ledger.c.day == sa.bindparam("on"))
        .order_by(held.c.seq)  # written under the budget lock: the order of admission
    )
    found: list[Charged] = []
    day = days.first
    while day <= days.last:
        rows = await tx.rows(of_day, {"on": day})
        found += [Charged(UserId(row.user), day, Credits(row.credits)) for row in rows]
        day += timedelta(days=1)
    return found
