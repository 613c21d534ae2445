"""The buttons of the price card. Acknowledged at once; the card changes when it is decided."""

from __future__ import annotations

from bot.blocks import card, names
from bot.blocks.kit import Message
from bot.core.job import Job, JobState
from bot.flows import ask, confirm
from bot.listeners.incoming import Answer, Click
from bot.services import Services


async def generate(services: Services, click: Click) -> Answer:
    """Hold the price that the card shows, and go."""

    async def later() -> Message:
        ref = names.ref(click.value)
        job = await confirm.find(services, click.place.team, ref.job, click.user)
        return shown(
            await confirm.confirm(services, job, ref.revision, click.user, click.reply_url)
        )

    return Answer(later=later)


async def choose(services: Services, click: Click) -> Answer:
    """Another size, quality, count or model: the card changes, nothing is spent."""

    async def later() -> Message:
        ref = names.ref(click.value)
        job = await confirm.find(services, click.place.team, ref.job, click.user)
        if job.state is not JobState.OFFERED:
            return over(job)
        if job.revision != ref.revision:
            shown = await ask.present(services, job)
            return card.offer(shown, "That card was outdated. This is the present one.")
        changed = await ask.choose(services, job, ref.choice)
        if changed is None:
            job = await confirm.find(services, click.place.team, ref.job, click.user)
            return over(job) if job.state is not JobState.OFFERED else await _present(services, job)
        return await _present(services, changed)

    return Answer(later=later)


async def show(services: Services, click: Click) -> Answer:
    """A card that was lost, as it stands now, beside the list of requests."""

    async def later() -> Message:
        ref = names.ref(click.value)
        job = await confirm.find(services, click.place.team, ref.job, click.user)
        return await _present(services, job) if job.state is JobState.OFFERED else over(job)

    return Answer(later=later)


async def join(services: Services, click: Click) -> Answer:
    """Add Easel to the channel, then show the card again."""

    async def later() -> Message:
        ref = names.ref(click.value)
        job = await confirm.find(services, click.place.team, ref.job, click.user)
        if job.state is not JobState.OFFERED:
            return over(job)
        await confirm.join(services, job)
        return card.offer(await ask.present(services, job), "Easel is in this channel now.")

    return Answer(later=later)


async def move(services: Services, click: Click) -> Answer:
    """Let the picture come to the direct message with Easel, and show the card again."""

    async def later() -> Message:
        ref = names.ref(click.value)
        job = await confirm.find(services, click.place.team, ref.job, click.user)
        if job.state is not JobState.OFFERED:
            return over(job)
        moved = await confirm.move(services, job)
        if moved is None:
            job = await confirm.find(services, click.place.team, ref.job, click.user)
            return over(job) if job.state is not JobState.OFFERED else await _present(services, job)
        offer = await ask.present(services, moved)
        return card.offer(offer, "The picture will come to your direct message with Easel.")

    return Answer(later=later)


async def cancel(services: Services, click: Click) -> Answer:
    """Decline: nothing was held, nothing is."""

    async def later() -> Message:
        ref = names.ref(click.value)
        job = await confirm.find(services, click.place.team, ref.job, click.user)
        if await confirm.cancel(services, job):
            return card.closed("Cancelled. Nothing was held or charged.")
        return over(await confirm.find(services, click.place.team, ref.job, click.user))

    return Answer(later=later)


async def _present(services: Services, job: Job) -> Message:
    return card.offer(await ask.present(services, job))


def shown(decided: confirm.Confirmed) -> Message:
    """The card after a confirmation: queued, or asking again with the reason."""
    match decided:
        case confirm.Queued(job):
            return over(job)
        case confirm.Again(offer, reason, way):
            return card.offer(offer, reason, way=way)


def over(job: Job) -> Message:
    """The card of a job that is no offer any more, as it stands."""
    if job.state is JobState.CANCELLED and job.day is None:
        return card.closed("This request was cancelled. Nothing was held or charged.")
    if job.state in {JobState.FAILED, JobState.UNKNOWN, JobState.CANCELLED}:
        return card.ended(job)
    if job.state in {JobState.DELIVERING, JobState.DONE}:
        return card.done(job)
    return card.queued(job)
