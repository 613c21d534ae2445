"""`/image` and what is typed behind it."""

from __future__ import annotations

from typing import assert_never

from bot.core import grammar
from bot.core.grammar import SubCommand
from bot.core.job import JobState
from bot.features import ask, budget, history
from bot.services import Services
from bot.slack_in import card as cards
from bot.slack_in import compose, settings, skip
from bot.slack_in.incoming import Answer, Command
from bot.views import card, help
from bot.views import history as history_blocks
from bot.views import usage as usage_blocks
from bot.views.kit import Message


async def image(services: Services, command: Command) -> Answer:
    """The price card for a prompt, or one of the words that stand alone."""
    asked = grammar.parse(command.text, services.catalogue)
    if not isinstance(asked, SubCommand):
        return await _prompt(services, command)
    match asked:
        case SubCommand.USAGE:
            place = command.place
            own = await budget.usage(services, place.team, command.user)
            return Answer(ack=usage_blocks.usage(own, place.channel))
        case SubCommand.SETTINGS:
            return await settings.image_settings(services, command)
        case SubCommand.HISTORY:
            return Answer(later=lambda: _history(services, command))
        case SubCommand.COMPOSER if command.trigger:
            return await compose.new(services, command)
        case SubCommand.HELP | SubCommand.COMPOSER:
            return Answer(ack=help.image(services.catalogue))
        case _:
            assert_never(asked)


async def _prompt(services: Services, command: Command) -> Answer:
    """The card at once; where its asker skips it, what confirming it has led to, later."""
    asked = await ask.typed(
        services, command.place, command.user, command.text, command.trigger or command.reply_url
    )
    job = asked.offer.job
    if job.state is not JobState.OFFERED:  # this very command arrived before
        return Answer(ack=cards.over(job))
    if asked.skip_below is None:
        return Answer(ack=card.offer(asked.offer))
    return Answer(later=lambda: skip.shown(services, asked, command.user))


async def _history(services: Services, command: Command) -> Message:
    place = command.place
    found = await history.history(services, place.team, place.channel, command.user)
    return history_blocks.history(found)
