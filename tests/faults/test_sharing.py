"""A share whose answer is lost, in a Slack that is slow to show it: no picture comes twice."""

from __future__ import annotations

from dataclasses import replace

from bot.demo.faults import Gate
from bot.demo.slack.model import Message
from bot.demo.slack.seed import DESIGN
from tests.flow.stage import Stage

SHARE = "files.completeUploadExternal"


def slowly(stage: Stage) -> Gate:
    """The first share takes an hour and its answer is lost; the second stops at this gate."""
    gate = Gate()
    stage.ws.world.pace = replace(stage.ws.world.pace, sharing=3600)
    stage.faults.arm("lost_answer", SHARE)
    stage.faults.arm("gate", SHARE, gate=gate, when="before", skip=1)
    return gate


def pictures(stage: Stage, root: Message) -> list[Message]:
    """The messages with files in a thread."""
    return [one for one in stage.ws.messages(DESIGN, thread_ts=root.ts) if one.files]


async def test_what_was_shared_meanwhile_is_found(stage: Stage) -> None:
    """Refused because the files are shared by now: Easel sees it, and uploads nothing."""
    gate, world = slowly(stage), stage.ws.world
    async with stage.bot():
        root = await stage.confirm()
        await gate.reached.wait()

        assert pictures(stage, root) == []

        world.post(
            world.channels[DESIGN],
            user=stage.ws.bot_user_id,
            files=list(world.files),
            text="",
            subtype="file_share",
            thread_ts=root.ts,
        )
        gate.opened.set()
        await stage.root("Done")

        assert stage.shares() == 1
        assert len(stage.ws.calls_of("upload")) == 1
        assert [call.error for call in stage.ws.calls_of(SHARE)][1:] == ["file_not_found"]


async def test_what_is_still_on_its_way_never_comes(stage: Stage) -> None:
    """Refused, and not to be seen: the files are deleted, fresh ones come, and those alone."""
    pace = stage.ws.world.pace
    gate = slowly(stage)
    async with stage.bot():
        root = await stage.confirm()
        await gate.reached.wait()
        stage.ws.world.pace = pace
        [old] = stage.ws.world.files
        gate.opened.set()
        await stage.root("Done")
        await stage.ws.until(lambda: pictures(stage, root))

        assert stage.ws.world.files[old].deleted
        assert [len(one.files) for one in pictures(stage, root)] == [1]
        assert len(stage.ws.calls_of("upload")) == 2
        assert stage.submits() == 1
