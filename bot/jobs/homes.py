"""App Home, kept true: shown on opening, and anew when something in it has changed.

Changes are collected for a moment, and each view is published at most once a round, one after the
other: a burst of changes is one view, and Slack's limits slow this down, never somebody's click.
Publishing is no change, so nothing here feeds itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from bot.blocks import home as blocks
from bot.blocks.home_admin import BUTTONS, LINES, PETITIONS, Desk
from bot.blocks.kit import Block
from bot.core.budget import Scope
from bot.core.errors import EaselError
from bot.core.job import Job, TeamId, UserId
from bot.core.periods import Period
from bot.core.petition import Petition
from bot.jobs.links import linked
from bot.services import Services
from bot.slack.errors import SlackError
from bot.store import budget, jobs, overview, own_use, petitions, preferences
from bot.store import homes as store
from bot.store.db import Tx

log = logging.getLogger(__name__)

LOOKED_AT = timedelta(days=1)  # since it was opened; older ones are shown anew when they are opened

Person = tuple[TeamId, UserId]


def spending_changed(services: Services, tx: Tx, job: Job) -> None:
    """A hold was taken or has ended: its asker's view and the admins' say something else now."""
    services.homes.changed(tx, job.place.team, job.asker)
    services.homes.changed(tx, job.place.team)


class Keeper:
    """Publishes Homes as a task of this process. What it loses, the next opening shows."""

    def __init__(self) -> None:
        self._changed: set[tuple[TeamId, UserId | None]] = set()
        self._opened: set[Person] = set()
        self._news = asyncio.Event()
        self._now = asyncio.Event()

    def changed(self, tx: Tx, team: TeamId, user: UserId | None = None) -> None:
        """Show this person's anew once the transaction is committed; without one, every admin's."""

        def note() -> None:
            self._changed.add((team, user))
            self._news.set()

        tx.after.append(note)

    def opened(self, tx: Tx, team: TeamId, user: UserId) -> None:
        """Show this person's at once when the transaction is committed."""
        tx.after.append(lambda: self.clicked(team, user))

    def clicked(self, team: TeamId, user: UserId) -> None:
        """Show this person's at once: they clicked in it, and look at what becomes of it."""
        self._opened.add((team, user))
        self._now.set()
        self._news.set()

    @asynccontextmanager
    async def serving(self, services: Services) -> AsyncIterator[None]:
        """Publish until the block ends."""

        async def rounds() -> None:
            while True:
                await self._news.wait()
                with suppress(TimeoutError):
                    async with asyncio.timeout(services.pace.homes):
                        await self._now.wait()
                try:
                    await self._round(services)
                except Exception:  # the supervisor: the next change is another chance
                    log.exception("publishing App Homes failed")

        task = asyncio.create_task(rounds())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _round(self, services: Services) -> None:
        """Everybody whose view has changed; whoever opens theirs meanwhile does not wait."""
        self._news.clear()
        await self._show_opened(services)
        changed, self._changed = self._changed, set()
        for team, user in await _affected(services, changed):
            await self._show_opened(services)
            await _show(services, team, user)

    async def _show_opened(self, services: Services) -> None:
        self._now.clear()
        while self._opened:
            await _show(services, *self._opened.pop())


async def _affected(services: Services, changed: set[tuple[TeamId, UserId | None]]) -> list[Person]:
    """Whose view has changed, of those who have looked at theirs lately."""
    found: list[Person] = []
    for team in sorted({team for team, _ in changed}):
        async with services.db.read() as tx:
            openers = await store.openers(tx, team, services.clock() - LOOKED_AT)
        admins = (team, None) in changed
        found += [
            (team, user)
            for user in openers
            if (team, user) in changed or (admins and await _is_admin(services, user))
        ]
    return found


async def _is_admin(services: Services, user: UserId) -> bool:
    """Whether the admins' numbers may be in somebody's view: it is asked afresh to publish it."""
    try:
        return await services.slack.is_admin(user, services.admins)
    except SlackError:
        return False


async def _show(services: Services, team: TeamId, user: UserId) -> None:
    """Publish one view. What goes wrong is logged: the next opening shows it."""
    try:
        is_admin = await services.slack.is_admin(user, services.admins, fresh=True)
        await services.slack.publish_home(
            user, await _view(services, team, user, is_admin=is_admin)
        )
    except (SlackError, EaselError) as error:
        log.warning("the App Home of %s was not published: %s", user, error)


async def _view(services: Services, team: TeamId, user: UserId, *, is_admin: bool) -> Block:
    """Somebody's view as things stand now."""
    async with services.db.read() as tx:
        own = await own_use.of(tx, team, user, services.today())
        chosen = await preferences.get(tx, team, user)
        newest = await own_use.newest(tx, team, user, blocks.NEWEST)
        desk = await _desk(services, tx, team) if is_admin else None
    return blocks.view(blocks.Home(own, chosen, await linked(services, newest), desk))


async def _desk(services: Services, tx: Tx, team: TeamId) -> Desk:
    """The admins' part."""
    now, today, rules = services.clock(), services.today(), services.rules
    month = rules.calendar.span(Period.MONTH, today)
    channels = await overview.channels(tx, team, month, today)
    scopes = [Scope(team), *(Scope(team, one) for one in channels[: BUTTONS + LINES])]
    workspace, *standings = await budget.standings_of(tx, scopes, today, rules)
    asked = await petitions.open_ones(tx, team, now, PETITIONS)
    return Desk(
        workspace=workspace,
        channels=tuple(standings),
        channels_in_all=len(channels),
        petitions=tuple([(one, await _prompt(tx, one)) for one in asked]),
        petitions_in_all=await overview.open_petitions(tx, team, now),
        unknown=tuple(await overview.unknown(tx, team)),
        drift=await overview.drift(tx, team, month),
    )


async def _prompt(tx: Tx, asked: Petition) -> str:
    """What a petition is for, where that is one picture."""
    job = await jobs.get(tx, asked.place.team, asked.job) if asked.job else None
    return job.request.prompt if job is not None else ""
