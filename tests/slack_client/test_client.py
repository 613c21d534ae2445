"""Messages, views and replies, against the embedded workspace."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.core.job import ChannelId, JobId, Ts, UserId
from bot.demo.faults import Gate
from bot.demo.slack import seed as acme_studio
from bot.slack.errors import SlackLost, SlackRefused
from bot.views.kit import Message

if TYPE_CHECKING:
    from bot.demo.slack.workspace import Workspace
    from bot.slack.client import Slack
    from tests.slack_client.conftest import Clock

DESIGN = ChannelId(acme_studio.DESIGN)
RANDOM = ChannelId(acme_studio.RANDOM)
ARCHIVE = ChannelId(acme_studio.ARCHIVE)
MIA = UserId(acme_studio.MIA)
JOB = JobId("job-1")


def section(text: str) -> dict[str, Any]:
    """A block with plain text."""
    return {"type": "section", "text": {"type": "plain_text", "text": text}}


HELLO = Message("Hello", (section("Hello"),))
BYE = Message("Bye", (section("Bye"),))


def modal(title: str) -> dict[str, Any]:
    """A view."""
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": title},
        "blocks": [section(title)],
    }


def beginning(clock: Clock) -> datetime:
    """The time of the workspace's clock."""
    return datetime.fromtimestamp(clock(), UTC)


async def test_identity(acme: Slack, ws: Workspace) -> None:
    """Who we are is asked once; the scopes are those that the token was given."""
    first, second = await acme.identity(), await acme.identity()

    assert first is second
    assert len(ws.calls_of("auth.test")) == 1
    assert (first.team, first.user) == (ws.team_id, ws.bot_user_id)
    assert first.scopes == frozenset(ws.world.app.scopes)


async def test_post_update_delete(acme: Slack, ws: Workspace) -> None:
    """A message is posted, changed and taken away; its mark stays while it changes."""
    ts = await acme.post(DESIGN, HELLO, mark=JOB)
    await acme.update(DESIGN, ts, BYE)
    stored = ws.world.message(DESIGN, ts)
    assert stored is not None
    assert stored.text == "Bye"
    assert stored.metadata == {"event_type": "easel_job", "event_payload": {"job": JOB}}

    await acme.update(DESIGN, ts, Message("Bare"))
    assert (stored.text, stored.blocks) == ("Bare", [])

    await acme.delete(DESIGN, ts)
    assert ws.world.message(DESIGN, ts) is None
    await acme.delete(DESIGN, ts)


async def test_post_in_thread(acme: Slack, ws: Workspace) -> None:
    """A reply goes under the root that it names."""
    root = await acme.post(DESIGN, HELLO)
    reply = await acme.post(DESIGN, BYE, thread=root)

    assert [one.ts for one in ws.messages(DESIGN, thread_ts=root)] == [root, reply]


async def test_refusals(acme: Slack) -> None:
    """Slack's own words say why something cannot be posted or changed."""
    cases = {
        "is_archived": acme.post(ARCHIVE, HELLO),
        "not_in_channel": acme.post(RANDOM, HELLO),
        "channel_not_found": acme.post(ChannelId("CNOWHERE01"), HELLO),
        "message_not_found": acme.update(DESIGN, Ts("1700000000.000001"), HELLO),
        "invalid_blocks": acme.post(DESIGN, Message("x", ({"type": "nonsense"},))),
    }
    for code, call in cases.items():
        with pytest.raises(SlackRefused) as caught:
            await call
        assert caught.value.code == code
        assert bool(caught.value.messages) == (code == "invalid_blocks")


async def test_unprocessed_file(acme: Slack) -> None:
    """A picture that Slack does not have (yet) is told from every other mistake in blocks."""
    picture = {"type": "image", "alt_text": "a fox", "slack_file": {"id": "F000000001"}}
    with pytest.raises(SlackRefused) as caught:
        await acme.post(DESIGN, Message("x", (picture,)))
    assert caught.value.unprocessed_file

    with pytest.raises(SlackRefused) as caught:
        await acme.post(DESIGN, Message("x", (picture, {"type": "nonsense"})))
    assert not caught.value.unprocessed_file


@pytest.mark.parametrize("thread", [False, True])
async def test_lost_post_is_found(
    acme: Slack, ws: Workspace, clock: Clock, *, thread: bool
) -> None:
    """A post whose answer was lost is not repeated, and found by its job."""
    since = beginning(clock)
    root = await acme.post(DESIGN, HELLO) if thread else None
    assert await acme.find_post(DESIGN, JOB, thread=root, since=since) is None
    ws.faults.arm("lost_answer", "chat.postMessage")
    with pytest.raises(SlackLost):
        await acme.post(DESIGN, BYE, thread=root, mark=JOB)
    found = await acme.find_post(DESIGN, JOB, thread=root, since=since)

    posted = [one for one in ws.world.messages[DESIGN].values() if one.text == "Bye"]
    assert [found] == [one.ts for one in posted]


async def test_lost_request_is_not_found(acme: Slack, ws: Workspace, clock: Clock) -> None:
    """A post that never took effect is not found: it may be made again."""
    ws.faults.arm("lost_request", "chat.postMessage")
    with pytest.raises(SlackLost):
        await acme.post(DESIGN, HELLO, mark=JOB)

    assert await acme.find_post(DESIGN, JOB, since=beginning(clock)) is None
    assert len(ws.calls_of("chat.postMessage")) == 0


async def test_find_among_many(acme: Slack, ws: Workspace, clock: Clock) -> None:
    """The message is found behind as many others as were written after it."""
    since = beginning(clock)
    ts = await acme.post(DESIGN, HELLO, mark=JOB)
    for number in range(450):
        await ws.send(MIA, DESIGN, f"chat {number}")

    assert await acme.find_post(DESIGN, JOB, since=since) == ts
    assert len(ws.calls_of("conversations.history")) == 3


async def test_find_only_ours_and_this(acme: Slack, ws: Workspace, clock: Clock) -> None:
    """Another app's message with the same mark is not ours, another job's not this one."""
    await acme.post(DESIGN, HELLO, mark=JobId("job-2"))
    foreign = ws.post_as_other_bot(DESIGN, "copy")
    foreign.metadata = {"event_type": "easel_job", "event_payload": {"job": JOB}}

    assert await acme.find_post(DESIGN, JOB, since=beginning(clock)) is None


async def test_find_with_clocks_apart(acme: Slack, clock: Clock) -> None:
    """Slack's clock may be minutes behind ours; days before is another matter."""
    ts = await acme.post(DESIGN, HELLO, mark=JOB)
    now = beginning(clock)

    assert await acme.find_post(DESIGN, JOB, since=now + timedelta(minutes=4)) == ts
    assert await acme.find_post(DESIGN, JOB, since=now + timedelta(days=1)) is None


async def test_lost_update_is_repeated(acme: Slack, ws: Workspace) -> None:
    """An edit whose answer was lost, or that met a 503, is made again."""
    ts = await acme.post(DESIGN, HELLO)
    ws.faults.arm("lost_answer", "chat.update")
    ws.faults.arm("status", "chat.update", status=503)
    await acme.update(DESIGN, ts, BYE)

    stored = ws.world.message(DESIGN, ts)
    assert stored is not None
    assert stored.text == "Bye"


async def test_429_on_every_method(acme: Slack, ws: Workspace) -> None:
    """Every call of the flow survives a 429."""
    ws.faults.arm("ratelimited", "*", times=1, retry_after=1)
    ts = await acme.post(DESIGN, HELLO)
    for use in (
        lambda: acme.update(DESIGN, ts, BYE),
        lambda: acme.ephemeral(DESIGN, MIA, HELLO),
        lambda: acme.direct(MIA, HELLO),
        lambda: acme.permalink(DESIGN, ts),
        lambda: acme.join(RANDOM),
        lambda: acme.person(MIA),
        lambda: acme.channel(DESIGN),
        lambda: acme.delete(DESIGN, ts),
    ):
        ws.faults.arm("ratelimited", "*", times=1, retry_after=1)
        await use()

    assert ws.faults.armed == []


async def test_ephemeral(acme: Slack, ws: Workspace) -> None:
    """Only the one person sees an ephemeral, in the thread if one is named."""
    await acme.ephemeral(DESIGN, MIA, HELLO)
    root = await acme.post(DESIGN, HELLO)
    await acme.post(DESIGN, HELLO, thread=root)
    await acme.ephemeral(DESIGN, MIA, BYE, thread=root)
    seen = [(one.text, one.thread_ts) for one in ws.ephemerals(MIA, DESIGN)]

    assert seen == [("Hello", None), ("Bye", root)]
    assert ws.ephemerals(acme_studio.NOAH, DESIGN) == []


async def test_direct(acme: Slack, ws: Workspace) -> None:
    """Somebody is written to in the direct message with Easel."""
    ts = await acme.direct(MIA, HELLO)

    assert [one.ts for one in ws.messages(ws.direct(MIA).id)] == [ts]


async def test_permalink(acme: Slack, ws: Workspace) -> None:
    """A message has an address for people."""
    ts = await acme.post(DESIGN, HELLO)

    assert (await acme.permalink(DESIGN, ts)).startswith(ws.url)


# Views


async def test_views(acme: Slack, ws: Workspace) -> None:
    """A modal is opened, changed while it is the one that we know, and refused when it is not."""
    await acme.open_view(ws.world.new_trigger(MIA, DESIGN), modal("First"))
    view = ws.view(MIA)
    assert view is not None
    known = view.hash
    await acme.update_view(view.id, modal("Second"), known)
    assert view.body["title"]["text"] == "Second"
    with pytest.raises(SlackRefused) as caught:
        await acme.update_view(view.id, modal("Third"), known)
    assert caught.value.code == "hash_conflict"
    await acme.update_view(view.id, modal("Third"))

    assert view.body["title"]["text"] == "Third"


async def test_the_newest_change_of_a_modal_wins(acme: Slack, ws: Workspace) -> None:
    """Changes follow one another; one that a newer has overtaken is not made at all."""
    opened = await acme.open_view(ws.world.new_trigger(MIA, DESIGN), modal("First"))
    gate = Gate()
    ws.faults.arm("gate", "views.update", gate=gate, when="before")
    changes = [
        asyncio.create_task(acme.redraw_view(opened.id, modal(f"At {at}"), at)) for at in "2431"
    ]
    await gate.reached.wait()
    gate.opened.set()
    await asyncio.gather(*changes)

    titles = [call.args["view"]["title"]["text"] for call in ws.calls_of("views.update")]
    assert titles == ["At 2", "At 4"]


async def test_trigger_expires(acme: Slack, ws: Workspace, clock: Clock) -> None:
    """A trigger lives for three seconds: after that Slack says no, and we do not insist."""
    trigger = ws.world.new_trigger(MIA, DESIGN)
    clock.now += 3.1
    with pytest.raises(SlackRefused):
        await acme.open_view(trigger, modal("Late"))

    assert len(ws.calls_of("views.open")) == 1


async def test_home(acme: Slack, ws: Workspace) -> None:
    """App Home is published for one person, again after a lost answer."""
    ws.faults.arm("lost_answer", "views.publish")

    async def draw() -> dict[str, object]:
        return {"type": "home", "blocks": [section("Welcome")]}

    await acme.publish_home(MIA, draw)

    home = ws.home(MIA)
    assert home is not None
    assert home.body["blocks"][0]["text"]["text"] == "Welcome"
    assert len(ws.calls_of("views.publish")) == 2
