"""`/image`, and what is typed behind it."""

from __future__ import annotations

from typing import assert_never

from bot.core import grammar
from bot.core.grammar import SubCommand
from bot.core.job import JobState, UserId
from bot.features import budgets, composer, confirm, offer, results
from bot.features.confirm import Queued
from bot.features.offer import Asked
from bot.services import Services
from bot.slack_in import forms
from bot.slack_in.buttons import render_confirmed
from bot.slack_in.payloads import Answer, Command
from bot.views import card, help, result
from bot.views.composer import Origin
from bot.views.kit import Message
from bot.views.person import render_skipped, render_usage


async def image(services: Services, command: Command) -> Answer:
    """The price card for a prompt, or one of the words that stand alone."""
    typed = grammar.read_words(command.text)
    if isinstance(typed, SubCommand):
        return await answer_word(services, command, typed)
    key = command.trigger or command.reply_url
    asked = await offer.ask(services, command.place, command.user, typed, key)
    job = asked.offer.job
    if job.state is not JobState.OFFERED:  # this very command arrived before
        return Answer(card.render_over(job))
    if asked.skip_below is None:
        return Answer(card.render_offer(asked.offer))
    return Answer(later=lambda: show_asked(services, asked, command.user))


async def answer_word(services: Services, command: Command, word: SubCommand) -> Answer:
    """What is answered to a word that stands alone."""
    match word:
        case SubCommand.USAGE:
            own = await budgets.read_usage(services, command.place.team, command.user)
            return Answer(render_usage(own, command.place.channel))
        case SubCommand.SETTINGS:
            return await forms.show_settings(services, command)
        case SubCommand.HISTORY:
            return Answer(later=lambda: _history(services, command))
        case SubCommand.COMPOSER if command.trigger:
            origin = Origin(command.place.channel, reply_url=command.reply_url)
            return Answer(later=lambda: composer.open_blank(services, command.opener, origin))
        case SubCommand.HELP | SubCommand.COMPOSER:
            return Answer(help.render_image(services.catalogue))
        case _:
            assert_never(word)


async def show_asked(services: Services, asked: Asked, user: UserId) -> Message:
    """The card; below its asker's level, that stands for the click on Generate: what came of it."""
    job = asked.offer.job
    if asked.skip_below is None:
        return card.render_offer(asked.offer)
    decided = await confirm.confirm(services, job, user, None)
    if isinstance(decided, Queued) and decided.job.state is JobState.QUEUED:
        return render_skipped(decided.job, asked.skip_below)
    return render_confirmed(decided)


async def _history(services: Services, command: Command) -> Message:
    place = command.place
    found = await results.list_history(services, place.team, place.channel, command.user)
    return result.render_history(found)
