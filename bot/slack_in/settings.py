"""A person's own settings: `/image settings`, the button in App Home, and their form."""

from __future__ import annotations

from bot.core.errors import Mistake
from bot.core.grammar import Defaults
from bot.core.job import Quality
from bot.core.payload import known
from bot.core.preferences import Preferences, parse_skip
from bot.core.sizes import parse_size
from bot.features import home, settings
from bot.services import Services
from bot.slack_in.payloads import Answer, Click, Command, Form, FormAnswer
from bot.views import settings as blocks


async def image_settings(services: Services, command: Command) -> Answer:
    """The form; in answer to a message, which opens none, what is set and a button to it."""
    now = await settings.own(services, command.place.team, command.user)
    if not command.trigger:
        return Answer(ack=blocks.told(now))
    return Answer(later=lambda: settings.open_form(services, command.trigger, now))


async def open_form(services: Services, click: Click) -> None:
    """The button: the form."""
    now = await settings.own(services, click.place.team, click.user)
    await settings.open_form(services, click.trigger, now)


async def submit(services: Services, form: Form) -> FormAnswer:
    """Keep what is chosen, or say at its field what cannot be. Raises `Busy`."""
    try:
        skip_below = parse_skip(form.text(blocks.SKIP))
    except Mistake as mistake:
        return FormAnswer(errors={blocks.SKIP: mistake.sentence})
    quality = form.chosen(blocks.QUALITY)
    defaults = Defaults(
        parse_size(form.chosen(blocks.SIZE) or blocks.AUTO),
        known(Quality, quality) if quality else Defaults().quality,
    )
    await settings.save(services, form.team, form.user, Preferences(skip_below, defaults))
    return FormAnswer(later=lambda: home.publish(services, form.team, form.user))
