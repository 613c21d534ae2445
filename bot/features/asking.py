"""Asking the admins for more credits: the form, and what is submitted in it, once."""

from __future__ import annotations

from uuid import uuid5

from bot.core.budget import lacking
from bot.core.errors import Refused
from bot.core.job import Credits, Job, JobId, JobState, TeamId, UserId
from bot.core.petition import Petition, PetitionId, Wish
from bot.features import answers
from bot.features.answers import UNCHANGED
from bot.features.composer import FORMS
from bot.features.confirm import FORGOTTEN
from bot.services import Services
from bot.store import budget, jobs
from bot.store import petitions as store
from bot.store.db import Tx
from bot.views import petition_forms, verdicts
from bot.views.kit import Message
from bot.views.petition_forms import Asking

NOT_HERE = "Ask in the channel that it is for, with /image-quota there. Nothing was sent."
OVER = "This picture was confirmed or cancelled meanwhile. Nothing was sent."
NOT_YOURS = "Only the person who asked for this picture can do that. Nothing was sent."


async def open_asking(
    services: Services, trigger: str, team: TeamId, user: UserId, asking: Asking
) -> Message | None:
    """Open the form, or say that this is asked already. Raises `Refused`, `Busy`."""
    if not asking.channel:
        raise Refused(NOT_HERE)
    place = asking.place(team)
    async with services.db.promptly_read() as tx:
        job = await _offer(tx, team, user, asking.job)
        place = job.place if job else place
        present = await store.open_of(tx, place, user, asking.job, services.clock())
        stand = await budget.statuses(
            tx, team, place.channel, user, services.today(), services.rules
        )
    if present is not None:
        return verdicts.asked_already()
    short = lacking(job.price.credits, stand) if job else []
    await answers.open_form(services, trigger, petition_forms.ask(asking, job, short), UNCHANGED)
    return None


async def ask(
    services: Services,
    team: TeamId,
    user: UserId,
    view: str,
    asking: Asking,
    credits: Credits,
    why: str,
) -> Message:
    """Write what was submitted, and tell the admins; a form that arrives twice is one petition.

    Raises `Refused` where the picture is no offer any more, `Busy`.
    """
    own = PetitionId(uuid5(FORMS, f"{team}/{view}").hex)
    async with services.db.promptly() as tx:
        now = services.clock()
        await budget.lock(tx, team, now)  # of two forms for one picture the second sees the first
        if await store.get(tx, team, own) is not None:
            return verdicts.sent()
        job = await _offer(tx, team, user, asking.job)
        place = job.place if job else asking.place(team)
        if await store.open_of(tx, place, user, asking.job, now) is not None:
            return verdicts.asked_already()
        wish = Petition(own, Wish.MORE, place, user, asking.job, credits, why, asked=now)
        await store.add(tx, wish)
    return verdicts.sent()


async def _offer(tx: Tx, team: TeamId, user: UserId, job_id: JobId | None) -> Job | None:
    """The picture that it is for, if it is for one. Raises `Refused` unless it is their offer."""
    if job_id is None:
        return None
    job = await jobs.get(tx, team, job_id)
    if job is None:
        raise Refused(FORGOTTEN)
    if job.state is not JobState.OFFERED:
        raise Refused(OVER)
    if job.asker != user:
        raise Refused(NOT_YOURS)
    return job
