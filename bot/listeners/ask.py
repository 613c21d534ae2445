"""`/image` and what is typed behind it."""

from __future__ import annotations

from typing import assert_never

from bot.blocks import budget as budget_blocks
from bot.blocks import card, help
from bot.core import grammar
from bot.core.grammar import SubCommand
from bot.flows import ask, budget
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
        case SubCommand.HELP | SubCommand.COMPOSER | SubCommand.HISTORY | SubCommand.SETTINGS:
            return Answer(ack=help.image(services.catalogue))
        case _:
            assert_never(asked)
