"""The composer: a form that is itself the confirmation. Its submit button holds what it names."""

from __future__ import annotations

from dataclasses import replace

from bot.core.draft import (
    MAX_INPUTS,
    Draft,
    Field,
    blank,
    check_files,
    check_words,
    of_request,
    priced,
    with_files,
)
from bot.core.errors import Mistake
from bot.core.job import JobState, ModelId, Place, Quality, TeamId, UserId
from bot.core.payload import known, number
from bot.features import compose, confirm, settings
from bot.services import Services
from bot.slack_in import card as cards
from bot.slack_in import home
from bot.slack_in.forms import Form, FormAnswer, Sender
from bot.slack_in.incoming import Answer, Click, Command, Shortcut
from bot.views import card, composer, names
from bot.views.composer import Origin
from bot.views.composer_fields import KEEP, action, is_long, read_size
from bot.views.kit import Message, credits_

NO_IMAGE = (
    "There is no image in this message. Use “Edit this image” on a message that has one. Nothing "
    "was held."
)


async def new(services: Services, command: Command) -> Answer:
    """`/image` alone: the form for this channel."""
    origin = Origin(command.place.channel, reply_url=command.reply_url)

    team, user = command.place.team, command.user
    draft = await _empty(services, team, user)

    async def later() -> None:
        await compose.open_composer(services, command.trigger, team, user, draft, origin)

    return Answer(later=later)


async def create(services: Services, shortcut: Shortcut) -> Answer:
    """The global shortcut: the form, which asks for the channel."""
    return await _anywhere(services, shortcut.trigger, shortcut.team, shortcut.user)


async def from_home(services: Services, click: Click) -> Answer:
    """`Create an image` in App Home: the same."""
    return await _anywhere(services, click.trigger, click.place.team, click.user)


async def _anywhere(services: Services, trigger: str, team: TeamId, user: UserId) -> Answer:
    draft = await _empty(services, team, user)

    async def later() -> None:
        await compose.open_composer(services, trigger, team, user, draft, Origin(asks=True))

    return Answer(later=later)


async def edit(services: Services, shortcut: Shortcut) -> Answer:
    """The message shortcut: the form with the message's images, for its thread."""
    images = {one.file: one for one in shortcut.files if one.mime is None or one.is_image}
    place = shortcut.place
    empty = await _empty(services, shortcut.team, shortcut.user)
    draft = with_files(empty, list(images.values())[:MAX_INPUTS])

    async def later() -> None:
        if not draft.inputs or place is None:
            raise Mistake(NO_IMAGE)
        origin = Origin(
            place.channel, place.thread, quiet=shortcut.quiet, reply_url=shortcut.reply_url
        )
        await compose.open_composer(
            services, shortcut.trigger, shortcut.team, shortcut.user, draft, origin
        )

    return Answer(later=later)


async def change(services: Services, click: Click) -> Answer:
    """`Change…` on a card: the form, filled in with the stored offer."""

    async def later() -> Message | None:
        ref = names.ref(click.value)
        job = await confirm.find(services, click.place.team, ref.job, click.user)
        if job.state is not JobState.OFFERED:
            return cards.over(job)
        origin = Origin(
            job.place.channel,
            job.place.thread,
            offer=job.id,
            revision=job.revision,
            kept=job.id if is_long(job.request.prompt) else None,
            reply_url=click.reply_url,
            card=True,
        )
        await compose.open_composer(
            services, click.trigger, click.place.team, click.user, of_request(job.request), origin
        )
        return None

    return Answer(later=later)


async def choose(services: Services, form: Form) -> FormAnswer:
    """Another model, size, quality, count or channel: the form shows its price."""
    screen, draft, origin = _read(form)
    return FormAnswer(later=lambda: compose.redraw(services, screen, draft, origin, form.at))


async def submit(services: Services, form: Form) -> FormAnswer:
    """Hold exactly the price that the form shows, or show the new one and ask again."""
    screen, draft, origin = _read(form)
    added = form.files(action(Field.FILES))
    kept = _kept(form, draft)
    wrong = check_files(kept, added)
    if draft.prompt.strip() or origin.kept is None:
        wrong |= check_words(draft.prompt)
    if origin.channel is None:
        wrong[Field.CHANNEL] = "Choose where the picture goes."
    price = priced(draft, services.catalogue)
    if isinstance(price, dict) or origin.channel is None or wrong:
        wrong |= price if isinstance(price, dict) else {}
        return FormAnswer(errors={action(field): text for field, text in wrong.items()})
    if price.credits != screen.note.price:
        news = f"The price of this is {credits_(price.credits)}. Nothing was held: is that right?"
        return FormAnswer(view=await compose.drawn(services, screen, draft, origin, news))
    place = Place(form.team, origin.channel, origin.thread)
    stored = await compose.store(services, screen, with_files(kept, added), origin, place)
    reply_url = origin.reply_url or form.reply_urls.get(origin.channel, "")
    # How the job ends replaces its card; another address may be that of a result's message.
    of_card = reply_url if origin.card else None

    async def later() -> Message | None:
        decided = await compose.settle(services, stored, form.user, of_card)
        waits = isinstance(decided, confirm.Queued) and decided.job.state is JobState.WAITING
        if isinstance(decided, confirm.Queued) and not origin.card and not waits:
            notes = decided.job.notes  # the root message tells the rest
            return card.closed(" ".join(notes)) if notes else None
        return cards.shown(decided)

    shown = home.then_shown(services, form.team, form.user, later) if origin.asks else later
    shown_in = replace(place, thread=None) if origin.quiet else place
    return FormAnswer(
        later=shown, sender=Sender(form.user, shown_in, reply_url, replace=origin.card)
    )


async def _empty(services: Services, team: TeamId, user: UserId) -> Draft:
    return blank(services.catalogue, await settings.defaults(services, team, user))


def _read(form: Form) -> tuple[compose.Screen, Draft, Origin]:
    """The form as it is on the screen, and what is chosen in it now."""
    note = composer.decode(form.note)
    chosen = {field: form.chosen(action(field)) for field in Field}
    size, auto = read_size(chosen[Field.SIZE], note.draft)
    draft = replace(
        note.draft,
        prompt=form.text(action(Field.PROMPT)),
        model=ModelId(chosen[Field.MODEL] or note.draft.model),
        size=size,
        auto=auto,
        quality=known(Quality, chosen[Field.QUALITY] or note.draft.quality),
        count=number(chosen[Field.COUNT] or "1"),
    )
    origin = note.origin
    if origin.asks:
        origin = replace(origin, channel=form.channel(action(Field.CHANNEL)))
    screen = compose.Screen(form.view, form.team, form.user, note, form.blocks)
    return screen, draft, origin


def _kept(form: Form, draft: Draft) -> Draft:
    """Without the images that were taken out."""
    ticked = form.ticked(f"{KEEP}_0") | form.ticked(f"{KEEP}_1")
    return replace(
        draft,
        inputs=tuple(one for one in draft.inputs if one.file in ticked),
        mask=draft.mask if draft.mask and draft.mask.file in ticked else None,
    )
