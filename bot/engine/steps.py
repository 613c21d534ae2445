"""A confirmed job's way through Pixapi: one function per state, each ending in a written step.

What Pixapi did that admins have to hear of (prices that differ, faults that only they can mend) is
written in the transaction that books it, and told once a day, however many requests it met.

queued ── submit ──> running ── poll ──> delivering        (settled: the charge is known)
└──────────────────┴──────> failed | unknown  (released, or held until known)
unknown ── look_again ──> delivering | failed (where there is a task to ask for)
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TypedDict

from bot import metrics
from bot.core.budget import NOTHING
from bot.core.catalogue import Charge, compute_charge, takes_masks
from bot.core.errors import FAULTS, ChargeEffect, Mistake
from bot.core.job import Credits, Job, JobState, Picture, Step
from bot.core.notices import Discrepancy, Notice, Trouble
from bot.engine.inputs import Fetched, fetched
from bot.engine.messages import show_progress
from bot.engine.run import Run
from bot.pixapi.answers import Finished, Image, Submitted
from bot.pixapi.errors import (
    BadAnswer,
    NotSent,
    PictureError,
    PixapiError,
    Rejected,
    TaskFailed,
    TaskVanished,
)
from bot.services import Services
from bot.store import alerts, budget, jobs, notices, pictures
from bot.store.db import Tx
from bot.store.errors import Stale

log = logging.getLogger(__name__)

LOOKS = 3  # polls that may bring a fresh address, before a picture among others is given up


async def submit(run: Run, job: Job) -> Job:
    """Send the request to Pixapi, once: the only step that spends."""
    services, slack = run.services, run.services.slack
    async with AsyncExitStack() as stack:
        try:  # before the record that puts it in doubt: nothing is spent yet
            files = await stack.enter_async_context(fetched(services, job.request))
        except Mistake as error:
            log.debug("job %s: %s", job.id, error)
            return await fail(run, job, "disconnected" if slack.cut_off else "input_gone", None)
        run.check()
        if slack.cut_off:  # it could not be delivered, and nobody knows for how long
            return await fail(run, job, "disconnected", None)
        with run.submits.out():
            job = await run.record(
                job,
                state=JobState.SUBMITTING,
                submitted=services.clock(),
                root=job.root,
                pending_step=None,
            )
            show_progress(run, job)
            return await _send(run, job, files)


async def _send(run: Run, job: Job, files: Fetched) -> Job:
    """The request leaves, and what became of it is written."""
    mask = files.mask if takes_masks(job.request.model) else None  # its card has said so
    try:
        answer = await run.services.pixapi.submit(job.request, files.inputs, mask)
    except Rejected as error:  # a redirect: nobody followed it, so the address is the wrong one
        code = "not_found" if error.code == "redirected" else error.code
        return await fail(run, job, code, error)
    except NotSent as error:
        return await fail(run, job, "unreachable", error)
    except PixapiError as error:  # in doubt, or an answer that nobody can read
        return await lose(run, job, "submit_lost", error)
    match answer:
        case Submitted(task, request_id):
            try:
                return await run.record(
                    job, state=JobState.RUNNING, task=task, request_id=request_id
                )
            except Stale:  # this process was thought dead meanwhile, and the job is not known
                await run.write(lambda tx: jobs.late(tx, job, task, request_id))
                raise
        case Finished():
            try:
                return await settle(run, job, answer)
            except PictureError as error:
                return await lose(run, job, "unreadable", error)


async def in_doubt(run: Run, job: Job) -> Job:
    """A start found the job where its request may or may not have left: never sent again."""
    return await lose(run, job, "submit_lost", None)


async def poll(run: Run, job: Job) -> Job:
    """Ask for the task until it ends or the deadline passes; waits grow to `pace.poll_most`.

    What is left of it is asked of the clock once: one that jumps meanwhile changes nothing, and
    one that was put back since the submit does not prolong it.
    """
    services = run.services
    if job.task is None or job.submitted is None:
        raise AssertionError(f"{job.id} is running without a task")
    wait = services.poll_seconds
    past = (services.clock() - job.submitted).total_seconds()
    now = asyncio.get_running_loop().time
    until = now() + services.deadline_seconds - max(past, 0)
    lost, looks = "too_long", 0
    while True:
        trouble: PixapiError | None = None
        try:
            answer = await services.pixapi.poll(job.task)
            if isinstance(answer, Finished):
                looks += 1
                return await settle(run, job, answer, part=looks >= LOOKS or now() >= until)
        except TaskFailed as error:
            return await fail(run, job, _known(error.code, "task_failed"), error)
        except TaskVanished as error:
            return await lose(run, job, "task_lost", error)
        except (PictureError, BadAnswer) as error:  # made, but not to be fetched at the moment
            trouble, lost = error, "unreadable"
        except PixapiError as error:  # the task goes on whether or not we can ask
            trouble = error
        if trouble is not None:
            log.info("polling job %s: %s", job.id, trouble)
        if now() >= until:
            return await lose(run, job, lost, trouble)
        await run.pause(wait)
        wait = min(wait * 1.5, run.services.pace.poll_most)


async def look_again(run: Run, job: Job) -> Job:
    """Ask once more for a task that is not known: what it has come to by now, or nothing new.

    An admin who decides meanwhile was first: nothing is written then (`Stale`).
    """
    if job.task is None:
        raise AssertionError(f"{job.id} is looked up without a task")
    try:
        answer = await run.services.pixapi.poll(job.task)
        if isinstance(answer, Finished):
            return await settle(run, job, answer)
    except TaskFailed as error:
        return await fail(run, job, _known(error.code, "task_failed"), error)
    except PixapiError as error:
        log.info("job %s is still not known: %s", job.id, error)
    return await run.record(job, pending_step=None)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A picture that can be delivered, with its bytes where the answer itself held them."""

    picture: Picture
    content: bytes | None


async def settle(run: Run, job: Job, outcome: Finished, *, part: bool = True) -> Job:
    """What arrived is known: charge it, and go on to deliver.

    Raises `PictureError` if no picture can be opened, or not all and `part` will not do. Those that
    the provider made and that cannot be opened are billed by it all the same: they count at the
    agreed price unless its own `costCredits` says otherwise.
    """
    services = run.services
    cost = outcome.cost_credits
    if not outcome.images:
        return await fail(run, job, "empty", None, charged=Credits(cost or 0))
    arrived: list[Arrived] = []
    trouble: PictureError | None = None
    for number, image in enumerate(outcome.images, 1):
        try:
            arrived.append(await _look_at(run, len(arrived) + 1, image))
        except PictureError as error:
            trouble = error
            log.info("job %s: picture %d cannot be opened: %s", job.id, number, error)
    if trouble is not None and not (part and arrived):
        raise trouble
    if unseen := len(outcome.images) - len(arrived):
        log.warning("job %s: %d of its pictures cannot be opened", job.id, unseen)
    charge = compute_charge(
        services.catalogue,
        job,
        [one.picture.size for one in arrived],
        cost,
        unseen=unseen,
    )

    async def write(tx: Tx) -> Job:
        await budget.lock(tx, job.place.team, services.clock())
        settled = await jobs.record(
            tx,
            job,
            state=JobState.DELIVERING,
            pending_step=None,
            fault=None,  # of a job that was not known until now
            detail=None,
            charged=charge.credits,
            computed=charge.computed,
            request_id=outcome.request_id or job.request_id,
        )
        kept = [(one.picture, one.content) for one in arrived]
        settled = await pictures.keep(tx, settled, kept)
        await budget.charge(tx, settled, charge.credits, services.clock())
        await _report_charge(services, tx, settled, charge)
        return settled

    settled = await run.write(write)
    _count_charge(job, charge)
    return settled


async def _look_at(run: Run, number: int, image: Image) -> Arrived:
    """Read a picture's first bytes: its real pixels and type."""
    async with run.services.pixapi.open(image) as opened:
        return Arrived(
            Picture(
                number=number,
                size=opened.size,
                mime=opened.mime,
                source=image.url or pictures.STORED,
                length=opened.length,
            ),
            image.content,
        )


async def fail(
    run: Run, job: Job, code: str, error: PixapiError | None, charged: Credits = NOTHING
) -> Job:
    """The job ends without a picture: its hold is released, or charged if the provider says so.

    By the price table no picture costs nothing, so that such a charge is drift.
    """
    charge = Charge(charged, computed=NOTHING)

    async def write(tx: Tx) -> Job:
        now = run.services.clock()
        await budget.lock(tx, job.place.team, now)
        failed = await jobs.record(
            tx,
            job,
            state=JobState.FAILED,
            root=job.root,
            pending_step=Step.TELL,
            charged=charge.credits,
            computed=charge.computed,
            **_why(job, _known(code, "invalid_request"), error),
        )
        if charged:
            await budget.charge(tx, failed, charged, now)
            await _report_charge(run.services, tx, failed, charge)
        else:
            await budget.release(tx, failed, now)
        await report_fault(run.services, tx, failed)
        return failed

    failed = await run.write(write)
    if charged:
        _count_charge(job, charge)
    else:
        metrics.credits_.labels("released").inc(job.price.credits)
    metrics.jobs.labels("failed").inc()
    log.info("job %s failed: %s", job.id, failed.fault)
    return failed


async def lose(run: Run, job: Job, code: str, error: PixapiError | None) -> Job:
    """Nobody knows whether it was charged: it stays held, and says so."""

    async def write(tx: Tx) -> Job:
        now = run.services.clock()
        await budget.lock(tx, job.place.team, now)
        lost = await jobs.record(
            tx, job, state=JobState.UNKNOWN, pending_step=Step.TELL, **_why(job, code, error)
        )
        await budget.mark_unknown(tx, lost, now)
        return lost

    lost = await run.write(write)
    metrics.jobs.labels("unknown").inc()
    log.warning("job %s is not known: %s", job.id, code)
    return lost


def _count_charge(job: Job, charge: Charge) -> None:
    """A charge is written: the figures and the log say what it came to."""
    metrics.credits_.labels("charged").inc(charge.credits)
    if charge.drift:
        log.warning("job %s: drift of %+d credits", job.id, charge.drift)
        metrics.drift.labels("more" if charge.drift > 0 else "less").inc(abs(charge.drift))
    elif charge.credits > job.price.credits:
        more = charge.credits - job.price.credits
        log.warning("job %s: %d credits more than were held", job.id, more)


async def _report_charge(services: Services, tx: Tx, job: Job, charge: Charge) -> None:
    """A charge that is not by the price table or is more than was held, and levels it reaches."""
    if charge.drift or charge.credits > job.price.credits:
        now = services.clock()
        kind = "drift" if charge.drift else "beyond"
        key = f"{kind}:{services.rules.calendar.day(now)}"
        about = Discrepancy(job.id, charge.credits, charge.computed, job.price.credits)
        await notices.add(tx, Notice(job.place.team, key, about), now)
    if charge.credits > job.price.credits:
        await alerts.raise_after_charge(tx, job, services.rules, services.clock())


async def report_fault(services: Services, tx: Tx, job: Job) -> None:
    """Why a job failed, where only an admin can mend it."""
    fault = FAULTS[job.fault or ""]
    if fault.admins is None:
        return
    now = services.clock()
    key = f"provider:{fault.code}:{services.rules.calendar.day(now)}"
    await notices.add(tx, Notice(job.place.team, key, Trouble(fault.code)), now)
    log.warning("%s: %s", fault.code, fault.sentence)


class _Why(TypedDict):
    fault: str
    detail: str | None
    request_id: str | None


def _why(job: Job, code: str, error: PixapiError | None) -> _Why:
    return {
        "fault": code,
        "detail": error.message if error is not None else None,
        "request_id": (error.request_id if error is not None else None) or job.request_id,
    }


def _known(code: str, otherwise: str) -> str:
    """A code of the table; words of the provider that it does not have count as `otherwise`."""
    fault = FAULTS.get(code)
    return code if fault is not None and fault.effect is ChargeEffect.RELEASED else otherwise
