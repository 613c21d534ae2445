"""Answers to clicks and commands through their `response_url`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bot.core.job import ChannelId, Ts, UserId
from bot.demo.slack import seed as acme_studio
from bot.slack.errors import SlackLost, SlackRefused
from bot.views.kit import Message
from tests.slack_client.crooked import CUT, Crooked, plain, refused

if TYPE_CHECKING:
    from bot.demo.slack.workspace import Workspace
    from bot.slack.client import Slack
    from tests.slack_client.conftest import Clock

DESIGN = ChannelId(acme_studio.DESIGN)
MIA = UserId(acme_studio.MIA)
HELLO = Message("hello", ({"type": "divider"},))
BYE = Message("Bye")


def button(action_id: str) -> dict[str, Any]:
    """A block with one button."""
    text = {"type": "plain_text", "text": action_id}
    return {
        "type": "actions",
        "elements": [{"type": "button", "action_id": action_id, "text": text}],
    }


# On the wire


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (plain("ok"), True),
        ({"ok": True}, True),
        (plain('{"ok": false, "error": "expired_url"}'), False),
        (refused("used_url", 404), False),
        (plain("no_service", 404), False),
        (plain("<html>"), False),
        (plain("[]"), False),
        (plain(""), False),
    ],
)
async def test_respond_says_whether_it_worked(
    slack: Slack, crooked: Crooked, answer: Any, *, expected: bool
) -> None:
    """An answer counts only if status and body agree."""
    crooked.say(answer)

    assert await slack.respond(f"{crooked.url}/actions/1", HELLO) is expected
    assert len(crooked.requests) == 1
    assert "Authorization" not in crooked.requests[0].headers


async def test_respond_bodies(slack: Slack, crooked: Crooked) -> None:
    """Replacing, adding and deleting are said in Slack's words; deleting stands alone."""
    crooked.say(*[plain("ok")] * 3)
    url = f"{crooked.url}/actions/1"
    await slack.respond(url, HELLO)
    await slack.respond(url, HELLO, replace=False)
    await slack.respond(url, None)
    content = {"text": "hello", "blocks": [{"type": "divider"}]}
    quiet = {"unfurl_links": False, "unfurl_media": False}

    assert [json.loads(body) for body in crooked.bodies] == [
        content | quiet | {"replace_original": True},
        content | quiet | {"replace_original": False, "response_type": "ephemeral"},
        {"delete_original": True},
    ]


async def test_respond_retries(slack: Slack, crooked: Crooked) -> None:
    """A replacement is repeated when it was lost, an addition only after a 429."""
    url = f"{crooked.url}/actions/1"
    crooked.say(plain("", 429, retry_after=1), CUT, plain("ok"))
    assert await slack.respond(url, HELLO)
    assert len(crooked.requests) == 3
    crooked.say(plain("", 429, retry_after=1), plain("", 503))
    with pytest.raises(SlackLost):
        await slack.respond(url, HELLO, replace=False)

    assert len(crooked.requests) == 5


ELSEWHERE = [
    "https://example.com/actions/1",
    "http://hooks.slack.com/actions/1",
    "https://hooks.slack.com:8443/actions/1",
    "https://hooks.slack.com@example.com/actions/1",
    "https://hooks.slack.com.example.com/1",
    "https://evilhooks.slack.com/1",
    "https://slack.com/1",
    "https://169.254.169.254/1",
    "ftp://127.0.0.1/1",
    "//hooks.slack.com/1",
    "https://[::1",
    "not an address",
    "",
]


@pytest.mark.parametrize("url", ELSEWHERE)
async def test_respond_only_to_slack(slack: Slack, crooked: Crooked, url: str) -> None:
    """A reply address that is not Slack's gets nothing."""
    assert await slack.respond(url, HELLO) is False
    assert crooked.requests == []


# Against the embedded workspace


async def clickable(acme: Slack, ws: Workspace) -> tuple[str, Ts]:
    """The reply address of a click on an ephemeral, and the ephemeral's ts."""
    await acme.ephemeral(DESIGN, MIA, Message("Card", (button("generate"),)))
    ts = ws.ephemerals(MIA, DESIGN)[-1].ts
    return ws.world.new_response_url(MIA, DESIGN, ts, "actions"), Ts(ts)


async def test_respond_replaces_and_deletes(acme: Slack, ws: Workspace) -> None:
    """The clicked ephemeral is replaced in its place, and then deleted."""
    url, _ = await clickable(acme, ws)

    assert await acme.respond(url, BYE)
    assert [one.text for one in ws.ephemerals(MIA, DESIGN)] == ["Bye"]
    assert await acme.respond(url, None)
    assert ws.ephemerals(MIA, DESIGN) == []


async def test_respond_adds(acme: Slack, ws: Workspace) -> None:
    """Without replacing, the answer comes beside the clicked message, for the same person."""
    url, _ = await clickable(acme, ws)

    assert await acme.respond(url, BYE, replace=False)
    assert [one.text for one in ws.ephemerals(MIA, DESIGN)] == ["Card", "Bye"]


async def test_respond_spent(acme: Slack, ws: Workspace) -> None:
    """After five uses the address is spent, and the caller hears of it."""
    url, _ = await clickable(acme, ws)

    assert [await acme.respond(url, HELLO) for _ in range(6)] == [True] * 5 + [False]


async def test_respond_expired(acme: Slack, ws: Workspace, clock: Clock) -> None:
    """After thirty minutes the address is worth nothing."""
    url, _ = await clickable(acme, ws)
    clock.now += 30 * 60 + 1

    assert not await acme.respond(url, HELLO)


async def test_respond_refused(acme: Slack, ws: Workspace) -> None:
    """A message that Slack does not take is a no as well."""
    url, _ = await clickable(acme, ws)

    assert not await acme.respond(url, Message("x", ({"type": "nonsense"},)))


async def test_respond_lost(acme: Slack, ws: Workspace) -> None:
    """A replacement whose answer was lost is said again: the card shows it once."""
    url, _ = await clickable(acme, ws)
    ws.faults.arm("lost_answer", "response_url")

    assert await acme.respond(url, BYE)
    assert [one.text for one in ws.ephemerals(MIA, DESIGN)] == ["Bye"]
    assert len(ws.calls_of("response_url")) == 2


async def test_refused_blocks_are_spared_for_a_day(
    acme: Slack, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A workspace that refuses a block gets the plainer ones; a day later it is asked again."""
    ws.world.refused_blocks = {"header"}
    heading = {"type": "header", "text": {"type": "plain_text", "text": "Charts"}}
    message = Message("hello", (heading,), plainer=HELLO.blocks)
    await acme.ephemeral(DESIGN, MIA, message)
    await acme.post(DESIGN, message)
    monkeypatch.setattr(acme, "_plain_until", 0.0)
    await acme.direct(MIA, message)

    assert ws.ephemerals(MIA, DESIGN)[-1].blocks[0]["type"] == "divider"
    assert [call.ok for call in ws.calls_of("chat.postEphemeral")] == [False, True]
    assert [call.ok for call in ws.calls_of("chat.postMessage")] == [True, False, True]


async def test_other_refusals_are_no_reason_for_plainer_blocks(acme: Slack) -> None:
    """What is wrong beside the blocks is refused once; nothing is remembered of it."""
    message = Message("hello", HELLO.blocks, plainer=())
    with pytest.raises(SlackRefused):
        await acme.post(ChannelId("C0NOWHERE"), message)

    assert acme._plain_until == 0.0
