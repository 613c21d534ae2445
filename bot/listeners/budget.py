"""`/image-quota`: looking, for members; changing, for admins."""

from __future__ import annotations

from typing import assert_never

from bot.blocks import budget as blocks
from bot.blocks import help
from bot.blocks.kit import Message
from bot.core import quota_grammar as quota
from bot.flows import budget
from bot.listeners.incoming import Answer, Command
from bot.services import Services


async def image_quota(services: Services, command: Command) -> Answer:
    """The card of a channel or the workspace, or a change, of which Slack is asked first."""
    wanted = quota.parse_quota(command.text)
    match wanted:
        case quota.Help():
            return Answer(ack=help.quota())
        case quota.Show():
            return Answer(ack=blocks.quota(await budget.card(services, command.place, wanted)))
        case quota.SetCap() | quota.Grant() | quota.Pause() | quota.Resume():
            return Answer(later=lambda: _change(services, command, wanted))
        case _:
            assert_never(wanted)


async def _change(services: Services, command: Command, wanted: budget.Change) -> Message:
    standing = await budget.change(services, command.place, command.user, wanted)
    return blocks.quota(standing, changed=True)
