"""`/image` and what is typed behind it."""

from __future__ import annotations

from typing import assert_never

from bot.core import grammar
from bot.core.grammar import SubCommand
from bot.core.job import JobState
from bot.features import budget, history, offer
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
    typed = grammar.read(command.text)
    if isinstance(typed, SubCommand):
        return await answer_word(services, command, typed)
    return await _prompt(services, command, typed)


async def answer_word(services: Services, command: Command, word: SubCommand) -> Answer:
    """What is answered to a word that stands alone."""
    match word:
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
            assert_never(word)


async def _prompt(services: Services, command: Command, words: str) -> Answer:
    """The card at once; where its asker skips it, what confirming it has led to, later."""
    key = command.trigger or command.reply_url
    asked = await offer.ask(services, command.place, command.user, words, key)
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
