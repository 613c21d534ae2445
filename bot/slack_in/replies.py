"""What people write where Easel is: replies, mentions, direct messages, and what they delete."""

from __future__ import annotations

from typing import assert_never

from bot.core.grammar import SubCommand
from bot.core.job import UserId
from bot.core.post import Post
from bot.features import replies
from bot.features.offer import Asked
from bot.features.replies import Scene
from bot.services import Services
from bot.slack_in import ask, skip
from bot.slack_in.incoming import Answer, Command, Deleted
from bot.views.kit import Message


async def message(services: Services, event: Post | Deleted) -> Answer:
    """A message, by whichever event it is told of first.

    Raises `Busy`, `Refused`: it is not taken up, and Slack tells it again.
    """
    if isinstance(event, Deleted):
        await replies.deleted(services, event.place.team, event.place.channel, event.ts)
        return Answer()
    if not event.may_concern:
        return Answer()
    us = await replies.ourselves(services)
    scene = await replies.look_at(services, event, ours=event.is_for(us))
    if scene is not None:
        if await replies.first_sight(services, event):
            return Answer(later=lambda: _answered(services, event, us, scene))
    elif event.may_be_edit:
        return Answer(later=lambda: _under_mention(services, event, us))
    return Answer()


async def _under_mention(services: Services, post: Post, us: UserId) -> Message | None:
    """A reply in a thread that may be Easel's: only Slack knows how that begins."""
    if not await replies.is_under_mention(services, post, us):
        return None
    scene = await replies.look_at(services, post, ours=True)
    if scene is not None and await replies.first_sight(services, post):
        return await _answered(services, post, us, scene)
    return None


async def _answered(services: Services, post: Post, us: UserId, scene: Scene) -> Message | None:
    answer = await replies.answer(services, post, us, scene)
    match answer:
        case None:
            return None
        case Asked():
            return await skip.shown(services, answer, post.user)
        case SubCommand():
            command = Command(place=post.place, user=post.user, text=answer, reply_url="")
            said_so = await ask.answer_word(services, command, answer)
            return said_so.ack or (await said_so.later() if said_so.later else None)
        case _:
            assert_never(answer)
