"""What goes over the wire, and where to: bodies, connections, addresses, logs."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.job import ChannelId, FileId, JobId, Ts, UserId
from bot.slack.client import Slack, open_slack
from bot.slack.errors import SlackLost, SlackRefused
from bot.views.kit import Message
from tests.slack_client.crooked import CUT, Crooked, closed_port, plain, refused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

HERE, TS = ChannelId("C1"), Ts("1.000001")
SOMEBODY = UserId("U1")
HELLO = Message("hello", ({"type": "divider"},))
POSTED = {"ok": True, "ts": TS}


async def test_no_redirect(slack: Slack, crooked: Crooked) -> None:
    """A redirect is not followed: neither token nor prompt goes to another address."""
    for status in (301, 302, 303, 307, 308):
        crooked.say(plain("", status, location=f"{crooked.url}/elsewhere"))
        with pytest.raises(SlackRefused) as caught:
            await slack.post(HERE, HELLO)
        assert caught.value.code == f"http_{status}"

    assert {request.path for request in crooked.requests} == {"/api/chat.postMessage"}


async def test_one_connection(slack: Slack, crooked: Crooked) -> None:
    """Calls one after another share one connection, whatever they are."""
    for _ in range(10):
        crooked.say(POSTED, {"ok": True}, plain("ok"))
        await slack.post(HERE, HELLO)
        await slack.update(HERE, TS, HELLO)
        await slack.respond(f"{crooked.url}/actions/1", HELLO)

    assert len(crooked.requests) == 30
    assert len(crooked.peers) == 1


async def test_session_is_closed(crooked: Crooked) -> None:
    """Leaving `open_slack` closes the session that Bolt shares."""
    async with open_slack("xoxb-secret", api_url=f"{crooked.url}/api/") as slack:
        session = slack.web.session
        assert session is not None
        assert slack.web.retry_handlers == []
        assert session.timeout.total == 30
        assert session.timeout.sock_connect == 5

    assert session.closed


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "http_proxy"])
async def test_no_proxy_to_loopback(
    crooked: Crooked, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A proxy in the environment is not used for this machine, by our calls or by Bolt's client."""
    monkeypatch.setenv(name, f"http://127.0.0.1:{await closed_port()}")
    async with open_slack("xoxb-secret", api_url=f"{crooked.url}/api/") as slack:
        assert slack.web.proxy is None
        await slack.update(HERE, TS, HELLO)
        bolt = AsyncWebClient(base_url=slack.web.base_url, session=slack.web.session)
        assert bolt.proxy
        await bolt.api_call("auth.test")
        crooked.say(plain("ok"))

        assert await slack.respond(f"{crooked.url}/actions/1", HELLO)


async def test_nothing_long_in_the_address(slack: Slack, crooked: Crooked) -> None:
    """What people wrote travels in bodies: an address holds 8 KiB at most and ends up in logs."""
    crooked.say(POSTED, {"ok": True}, {"ok": True, "upload_url": crooked.url, "file_id": "F1"})
    words = Message("é" * 4000)
    await slack.post(HERE, words)
    await slack.share([(FileId("F1"), "é" * 4000)], HERE, thread=TS)
    await slack.upload_address("é" * 200, 1, "é" * 5000)

    assert [request.query_string for request in crooked.requests] == ["", "", ""]
    assert json.loads(crooked.bodies[0])["text"] == words.text


async def test_message_pings_and_links_nothing(slack: Slack, crooked: Crooked) -> None:
    """Messages unfurl nothing and leave parsing and link names at Slack's safe defaults."""
    crooked.say(POSTED)
    await slack.post(HERE, HELLO, thread=TS, mark=JobId("j1"))

    assert json.loads(crooked.bodies[0]) == {
        "channel": HERE,
        "text": "hello",
        "blocks": [{"type": "divider"}],
        "thread_ts": TS,
        "unfurl_links": False,
        "unfurl_media": False,
        "metadata": {"event_type": "easel_job", "event_payload": {"job": "j1"}},
    }


async def test_update_takes_blocks_away(slack: Slack, crooked: Crooked) -> None:
    """A message that becomes plain text says so: without `blocks` Slack could keep the old ones."""
    await slack.update(HERE, TS, Message("gone"))

    assert json.loads(crooked.bodies[0])["blocks"] == []


async def test_answers_without_what_they_promise(slack: Slack) -> None:
    """An answer that lacks what it is for is as good as lost, never a crash."""
    uses: list[Callable[[], Awaitable[object]]] = [
        lambda: slack.post(HERE, HELLO),
        lambda: slack.permalink(HERE, TS),
        lambda: slack.direct(SOMEBODY, HELLO),
        lambda: slack.channel(HERE),
        slack.identity,
        lambda: slack.upload_address("a.png", 1, ""),
        lambda: slack.file(FileId("F1")),
    ]
    for use in uses:
        with pytest.raises(SlackLost):
            await use()


async def test_quiet_logs(slack: Slack, crooked: Crooked, caplog: pytest.LogCaptureFixture) -> None:
    """Neither token nor prompt nor reply address reaches a log, at any level, whatever happens."""
    caplog.set_level(logging.DEBUG)
    crooked.say(POSTED, refused("ratelimited", 429, retry_after=1), POSTED, CUT)
    secret = Message("a secret prompt")
    await slack.post(HERE, secret)
    await slack.post(HERE, secret)
    with pytest.raises(SlackLost) as post:
        await slack.post(HERE, secret)
    crooked.say(CUT)
    with pytest.raises(SlackLost) as reply:
        await slack.respond(f"{crooked.url}/actions/very-secret", secret, replace=False)

    told = (
        caplog.text
        + str([vars(record) for record in caplog.records])
        + str(post.value)
        + repr(reply.value)
        + repr(reply.value.__cause__)
    )
    assert "secret" not in told


async def test_bodies_after_cancelling(slack: Slack, crooked: Crooked) -> None:
    """Somebody who stops waiting leaves a client that works."""
    task = asyncio.create_task(slack.update(HERE, TS, HELLO))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    crooked.say(POSTED)

    assert await slack.post(HERE, HELLO) == TS


@pytest.mark.parametrize(
    ("api_url", "url", "host", "expected"),
    [
        ("https://slack.com/api/", "https://hooks.slack.com/actions/1", "hooks", True),
        ("https://slack.com/api/", "https://files.slack.com/upload/v1/1", None, True),
        ("https://slack-gov.com/api/", "https://hooks.slack-gov.com/1", "hooks", True),
        ("https://slack.com/api/", "https://slack.com.example.com/1", None, False),
        ("https://slack.com/api/", "https://evilslack.com/1", None, False),
        ("https://slack.com/api/", "http://127.0.0.1:1/1", "hooks", False),
        ("https://slack.com/api/", "http://localhost:1/1", None, False),
        ("https://proxy.example.com/api/", "https://proxy.example.com/1", None, False),
        ("http://127.0.0.1:1/api/", "http://localhost:2/1", None, True),
        ("http://127.0.0.1:1/api/", "http://[::1]:2/1", "hooks", True),
        ("http://127.0.0.1:1/api/", "http://10.0.0.1:2/1", "hooks", False),
    ],
)
async def test_addresses(api_url: str, url: str, host: str | None, *, expected: bool) -> None:
    """Slack's https hosts are trusted with content; loopback only when the API is there as well."""
    async with open_slack("xoxb-secret", api_url=api_url) as slack:
        assert slack._may_send_to(url, host=host) is expected
