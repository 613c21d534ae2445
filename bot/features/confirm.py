"""Confirming: what a click on Generate means.

First whether Easel may and can deliver (asked of Slack), then the admission: one transaction under
the workspace's budget lock in which a pure function decides over every cap and grant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from bot import metrics
from bot.core.errors import Refused
from bot.core.job import OFFER_KEPT, ChannelId, Job, JobId, JobState, Place, TeamId, UserId
from bot.core.limits import Policies, Spenders, may_spend
from bot.core.requests import Decision, Outcome
from bot.features import admission, offer
from bot.features.admission import Gone, Held, Short
from bot.services import Services
from bot.slack.errors import CUT_OFF, TAKEN_AWAY, SlackError, SlackRefused, describe
from bot.slack.people import Channel, Person
from bot.store import budget, controls, jobs, requests
from bot.store.db import Tx
from bot.views.card import FirstButton, Offer
from bot.views.names import Ref


@dataclass(frozen=True, slots=True)
class Queued:
    """The price is held and the job is on its way; now, or by an earlier click."""

    job: Job


@dataclass(frozen=True, slots=True)
class Again:
    """Nothing was held: the card is shown as it is now, with the reason."""

    offer: Offer
    reason: str
    first: FirstButton = FirstButton.GENERATE  # what would clear the reason away


Confirmed = Queued | Again


async def generate(
    services: Services, team: TeamId, ref: Ref, user: UserId, reply_url: str
) -> Confirmed:
    """A click on Generate: `confirm` for the job behind it, at the price that its card shows."""

    async def known(tx: Tx) -> tuple[Job, Policies]:
        job = _for_asker(await jobs.get(tx, team, ref.job), user)
        return job, await controls.policies_in(tx, team, job.place.channel, services.rules)

    job, policy = await services.db.query(known, promptly=True)
    if job.state is JobState.OFFERED and job.revision != ref.revision:
        return await _again(services, job, "That card was outdated. This is the present one.")
    return await _confirm(services, job, policy, user, reply_url)


async def confirm(services: Services, job: Job, user: UserId, reply_url: str | None) -> Confirmed:
    """Hold the price that was shown, once, and queue the job.

    `reply_url` leads to the card, which is replaced by how the job ends; None where there is none.
    Raises `Refused` when this person may not confirm it or it is over, `Busy`.
    """
    policy = await services.db.query(
        lambda tx: controls.policies_in(tx, job.place.team, job.place.channel, services.rules),
        promptly=True,
    )
    return await _confirm(services, job, policy, user, reply_url)


async def _confirm(
    services: Services, job: Job, policy: Policies, user: UserId, reply_url: str | None
) -> Confirmed:
    if job.state is not JobState.OFFERED:
        return Queued(_not_over(job))
    hindrance = await _hindrance(services, job, user, policy)
    if hindrance is not None:
        return await _again(services, job, hindrance.sentence, hindrance.first)
    price = services.catalogue.price(job.request)
    if price.credits != job.price.credits:
        changed = await services.db.transact(
            lambda tx: jobs.choose(tx, job, job.request, price), promptly=True
        )
        reason = "Prices have changed since this card was shown. This is the price now."
        return await _again(services, changed or job, reason)
    is_admin = policy.waits(price.credits) and await _is_admin(services, user)
    return await _hold(services, job, reply_url, is_admin=is_admin)


async def _is_admin(services: Services, user: UserId) -> bool:
    """Whether this click is an admin's approval by itself; not if Slack does not say so."""
    try:
        return await services.slack.is_admin(user, services.admins, fresh=True)
    except SlackError:
        return False


async def _hold(
    services: Services, job: Job, reply_url: str | None, *, is_admin: bool
) -> Confirmed:
    """The admission, and what it means for the card.

    The click is acknowledged already: behind hundreds of others it waits for its turn.
    """

    async def held(tx: Tx) -> Held | Short | Gone:
        now = services.clock()
        outcome = await admission.hold(
            tx,
            job,
            now=now,
            today=services.rules.calendar.day(now),
            rules=services.rules,
            reply_url=reply_url,
            is_admin=is_admin,
        )
        if isinstance(outcome, Held):
            await services.dispatcher.enqueue(tx, job.place.team, job.id)
            tx.after.append(lambda: metrics.credits_.labels("held").inc(job.price.credits))
        return outcome

    outcome = await services.db.transact(held)
    match outcome:
        case Held(queued):
            return Queued(queued)
        case Short():
            return await _again(services, job, "The budget has changed.")
        case Gone(present):
            if present is None:
                raise Refused(FORGOTTEN)
            if present.state is JobState.OFFERED:
                reason = "The card was changed. This is the present one."
                return await _again(services, present, reason)
            return Queued(_not_over(present))
        case _:
            assert_never(outcome)


FORGOTTEN = (
    "This request is not known any more: one that nobody confirms is deleted after "
    f"{OFFER_KEPT.days} days. Nothing was held. Ask again with /image."
)


async def find_job(services: Services, team: TeamId, job_id: JobId, user: UserId) -> Job:
    """The job behind a button, for its asker. Raises `Refused`, `Busy`."""
    job = await services.db.query(lambda tx: jobs.get(tx, team, job_id), promptly=True)
    return _for_asker(job, user)


def _for_asker(job: Job | None, user: UserId) -> Job:
    if job is None:
        raise Refused(FORGOTTEN)
    if job.asker != user:
        raise Refused("Only the person who asked for this picture can do that.")
    return job


async def join(services: Services, job: Job) -> None:
    """Add Easel to the channel of an offer. Raises `Refused` where Slack does not let it."""
    try:
        await services.slack.join(job.place.channel)
    except SlackError as error:
        raise Refused(
            "Slack does not let Easel join here. Type /invite @Easel in the channel. "
            "Nothing was held."
        ) from error


NOT_OURS = (
    "Easel is not part of this direct message, so it could not post the picture here. "
    "Nothing was held."
)


async def move(services: Services, job: Job) -> Job | None:
    """Let an offer's picture come to its asker's direct message with Easel; None when it is over.

    Raises `Refused` when Slack does not open that.
    """
    try:
        channel = await services.slack.direct_channel(job.asker)
    except SlackError as error:
        raise Refused(f"{describe(error)} Nothing was held.") from error
    return await services.db.transact(
        lambda tx: jobs.move(tx, job, Place(job.place.team, channel)), promptly=True
    )


async def cancel(services: Services, job: Job) -> bool:
    """Decline an offer; False when it was confirmed already.

    More credits that were asked for it are not wanted any more.
    """
    async with services.db.promptly() as tx:
        now = services.clock()
        # Before the offer is touched: of this and of asking for more one is first.
        await budget.lock(tx, job.place.team, now)
        withdrawn = await jobs.withdraw(tx, job)
        asked = await requests.open_of(tx, job.place, job.asker, job.id, now)
        if withdrawn and asked is not None:
            await requests.decide(tx, asked, Decision(Outcome.WITHDRAWN, now))
        return withdrawn


async def stop(services: Services, job: Job) -> bool:
    """Stop a waiting or queued job and release its hold; False when Pixapi may have it."""
    async with services.db.promptly() as tx:
        now = services.clock()
        await budget.lock(tx, job.place.team, now)
        if await requests.stop(tx, job, now) is None:
            return False
        await services.dispatcher.enqueue(tx, job.place.team, job.id)
    metrics.credits_.labels("released").inc(job.price.credits)
    metrics.jobs.labels("cancelled").inc()
    return True


def _not_over(job: Job) -> Job:
    if job.state is JobState.CANCELLED and job.day is None:
        raise Refused("This request was cancelled before. Nothing was held; ask again with /image.")
    return job


async def _again(
    services: Services, job: Job, reason: str, first: FirstButton = FirstButton.GENERATE
) -> Again:
    return Again(await offer.present(services, job), reason, first)


OUTSIDERS = (
    "Guests and people from other workspaces cannot spend this workspace's credits, unless an "
    "admin of Easel allows it. Nothing was held."
)
ADMINS_SPEND = "In this channel only admins make pictures. Nothing was held."


async def check_spender(services: Services, person: Person, policy: Policies) -> str | None:
    """Why somebody may not spend under a channel's policy, in a sentence; None if they may.

    Raises `SlackError` where Slack has to be asked whether they are an admin.
    """
    if person.deleted or person.is_bot:
        return OUTSIDERS
    if may_spend(person.role, policy.spenders, is_admin=False):
        return None
    if await services.slack.is_admin(person.id, services.admins):
        return None
    return ADMINS_SPEND if policy.spenders is Spenders.ADMINS else OUTSIDERS


async def _channel(services: Services, channel: ChannelId) -> Channel:
    """A conversation; asked afresh where it is in the way, for it may be so no more.

    Another process may have let Easel join it a moment ago.
    """
    known = await services.slack.channel(channel)
    if known.is_archived or not (known.is_member or known.is_im):
        return await services.slack.channel(channel, fresh=True)
    return known


@dataclass(frozen=True, slots=True)
class _Hindrance:
    """Why nothing may be held: Easel could not deliver, or the person may not spend."""

    sentence: str
    first: FirstButton = FirstButton.GENERATE


async def _hindrance(
    services: Services, job: Job, user: UserId, policy: Policies
) -> _Hindrance | None:
    """Ask Slack whether the person may spend and Easel can deliver here; None if so."""
    if services.slack.cut_off:  # whatever is known of people and channels from a minute ago
        return _Hindrance(f"{TAKEN_AWAY} Nothing was held.")
    try:
        barred = await check_spender(services, await services.slack.person(user), policy)
        channel = await _channel(services, job.place.channel)
    except SlackError as error:
        return _not_told(job, error)
    if barred is not None:
        return _Hindrance(barred, FirstButton.NONE)
    if channel.is_archived:
        return _Hindrance(
            "This channel is archived: the picture could not be posted. Nothing was held.",
            FirstButton.MOVE,
        )
    if not channel.is_member and not channel.is_im:
        if channel.is_private:
            return _Hindrance(
                "Easel is not in this channel. Type /invite @Easel, then click Generate again. "
                "Nothing was held."
            )
        return _Hindrance(
            "Easel is not in this channel yet, so it could not post the picture. Nothing was held.",
            FirstButton.JOIN,
        )
    return None


def _not_told(job: Job, error: SlackError) -> _Hindrance:
    """Slack does not say what it was asked."""
    if not isinstance(error, SlackRefused) or error.code in CUT_OFF:
        return _Hindrance(f"{describe(error)} Nothing was held.")
    if error.code != "channel_not_found":
        return _Hindrance(
            f"Slack did not tell Easel who may do what here ({error.code}). Nothing was held."
        )
    if job.place.is_direct:
        return _Hindrance(NOT_OURS, FirstButton.MOVE)
    return _Hindrance(
        "Easel is not in this private conversation. Type /invite @Easel, then click "
        "Generate again. Nothing was held."
    )
