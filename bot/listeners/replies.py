"""What people write where Easel is: replies, mentions, direct messages, and what they delete."""

from __future__ import annotations

from typing import assert_never

from bot.blocks.kit import Message
from bot.core.grammar import SubCommand
from bot.core.post import Post
from bot.flows import replies
from bot.flows.ask import Asked
from bot.listeners import ask, skip
from bot.listeners.incoming import Answer, Deleted, said
from bot.services import Services


async def message(services: Services, event: Post | Deleted) -> Answer:
    """A message, by whichever event it is told of first. Raises `Busy`: Slack tells it again."""
    if isinstance(event, Deleted):
        await replies.deleted(services, event.place.team, event.place.channel, event.ts)
        return Answer()
    if not event.may_concern or not await replies.first_sight(services, event):
        return Answer()
    return Answer(later=lambda: _later(services, event))


async def _later(services: Services, post: Post) -> Message | None:
    answer = await replies.answer(services, post)
    match answer:
        case None:
            return None
        case Asked():
            return await skip.shown(services, answer, post.user)
        case SubCommand():
            said_so = await ask.image(services, said(post, answer))
            return said_so.ack or (await said_so.later() if said_so.later else None)
        case _:
            assert_never(answer)
