"""What people read of a job: its root message in the channel, and how it ended on the card."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from bot.core.choices import Choice, list_other_makers
from bot.core.job import Credits, Job, JobState, Place, Step, ThreadSum, Ts
from bot.engine.run import Run
from bot.slack.errors import CUT_OFF, TOKEN, SlackError, SlackRefused
from bot.store import jobs, threads
from bot.views import card, result
from bot.views.kit import Message

log = logging.getLogger(__name__)

NO_POST = {
    **dict.fromkeys(CUT_OFF, "disconnected"),
    **dict.fromkeys(("channel_not_found", "not_in_channel"), "no_place"),
    "is_archived": "archived",
    **dict.fromkeys(
        (
            "no_permission",
            "posting_to_channel_denied",
            "restricted_action",
            "restricted_action_read_only_channel",
        ),
        "posting_restricted",
    ),
    **dict.fromkeys(
        (
            "cannot_reply_to_message",
            "invalid_thread_ts",
            "message_not_found",
            "restricted_action_non_threadable_channel",
            "restricted_action_thread_locked",
            "thread_not_found",
        ),
        "thread_gone",
    ),
    **dict.fromkeys(("msg_blocks_too_long", "msg_too_long"), "message_too_long"),
}
"""Faults by Slack's words: https://docs.slack.dev/reference/methods/chat.postMessage."""


def fault_of(refusal: SlackRefused) -> str:
    """The fault of a job whose root message Slack refuses."""
    return NO_POST.get(refusal.code, "message_refused")


async def announce(run: Run, job: Job) -> Job:
    """Post the root message: who asked, what, at which price. Found again after a lost answer.

    Where the submit follows at once, its `ts` is written with that.
    """
    slack, place = run.services.slack, job.place

    async def act() -> Ts:
        return await slack.post(
            place.channel, render_root(run, job), thread=place.thread, mark=job.id
        )

    async def look() -> Ts | None:
        return await slack.find_post(place.channel, job.id, thread=place.thread, since=job.created)

    job, root = await run.effect(job, Step.ANNOUNCE, act=act, look=look)
    if job.state is JobState.QUEUED and not job.request.inputs and not run.slots.locked():
        return replace(job, pending_step=None, root=root)
    return await run.record(job, pending_step=None, root=root)


def show_progress(run: Run, job: Job) -> None:
    """Edit the status line of the root message, when there is room for it; nobody waits for it."""
    if job.root is not None:
        run.services.tasks.spawn(
            run.services.edits.progress(job.place.channel, job.root, render_root(run, job))
        )


def render_root(
    run: Run, job: Job, *, pictures: bool = False, thread: ThreadSum | None = None
) -> Message:
    """A job's root message as it is in its present state."""
    catalogue = run.services.catalogue
    instead: Sequence[Choice] = ()
    if job.state is JobState.FAILED and job.request.prompt:
        instead = list_other_makers(catalogue, job.request)
    label = catalogue.label(job.request.model)
    return result.render_root(job, label, pictures=pictures, thread=thread, instead=instead)


async def update_root(run: Run, job: Job) -> None:
    """Say in the root message how it stands, if Slack lets it be edited."""
    if job.root is None:
        return
    try:
        await run.services.edits.final(job.place.channel, job.root, render_root(run, job))
    except SlackRefused as error:
        log.info("job %s: the root message cannot be edited: %s", job.id, error)


async def update_thread(run: Run, thread: Place) -> None:
    """Keep the line of the thread's root message true that says what the whole thread has cost."""
    first = await run.services.db.query(lambda tx: threads.root_job(tx, thread))
    if first is None or first.state is not JobState.DONE or first.deleted:
        return  # not ours, or it will tell by itself when it is done
    try:
        await show_result(run, first)
    except SlackError as error:  # the line is a courtesy; the next result tells it again
        log.info("job %s: the thread's line cannot be edited: %s", first.id, error)


async def sum_thread(run: Run, job: Job) -> ThreadSum:
    """What the thread under a job's root message has come to."""
    place = replace(job.place, thread=job.root)
    return await run.services.db.query(lambda tx: threads.thread_sum(tx, place))


async def show_result(run: Run, job: Job) -> ThreadSum:
    """The root message as it stays: charged, with the pictures once Slack has processed them.

    In a thread without them: their files stand right below it. What its thread has come to, as it
    says.
    """
    edits, channel, root = run.services.edits, job.place.channel, job.root
    if root is None:
        raise AssertionError(f"{job.id} is delivered without a root message")
    whole = await sum_thread(run, job)
    alone = ThreadSum(len(job.pictures), job.charged or Credits(0))
    thread = whole if whole != alone else None
    shows = job.place.thread is None
    for number, seconds in enumerate((*run.services.pace.processed_looks, None)):
        try:
            await edits.final(channel, root, render_root(run, job, pictures=shows, thread=thread))
        except SlackRefused as error:
            if error.code in TOKEN:
                raise  # said once that is mended
            if not error.unprocessed_file:
                log.info("job %s: the root message cannot be edited: %s", job.id, error)
                return whole
        else:
            return whole
        if number == 0:
            await edits.final(channel, root, render_root(run, job, thread=thread))
        if seconds is not None:
            await run.pause(seconds)
    return whole


async def follow_deletion(run: Run, job: Job) -> Job:
    """A result was deleted: the line of its thread's root message follows."""
    await update_thread(run, job.place)
    return await run.record(job, pending_step=None)


async def announce_outcome(run: Run, job: Job) -> Job:
    """Say how a job ended that has no picture to show: in the root message and on the card.

    The card's address needs no token: where Slack refuses ours, it is all that the asker sees.
    """
    refusal = await _say_in_root(run, job)
    if job.pending_step is Step.TELL:
        await _say_on_card(run, job)
    if refusal is not None:
        await run.record(job, pending_step=Step.TELL_ROOT)
        raise refusal
    return await run.record(job, pending_step=None)


async def _say_in_root(run: Run, job: Job) -> SlackRefused | None:
    """Say it there; what Slack says where only the token is in the way."""
    services, place = run.services, job.place
    try:  # stopped while its message was being posted, the answer with the `ts` was not written
        root = job.root or await services.slack.find_post(
            place.channel, job.id, thread=place.thread, since=job.created
        )
        if root is not None:
            await services.edits.final(place.channel, root, render_root(run, job))
    except SlackRefused as error:  # the message or the channel is gone; the card still says it
        if error.code in TOKEN:
            return error
        log.info("job %s: the root message cannot be edited: %s", job.id, error)
    return None


async def _say_on_card(run: Run, job: Job) -> None:
    services, place = run.services, job.place
    reply_url = await services.db.query(lambda tx: jobs.reply_url(tx, job))
    try:
        if reply_url is None or not await services.slack.respond(reply_url, card.render_ended(job)):
            await services.slack.ephemeral(
                place.channel, job.asker, card.render_ended(job), thread=place.thread
            )
    except SlackError as error:  # an ephemeral is a courtesy; the root message is the record
        log.info("job %s: the card cannot be changed: %s", job.id, error)
