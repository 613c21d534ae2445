"""The buttons under a root message. What they offer is confirmed by whoever clicked them."""

from __future__ import annotations

from bot.core.errors import Refused
from bot.core.job import Job
from bot.core.post import Attached
from bot.features import compose, confirm
from bot.features import result as results
from bot.services import Services
from bot.slack_in.incoming import Answer, Click
from bot.views import card, names
from bot.views import result as blocks
from bot.views.kit import Message


async def stop(services: Services, click: Click) -> Answer:
    """Stop a queued job; the root message says so. Its asker only."""

    async def later() -> None:
        job = await confirm.find(services, click.place.team, names.ref(click.value).job, click.user)
        if not await confirm.stop(services, job):
            raise Refused(
                "Pixapi has this request already. Stopping it now would not give the credits back."
            )

    return Answer(later=later)


async def vary(services: Services, click: Click) -> Answer:
    """A price card for the same request once more."""

    async def later() -> Message:
        return card.offer(await results.vary(services, await _result(services, click), click.user))

    return Answer(later=later)


async def again(services: Services, click: Click) -> Answer:
    """A price card for a request that failed, perhaps with another model."""

    async def later() -> Message:
        ref = names.ref(click.value)
        team = click.place.team
        return card.offer(await results.again(services, team, ref.job, click.user, ref.choice))

    return Answer(later=later)


async def reword(services: Services, click: Click) -> Answer:
    """The composer with a request that failed."""

    async def later() -> None:
        job = await results.failed(services, click.place.team, names.ref(click.value).job)
        await compose.open_again(services, click.trigger, job, click.user, click.reply_url)

    return Answer(later=later)


async def edit(services: Services, click: Click) -> Answer:
    """The composer with this very picture, for the result's thread."""

    async def later() -> None:
        job = await _result(services, click)
        file = results.file_of(job, click.picked)
        name = next(blocks.title(job, one) for one in job.pictures if one.file == file)
        await compose.open_for_edit(
            services,
            trigger=click.trigger,
            place=results.place_of(job),
            user=click.user,
            files=[Attached(file, name or None)],
            parent=job.id,
            like=job.request,
            reply_url=click.reply_url,
        )

    return Answer(later=later)


async def finalise(services: Services, click: Click) -> Answer:
    """A price card for this very picture at a higher quality or size."""

    async def later() -> Message:
        job = await _result(services, click)
        return card.offer(await results.finalise(services, job, click.picked, click.user))

    return Answer(later=later)


async def delete(services: Services, click: Click) -> Answer:
    """Take the result away; its asker and admins."""

    async def later() -> Message:
        known = await results.details(services, click.place.team, names.ref(click.value).job)
        await results.delete(services, known.job, click.user)
        return card.closed("Deleted. What was charged stays charged.")

    return Answer(later=later)


async def details(services: Services, click: Click) -> Answer:
    """Everything about a job, for whoever asks."""

    async def later() -> Message:
        known = await results.details(services, click.place.team, names.ref(click.value).job)
        label = services.catalogue.label(known.job.request.model)
        return blocks.details(known.job, label, known.lines, known.chain)

    return Answer(later=later)


async def _result(services: Services, click: Click) -> Job:
    return await results.result(services, click.place.team, names.ref(click.value).job)
