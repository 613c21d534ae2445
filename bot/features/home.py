"""App Home, and a person's own settings.

Home is published when it is opened and after its owner's own click, and at no other time. What
changes meanwhile the next look shows. Who is an admin was asked of Slack at most five minutes ago:
Slack's rate for that question belongs to the clicks that spend.
"""

from __future__ import annotations

import logging

from bot.core.budget import Scope
from bot.core.errors import EaselError
from bot.core.grammar import NO_DEFAULTS, Defaults
from bot.core.job import TeamId, UserId
from bot.core.periods import Period
from bot.core.person import Preferences
from bot.core.requests import ApprovalRequest
from bot.features import answers
from bot.features.answers import UNCHANGED
from bot.features.results import link_requests
from bot.services import Services
from bot.slack.errors import SlackError
from bot.store import budget, jobs, person, reports, requests
from bot.store.db import Tx
from bot.views.home import BUTTONS, LINES, NEWEST, REQUESTS, Desk, Home, render_home
from bot.views.kit import Block
from bot.views.person import render_settings

log = logging.getLogger(__name__)


async def publish(services: Services, team: TeamId, user: UserId) -> None:
    """Show somebody their Home as things stand. What goes wrong is logged: they open it again."""
    try:
        is_admin = await services.slack.is_admin(user, services.admins)
        await services.slack.publish_home(
            user, lambda: _view(services, team, user, is_admin=is_admin)
        )
    except (SlackError, EaselError) as error:
        log.warning("the App Home of %s was not published: %s", user, error)


async def _view(services: Services, team: TeamId, user: UserId, *, is_admin: bool) -> Block:
    """Somebody's view as things stand now."""
    async with services.db.read() as tx:
        own = await person.use_of(tx, team, user, services.today())
        chosen = await person.preferences_of(tx, team, user)
        newest = await person.newest_jobs(tx, team, user, NEWEST)
        desk = await _desk(services, tx, team) if is_admin else None
    return render_home(Home(own, chosen, await link_requests(services, newest), desk))


async def _desk(services: Services, tx: Tx, team: TeamId) -> Desk:
    """The admins' part."""
    now, today, rules = services.clock(), services.today(), services.rules
    month = rules.calendar.span(Period.MONTH, today)
    channels = await reports.channels_by_use(tx, team, month, today)
    scopes = [Scope(team), *(Scope(team, one) for one in channels[: BUTTONS + LINES])]
    workspace, *statuses = await budget.statuses_of(tx, scopes, today, rules)
    asked = await requests.open_ones(tx, team, now, REQUESTS)
    return Desk(
        workspace=workspace,
        channels=tuple(statuses),
        channels_in_all=len(channels),
        requests=tuple([(one, await _prompt(tx, one)) for one in asked]),
        requests_in_all=await requests.count_open(tx, team, now),
        unknown=tuple(await reports.unknown_holds(tx, team)),
        drift=await reports.drift(tx, team, month),
    )


async def _prompt(tx: Tx, asked: ApprovalRequest) -> str:
    """What a request is for, where that is one picture."""
    job = await jobs.get(tx, asked.place.team, asked.job) if asked.job else None
    return job.request.prompt if job is not None else ""


# A person's own settings: kept, and counted with from the next request on


async def read_settings(services: Services, team: TeamId, user: UserId) -> Preferences:
    """What somebody has set. Raises `Busy`."""
    return await services.db.query(lambda tx: person.preferences_of(tx, team, user), promptly=True)


async def read_defaults(services: Services, team: TeamId, user: UserId) -> Defaults:
    """What a form begins with: a busy database does not keep it from opening."""
    try:
        return (await read_settings(services, team, user)).defaults
    except EaselError as error:
        log.info("a form begins without its person's defaults: %s", error)
        return NO_DEFAULTS


async def open_settings(services: Services, trigger: str, now: Preferences) -> None:
    """Open the form with what is set now. Raises `Refused` when Slack does not."""
    await answers.open_form(services, trigger, render_settings(services.catalogue, now), UNCHANGED)


async def save_settings(
    services: Services, team: TeamId, user: UserId, chosen: Preferences
) -> None:
    """Keep what was chosen; the very next request counts with it. Raises `Busy`."""
    await services.db.transact(
        lambda tx: person.set_preferences(tx, team, user, chosen), promptly=True
    )
