"""Notices on their way: from the database to direct messages and threads, each once.

A notice is written in the transaction of what it tells of. Before a notice is posted to a target,
the process claims that target in the database; a post whose answer was lost is looked for before
it is sent again, as for a job's messages.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from uuid import uuid4

from bot.core.job import ChannelId, UserId
from bot.core.notice import Notice
from bot.core.petition import Verdict
from bot.engine import wording
from bot.services import Services
from bot.slack.errors import TOKEN, SlackError, SlackRefused
from bot.store import notices
from bot.store.errors import NotClaimed, StoreError
from bot.store.notices import Delivery, Posted

log = logging.getLogger(__name__)


class NoticeSender:
    """Sends notices, one after the other. Any number of processes may do so at once."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._process = uuid4().hex  # whose claims are ours

    async def serve(self) -> None:
        """Send what is written, by any process; what is left is sent after the next start."""
        pace, news = self._services.pace, self._services.db.news
        wait = pace.notices
        while True:
            news.clear()
            try:
                well = await self.send_all()
            except StoreError as error:  # which says so in the log by itself, once
                log.info("notices were not looked for: %s", error)
                well = False
            except Exception:  # the supervisor: the next round is another chance
                log.exception("looking for notices failed")
                well = False
            wait = pace.notices if well else min(wait * 2, pace.notices_most)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await news.wait()

    async def send_all(self) -> bool:
        """One round over everything untold; False when a notice has to be tried again."""
        async with self._services.db.read() as tx:
            found = await notices.untold(tx)
        well = True
        for notice in found:
            try:
                await self._send(notice)
            except NotClaimed:  # the next round sees to what the other process leaves
                continue
            except SlackError as error:
                log.warning("%s cannot be told at the moment: %s", notice.topic, error)
                well = False
            except StoreError as error:  # as above
                log.info("%s is not told at the moment: %s", notice.topic, error)
                well = False
            except Exception:  # the supervisor: one notice must not keep the others from being told
                log.exception("telling %s failed", notice.topic)
                well = False
        return well

    async def _send(self, notice: Notice) -> None:
        """Bring a notice to everybody it is for.

        Raises `SlackError` for what may pass, `NotClaimed` where another process tells a target: it
        tells the others, too, since Slack's rates are the workspace's.
        """
        for target in await self._targets(notice):
            async with self._services.db.read() as tx:
                known = await notices.delivery(tx, notice, target)
            if known is not None and known.has(notice.version):
                continue
            delivery = await self._claim(notice, target)
            try:
                posted = await self._bring(notice, target, delivery)
            except SlackRefused as error:  # gone, or out of reach: the others are told all the same
                if error.code in TOKEN:
                    raise
                log.warning("%s cannot be told to %s: %s", notice.topic, target, error)
                posted = None
            async with self._services.db.write() as tx:
                await notices.settle(tx, notice, target, self._process, posted)
        async with self._services.db.write() as tx:
            await notices.told(tx, notice)

    async def _targets(self, notice: Notice) -> list[str]:
        """Whom a notice is for; who is no admin any more reads how it ended, too."""
        if notice.place is not None:
            return [notice.place.channel]
        if notice.user is not None:
            return [notice.user]
        async with self._services.db.read() as tx:
            before = await notices.targets(tx, notice)
        admins = await self._services.slack.every_admin(self._services.admins)
        targets = sorted({*before, *admins})
        if not targets:
            log.warning("Slack knows no admin who could be told of: %s", notice.topic)
        return targets

    async def _claim(self, notice: Notice, target: str) -> Delivery:
        seconds = self._services.pace.notice_lease
        async with self._services.db.write() as tx:
            return await notices.claim(tx, notice, target, self._process, seconds)

    async def _bring(self, notice: Notice, target: str, delivery: Delivery) -> Posted | None:
        """Post a notice to a target, or change what stands there; None: it is not to be told."""
        slack, ts = self._services.slack, delivery.ts
        if ts is None and not await self._may_hear(notice, target):
            return None
        message = await wording.of(self._services, notice)
        if message is None:
            return None
        channel = delivery.channel or await self._channel(notice, target)
        thread = notice.place.thread if notice.place else None
        if ts is None and not delivery.is_new:  # perhaps it stands there, and reads differently
            ts = await slack.find_post(channel, notice.key, thread=thread, since=delivery.at)
        if ts is None and await self._is_over(notice):
            return None
        await self._claim(notice, target)  # once more: if it took too long, it is another's by now
        if ts is None:
            ts = await slack.post(channel, message, thread=thread, mark=notice.key)
        else:
            await slack.update(channel, ts, message)
        return Posted(channel, ts)

    async def _may_hear(self, notice: Notice, target: str) -> bool:
        """Whether somebody is an admin still whom the list of admins, hours old, has as one."""
        if notice.place is not None or notice.user is not None:
            return True
        slack, user = self._services.slack, UserId(target)
        if not slack.knows(user):
            await asyncio.sleep(self._services.pace.strangers)
        person = await slack.person(user)
        return not person.deleted and await slack.is_admin(user, self._services.admins)

    async def _channel(self, notice: Notice, target: str) -> ChannelId:
        """The conversation of a target: one that is named, or somebody's direct message."""
        if notice.place is not None:
            return notice.place.channel
        return await self._services.slack.direct_channel(UserId(target))

    async def _is_over(self, notice: Notice) -> bool:
        """Whether admins need not hear of it any more: it was decided before they could."""
        petition = await wording.petition(self._services, notice)
        return (
            petition is not None
            and notice.user is None
            and notice.place is None
            and petition.verdict is not Verdict.OPEN
        )
