"""Decisions, and notices on their way: from the database to messages and threads, each once.

A notice is written in the transaction of what it tells of. Before a notice is posted to a target,
the process claims that target in the database; a post whose answer was lost is looked for before
it is sent again, as for a job's messages.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import assert_never
from uuid import uuid4

from bot import metrics
from bot.core.job import ChannelId, Credits, UserId
from bot.core.notices import Alert, Discrepancy, Notice, RequestDecided, RequestMade, Trouble
from bot.core.requests import ApprovalRequest, Decision, Outcome, RequestKind
from bot.services import Services
from bot.slack.errors import TOKEN, SlackError, SlackRefused
from bot.store import budget, jobs, notices, requests
from bot.store.db import Tx
from bot.store.errors import NotClaimed, StoreError
from bot.store.notices import Delivery, Posted
from bot.views import notices as blocks
from bot.views import requests as request_blocks
from bot.views.kit import Message

log = logging.getLogger(__name__)


async def decide(
    services: Services, tx: Tx, request: ApprovalRequest, decision: Decision
) -> ApprovalRequest | None:
    """Decide a request, if nobody did before; None then, or when its time is over.

    Inside the caller's transaction, under the workspace's budget lock. The job of an approval is
    woken: it goes on, or says that it does not.
    """
    decided = await requests.decide(tx, request, decision)
    if decided is None:
        return None
    if decided.kind is RequestKind.APPROVAL and decided.job is not None:
        if decision.outcome is not Outcome.GRANTED:
            tx.after.append(lambda: _count(decided.credits))
        await services.dispatcher.enqueue(tx, decided.place.team, decided.job)
    return decided


def _count(released: Credits) -> None:
    metrics.credits_.labels("released").inc(released)
    metrics.jobs.labels("failed").inc()


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
                log.warning("%s cannot be told at the moment: %s", notice.about.KIND, error)
                well = False
            except StoreError as error:  # as above
                log.info("%s is not told at the moment: %s", notice.about.KIND, error)
                well = False
            except Exception:  # the supervisor: one notice must not keep the others from being told
                log.exception("telling %s failed", notice.about.KIND)
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
                log.warning("%s cannot be told to %s: %s", notice.about.KIND, target, error)
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
            log.warning("Slack knows no admin who could be told of: %s", notice.about.KIND)
        return targets

    async def _claim(self, notice: Notice, target: str) -> Delivery:
        seconds = self._services.pace.notice_lease
        async with self._services.db.write() as tx:
            return await notices.claim(tx, notice, target, self._process, seconds)

    async def _bring(self, notice: Notice, target: str, delivery: Delivery) -> Posted | None:
        """Post a notice to a target, or change what stands there; None: it is not to be told."""
        slack, channel, ts = self._services.slack, delivery.channel, delivery.ts
        thread = notice.place.thread if notice.place else None
        if ts is None and not delivery.is_new:  # perhaps it stands there, and reads differently
            channel = await self._channel(notice, target)
            ts = await slack.find_post(channel, notice.key, thread=thread, since=delivery.at)
        if ts is None and not await self._may_hear(notice, target):
            return None
        message = await _render(self._services, notice)
        if message is None:
            return None
        channel = channel or await self._channel(notice, target)
        await self._claim(notice, target)  # once more: if it took too long, it is another's by now
        if ts is None:
            ts = await slack.post(channel, message, thread=thread, mark=notice.key)
        else:
            await slack.update(channel, ts, message)
        return Posted(channel, ts)

    async def _may_hear(self, notice: Notice, target: str) -> bool:
        """Whether a target is told: an admin still, of a matter that is not over.

        The list of admins is hours old; how a request was decided before an admin could hear of it
        is no news to that admin.
        """
        if notice.place is not None or notice.user is not None:
            return True
        slack, user = self._services.slack, UserId(target)
        if not slack.knows(user):
            await asyncio.sleep(self._services.pace.strangers)
        person = await slack.person(user)
        if person.deleted or not await slack.is_admin(user, self._services.admins):
            return False
        return not await self._is_over(notice)

    async def _channel(self, notice: Notice, target: str) -> ChannelId:
        """The conversation of a target: one that is named, or somebody's direct message."""
        if notice.place is not None:
            return notice.place.channel
        return await self._services.slack.direct_channel(UserId(target))

    async def _is_over(self, notice: Notice) -> bool:
        """Whether admins need not hear of it any more: it was decided before they could."""
        if not isinstance(notice.about, RequestMade):
            return False
        request = await _request(self._services, notice, notice.about)
        return request is not None and request.decision is not None


async def _render(services: Services, notice: Notice) -> Message | None:
    """A notice as it reads now: the facts it was written with, or how its request stands.

    None where there is nothing to tell any more.
    """
    match notice.about:
        case Alert() as about:
            return blocks.alert(about)
        case Discrepancy() as about:
            return blocks.discrepancy(about)
        case Trouble() as about:
            return blocks.trouble(about)
        case RequestMade() | RequestDecided() as about:
            return await _render_request(services, notice, about)
        case _:
            assert_never(notice.about)


async def _request(
    services: Services, notice: Notice, about: RequestMade | RequestDecided
) -> ApprovalRequest | None:
    async with services.db.read() as tx:
        return await requests.get(tx, notice.team, about.request)


async def _render_request(
    services: Services, notice: Notice, about: RequestMade | RequestDecided
) -> Message | None:
    """A request for the admins, or its decision for the asker, as the budgets stand now."""
    request = await _request(services, notice, about)
    if request is None:
        return None
    place = request.place
    async with services.db.read() as tx:
        job = await jobs.get(tx, place.team, request.job) if request.job else None
        statuses = await budget.statuses(
            tx, place.team, place.channel, request.asker, services.today(), services.rules
        )
    if isinstance(about, RequestMade):
        return request_blocks.for_admins(request, job, statuses)
    if request.decision is None:
        return None
    in_direct = notice.place is None
    render = request_blocks.outcome_for_asker if in_direct else request_blocks.outcome_for_thread
    return render(request, request.decision, job, statuses)
