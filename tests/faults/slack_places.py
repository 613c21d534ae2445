"""Where a picture goes when its place is gone, or its asker, or the way to their card."""

from __future__ import annotations

from bot.core.errors import HITCHES
from bot.demo.slack.model import Message
from bot.demo.slack.seed import DESIGN, MIA
from tests.faults.row import Act, Money, Row, Where, nothing
from tests.faults.slack_rows import MADE, all_met, both, delivered, fails
from tests.flow.stage import FOX, Stage, text_of
from tests.flow.talk import png


async def archived(stage: Stage) -> None:
    """The channel is archived."""
    stage.ws.world.channels[DESIGN].is_archived = True


async def removed(stage: Stage) -> None:
    """Easel is removed from the channel."""
    stage.ws.world.channels[DESIGN].members.discard(stage.ws.bot_user_id)


async def deleted(stage: Stage) -> None:
    """The channel is deleted: nothing of it is Easel's to see any more."""
    stage.ws.world.channels[DESIGN].kind = "private"
    await removed(stage)


async def root_deleted(stage: Stage) -> None:
    """The root message is deleted."""
    root = await stage.root(FOX)
    stage.ws.world.delete(root)


async def thread_gone(stage: Stage) -> None:
    """A thread is gone with all that stood in it, as a retention policy leaves it."""
    for one in list(stage.ws.world.messages[DESIGN].values()):
        if one.only_for is None:
            del stage.ws.world.messages[DESIGN][one.ts]


async def deactivated(stage: Stage) -> None:
    """The asker's account is deactivated."""
    stage.ws.world.users[MIA].deleted = True


async def in_a_thread(stage: Stage) -> Message:
    """Ask by replying with a picture."""
    root = await stage.ws.send(MIA, DESIGN, "what do you think of it?")
    file = await stage.ws.upload(MIA, "cat.png", png())
    await stage.ws.send(MIA, DESIGN, f"@Easel {FOX}", thread_ts=root.ts, files=[file.id])
    return await stage.card("Generate · 4 credits")


async def once_with_the_reason(stage: Stage) -> None:
    """There is one message about it in the direct message, done, with the picture under it."""
    direct = stage.ws.direct(MIA).id
    moved = await stage.root("Done · ", channel=direct)
    thread = stage.ws.messages(direct, thread_ts=moved.ts)[1:]

    assert "It is paid for there, so it comes to you here." in text_of(moved)
    assert [len(one.files) for one in thread] == [1]
    assert len(stage.ws.messages(direct)) == 1
    assert await stage.rows("SELECT channel, kind, credits FROM ledger ORDER BY seq") == [
        (DESIGN, "held", 4),
        (DESIGN, "charged", 4),
    ]
    await all_met(stage)
    stage.ws.world.channels[DESIGN].is_archived = False  # for whoever asks for the numbers there


async def waits_in_peace(stage: Stage) -> None:
    """Nothing is posted anywhere, and the picture is kept."""
    assert stage.shares() == 0
    assert stage.ws.messages(stage.ws.direct(MIA).id) == []
    assert await stage.rows("SELECT source FROM pictures") == [("stored:",)]


def directly(key: str, what: str, how: Act, why: str, **changes: object) -> Row:
    """A picture that comes by direct message, with the reason."""
    fields = {
        "arm": nothing,
        "meanwhile": how,
        "reads": f"any more: {why}. It is paid for",
        "money": Money.CHARGED,
        "charged": 4,
        "buttons": MADE,
        "logged": "warning: goes to a direct message",
        "where": Where.DIRECT,
        "shares": 1,
        "then": once_with_the_reason,
    }
    return Row(key=key, what=what, **(fields | changes))  # type: ignore[arg-type]  # plain fields


THREAD = "its thread is gone, or takes no replies"

PLACES = (
    directly("archived", "the channel is archived", archived, "it was archived"),
    directly("removed", "Easel is removed from the channel", removed, "Easel was removed from it"),
    directly(
        "deleted",
        "the channel is deleted",
        deleted,
        "it is gone, or Easel was removed from it",
    ),
    directly(
        "posting restricted",
        "posting in the channel is restricted",
        fails("error", "files.completeUploadExternal", error="restricted_action"),
        "posting there is restricted",
    ),
    directly("root deleted", "the root message is deleted", root_deleted, THREAD),
    directly(
        "thread gone",
        "the thread that it was asked for in is gone",
        thread_gone,
        THREAD,
        card=in_a_thread,
    ),
    directly(
        "archived, and the answers are lost",
        "the channel is archived, and the answers to the direct message and the sharing are lost",
        both(
            archived,
            fails("lost_answer", "chat.postMessage"),
            fails("lost_answer", "files.completeUploadExternal"),
        ),
        "it was archived",
    ),
)


PEOPLE = (
    Row(
        key="asker deactivated",
        what="the asker is deactivated between the click and the picture",
        arm=nothing,
        meanwhile=deactivated,
        reads="Done · *4 credits charged*",
        money=Money.CHARGED,
        charged=4,
        buttons=MADE,
        shares=1,
    ),
    Row(
        key="nowhere to go",
        what="Easel is removed from the channel and the asker deactivated",
        arm=nothing,
        meanwhile=both(removed, deactivated),
        reads=HITCHES["nowhere"].sentence,
        money=Money.CHARGED,
        charged=4,
        admins=HITCHES["nowhere"].admins,
        logged="warning: waits: nowhere",
        then=waits_in_peace,
    ),
)

ANSWERS = (
    delivered(
        "the response_url is spent",
        "the card cannot be changed any more (`response_url` is used up or expired)",
        fails("error", "response_url", error="used_url"),
    ),
    delivered(
        "the response_url does not answer",
        "the card's address (`response_url`) does not answer",
        fails("lost_request", "response_url", times=2),
        logged="warning: whether an answer was shown is not known",
    ),
    Row(
        key="the response_url is spent when a picture fails",
        what="no picture comes, and the card cannot be changed any more: it is said beside it",
        arm=both(
            fails("error", "response_url", times=2, error="used_url"),
            fails("task_failed", "submit", code="internal_error", message="boom"),
        ),
        reads="internal_error",
        money=Money.RELEASED,
        logged="info: failed: internal_error",
        where=Where.CARD,
        then=all_met,
    ),
)

ROWS = (*PLACES, *PEOPLE, *ANSWERS)
