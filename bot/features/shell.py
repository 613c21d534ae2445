"""The admin's work from a shell, beside the Easel that serves from the same database, or without.

Whoever may read the settings and write the database is an admin: Slack is not asked. What is
changed counts for the very next click; what is to be told of it the running Easel tells.
"""

from __future__ import annotations

import getpass
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime

from bot.core.budget import EVERYBODY, BudgetStatus, Scope
from bot.core.errors import EaselError, Mistake
from bot.core.job import Credits, Job, JobId, TeamId, UserId
from bot.core.periods import Period
from bot.core.quota_grammar import AddGrant, SetCap, Workspace
from bot.features import unknown
from bot.features.budgets import Change, apply
from bot.services import system_clock
from bot.settings import Settings
from bot.slack.client import open_slack
from bot.slack.errors import SlackError
from bot.store import budget, controls, person, reports
from bot.store.budget import Rules
from bot.store.db import Database, Tx, open_beside
from bot.store.unknown import Listed, listed


@dataclass(frozen=True, slots=True)
class ListedBudget:
    """A line of the list of budgets."""

    status: BudgetStatus
    own: bool  # the cap was set here, and is not the default


@dataclass(frozen=True, slots=True)
class Shell:
    """A workspace's budgets and holds, at one moment, in the hands of whoever called `easel`."""

    db: Database
    team: TeamId
    rules: Rules
    by: UserId
    now: datetime

    @property
    def today(self) -> date:
        """The local day."""
        return self.rules.calendar.day(self.now)

    async def list(self) -> list[ListedBudget]:
        """Whatever has a cap, a grant, a pause or any use this month, widest first."""
        month = self.rules.calendar.span(Period.MONTH, self.today)
        async with self.db.read() as tx:
            own = set(await reports.capped(tx, self.team))
            found = {Scope(self.team), *await reports.budgets(tx, self.team, month, self.today)}
            return [
                ListedBudget(await budget.status(tx, scope, self.today, self.rules), scope in own)
                for scope in sorted(found, key=_place)
            ]

    async def change(self, wanted: SetCap | AddGrant, user: UserId | None = None) -> BudgetStatus:
        """Change a budget of the workspace, a channel or a person in it; how it stands then.

        Raises `Mistake` for a grant in the past, `Busy`.
        """
        named = wanted.channel if isinstance(wanted, AddGrant) else wanted.scope
        scope = Scope(self.team, None if isinstance(named, Workspace) else named, user)
        async with self._changing() as tx:
            return (await apply(tx, (scope,), Change(wanted, self.by, self.now), self.rules))[0]

    async def jobs(self, *, every_open: bool) -> Sequence[Listed]:
        """Jobs that are not known, or every job that holds credits, oldest first."""
        return await self.db.query(lambda tx: listed(tx, self.team, every_open=every_open))

    async def end(self, job: JobId, spent: Credits | None) -> Job:
        """Charge a job that is not known, or (0) release it; the running Easel tells its asker.

        Raises `Mistake` for a job that is not there, `Refused` where nothing waits, `Busy`.
        """
        async with self._changing() as tx:
            return await unknown.decide(tx, self.team, job, spent, self.by, self.now, self.rules)

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[Tx]:
        async with self.db.promptly() as tx:
            await budget.lock(tx, self.team, self.now)
            yield tx


@asynccontextmanager
async def open_shell(settings: Settings, workspace: str | None) -> AsyncIterator[Shell]:
    """The budgets of a workspace; None: of the only one.

    Raises `Mistake` where a workspace has to be named, `StoreError`, and `EaselError` when Slack
    has to be asked and does not answer.
    """
    async with open_beside(settings.sqlalchemy_url) as db:
        async with db.read() as tx:
            days = await controls.load_calendar(tx, settings.calendar)
            known = await reports.workspaces_known(tx)
        yield Shell(
            db,
            _the_one(known or [await _asked_of_slack(settings)], workspace),
            Rules(settings.default_channel_cap, days),
            UserId(f"shell:{_user()}"),
            system_clock(),
        )


async def erase(settings: Settings, user: UserId, workspace: str | None) -> list[person.Erased]:
    """Erase what a person typed, in one workspace or (None) wherever they did.

    Raises `Mistake` for a workspace that the database does not know, `StoreError`.
    """
    async with open_beside(settings.sqlalchemy_url) as db:
        async with db.read() as tx:
            teams = await person.teams_of(tx, user)
            known = sorted({*teams, *await reports.workspaces_known(tx)})
        if workspace is not None:
            teams = [_the_one(known, workspace)]
        erased = []
        for team in teams:
            async with db.write() as tx:
                erased.append(await person.erase(tx, team, user, system_clock()))
        return erased


def _the_one(known: list[TeamId], named: str | None) -> TeamId:
    several = ", ".join(known)
    if named is None:
        if len(known) > 1:
            raise Mistake(f"Several workspaces use this database. Name one: --workspace {several}")
        return known[0]
    if named not in known:
        raise Mistake(f"{named} is not a workspace of this database. It knows: {several}")
    return TeamId(named)


async def _asked_of_slack(settings: Settings) -> TeamId:
    """The workspace of the token: so that caps can be set before anybody has used it."""
    token = settings.slack_bot_token.get_secret_value()
    try:
        async with open_slack(
            token, api_url=settings.slack_api_url, network=settings.network
        ) as slack:
            return (await slack.identity()).team
    except SlackError as error:
        raise EaselError(
            "No workspace has used this database yet, and Slack did not say which one "
            f"SLACK_BOT_TOKEN is for ({error.code}): see easel doctor. Nothing was changed."
        ) from error


def _user() -> str:
    """Who is at the shell, as far as the system knows."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user may have no name
        return "unknown"


def _place(scope: Scope) -> tuple[bool, bool, str, bool, str]:
    """The workspace, then channels, then people: first each person of a channel, then single."""
    return (
        scope.channel is not None,
        scope.user is not None,
        scope.channel or "",
        scope.user != EVERYBODY,
        scope.user or "",
    )
