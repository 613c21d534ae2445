"""What a message means to Easel: an offer, a word like `help`, or nothing.

    an image and words      an edit: in threads that Easel takes part in, elsewhere if mentioned
    mentioned, no image     in a thread an edit of its newest image; in the channel as `/image`
    anything else           conversation, which is left alone

In the direct message with Easel everything counts as mentioned.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.core import grammar
from bot.core.errors import Mistake, Refused
from bot.core.grammar import SubCommand
from bot.core.job import ChannelId, FileId, JobId, Place, Request, TeamId, Ts, UserId
from bot.core.limits import Policies
from bot.core.person import Preferences
from bot.core.post import Attached, Post, find_nameless, mentions, name_mentions, strip_mention
from bot.features import confirm, offer
from bot.features.offer import Asked
from bot.services import Services
from bot.slack.errors import SlackError, SlackRefused, describe
from bot.store import controls, person, threads

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


async def get_own_user(services: Services) -> UserId:
    """Who Easel is. Raises `Refused` while Slack does not say so."""
    try:
        async with asyncio.timeout(services.pace.admin):
            return (await services.slack.identity()).user
    except (SlackError, TimeoutError) as error:
        raise Refused("Slack does not say who Easel is.") from error


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known of where a message was sent, and of who sent it: read once."""

    policy: Policies
    own: Preferences
    newest: tuple[JobId, FileId] | None  # the thread's last picture of ours
    makers: Mapping[FileId, JobId]  # of the files attached that are pictures of ours


async def read_scene(services: Services, post: Post, *, ours: bool) -> Scene | None:
    """The scene of a message; None where it is not `ours`, and Easel has no result in its thread.

    Raises `Busy`.
    """
    place = post.place
    async with services.db.promptly_read() as tx:
        if not ours and (place.thread is None or not await threads.is_ours(tx, place)):
            return None
        files = [one.file for one in post.files]
        return Scene(
            policy=await controls.policies_in(tx, place.team, place.channel, services.rules),
            own=await person.preferences_of(tx, place.team, post.user),
            newest=await threads.newest_picture(tx, place) if place.thread else None,
            makers=await threads.makers_of(tx, place.team, files) if files else {},
        )


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


async def take_up(services: Services, post: Post) -> bool:
    """Take a message up: whether nobody did before, here or in another process. Raises `Busy`.

    It is asked right before, and only where, the message is answered: what was not taken up may be
    told of again.
    """
    place = post.place
    return await services.db.transact(
        lambda tx: threads.first_sight(tx, place.team, place.channel, post.ts, services.clock()),
        promptly=True,
    )


async def withdraw(services: Services, team: TeamId, channel: ChannelId, ts: Ts) -> None:
    """A message was deleted: what it asked for is withdrawn, unless it is confirmed. Raises `Busy`.

    The mark comes first: an offer that is being made meanwhile has finished by then and is found,
    or finds the mark.
    """
    async with services.db.promptly() as tx:
        await threads.mark_gone(tx, team, channel, ts, services.clock())
        await threads.withdraw_asked_by(tx, team, channel, ts)


async def answer(
    services: Services, post: Post, us: UserId, scene: Scene
) -> Asked | SubCommand | None:
    """What to answer to a message that was taken up.

    Raises `Mistake`, `Refused`, `Busy`; nothing is held in any case.
    """
    images = await _images(services, post)
    if not images and not post.is_for(us):
        return None
    if not await _may_ask(services, post.user, scene.policy):
        return None
    if post.files and not images:
        raise Mistake(NOT_AN_IMAGE)
    words = strip_mention(post.text, us)
    if not words:
        raise Mistake(WHAT if images or post.place.thread else HOW)
    typed = grammar.read_words(await _named(services, words))
    if isinstance(typed, SubCommand):
        if images:
            raise Mistake(WHAT)
        return typed
    request, guess = grammar.parse(typed, services.catalogue, scene.own.defaults)
    place = post.place
    if images or place.thread is not None:
        place, request = _landing(post), await _edit(services, post, images, request, scene)
    made = await offer.propose_reply(services, place, post.user, (request, guess), post.ts)
    return offer.decide_skip(made, scene.own) if made is not None else None


async def _images(services: Services, post: Post) -> list[Attached]:
    """The images attached, in their order; Slack is asked about what the event did not tell."""
    try:
        known = await asyncio.gather(*(_known(services, file) for file in post.files))
    except SlackError as error:
        raise Refused(f"{describe(error)} Nothing was held; try again.") from error
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


async def _may_ask(services: Services, user: UserId, policy: Policies) -> bool:
    """False for a bot, which is not answered. Raises `Refused` for those who may not spend."""
    try:
        person = await services.slack.person(user)
        if person.is_bot:
            return False
        barred = await confirm.check_spender(services, person, policy)
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
    for user in find_nameless(words)[:MAX_NAMES]:
        try:
            names[user] = (await services.slack.person(user)).name
        except SlackError:
            continue  # the id stays
    return name_mentions(words, names)


async def _edit(
    services: Services, post: Post, images: list[Attached], asked: Request, scene: Scene
) -> Request:
    """The request with its pictures: those attached, else the newest of the thread.

    It goes on from the result that made the first of them, else from the thread's newest.
    """
    inputs = [file.file for file in images if not file.is_mask]
    masks = [file.file for file in images if file.is_mask]
    if len(masks) > 1:
        raise Mistake(TWO_MASKS)
    parent = scene.newest[0] if scene.newest is not None else None
    if inputs:
        parent = scene.makers.get(inputs[0], parent)
    elif (newest := await _newest_image(services, post, scene)) is not None:
        inputs = [newest]
        if scene.newest is None or newest != scene.newest[1]:
            async with services.db.read() as tx:
                parent = await threads.maker_of(tx, post.place.team, newest) or parent
    elif masks:  # a picture of a mask, and no other that it could be the mask of
        inputs, masks = masks, []
        parent = scene.makers.get(inputs[0], parent)
    else:
        raise Mistake(NO_IMAGE)
    return replace(asked, inputs=tuple(inputs), mask=masks[0] if masks else None, parent=parent)


async def _newest_image(services: Services, post: Post, scene: Scene) -> FileId | None:
    """The newest image of the thread before this message, whoever posted it."""
    place = post.place
    if place.thread is None:
        return None
    try:
        newest = await services.slack.newest_image(place.channel, place.thread, post.ts)
    except SlackError as error:
        log.warning("a thread was not read: %s", error)
        newest = None
    if newest is None and scene.newest is not None:
        return scene.newest[1]
    return newest


def _landing(post: Post) -> Place:
    """Where the result of an edit lands: in the thread, which begins under a channel's message."""
    if post.place.thread is not None or post.is_direct:
        return post.place
    return replace(post.place, thread=post.ts)
