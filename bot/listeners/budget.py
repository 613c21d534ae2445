"""`/image-quota`: looking, for members; changing, for admins."""

from __future__ import annotations

from typing import assert_never

from bot.blocks import budget as blocks
from bot.blocks import help
from bot.blocks.kit import Message
from bot.core import quota_grammar as quota
from bot.core.errors import Refused
from bot.core.job import ChannelId
from bot.flows import budget
from bot.listeners.incoming import Answer, Command
from bot.services import Services


async def image_quota(services: Services, command: Command) -> Answer:
    """The channel's card, or a change that Slack is asked about first."""
    wanted = quota.parse_quota(command.text)
    match wanted:
        case quota.Help():
            return Answer(ack=help.quota())
        case quota.Show(scope):
            channel = _channel(command, scope)
            standing = await budget.card(services, command.place.team, channel)
            return Answer(ack=blocks.quota(standing))
        case quota.SetCap():
            return Answer(later=lambda: _set_cap(services, command, wanted))
        case quota.Grant() | quota.Pause() | quota.Resume():
            raise Refused("Easel does not know grants and pauses yet. Nothing was changed.")
        case _:
            assert_never(wanted)


async def _set_cap(services: Services, command: Command, wanted: quota.SetCap) -> Message:
    channel = _channel(command, wanted.scope)
    standing = await budget.set_cap(services, command.place.team, channel, command.user, wanted)
    return blocks.quota(standing, "*Changed.* It counts for the very next click.")


def _channel(command: Command, scope: quota.Scope) -> ChannelId:
    if isinstance(scope, quota.Workspace):
        raise Refused("Easel does not know a cap for the workspace yet. Nothing was changed.")
    return scope or command.place.channel
