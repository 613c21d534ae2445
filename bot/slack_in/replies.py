"""What people write where Easel is: replies, mentions, direct messages, and what they delete."""

from __future__ import annotations

from typing import assert_never

from bot.core.grammar import SubCommand
from bot.core.job import UserId
from bot.core.post import Post
from bot.features import edit_reply
from bot.features.edit_reply import Scene
from bot.features.offer import Asked
from bot.services import Services
from bot.slack_in.commands import answer_word, show_asked
from bot.slack_in.payloads import Command, Deleted, Later
from bot.views.kit import Message


async def message(services: Services, event: Post | Deleted) -> Later | None:
    """A message, by whichever event it is told of first; what is done once that is acknowledged.

    Raises `Busy`, `Refused`: the message is not taken up, and Slack tells of it again.
    """
    if isinstance(event, Deleted):
        await edit_reply.withdraw(services, event.place.team, event.place.channel, event.ts)
        return None
    if not event.may_concern:
        return None
    us = await edit_reply.get_own_user(services)
    scene = await edit_reply.read_scene(services, event, ours=event.is_for(us))
    if scene is not None:
        if await edit_reply.take_up(services, event):
            return lambda: _answer(services, event, us, scene)
    elif event.may_be_edit:
        return lambda: _answer_under_mention(services, event, us)
    return None


async def _answer_under_mention(services: Services, post: Post, us: UserId) -> Message | None:
    """A reply in a thread that may be Easel's: only Slack knows how that begins."""
    if not await edit_reply.is_under_mention(services, post, us):
        return None
    scene = await edit_reply.read_scene(services, post, ours=True)
    if scene is not None and await edit_reply.take_up(services, post):
        return await _answer(services, post, us, scene)
    return None


async def _answer(services: Services, post: Post, us: UserId, scene: Scene) -> Message | None:
    answer = await edit_reply.answer(services, post, us, scene)
    match answer:
        case None:
            return None
        case Asked():
            return await show_asked(services, answer, post.user)
        case SubCommand():  # as if it stood behind `/image`; a message opens no form
            command = Command(post.place, post.user, answer, reply_url="")
            said = await answer_word(services, command, answer)
            return said.ack or (await said.later() if said.later else None)
        case _:
            assert_never(answer)
