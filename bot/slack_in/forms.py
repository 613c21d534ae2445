"""Forms: a submitted one is answered from the database alone, a control once Slack has its answer.

The composer is itself the confirmation: its submit button holds the price that it names.
"""

from __future__ import annotations

from dataclasses import replace

from bot.core.draft import Draft, Field, add_files, check_files, check_words, price_draft
from bot.core.errors import Mistake
from bot.core.grammar import Defaults
from bot.core.job import JobState, ModelId, Place, Quality
from bot.core.payload import read_enum, read_number, unpack
from bot.core.person import Preferences, parse_skip
from bot.core.sizes import parse_size
from bot.features import composer, confirm, home
from bot.features.answers import Sender
from bot.features.composer import ComposerScreen
from bot.services import Services
from bot.slack_in.buttons import render_confirmed
from bot.slack_in.payloads import Answer, Click, Command, Form, FormAnswer
from bot.views import card
from bot.views.composer import KEEP, ComposerNote, Origin, action_id, read_size
from bot.views.kit import Message, credits_
from bot.views.person import AUTO, QUALITY, SIZE, SKIP, render_settings_line


async def compose_choose(services: Services, form: Form) -> None:
    """Another model, size, quality, count or channel: the form shows its price."""
    screen, draft, origin = _read(form)
    await composer.redraw(services, screen, draft, origin, form.at)


async def compose(services: Services, form: Form) -> FormAnswer:
    """Hold exactly the price that the form shows, or show the new one and ask again."""
    screen, draft, origin = _read(form)
    added = form.files(action_id(Field.FILES))
    kept = _kept(form, draft)
    wrong = check_files(kept, added)
    if draft.prompt.strip() or origin.kept is None:
        wrong |= check_words(draft.prompt)
    if origin.channel is None:
        wrong[Field.CHANNEL] = "Choose where the picture goes."
    price = price_draft(draft, services.catalogue)
    if isinstance(price, dict) or origin.channel is None or wrong:
        wrong |= price if isinstance(price, dict) else {}
        return FormAnswer(errors={action_id(field): text for field, text in wrong.items()})
    if price.credits != screen.note.price:
        news = f"The price of this is {credits_(price.credits)}. Nothing was held: is that right?"
        return FormAnswer(view=await composer.render_screen(services, screen, draft, origin, news))
    place = Place(form.team, origin.channel, origin.thread)
    stored = await composer.store(services, screen, add_files(kept, added), origin, place)
    reply_url = origin.reply_url or form.reply_urls.get(origin.channel, "")
    # How the job ends replaces its card; another address may be that of a result's message.
    of_card = reply_url if origin.card else None

    async def later() -> Message | None:
        decided = await composer.settle(services, stored, form.user, of_card)
        waits = isinstance(decided, confirm.Queued) and decided.job.state is JobState.WAITING
        if isinstance(decided, confirm.Queued) and not origin.card and not waits:
            notes = decided.job.notes  # the root message tells the rest
            return card.render_sentence(" ".join(notes)) if notes else None
        return render_confirmed(decided)

    sender = Sender(
        form.user,
        replace(place, thread=None) if origin.quiet else place,
        reply_url,
        replaces=origin.card,
        home=form.team if origin.asks else None,
    )
    return FormAnswer(later=later, sender=sender)


def _read(form: Form) -> tuple[ComposerScreen, Draft, Origin]:
    """The form as it is on the screen, and what is chosen in it now."""
    note = unpack(ComposerNote, form.note)
    chosen = {field: form.chosen(action_id(field)) for field in Field}
    size, auto = read_size(chosen[Field.SIZE], note.draft)
    draft = replace(
        note.draft,
        prompt=form.text(action_id(Field.PROMPT)),
        model=ModelId(chosen[Field.MODEL] or note.draft.model),
        size=size,
        auto=auto,
        quality=read_enum(Quality, chosen[Field.QUALITY] or note.draft.quality),
        count=read_number(chosen[Field.COUNT] or "1"),
    )
    origin = note.origin
    if origin.asks:
        origin = replace(origin, channel=form.channel(action_id(Field.CHANNEL)))
    screen = ComposerScreen(form.view, form.team, form.user, note, form.blocks)
    return screen, draft, origin


def _kept(form: Form, draft: Draft) -> Draft:
    """Without the images that were taken out."""
    ticked = form.ticked(f"{KEEP}_0") | form.ticked(f"{KEEP}_1")
    return replace(
        draft,
        inputs=tuple(one for one in draft.inputs if one.file in ticked),
        mask=draft.mask if draft.mask and draft.mask.file in ticked else None,
    )


# A person's own settings: `/image settings`, the button in App Home, and their form


async def show_settings(services: Services, command: Command) -> Answer:
    """The form; in answer to a message, which opens none, what is set and a button to it."""
    now = await home.read_settings(services, command.place.team, command.user)
    if not command.trigger:
        return Answer(render_settings_line(now))
    return Answer(later=lambda: home.open_settings(services, command.trigger, now))


async def open_settings(services: Services, click: Click) -> None:
    """The button: the form."""
    now = await home.read_settings(services, click.place.team, click.user)
    await home.open_settings(services, click.trigger, now)


async def save_settings(services: Services, form: Form) -> FormAnswer:
    """Keep what is chosen, or say at its field what cannot be. Raises `Busy`."""
    try:
        skip_below = parse_skip(form.text(SKIP))
    except Mistake as mistake:
        return FormAnswer(errors={SKIP: mistake.sentence})
    quality = form.chosen(QUALITY)
    defaults = Defaults(
        parse_size(form.chosen(SIZE) or AUTO),
        read_enum(Quality, quality) if quality else Defaults().quality,
    )
    await home.save_settings(services, form.team, form.user, Preferences(skip_below, defaults))
    return FormAnswer(later=lambda: home.publish(services, form.team, form.user))
