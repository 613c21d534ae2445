"""The buttons of the price card. Acknowledged at once; the card changes when it is decided."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.core.job import Job, JobState
from bot.features import confirm, offer
from bot.services import Services
from bot.slack_in.incoming import Answer, Click
from bot.views import card, names
from bot.views.card import Way
from bot.views.kit import Message

Work = Callable[[Job, names.Ref], Awaitable[Message]]
"""What a button does with the job behind it: what the card becomes."""


async def generate(services: Services, click: Click) -> Answer:
    """Hold the price that the card shows, and go."""

    async def work(job: Job, ref: names.Ref) -> Message:
        decided = await confirm.confirm(services, job, ref.revision, click.user, click.reply_url)
        return shown(decided, click)

    return _on_its_job(services, click, work)


async def choose(services: Services, click: Click) -> Answer:
    """Another size, quality, count or model: the card changes, nothing is spent."""

    async def work(job: Job, ref: names.Ref) -> Message:
        if job.state is JobState.OFFERED and job.revision != ref.revision:
            present = await offer.present(services, job)
            return _seen(click, present, "That card was outdated. This is the present one.")
        if job.state is not JobState.OFFERED:
            return over(job)
        changed = await offer.choose(services, job, ref.choice)
        return await _as_it_stands(services, click, changed or await _now(services, click))

    return _on_its_job(services, click, work)


async def show(services: Services, click: Click) -> Answer:
    """A card that was lost, as it stands now, beside the list of requests."""

    async def work(job: Job, _ref: names.Ref) -> Message:
        return await _as_it_stands(services, click, job)

    return _on_its_job(services, click, work)


async def join(services: Services, click: Click) -> Answer:
    """Add Easel to the channel, then show the card again."""

    async def work(job: Job, _ref: names.Ref) -> Message:
        if job.state is not JobState.OFFERED:
            return over(job)
        await confirm.join(services, job)
        return _seen(click, await offer.present(services, job), "Easel is in the channel now.")

    return _on_its_job(services, click, work)


async def move(services: Services, click: Click) -> Answer:
    """Let the picture come to the direct message with Easel, and show the card again."""

    async def work(job: Job, _ref: names.Ref) -> Message:
        if job.state is not JobState.OFFERED:
            return over(job)
        moved = await confirm.move(services, job)
        if moved is None:
            return await _as_it_stands(services, click, await _now(services, click))
        present = await offer.present(services, moved)
        return _seen(click, present, "The picture will come to your direct message with Easel.")

    return _on_its_job(services, click, work)


async def cancel(services: Services, click: Click) -> Answer:
    """Decline: nothing was held, nothing is. What waits for an admin is taken back."""

    async def work(job: Job, _ref: names.Ref) -> Message:
        if job.state is JobState.WAITING and await confirm.stop(services, job):
            return card.ended(await _now(services, click))
        if await confirm.cancel(services, job):
            return card.closed("Cancelled. Nothing was held or charged.")
        return over(await _now(services, click))

    return _on_its_job(services, click, work)


def _on_its_job(services: Services, click: Click, work: Work) -> Answer:
    """The answer to a button: its work with the job behind it, for its asker alone."""

    async def later() -> Message:
        return await work(await _now(services, click), names.ref(click.value))

    return Answer(later=later)


async def _now(services: Services, click: Click) -> Job:
    """The job behind a button, as it is at this moment. Raises `Refused` for anybody else."""
    return await confirm.find(services, click.place.team, names.ref(click.value).job, click.user)


async def _as_it_stands(services: Services, click: Click, job: Job) -> Message:
    """The card of a job, be it an offer still or over."""
    if job.state is not JobState.OFFERED:
        return over(job)
    return _seen(click, await offer.present(services, job))


def _seen(click: Click, shown: card.Offer, note: str = "", *, way: Way = Way.GENERATE) -> Message:
    """The card for whoever clicked, perhaps elsewhere than where its picture comes."""
    away = click.place.channel != shown.job.place.channel
    return card.offer(replace(shown, away=away), note, way=way)


def shown(decided: confirm.Confirmed, click: Click | None = None) -> Message:
    """The card after a confirmation: queued, or asking again with the reason."""
    match decided:
        case confirm.Queued(job):
            return over(job)
        case confirm.Again(again, reason, way):
            if click is not None:
                return _seen(click, again, reason, way=way)
            return card.offer(again, reason, way=way)


def over(job: Job) -> Message:
    """The card of a job that is no offer any more, as it stands."""
    if job.state is JobState.CANCELLED and job.day is None:
        return card.closed("This request was cancelled. Nothing was held or charged.")
    if job.state in {JobState.FAILED, JobState.UNKNOWN, JobState.CANCELLED}:
        return card.ended(job)
    if job.state in {JobState.DELIVERING, JobState.DONE}:
        return card.done(job)
    if job.state is JobState.WAITING:
        return card.waiting(job)
    return card.queued(job)
