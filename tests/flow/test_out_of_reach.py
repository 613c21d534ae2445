"""What is paid for arrives: where the channel is gone, in the asker's direct message, and once."""

from __future__ import annotations

import pytest

from bot.demo.faults import Gate
from bot.demo.slack.model import Message
from bot.demo.slack.seed import DESIGN, MIA
from tests.flow.stage import FOX, Stage, text_of


def lose_the_channel(stage: Stage, how: str, root: Message) -> None:
    """What may happen to a conversation between the click and the picture."""
    channel = stage.ws.world.channels[DESIGN]
    match how:
        case "archived":
            channel.is_archived = True
        case "removed":
            channel.members.discard(stage.ws.bot_user_id)
        case _:
            del stage.ws.world.messages[DESIGN][root.ts]


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("archived", "it was archived"),
        ("removed", "Easel was removed"),
        ("root deleted", "its thread is gone"),
    ],
)
async def test_the_picture_goes_to_the_direct_message(stage: Stage, how: str, says: str) -> None:
    """Archived, removed, or its message deleted meanwhile: it comes by direct message, with why."""
    gate = Gate()
    async with stage.bot():
        stage.faults.arm("gate", "files.getUploadURLExternal", gate=gate, when="before")
        root = await stage.confirm()
        await gate.reached.wait()
        lose_the_channel(stage, how, root)
        gate.opened.set()
        direct = stage.ws.direct(MIA).id
        moved = await stage.root("Done · ", channel=direct)
        thread = await stage.ws.until(lambda: stage.ws.messages(direct, thread_ts=moved.ts)[1:])

        assert FOX in text_of(moved)
        assert says in text_of(moved)
        assert [len(one.files) for one in thread] == [1]
        assert stage.submits() == 1
        assert await stage.rows("SELECT channel, kind, credits FROM ledger ORDER BY seq") == [
            (DESIGN, "held", 4),
            (DESIGN, "charged", 4),
        ]


async def test_it_goes_there_once_across_a_restart(stage: Stage) -> None:
    """Stopped while it posts in the direct message: after the start there is one message."""
    gate, stopped = Gate(), Gate()
    async with stage.bot():
        stage.faults.arm("gate", "files.getUploadURLExternal", gate=gate, when="before")
        root = await stage.confirm()
        await gate.reached.wait()
        lose_the_channel(stage, "archived", root)
        stage.faults.arm("gate", "chat.postMessage", gate=stopped, when="after")
        stage.faults.arm("lost_answer", "chat.postMessage")
        gate.opened.set()
        await stopped.reached.wait()
        stopped.opened.set()
    direct = stage.ws.direct(MIA).id
    async with stage.bot():
        await stage.root("Done · ", channel=direct)

        ours = [one for one in stage.ws.messages(direct) if FOX in text_of(one)]
        assert len(ours) == 1
        assert stage.submits() == 1
