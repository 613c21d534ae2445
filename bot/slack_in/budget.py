"""`/image-quota` and the card's buttons: looking, for members; changing, for admins."""

from __future__ import annotations

from typing import assert_never

from bot.core import quota_grammar as quota
from bot.core.job import Place, UserId
from bot.features import budgets
from bot.services import Services
from bot.slack_in.payloads import Answer, Click, Command
from bot.views import budget as blocks
from bot.views import help, names
from bot.views.kit import Message


async def image_quota(services: Services, command: Command) -> Answer:
    """The card of a channel or the workspace, or a change; Slack is asked who is an admin."""
    wanted = quota.parse_quota(command.text)
    match wanted:
        case quota.Help():
            return Answer(ack=help.render_quota())
        case quota.Show():
            return Answer(later=lambda: _show(services, command, wanted))
        case quota.SetCap() | quota.AddGrant() | quota.Pause() | quota.Resume():
            return Answer(later=lambda: _change(services, command.place, command.user, wanted))
        case _:
            assert_never(wanted)


async def pause(services: Services, click: Click) -> Message:
    """Stop new spending, by an admin; the card becomes the fresh one."""
    return await _change(services, click.place, click.user, quota.Pause(_named(click)))


async def resume(services: Services, click: Click) -> Message:
    """Allow spending again, by an admin; the card becomes the fresh one."""
    return await _change(services, click.place, click.user, quota.Resume(_named(click)))


async def _show(services: Services, command: Command, wanted: quota.Show) -> Message:
    return blocks.quota(await budgets.card(services, command.place, command.user, wanted))


async def _change(
    services: Services,
    place: Place,
    user: UserId,
    wanted: quota.SetCap | quota.AddGrant | quota.Pause | quota.Resume,
) -> Message:
    return blocks.quota(await budgets.change(services, place, user, wanted), changed=True)


def _named(click: Click) -> quota.Named:
    return names.channel(click.value) or quota.Workspace.WORKSPACE
