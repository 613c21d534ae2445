"""Notices on their way: from the database to direct messages and threads, each once.

A notice is written in the transaction of what it tells of. Before it is posted, that is written
too; a post whose answer was lost is looked for before it is sent again, as for a job's messages.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from bot.core.job import ChannelId, Ts, UserId
from bot.core.notice import Notice
from bot.core.petition import Verdict
from bot.engine import wording
from bot.services import Services
from bot.slack.errors import TOKEN, SlackError, SlackRefused
from bot.store import notices
from bot.store.db import Tx
from bot.store.errors import NotOurs, StoreError
from bot.store.kind import Ours
from bot.store.notices import Delivery

log = logging.getLogger(__name__)


class Postman:
    """Tells what is written, one notice after the other; one process does at a time."""

    def __init__(self) -> None:
        self._news = asyncio.Event()

    def soon(self, tx: Tx) -> None:
        """Look for notices once the transaction is committed."""
        tx.after.append(self._news.set)

    async def telling(self, services: Services, ours: Ours) -> None:
        """Tell what is written, whoever wrote it; what is left is told after the next start."""
        pace = services.pace
        wait = pace.notices
        while True:
            self._news.clear()
            try:
                well = await tell_all(services, ours)
            except StoreError as error:  # which says so in the log by itself, once
                log.info("what is to be told was not looked for: %s", error)
                well = False
            except Exception:  # the supervisor: the next round is another chance
                log.exception("looking for what is to be told failed")
                well = False
            wait = pace.notices if well else min(wait * 2, pace.notices_most)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._news.wait()


async def tell_all(services: Services, ours: Ours) -> bool:
    """One round over everything untold; False when something has to be tried again."""
    async with services.db.read() as tx:
        found = await notices.untold(tx)
    well = True
    for notice in found:
        try:
            await _tell(services, notice, ours)
        except SlackError as error:
            log.warning("%s cannot be told at the moment: %s", notice.topic, error)
            well = False
        except NotOurs as error:  # the rest is another process's
            log.warning("%s is not told by this process: %s", notice.topic, error)
            return False
        except StoreError as error:  # as above
            log.info("%s is not told at the moment: %s", notice.topic, error)
            well = False
        except Exception:  # the supervisor: one notice must not keep the others from being told
            log.exception("telling %s failed", notice.topic)
            well = False
    return well


async def _tell(services: Services, notice: Notice, ours: Ours) -> None:
    """Bring a notice to everybody it is for. Raises `SlackError` for what may pass."""
    for target in await _targets(services, notice):
        async with services.db.read() as tx:
            known = await notices.delivery(tx, notice, target)
        if known is None or known.version < notice.version:
            try:
                if known is None and not await _may_hear(services, notice, target):
                    continue
                await _bring(services, notice, target, known, ours)
            except SlackRefused as error:  # gone, or out of reach: the others are told all the same
                if error.code in TOKEN:
                    raise
                log.warning("%s cannot be told to %s: %s", notice.topic, target, error)
                await _arrived(services, notice, target, None, None)
    async with services.db.write() as tx:
        await notices.told(tx, notice)


async def _targets(services: Services, notice: Notice) -> list[str]:
    """Whom a notice is for; what was told to somebody who is no admin any more is changed too."""
    if notice.place is not None:
        return [notice.place.channel]
    if notice.user is not None:
        return [notice.user]
    async with services.db.read() as tx:
        before = await notices.targets(tx, notice)
    targets = sorted({*before, *await services.slack.every_admin(services.admins)})
    if not targets:
        log.warning("Slack knows no admin who could be told of: %s", notice.topic)
    return targets


async def _may_hear(services: Services, notice: Notice, target: str) -> bool:
    """Whether somebody is an admin still whom the list of admins, hours old, has as one."""
    if notice.place is not None or notice.user is not None:
        return True
    user = UserId(target)
    if not services.slack.knows(user):
        await asyncio.sleep(services.pace.strangers)
    person = await services.slack.person(user)
    return not person.deleted and await services.slack.is_admin(user, services.admins)


async def _bring(
    services: Services, notice: Notice, target: str, known: Delivery | None, ours: Ours
) -> None:
    """Post a notice to one target, or change what stands there."""
    if known is not None and known.version and known.ts is None:
        return  # it could not be told before
    message = await wording.of(services, notice)
    if message is None:
        return  # nothing to say any more
    channel = known.channel if known is not None else None
    ts = known.ts if known is not None else None
    if channel is None:
        channel = await _channel(services, notice, target)
    thread = notice.place.thread if notice.place else None
    if known is not None and ts is None:  # in doubt, and perhaps it reads differently by now
        ts = await services.slack.find_post(channel, notice.key, thread=thread, since=known.at)
    if ts is not None:
        await ours()  # another process may have told how it was decided
        await services.slack.update(channel, ts, message)
    elif await _is_over(services, notice):
        return
    else:
        if known is None:
            async with services.db.write() as tx:
                await notices.intend(tx, notice, target, services.clock())
        await ours()
        ts = await services.slack.post(channel, message, thread=thread, mark=notice.key)
    await _arrived(services, notice, target, channel, ts)


async def _channel(services: Services, notice: Notice, target: str) -> ChannelId:
    """The conversation of a target: one that is named, or somebody's direct message."""
    if notice.place is not None:
        return notice.place.channel
    return await services.slack.direct_channel(UserId(target))


async def _is_over(services: Services, notice: Notice) -> bool:
    """Whether admins need not hear of it any more: it was decided before they could."""
    petition = await wording.petition(services, notice)
    return (
        petition is not None
        and notice.user is None
        and notice.place is None
        and petition.verdict is not Verdict.OPEN
    )


async def _arrived(
    services: Services, notice: Notice, target: str, channel: ChannelId | None, ts: Ts | None
) -> None:
    async with services.db.write() as tx:
        await notices.intend(tx, notice, target, services.clock())
        await notices.arrived(tx, notice, target, channel, ts)
