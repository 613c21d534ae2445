"""Delivering what is paid for: from the provider to Slack, into the thread of its root message.

Delivering costs nothing and may be tried as often as needed; each picture is shared once. An
address that fails is asked for again, for a day. A picture that Slack does not take where it was
asked for goes to its asker's direct message. Where that cannot be, or Slack takes no files at all,
the picture is kept, told of, and tried again by the dispatcher, up to a minute apart, until Slack
takes it.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from bot import metrics
from bot.core.errors import HITCHES
from bot.core.job import ChannelId, FileId, Job, JobState, Picture, Step
from bot.core.notices import Notice, Trouble
from bot.engine.messages import (
    show_progress,
    show_result,
    sum_thread,
    update_root,
    update_thread,
)
from bot.engine.run import Run
from bot.engine.steps import report_fault
from bot.pixapi.answers import Finished, Image
from bot.pixapi.errors import PictureError, PixapiError
from bot.pixapi.pictures import OpenPicture, with_length
from bot.slack.errors import TOKEN, SlackRefused
from bot.slack.files import GONE, SHARE
from bot.store import jobs, notices, pictures
from bot.store.db import Tx
from bot.views import result

log = logging.getLogger(__name__)

ENDINGS = {"image/jpeg": "jpg", "image/x-icon": "ico"}
"""Of files' names, where it is not the second half of the type."""

TRYING = timedelta(hours=24)
"""How long after its request a picture is fetched again: outages pass, addresses do not come back
after days."""


MOST_KEPT = 32 * 1024 * 1024
"""Bytes of a picture that waits; a larger one is not kept but fetched again."""


OUT_OF_REACH = frozenset(
    {
        "cannot_reply_to_message",
        "channel_not_found",
        "invalid_channel",
        "invalid_thread_ts",
        "is_archived",
        "message_not_found",
        "no_permission",
        "not_in_channel",
        "posting_to_channel_denied",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_locked",
        "thread_not_found",
    }
)
"""Slack's words for a place where Easel cannot post any more, whatever the files are."""


async def deliver(run: Run, job: Job) -> Job:
    """Share the pictures in the thread, show them in the root message, and be done."""
    show_progress(run, job)
    if not all(picture.shared for picture in job.pictures):
        try:
            job = await _share(run, job)
        except SlackRefused as refusal:
            if refusal.code in HITCHES:
                await wait_for_slack(run, job, refusal.code)
            raise
    if job.state is JobState.FAILED:
        return job
    shown = await show_result(run, replace(job, state=JobState.DONE))
    if job.place.thread is not None:
        await update_thread(run, job.place)
    job = await run.record(job, state=JobState.DONE)
    if shown != await sum_thread(run, job):  # a result that came meanwhile left the line to us
        await show_result(run, job)
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
            if _is_lost(run, job, error):
                return await _give_up(run, job)
            job = await _renew_addresses(run, job)
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
        kept = await run.services.db.query(lambda tx: pictures.content(tx, job, picture.number))
        image = Image(content=kept)
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


def _is_lost(run: Run, job: Job, error: PictureError) -> bool:
    """Whether trying once more is of no use: it is no picture for Slack, or it has been a day."""
    if error.code == "too_large" or job.submitted is None:
        return True
    return run.services.clock() >= job.submitted + TRYING


async def _renew_addresses(run: Run, job: Job) -> Job:
    """Ask Pixapi where the pictures are now; the job with the addresses that it names."""
    if job.task is None:  # a sync answer names them once
        return job
    try:
        answer = await run.services.pixapi.poll(job.task)
    except PixapiError as error:
        log.info("job %s: no fresh address: %s", job.id, error)
        return job
    if not isinstance(answer, Finished) or len(answer.images) != len(job.pictures):
        return job  # where one was given up, nobody can tell which is which
    for picture, image in zip(job.pictures, answer.images, strict=True):
        source, number = image.url, picture.number
        if source is not None and source != picture.source != pictures.STORED:

            async def write(tx: Tx, job: Job = job, number: int = number, to: str = source) -> Job:
                return await pictures.moved(tx, job, number, to)

            job = await run.write(write)
    return job


async def _give_up(run: Run, job: Job) -> Job:
    """The job ends without its picture, which was charged as it arrived: its asker is told so."""

    async def write(tx: Tx) -> Job:
        fault = "picture_lost"
        lost = await jobs.record(tx, job, JobState.FAILED, pending_step=Step.TELL, fault=fault)
        await report_fault(run.services, tx, lost)
        return lost

    lost = await run.write(write)
    metrics.jobs.labels("failed").inc()
    log.warning("job %s: its paid picture is given up", job.id)
    return lost


async def redirect(run: Run, job: Job, code: str) -> Job:
    """From now on a paid picture is on its way to its asker's direct message, and says why.

    Its amounts stay booked where it was asked for. Where there is none either it waits, and the
    admins are told. Raises `SlackError`.
    """
    channel = await _direct(run, job)
    if channel is None:
        await wait_for_slack(run, job, "nowhere")
        raise SlackRefused(code, "chat.postMessage")
    log.warning("job %s goes to a direct message: %s", job.id, code)
    moved = await run.write(lambda tx: jobs.redirect(tx, job, channel, code))
    await update_root(run, replace(moved, place=job.place, root=job.root))
    return moved


async def _direct(run: Run, job: Job) -> ChannelId | None:
    """The asker's direct message; None where there is none, or it is what cannot be posted in."""
    try:
        channel = await run.services.slack.direct_channel(job.asker, fresh=True)
    except SlackRefused as refusal:
        if refusal.code in TOKEN:
            raise
        log.info("job %s: its asker cannot be written to: %s", job.id, refusal)
        return None
    return channel if channel != job.place.channel else None


async def wait_for_slack(run: Run, job: Job, code: str) -> Job:
    """Say in the root message why it waits, once, and to the admins, once a day; keep the bytes."""
    log.warning("job %s waits: %s", job.id, code)
    if job.waits_for != code:
        job = await _keep(run, job)
        await update_root(run, replace(job, waits_for=code))

    async def write(tx: Tx) -> Job:
        now = run.services.clock()
        key = f"provider:{code}:{run.services.rules.calendar.day(now)}"
        await notices.add(tx, Notice(job.place.team, key, Trouble(code)), now)
        return await jobs.record(tx, job, pending_step=None, waits_for=code)

    return await run.write(write)


async def _keep(run: Run, job: Job) -> Job:
    """Keep the bytes of pictures that wait: an address of the provider's may not live that long."""
    for picture in job.pictures:
        if picture.source == pictures.STORED:
            continue
        try:
            content = await _read(run, picture)
        except PictureError as error:  # the delivery meets it as well, and goes on trying
            log.warning("job %s: picture %d is not kept: %s", job.id, picture.number, error)
            continue
        if content is not None:
            job = await _store(run, job, picture, content)
    return job


async def _store(run: Run, job: Job, picture: Picture, content: bytes) -> Job:
    return await run.write(lambda tx: pictures.keep_content(tx, job, picture.number, content))


async def _read(run: Run, picture: Picture) -> bytes | None:
    """A picture's bytes; None for one that is too large to be kept."""
    found = bytearray()
    async with run.services.pixapi.open(Image(url=picture.source)) as opened:
        async for chunk in opened.chunks:
            found += chunk
            if len(found) > MOST_KEPT:
                return None
    return bytes(found)
