"""A picture that is paid for and that Slack does not take where it was asked for.

It goes to its asker's direct message. Where that cannot be, or Slack takes no files at all, it is
kept, told of, and tried again by the dispatcher, up to a minute apart, until Slack takes it.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from bot.core.job import ChannelId, Job, Picture
from bot.core.notices import Notice, Trouble
from bot.engine import roots
from bot.engine.run import Run
from bot.pixapi.answers import Image
from bot.pixapi.errors import PictureError
from bot.slack.errors import TOKEN, SlackRefused
from bot.store import jobs, notices, pictures
from bot.store.db import Tx

log = logging.getLogger(__name__)

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


async def redirect(run: Run, job: Job, code: str) -> Job:
    """From now on a paid picture is on its way to its asker's direct message, and says why.

    Its amounts stay booked where it was asked for. Where there is none either it waits, and the
    admins are told. Raises `SlackError`.
    """
    channel = await _direct(run, job)
    if channel is None:
        await wait(run, job, "nowhere")
        raise SlackRefused(code, "chat.postMessage")
    log.warning("job %s goes to a direct message: %s", job.id, code)
    moved = await run.write(lambda tx: jobs.redirect(tx, job, channel, code))
    await roots.say(run, replace(moved, place=job.place, root=job.root))
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


async def wait(run: Run, job: Job, code: str) -> Job:
    """Say in the root message why it waits, once, and to the admins, once a day; keep the bytes."""
    log.warning("job %s waits: %s", job.id, code)
    if job.waits_for != code:
        job = await _keep(run, job)
        await roots.say(run, replace(job, waits_for=code))

    async def write(tx: Tx) -> Job:
        now = run.services.clock()
        key = f"provider:{code}:{run.services.rules.calendar.day(now)}"
        notice = Notice(job.place.team, key, Trouble(code))
        await notices.add(tx, notice, now)
        return await jobs.record(tx, job, pending_step=None, waits_for=code)

    return await run.write(write)


async def _keep(run: Run, job: Job) -> Job:
    """Keep the bytes of pictures that wait: an address of the provider's may not live that long."""
    for picture in job.pictures:
        if picture.source == pictures.STORED:
            continue
        try:
            content = await _content(run, picture)
        except PictureError as error:  # the delivery meets it as well, and goes on trying
            log.warning("job %s: picture %d is not kept: %s", job.id, picture.number, error)
            continue
        if content is not None:
            job = await _store(run, job, picture, content)
    return job


async def _store(run: Run, job: Job, picture: Picture, content: bytes) -> Job:
    return await run.write(lambda tx: pictures.keep_content(tx, job, picture.number, content))


async def _content(run: Run, picture: Picture) -> bytes | None:
    """A picture's bytes; None for one that is too large to be kept."""
    found = bytearray()
    async with run.services.pixapi.open(Image(url=picture.source)) as opened:
        async for chunk in opened.chunks:
            found += chunk
            if len(found) > MOST_KEPT:
                return None
    return bytes(found)
