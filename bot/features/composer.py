"""The composer: opened before anything slow is asked, drawn anew with each choice, held once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID, uuid4, uuid5

from bot.core.budget import tightest
from bot.core.draft import Draft, draft_again, start_draft
from bot.core.errors import EaselError, Mistake, Refused
from bot.core.grammar import NO_MASKS, check_prompt, find_doubts
from bot.core.job import Job, JobId, JobState, Place, Request, TeamId, UserId, is_direct
from bot.core.post import Attached
from bot.engine import inputs
from bot.features import answers, confirm, home, offer
from bot.features.answers import Opener
from bot.features.confirm import Again, Confirmed
from bot.features.results import find_landing
from bot.services import Services
from bot.slack.client import Opened
from bot.slack.errors import SlackError, SlackRefused
from bot.store import budget, jobs, threads
from bot.store.db import Tx
from bot.views.card import FirstButton
from bot.views.composer import NOT_KNOWN, ComposerNote, Origin, Prospects, is_long, render_composer
from bot.views.kit import Block

log = logging.getLogger(__name__)

FORMS = UUID("6f1b8a3e-5f0c-4c0e-9d5e-3f0a7d2b9c41")
"""The namespace of ids that are made from a form's: of whatever is submitted twice, one job."""

OVER = (
    "The card of this request was confirmed, changed or cancelled meanwhile, so this is a new "
    "request. Nothing of it was held."
)
DOUBTFUL = "Nothing was held yet: a part of it may be meant otherwise. Is this right?"
ERASED = "The prompt was erased. Write a new one."
DIRECT = (
    "Easel is not part of this conversation: the picture will come to your direct message with it."
)


async def open_composer(services: Services, opener: Opener, draft: Draft, origin: Origin) -> None:
    """Open the form, and only then look up what else it shows. Raises `Refused` if Slack does not.

    Call it at once: a trigger lives for three seconds.
    """
    view = render_composer(services.catalogue, draft, origin)
    opened = await answers.open_form(services, opener.trigger, view)
    try:
        await _complete(services, opened, opener, draft, origin)
    except SlackError as error:  # a choice was faster, or it is closed: the next one draws it anew
        log.info("a form was not completed: %s", error)


async def open_blank(services: Services, opener: Opener, origin: Origin) -> None:
    """Open the form with nothing in it but what its person has set. Raises `Refused`."""
    await open_composer(services, opener, await blank_draft(services, opener), origin)


async def blank_draft(services: Services, opener: Opener) -> Draft:
    """What a form begins with: what its person has set."""
    return start_draft(
        services.catalogue, await home.read_defaults(services, opener.team, opener.user)
    )


async def open_for_edit(
    services: Services, opener: Opener, job: Job, picture: Attached, reply_url: str
) -> None:
    """Open the form for an edit of a result's picture, in its thread. Raises `Refused`."""
    draft = replace(
        draft_again(job.request), prompt="", count=1, inputs=(picture,), mask=None, parent=job.id
    )
    place = find_landing(job)
    origin = Origin(place.channel, place.thread, reply_url=reply_url)
    await open_composer(services, opener, draft, origin)


async def open_again(services: Services, opener: Opener, job: Job, reply_url: str) -> None:
    """Open the form with an earlier request in it, for the same place. Raises `Refused`."""
    kept = job.id if is_long(job.request.prompt) else None
    origin = Origin(job.place.channel, job.place.thread, kept=kept, reply_url=reply_url)
    await open_composer(services, opener, draft_again(job.request), origin)


async def _complete(
    services: Services, opened: Opened, opener: Opener, draft: Draft, origin: Origin
) -> None:
    """What the budget has left; then what only Slack knows: names of files, whether it is there."""
    user = opener.user
    prospects = await _prospects(services, opener.team, user, origin)
    if prospects != NOT_KNOWN:
        view = render_composer(services.catalogue, draft, origin, prospects)
        opened = await services.slack.update_view(opened.id, view, opened.hash)
    named = await _named(services, draft)
    placed = await _placed(services, user, origin)
    if (named, placed) == (draft, origin):
        return
    news = ""
    if placed != origin:
        news, prospects = DIRECT, await _prospects(services, opener.team, user, placed)
    view = render_composer(services.catalogue, named, placed, prospects, news=news)
    await services.slack.update_view(opened.id, view, opened.hash)


async def _prospects(services: Services, team: TeamId, user: UserId, origin: Origin) -> Prospects:
    """What stands in the form about that place, before it is submitted."""
    if origin.channel is None:
        return NOT_KNOWN
    try:
        async with services.db.promptly_read() as tx:
            statuses = await budget.statuses(
                tx, team, origin.channel, user, services.today(), services.rules
            )
            return Prospects(tightest(statuses), await jobs.hitch_of_all(tx, team))
    except EaselError:
        return NOT_KNOWN


async def _named(services: Services, draft: Draft) -> Draft:
    """The draft with the names of its files."""

    async def name(one: Attached) -> Attached:
        if one.name is not None:
            return one
        details = await services.slack.details(one.file)
        return replace(one, name=details.name or None)

    return replace(
        draft,
        inputs=tuple(await asyncio.gather(*(name(one) for one in draft.inputs))),
        mask=await name(draft.mask) if draft.mask else None,
    )


async def _placed(services: Services, user: UserId, origin: Origin) -> Origin:
    """Away from other people's direct messages, into the sender's own with Easel."""
    if origin.offer is not None or origin.channel is None or not is_direct(origin.channel):
        return origin
    assert origin.channel is not None
    try:
        await services.slack.channel(origin.channel)
    except SlackRefused as error:
        if error.code != "channel_not_found":
            raise
        return replace(origin, channel=await services.slack.direct_channel(user), thread=None)
    return origin


@dataclass(frozen=True, slots=True)
class ComposerScreen:
    """A form as it is on somebody's screen."""

    id: str
    team: TeamId
    user: UserId
    note: ComposerNote
    blocks: Mapping[str, Block]  # by block_id


async def render_screen(
    services: Services, screen: ComposerScreen, draft: Draft, origin: Origin, news: str = ""
) -> dict[str, object]:
    """The form as it should be now: with the price of what is chosen and what is left for it."""
    prospects = await _prospects(services, screen.team, screen.user, origin)
    return render_composer(
        services.catalogue,
        draft,
        origin,
        prospects,
        news=news,
        before=screen.note,
        shown=screen.blocks,
    )


async def redraw(
    services: Services, screen: ComposerScreen, draft: Draft, origin: Origin, at: str
) -> None:
    """Show the price of a choice, made at this time. One that is lost comes up at the end."""
    view = await render_screen(services, screen, draft, origin)
    await answers.redraw_form(services, screen.id, view, at)


@dataclass(frozen=True, slots=True)
class Stored:
    """What was submitted, as an offer that is still to be confirmed."""

    job: Job
    over: bool = False  # it takes the place of an offer that is over: a card asks once more


async def store(
    services: Services, screen: ComposerScreen, draft: Draft, origin: Origin, place: Place
) -> Stored:
    """Write what was submitted, before Slack hears of it: from here on nothing is lost.

    However often the same form arrives, one job is made. Raises `Mistake`, `Refused`, `Busy`.
    """
    async with services.db.promptly() as tx:
        request = await _request(services, tx, draft, origin, place)
        own = JobId(uuid5(FORMS, f"{screen.team}/{screen.id}").hex)
        job = offer.new_job(services, own, place, screen.user, request)
        if job.price.credits != screen.note.price:  # another table since a moment ago
            raise Refused("Prices have changed this very moment. Nothing was held; ask again.")
        present = await jobs.get(tx, screen.team, origin.offer or own)
        if present is None:
            return Stored(await jobs.add(tx, job))
        if present.asker != screen.user:
            raise Refused("Only the person who asked for this picture can do that.")
        if present.revision == origin.revision:
            changed = await jobs.choose(tx, replace(present, notes=()), request, job.price)
            if changed is not None:
                return Stored(changed)
            # Another process was faster, perhaps with this very form.
            present = await jobs.get(tx, screen.team, present.id) or present
        size = None if request.takes_shape else present.request.size
        is_same = (replace(present.request, size=size), present.place) == (request, place)
        if present.revision == origin.revision + 1 and is_same:
            return Stored(replace(present, request=request))  # this very form, sent twice
        anew = replace(job, id=JobId(uuid4().hex))
        await jobs.add(tx, anew)
        return Stored(anew, over=True)


async def _request(
    services: Services, tx: Tx, draft: Draft, origin: Origin, place: Place
) -> Request:
    """What is asked for, with the prompt that was too long for the form and the picture's maker."""
    prompt = draft.prompt
    if origin.kept is not None and not prompt.strip():
        kept = await jobs.get(tx, place.team, origin.kept)
        prompt = kept.request.prompt if kept else ""
        if not prompt:
            raise Mistake(ERASED)
    if draft.parent is None and draft.inputs:
        draft = replace(draft, parent=await threads.maker_of(tx, place.team, draft.inputs[0].file))
    return draft.request(services.catalogue, check_prompt(prompt))


async def settle(
    services: Services, stored: Stored, user: UserId, reply_url: str | None
) -> Confirmed:
    """Look at the images, then hold the price that was submitted. Raises `Refused`, `Busy`."""
    job = stored.job
    if stored.over:
        return Again(await offer.present(services, job), OVER)
    if job.state is JobState.OFFERED:
        try:
            request, notes = await inputs.check(services, job.request)
        except Mistake as mistake:
            return Again(await offer.present(services, job), mistake.sentence, FirstButton.CHANGE)
        if (request, notes) != (job.request, job.notes):
            job = replace(job, request=request, notes=notes)
            await services.db.transact(lambda tx: jobs.keep_look(tx, job), promptly=True)
        told = find_doubts(job.request)
        if NO_MASKS in told or (told and job.revision == 1):  # no card has said this yet
            return Again(await offer.present(services, job), DOUBTFUL)
    return await confirm.confirm(services, job, user, reply_url)
