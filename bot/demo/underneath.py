"""The demo's drawer: what happened behind the messages of the channel that somebody looks at.

Knows the product, as `start` does: it opens the running bot's database beside it and reads the
books with the store's own functions. Nothing is written but the switchboard.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa

from bot.core.budget import BudgetStatus, Scope
from bot.core.job import OPEN, ChannelId, JobState, TeamId
from bot.demo.pixapi.server import Call, Pixapi
from bot.demo.slack.model import Change
from bot.demo.slack.workspace import Workspace
from bot.demo.switches import Switches
from bot.services import system_clock
from bot.settings import Settings
from bot.store import budget, controls
from bot.store.budget import Rules
from bot.store.db import Database, open_beside
from bot.store.tables import jobs, ledger

MOST = 12  # lines of the ledger, and calls


class Underneath:
    """What the drawer shows, and its switches."""

    def __init__(
        self, db: Database, rules: Rules, pixapi: Pixapi, switches: Switches, team: TeamId
    ) -> None:
        self._db = db
        self._rules = rules
        self._pixapi = pixapi
        self._switches = switches
        self._team = team

    async def look(self, channel: str) -> dict[str, Any]:
        """A channel's budget, ledger and jobs, and the whole workspace's calls and switches."""
        team, here = self._team, ChannelId(channel)
        today = self._rules.calendar.day(system_clock())
        async with self._db.read() as tx:
            status = await budget.status(tx, Scope(team, here), today, self._rules)
            lines = await tx.rows(
                sa.select(ledger)
                .where(ledger.c.team == team, ledger.c.channel == here)
                .order_by(ledger.c.seq.desc())
                .limit(MOST)
            )
            counts = await tx.rows(
                sa.select(jobs.c.state, sa.func.count().label("many"))
                .where(jobs.c.team == team, jobs.c.channel == here)
                .group_by(jobs.c.state)
            )
        states = {row.state: row.many for row in counts}
        return {
            "budget": _budget(status),
            "ledger": [
                {
                    "at": line.at.timestamp(),
                    "job": line.job,
                    "kind": line.kind,
                    "credits": line.credits,
                    "user": line.user,
                }
                for line in lines
            ],
            "jobs": [{"state": one, "count": states[one]} for one in JobState if one in states],
            "busy": any(one in OPEN for one in states),
            "billed": self._pixapi.billed,
            "calls": [self._call(one) for one in reversed(self._pixapi.asked[-MOST:])],
            "faults": self._switches.look(),
        }

    def turn(self, kind: str, *, on: bool) -> None:
        """Turn one of the switches. Raises KeyError: no such one."""
        self._switches.turn(kind, on=on)

    def _call(self, call: Call) -> dict[str, Any]:
        """A request for pictures as the provider saw it, without its prompt."""
        wanted = ("model", "size", "quality")
        made = self._pixapi.tasks.all.get(call.task or "")
        looks = [one for one in self._pixapi.calls if one.name == "poll" and one.task == call.task]
        return {
            "at": call.at,
            "edit": call.path.endswith("/edits"),
            "asked": [str(call.fields[one]) for one in wanted if one in call.fields],
            "images": str(call.fields.get("n", 1)),
            "status": call.status,
            "outcome": call.outcome,
            "task": made.state if made else None,
            "looks": len(looks) if made else 0,
            "credits": call.credits,
        }


def _budget(status: BudgetStatus) -> dict[str, Any]:
    """The numbers of the quota card; None is no cap."""
    return {
        "cap": status.cap.limit,
        "period": status.cap.period.adverb,
        "grants": status.grants_total,
        "charged": status.used.charged,
        "held": status.used.held,
        "unknown": status.used.unknown,
        "left": status.left,
        "paused": status.paused,
    }


@asynccontextmanager
async def shown(workspace: Workspace, pixapi: Pixapi, settings: Settings) -> AsyncIterator[None]:
    """Give the workspace's page its drawer, beside the running bot of these settings."""

    def call_answered() -> None:
        workspace.world.emit(Change("call"))

    async with open_beside(settings.sqlalchemy_url) as db:
        async with db.read() as tx:
            days = await controls.load_calendar(tx, settings.calendar)
        rules = Rules(settings.default_channel_cap, days)
        switches = Switches(workspace.faults, drop_sockets=workspace.drop_sockets)
        team = TeamId(workspace.team_id)
        workspace.page.drawer = Underneath(db, rules, pixapi, switches, team)
        pixapi.subscribers.append(call_answered)
        try:
            yield
        finally:
            pixapi.subscribers.remove(call_answered)
            workspace.page.drawer = None
