"""`/image` and what is typed behind it."""

from __future__ import annotations

from typing import assert_never

from bot.blocks import budget as budget_blocks
from bot.blocks import card, help
from bot.blocks import history as history_blocks
from bot.blocks.kit import Message
from bot.core import grammar
from bot.core.grammar import SubCommand
from bot.flows import ask, budget, history
from bot.listeners import compose
from bot.listeners.incoming import Answer, Command
from bot.services import Services


async def image(services: Services, command: Command) -> Answer:
    """The price card for a prompt, or one of the words that stand alone."""
    asked = grammar.parse(command.text, services.catalogue)
    if not isinstance(asked, SubCommand):
        offer = await ask.offer(services, command.place, command.user, asked)
        return Answer(ack=card.offer(offer))
    match asked:
        case SubCommand.USAGE:
            own = await budget.usage(
                services, command.place.team, command.place.channel, command.user
            )
            return Answer(ack=budget_blocks.usage(own.here, own.everywhere))
        case SubCommand.HISTORY:
            return Answer(later=lambda: _history(services, command))
        case SubCommand.COMPOSER if command.trigger:
            return await compose.new(services, command)
        case SubCommand.HELP | SubCommand.COMPOSER | SubCommand.SETTINGS:
            return Answer(ack=help.image(services.catalogue))
        case _:
            assert_never(asked)


async def _history(services: Services, command: Command) -> Message:
    place = command.place
    found = await history.history(services, place.team, place.channel, command.user)
    return history_blocks.history(found)
