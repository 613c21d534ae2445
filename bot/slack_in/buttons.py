"""Buttons and shortcuts: each is acknowledged before the function here runs.

A function returns the message that is shown to whoever clicked (the buttons of an ephemeral card:
that replaces the card), or None where a form or the message itself shows what came of it. Trouble
is raised, and told by `routes`.
"""

from __future__ import annotations

from dataclasses import replace

from bot.core.budget import NOTHING
from bot.core.draft import MAX_INPUTS, add_files, draft_again
from bot.core.errors import Mistake, Refused
from bot.core.job import Job, JobId, JobState
from bot.core.post import Attached
from bot.features import composer, confirm, offer, results, unknown
from bot.services import Services
from bot.slack_in.payloads import Click, Shortcut
from bot.views import card, names, result
from bot.views.card import FirstButton
from bot.views.composer import Origin, is_long
from bot.views.kit import Message

NO_IMAGE = (
    "There is no image in this message. Use “Edit this image” on a message that has one. Nothing "
    "was held."
)

# The price card


async def generate(services: Services, click: Click) -> Message:
    """Hold the price that the card shows, and go."""
    ref, team = names.read_ref(click.value), click.place.team
    decided = await confirm.generate(services, team, ref, click.user, click.reply_url)
    return render_confirmed(decided, click)


async def choose(services: Services, click: Click) -> Message:
    """Another size, quality, count or model: the card changes, nothing is spent."""
    job, ref = await _find(services, click)
    if job.state is JobState.OFFERED and job.revision != ref.revision:
        outdated = "That card was outdated. This is the present one."
        return _seen(click, await offer.present(services, job), outdated)
    if job.state is not JobState.OFFERED:
        return card.render_over(job)
    changed = await offer.choose(services, job, ref.choice)
    return await _as_it_stands(services, click, changed)


async def show(services: Services, click: Click) -> Message:
    """A card that was lost, as it stands now, beside the list of requests."""
    return await _as_it_stands(services, click)


async def join(services: Services, click: Click) -> Message:
    """Add Easel to the channel, then show the card again."""
    job, _ = await _find(services, click)
    if job.state is not JobState.OFFERED:
        return card.render_over(job)
    await confirm.join(services, job)
    return _seen(click, await offer.present(services, job), "Easel is in the channel now.")


async def move(services: Services, click: Click) -> Message:
    """Let the picture come to the direct message with Easel, and show the card again."""
    job, _ = await _find(services, click)
    if job.state is not JobState.OFFERED:
        return card.render_over(job)
    moved = await confirm.move(services, job)
    if moved is None:
        return await _as_it_stands(services, click)
    comes = "The picture will come to your direct message with Easel."
    return _seen(click, await offer.present(services, moved), comes)


async def cancel(services: Services, click: Click) -> Message:
    """Decline: nothing was held, nothing is. What waits for an admin is taken back."""
    job, _ = await _find(services, click)
    if job.state is JobState.WAITING and await confirm.stop(services, job):
        stopped, _ = await _find(services, click)
        return card.render_ended(stopped)
    if await confirm.cancel(services, job):
        return card.render_sentence("Cancelled. Nothing was held or charged.")
    present, _ = await _find(services, click)
    return card.render_over(present)


async def change(services: Services, click: Click) -> Message | None:
    """`Change…`: the form, filled in with the stored offer."""
    job, _ = await _find(services, click)
    if job.state is not JobState.OFFERED:
        return card.render_over(job)
    origin = Origin(
        job.place.channel,
        job.place.thread,
        offer=job.id,
        revision=job.revision,
        kept=job.id if is_long(job.request.prompt) else None,
        reply_url=click.reply_url,
        card=True,
    )
    await composer.open_composer(services, click.opener, draft_again(job.request), origin)
    return None


async def _find(services: Services, click: Click) -> tuple[Job, names.Ref]:
    """The job behind a button, as it is at this moment. Raises `Refused` for anybody else."""
    ref = names.read_ref(click.value)
    return await confirm.find_job(services, click.place.team, ref.job, click.user), ref


async def _as_it_stands(services: Services, click: Click, job: Job | None = None) -> Message:
    """The card of a job, be it an offer still or over; of the one behind the button if of none."""
    if job is None:
        job, _ = await _find(services, click)
    if job.state is not JobState.OFFERED:
        return card.render_over(job)
    return _seen(click, await offer.present(services, job))


def _seen(
    click: Click,
    shown: card.Offer,
    note: str = "",
    first: FirstButton = FirstButton.GENERATE,
) -> Message:
    """The card for whoever clicked, perhaps elsewhere than where its picture comes."""
    away = click.place.channel != shown.job.place.channel
    return card.render_offer(replace(shown, away=away), note, first)


def render_confirmed(decided: confirm.Confirmed, click: Click | None = None) -> Message:
    """The card after a confirmation: queued, or asking again with the reason."""
    match decided:
        case confirm.Queued(job):
            return card.render_over(job)
        case confirm.Again(shown, reason, first):
            if click is not None:
                return _seen(click, shown, reason, first)
            return card.render_offer(shown, reason, first)


# Under a root message: whoever clicks confirms what is offered then


async def stop(services: Services, click: Click) -> None:
    """Stop a queued job; the root message says so. Its asker only."""
    job, _ = await _find(services, click)
    if not await confirm.stop(services, job):
        raise Refused(
            "Pixapi has this request already. Stopping it now would not give the credits back."
        )


async def vary(services: Services, click: Click) -> Message:
    """A price card for the same request once more."""
    job = await _result(services, click)
    return card.render_offer(await results.vary(services, job, click.user))


async def again(services: Services, click: Click) -> Message:
    """A price card for a request that failed, perhaps with another model."""
    ref = names.read_ref(click.value)
    shown = await results.offer_again(services, click.place.team, ref.job, click.user, ref.choice)
    return card.render_offer(shown)


async def reword(services: Services, click: Click) -> None:
    """The composer with a request that failed."""
    job = await results.get_failed(services, click.place.team, names.read_ref(click.value).job)
    await composer.open_again(services, click.opener, job, click.reply_url)


async def edit(services: Services, click: Click) -> None:
    """The composer with this very picture, for the result's thread."""
    job = await _result(services, click)
    file = results.find_file(job, click.picked)
    name = next(result.title(job, one) for one in job.pictures if one.file == file)
    picture = Attached(file, name or None)
    await composer.open_for_edit(services, click.opener, job, picture, click.reply_url)


async def finalise(services: Services, click: Click) -> Message:
    """A price card for this very picture at a higher quality or size."""
    job = await _result(services, click)
    return card.render_offer(await results.finalise(services, job, click.picked, click.user))


async def delete(services: Services, click: Click) -> Message:
    """Take the result away; its asker and admins."""
    known = await results.read_details(services, click.place.team, names.read_ref(click.value).job)
    await results.delete(services, known.job, click.user)
    return card.render_sentence("Deleted. What was charged stays charged.")


async def details(services: Services, click: Click) -> Message:
    """Everything about a job, for whoever asks."""
    known = await results.read_details(services, click.place.team, names.read_ref(click.value).job)
    label = services.catalogue.label(known.job.request.model)
    return result.render_details(known.job, label, known.lines, known.chain)


async def _result(services: Services, click: Click) -> Job:
    return await results.get_result(services, click.place.team, names.read_ref(click.value).job)


# The composer from anywhere


async def create(services: Services, shortcut: Shortcut) -> None:
    """The global shortcut: the form, which asks for the channel."""
    await composer.open_blank(services, shortcut.opener, Origin(asks=True))


async def create_from_home(services: Services, click: Click) -> None:
    """`Create an image` in App Home: the same."""
    await composer.open_blank(services, click.opener, Origin(asks=True))


async def edit_message(services: Services, shortcut: Shortcut) -> None:
    """The message shortcut: the form with the message's images, for its thread."""
    images = {one.file: one for one in shortcut.files if one.mime is None or one.is_image}
    place = shortcut.place
    draft = await composer.blank_draft(services, shortcut.opener)
    draft = add_files(draft, list(images.values())[:MAX_INPUTS])
    if not draft.inputs or place is None:
        raise Mistake(NO_IMAGE)
    origin = Origin(place.channel, place.thread, quiet=shortcut.quiet, reply_url=shortcut.reply_url)
    await composer.open_composer(services, shortcut.opener, draft, origin)


# Holds that are not known: an admin ends them


async def release(services: Services, click: Click) -> Message:
    """*Release*: nothing was spent."""
    team, job = click.place.team, JobId(click.value)
    return await unknown.end_hold(services, team, job, NOTHING, click.user)


async def charge(services: Services, click: Click) -> Message:
    """*Charge*: what is held was spent."""
    team, job = click.place.team, JobId(click.value)
    return await unknown.end_hold(services, team, job, None, click.user)
