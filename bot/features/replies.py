"""What a message means to Easel: an offer, a word like `help`, or nothing.

    an image and words      an edit: in threads that Easel takes part in, elsewhere if mentioned
    mentioned, no image     in a thread an edit of its newest image; in the channel as `/image`
    anything else           conversation, which is left alone

In the direct message with Easel everything counts as mentioned.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from bot.core import grammar
from bot.core.errors import Mistake, Refused
from bot.core.grammar import SubCommand
from bot.core.job import ChannelId, FileId, Job, JobId, Place, Request, TeamId, Ts, UserId
from bot.core.post import Attached, Post, mentions, people_in, with_names, without_mention
from bot.features import ask, confirm
from bot.features.ask import Asked
from bot.services import Services
from bot.slack.errors import SlackError, SlackRefused, in_words
from bot.store import jobs, policies, preferences, threads

log = logging.getLogger(__name__)

MAX_NAMES = 20  # people mentioned in one prompt whose names Slack is asked for

HOW = (
    "Say what you want to see, as in “@Easel a red fox in the snow”, or attach an image and say "
    "what to change. You see the price before anything is spent."
)
WHAT = "Say what to change, as in “make it night”, in one message with the image. Nothing was held."
NO_IMAGE = (
    "There is no image in this thread yet. Attach one to your reply and say what to change. "
    "Nothing was held."
)
NOT_AN_IMAGE = "What is attached is not an image. Attach a picture or a photo. Nothing was held."
TWO_MASKS = (
    "There are two files named mask…; only one mask can be used. Rename the other, and send both "
    "again. Nothing was held."
)


async def ourselves(services: Services) -> UserId:
    """Who Easel is. Raises `Refused` while Slack does not say so."""
    try:
        async with asyncio.timeout(services.pace.admin):
            return (await services.slack.identity()).user
    except (SlackError, TimeoutError) as error:
        raise Refused("Slack does not say who Easel is.") from error


async def is_in_our_thread(services: Services, post: Post) -> bool:
    """Whether it is said in a thread in which Easel has a result. Raises `Busy`."""
    if post.place.thread is None:
        return False
    async with services.db.promptly_read() as tx:
        return await threads.is_ours(tx, post.place)


async def is_under_mention(services: Services, post: Post, us: UserId) -> bool:
    """Whether the thread that it is said in begins with a message that mentions Easel."""
    if post.place.thread is None:
        return False
    try:
        root = await services.slack.root_text(post.place.channel, post.place.thread)
    except SlackError as error:
        log.warning("the root of a thread was not read: %s", error)
        return False
    return mentions(root, us)


async def first_sight(services: Services, post: Post) -> bool:
    """Take a message up: whether nobody did before, here or in another process. Raises `Busy`.

    It is asked right before, and only where, the message is answered: what was not taken up may be
    told of again.
    """
    place = post.place
    async with services.db.promptly() as tx:
        return await threads.first_sight(tx, place.team, place.channel, post.ts, services.clock())


async def deleted(services: Services, team: TeamId, channel: ChannelId, ts: Ts) -> None:
    """A message was deleted: what it asked for is withdrawn, unless it is confirmed. Raises `Busy`.

    Two transactions: an offer that is being made meanwhile is found by the second, or finds the
    mark of the first.
    """
    async with services.db.promptly() as tx:
        await threads.mark_gone(tx, team, channel, ts, services.clock())
    async with services.db.promptly() as tx:
        await threads.withdraw_asked_by(tx, team, channel, ts)


async def answer(services: Services, post: Post, us: UserId) -> Asked | SubCommand | None:
    """What to answer to a message that was taken up.

    Raises `Mistake`, `Refused`, `Busy`; nothing is held in any case.
    """
    words = without_mention(post.text, us)
    images = await _images(services, post)
    if not images and not post.is_for(us):
        return None
    if not await _may_ask(services, post.place, post.user):
        return None
    if post.files and not images:
        raise Mistake(NOT_AN_IMAGE)
    if not words:
        raise Mistake(WHAT if images or post.place.thread else HOW)
    async with services.db.read() as tx:
        own = await preferences.get(tx, post.place.team, post.user)
    asked = grammar.parse(await _named(services, words), services.catalogue, own.defaults)
    if isinstance(asked, SubCommand):
        if images:
            raise Mistake(WHAT)
        return asked
    request, guess = ask.meant(asked)
    if not images and post.place.thread is None:
        place = post.place
    else:
        place, request = _landing(post), await _edit(services, post, images, request)
    offer = await ask.offer(services, place, post.user, request, guess, source=post.ts)
    return ask.asked(offer, own) if await _still_wanted(services, post, offer.job) else None


async def _images(services: Services, post: Post) -> list[Attached]:
    """The images attached, in their order; Slack is asked about what the event did not tell."""
    try:
        known = await asyncio.gather(*(_known(services, file) for file in post.files))
    except SlackError as error:
        raise Refused(f"{in_words(error)} Nothing was held; try again.") from error
    return [file for file in known if file.is_image]


async def _known(services: Services, file: Attached) -> Attached:
    """A file with its claims.

    One that Slack does not hand out counts as an image: the look at the inputs says what is wrong.
    """
    if file.name is not None:
        return file
    details = await services.slack.details(file.file)
    claimed = details.mime or ("" if details.problem is None else "image/unknown")
    return Attached(file.file, details.name, claimed)


async def _may_ask(services: Services, place: Place, user: UserId) -> bool:
    """False for a bot, which is not answered. Raises `Refused` for those who may not spend."""
    async with services.db.read() as tx:
        policy = await policies.get(tx, place.team, place.channel, services.rules)
    try:
        person = await services.slack.person(user)
        if person.is_bot:
            return False
        barred = await confirm.why_not(services, person, policy)
    except SlackRefused as error:
        return error.code != "user_not_found"  # which is what some bots are
    except SlackError:
        return True  # it is asked again at the click
    if barred is not None:
        raise Refused(barred)
    return True


async def _named(services: Services, words: str) -> str:
    """The words with people's names where Slack gives ids."""
    names: dict[UserId, str] = {}
    for user in people_in(words)[:MAX_NAMES]:
        try:
            names[user] = (await services.slack.person(user)).name
        except SlackError:
            continue  # the id stays
    return with_names(words, names)


async def _edit(services: Services, post: Post, images: list[Attached], asked: Request) -> Request:
    """The request with its pictures: those attached, else the newest of the thread."""
    inputs = [file.file for file in images if not file.is_mask]
    masks = [file.file for file in images if file.is_mask]
    if len(masks) > 1:
        raise Mistake(TWO_MASKS)
    if not inputs:
        newest = await _newest_image(services, post)
        if newest is not None:
            inputs = [newest]
        elif masks:  # a picture of a mask, and no other that it could be the mask of
            inputs, masks = masks, []
        else:
            raise Mistake(NO_IMAGE)
    return replace(
        asked,
        inputs=tuple(inputs),
        mask=masks[0] if masks else None,
        parent=await _parent(services, post.place, inputs[0]),
    )


async def _newest_image(services: Services, post: Post) -> FileId | None:
    """The newest image of the thread before this message, whoever posted it."""
    place = post.place
    if place.thread is None:
        return None
    try:
        newest = await services.slack.newest_image(place.channel, place.thread, post.ts)
    except SlackError as error:
        log.warning("a thread was not read: %s", error)
        newest = None
    if newest is not None:
        return newest
    async with services.db.read() as tx:
        ours = await threads.newest_picture(tx, place)
    return ours[1] if ours is not None else None


async def _parent(services: Services, place: Place, first: FileId) -> JobId | None:
    """The result that an edit goes on from: what made its first image, else the thread's newest."""
    async with services.db.read() as tx:
        maker = await threads.maker_of(tx, place.team, first)
        if maker is not None or place.thread is None:
            return maker
        newest = await threads.newest_picture(tx, place)
    return newest[0] if newest is not None else None


def _landing(post: Post) -> Place:
    """Where the result of an edit lands: in the thread, which begins under a channel's message."""
    if post.place.thread is not None or post.is_direct:
        return post.place
    return replace(post.place, thread=post.ts)


async def _still_wanted(services: Services, post: Post, job: Job) -> bool:
    """False, and the offer withdrawn, if the message was deleted while it was made."""
    place = post.place
    async with services.db.read() as tx:
        if not await threads.is_gone(tx, place.team, place.channel, post.ts):
            return True
    async with services.db.promptly() as tx:
        await jobs.withdraw(tx, job)
    return False
