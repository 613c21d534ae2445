"""Telling and delivering: the root message, the files in its thread, how it ended.

Delivering costs nothing and may be tried as often as needed; each picture is shared once.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from bot import metrics
from bot.core.errors import HITCHES
from bot.core.job import (
    ChannelId,
    Credits,
    FileId,
    Job,
    JobState,
    Picture,
    Place,
    Step,
    ThreadSum,
    Ts,
)
from bot.engine import fetch, roots, waits
from bot.engine.run import Run
from bot.pixapi.answers import Image
from bot.pixapi.errors import PictureError
from bot.pixapi.pictures import OpenPicture, with_length
from bot.slack.errors import CUT_OFF, TOKEN, SlackError, SlackRefused
from bot.slack.files import GONE, SHARE
from bot.store import jobs, pictures, threads
from bot.store.db import Tx
from bot.views import card, result

log = logging.getLogger(__name__)

ENDINGS = {"image/jpeg": "jpg", "image/x-icon": "ico"}
"""Of files' names, where it is not the second half of the type."""


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
        return await slack.post(place.channel, roots.of(run, job), thread=place.thread, mark=job.id)

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
            run.services.edits.progress(job.place.channel, job.root, roots.of(run, job))
        )


async def deliver(run: Run, job: Job) -> Job:
    """Share the pictures in the thread, show them in the root message, and be done."""
    show_progress(run, job)
    if not all(picture.shared for picture in job.pictures):
        try:
            job = await _share(run, job)
        except SlackRefused as refusal:
            if refusal.code in HITCHES:
                await waits.wait(run, job, refusal.code)
            raise
    if job.state is JobState.FAILED:
        return job
    shown = await _show(run, replace(job, state=JobState.DONE))
    if job.place.thread is not None:
        await _retell(run, job.place)
    job = await run.record(job, state=JobState.DONE)
    if shown != await _thread_sum(run, job):  # a result that came meanwhile left the line to us
        await _show(run, job)
    metrics.jobs.labels("done").inc()
    return job


async def _share(run: Run, job: Job) -> Job:
    """Upload what is not in doubt, then share all files with one call; failed if one is lost."""
    slack, channel = run.services.slack, job.place.channel
    thread = job.place.thread or job.root
    if thread is None:
        raise AssertionError(f"{job.id} is delivered without a root message")
    if job.pending_step is not Step.SHARE:
        job = await _upload_all(run, job)
        if job.state is JobState.FAILED:
            return job

    async def act() -> bool:
        files = [
            (picture.file, result.title(job, picture))
            for picture in job.pictures
            if picture.file is not None
        ]
        await slack.share(files, channel, thread=thread)
        return True

    async def look() -> bool | None:
        return await _is_shared(run, channel, job)

    async def intend(tx: Tx) -> Job:
        return await pictures.share_begun(tx, job)

    try:
        uploaded, _ = await run.effect(job, Step.SHARE, act=act, look=look, intend=intend)
    except SlackRefused as refusal:
        if refusal.method != SHARE:
            raise
        if refusal.code in GONE and await _took_effect(run, channel, job):
            return await run.write(lambda tx: pictures.shared(tx, job))
        # Not shared: the next try begins with fresh uploads.
        await run.record(job, pending_step=None)
        raise
    return await run.write(lambda tx: pictures.shared(tx, uploaded))


async def _took_effect(run: Run, channel: ChannelId, job: Job) -> bool:
    """Whether the files that Slack takes for sharing no more are there, from a share before.

    Otherwise they are deleted: one that still is on its way would come beside its fresh upload.
    """
    files = [picture.file for picture in job.pictures if picture.file is not None]
    if await _are_in(run, channel, files):
        return True
    for file in files:
        await run.services.slack.delete_file(file)
    return False


async def _upload_all(run: Run, job: Job) -> Job:
    """Fetch every picture from the provider and send it to Slack.

    An address that fails meanwhile is renewed and tried again: the picture is paid for. Failed when
    it is lost for good.
    """
    pace = run.services.pace
    wait, left = pace.fetch_retry, [picture.number for picture in job.pictures]
    while left:
        picture = job.pictures[left[0] - 1]
        try:
            job = await _upload(run, job, picture)
            left.remove(picture.number)
        except PictureError as error:
            log.warning("job %s: picture %d is not handed out: %s", job.id, picture.number, error)
            if fetch.is_lost(run, job, error):
                return await fetch.give_up(run, job)
            job = await fetch.renew(run, job)
            await run.pause(wait)
            wait = min(wait * 2, pace.fetch_retry_most)
    return job


async def _upload(run: Run, job: Job, picture: Picture) -> Job:
    """Send one picture's bytes to Slack, chunk by chunk; unshared, they are seen by nobody."""
    slack = run.services.slack
    ending = ENDINGS.get(picture.mime) or picture.mime.partition("/")[2]
    name = f"easel-{job.id[-8:].lower()}-{picture.number}.{ending}"
    async with _open(run, job, picture) as opened, with_length(opened) as (length, chunks):
        upload = await slack.upload_address(name, length, result.alt(job, picture))
        await slack.send_bytes(upload, chunks, length, picture.mime)
    return pictures.with_picture(job, picture.number, file=upload.file)


@asynccontextmanager
async def _open(run: Run, job: Job, picture: Picture) -> AsyncIterator[OpenPicture]:
    """A picture's bytes: from the provider, or from the database."""
    image = Image(url=picture.source)
    if picture.source == pictures.STORED:
        async with run.services.db.read() as tx:
            image = Image(content=await pictures.content(tx, job, picture.number))
    async with run.services.pixapi.open(image) as opened:
        yield opened


async def _is_shared(run: Run, channel: ChannelId, job: Job) -> bool | None:
    """Whether all files are in the channel; sharing is asynchronous, so it looks a few times."""
    files = [picture.file for picture in job.pictures if picture.file is not None]
    for seconds in run.services.pace.share_looks:
        await run.pause(seconds)
        if await _are_in(run, channel, files):
            return True
    return None


async def _are_in(run: Run, channel: ChannelId, files: list[FileId]) -> bool:
    infos = [await run.services.slack.file(file) for file in files]
    return all(channel in info.shared_in for info in infos)


async def _retell(run: Run, thread: Place) -> None:
    """Keep the line of the thread's root message true that says what the whole thread has cost."""
    async with run.services.db.read() as tx:
        first = await threads.root_job(tx, thread)
    if first is None or first.state is not JobState.DONE or first.deleted:
        return  # not ours, or it will tell by itself when it is done
    try:
        await _show(run, first)
    except SlackError as error:  # the line is a courtesy; the next result tells it again
        log.info("job %s: the thread's line cannot be edited: %s", first.id, error)


async def _thread_sum(run: Run, job: Job) -> ThreadSum:
    """What the thread under a job's root message has come to."""
    async with run.services.db.read() as tx:
        return await threads.thread_sum(tx, replace(job.place, thread=job.root))


async def _show(run: Run, job: Job) -> ThreadSum:
    """The root message as it stays: charged, with the pictures once Slack has processed them.

    In a thread without them: their files stand right below it. What its thread has come to, as it
    says.
    """
    edits, channel, root = run.services.edits, job.place.channel, job.root
    if root is None:
        raise AssertionError(f"{job.id} is delivered without a root message")
    whole = await _thread_sum(run, job)
    alone = ThreadSum(len(job.pictures), job.charged or Credits(0))
    thread = whole if whole != alone else None
    shows = job.place.thread is None
    for number, seconds in enumerate((*run.services.pace.processed_looks, None)):
        try:
            await edits.final(channel, root, roots.of(run, job, pictures=shows, thread=thread))
        except SlackRefused as error:
            if error.code in TOKEN:
                raise  # said once that is mended
            if not error.unprocessed_file:
                log.info("job %s: the root message cannot be edited: %s", job.id, error)
                return whole
        else:
            return whole
        if number == 0:
            await edits.final(channel, root, roots.of(run, job, thread=thread))
        if seconds is not None:
            await run.pause(seconds)
    return whole


async def retell(run: Run, job: Job) -> Job:
    """A result was deleted: the line of its thread's root message follows."""
    await _retell(run, job.place)
    return await run.record(job, pending_step=None)


async def tell(run: Run, job: Job) -> Job:
    """Say how a job ended that has no picture to show: in the root message and on the card.

    The card's address needs no token: where Slack refuses ours, it is all that the asker sees.
    """
    refusal = await _tell_in_root(run, job)
    if job.pending_step is Step.TELL:
        await _tell_on_card(run, job)
    if refusal is not None:
        await run.record(job, pending_step=Step.TELL_ROOT)
        raise refusal
    return await run.record(job, pending_step=None)


async def _tell_in_root(run: Run, job: Job) -> SlackRefused | None:
    """Say it there; what Slack says where only the token is in the way."""
    services, place = run.services, job.place
    try:  # stopped while its message was being posted, the answer with the `ts` was not written
        root = job.root or await services.slack.find_post(
            place.channel, job.id, thread=place.thread, since=job.created
        )
        if root is not None:
            await services.edits.final(place.channel, root, roots.of(run, job))
    except SlackRefused as error:  # the message or the channel is gone; the card still says it
        if error.code in TOKEN:
            return error
        log.info("job %s: the root message cannot be edited: %s", job.id, error)
    return None


async def _tell_on_card(run: Run, job: Job) -> None:
    services, place = run.services, job.place
    async with services.db.read() as tx:
        reply_url = await jobs.reply_url(tx, job)
    try:
        if reply_url is None or not await services.slack.respond(reply_url, card.render_ended(job)):
            await services.slack.ephemeral(
                place.channel, job.asker, card.render_ended(job), thread=place.thread
            )
    except SlackError as error:  # an ephemeral is a courtesy; the root message is the record
        log.info("job %s: the card cannot be changed: %s", job.id, error)
