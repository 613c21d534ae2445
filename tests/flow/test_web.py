"""The HTTP side: signatures, health, metrics."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import socket
import time
from urllib.parse import urlencode

import aiohttp
import aiosqlite
import pytest

from tests.flow.stage import PATIENCE, Stage
from tests.restart.process import free_port

FORM = "application/x-www-form-urlencoded"


def signed(secret: str, body: str, *, at: int | str | None = None) -> dict[str, str]:
    """The headers with which Slack sends a body."""
    moment = str(int(time.time()) if at is None else at)
    digest = hmac.new(secret.encode(), f"v0:{moment}:{body}".encode(), hashlib.sha256).hexdigest()
    return {
        "X-Slack-Request-Timestamp": moment,
        "X-Slack-Signature": f"v0={digest}",
        "Content-Type": FORM,
    }


@pytest.fixture(name="http")
async def _http() -> object:
    async with aiohttp.ClientSession() as session:
        yield session


async def test_only_slack_is_heard(either: Stage, http: aiohttp.ClientSession) -> None:
    """A wrong, missing or old signature is 401; over Socket Mode nobody is heard over HTTP."""
    body = urlencode({"command": "/image", "text": "x"})
    secret = either.ws.signing_secret
    async with either.bot() as address:
        wrong = [
            signed("other", body),
            {"Content-Type": FORM},
            signed(secret, body + "x"),
            signed(secret, body, at=int(time.time()) - 301),
            signed(secret, body, at=int(time.time()) + 301),
            signed(secret, body, at="soon"),
            signed(secret, body) | {"X-Slack-Signature": "v0=žluťoučký"},
            signed(secret, body) | {"X-Slack-Request-Timestamp": "١٢٣"},
        ]
        for headers in wrong:
            async with http.post(f"{address}/slack/events", data=body, headers=headers) as answer:
                assert answer.status == (401 if either.over_http else 404)


async def test_a_body_that_is_nothing_is_refused(stage: Stage, http: aiohttp.ClientSession) -> None:
    """A well-signed body without a payload is 400, no error of ours; a challenge is answered."""
    stage.over_http = True
    secret = stage.ws.signing_secret
    async with stage.bot() as address:
        for body in ("", "a=b", "payload=no", "payload=[1]"):
            headers = signed(secret, body)
            async with http.post(f"{address}/slack/events", data=body, headers=headers) as answer:
                assert answer.status == 400
        body = json.dumps({"type": "url_verification", "challenge": "c4"})
        headers = signed(secret, body) | {"Content-Type": "application/json"}
        async with http.post(f"{address}/slack/events", data=body, headers=headers) as answer:
            assert await answer.json() == {"challenge": "c4"}


async def test_health_says_what_is_missing(stage: Stage, http: aiohttp.ClientSession) -> None:
    """Ready with the socket up, 503 with the reason while it is down; alive in both cases."""
    async with stage.bot() as address:
        async with http.get(f"{address}/readyz") as answer:
            assert answer.status == 200
        stage.faults.arm("status", "apps.connections.open", times=None, status=503)
        stage.ws.drop_sockets()
        await stage.ws.until(lambda: not stage.ws.connections)
        async with http.get(f"{address}/readyz") as answer:
            assert answer.status == 503
            assert "the socket to Slack is not up" in await answer.text()
        async with http.get(f"{address}/healthz") as answer:
            assert answer.status == 200


async def test_a_lost_socket_comes_back(stage: Stage) -> None:
    """A socket that broke without a word is opened again, and commands are heard over it."""
    async with stage.bot():
        stage.ws.drop_sockets()
        await stage.ws.until(lambda: not stage.ws.connections)
        await stage.ws.until(lambda: stage.ws.connections)

        assert (await stage.type("a fox")).ok


async def test_metrics_count_what_happened(stage: Stage, http: aiohttp.ClientSession) -> None:
    """After a picture, /metrics has it and its credits, in Prometheus' text, without its prompt.

    On the port that Slack reaches nobody reads them.
    """
    stage.extra = {"EASEL_METRICS": f"127.0.0.1:{free_port()}"}
    async with stage.bot() as address:
        await stage.press(await stage.ask("a secret fox"), "generate")
        await stage.done()
        async with http.get(f"{address}/metrics") as answer:
            assert answer.status == 404
        async with http.get(f"http://{stage.extra['EASEL_METRICS']}/metrics") as answer:
            text = await answer.text()

        assert "text/plain" in answer.headers["Content-Type"]
        assert 'easel_credits_total{kind="held"}' in text
        assert "easel_open_jobs" in text
        assert "secret" not in text


async def test_two_on_a_machine(
    stage: Stage, http: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    """Where another Easel has the address of /metrics, this one serves Slack, and says so once.

    When the other one has ended, this one's are read there.
    """
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        stage.extra = {"EASEL_METRICS": taken}
        stage.hurry(metrics=0.02)
        async with stage.bot():
            assert (await stage.type("a fox")).ok

            other.close()
            async with asyncio.timeout(PATIENCE):
                while not await served(http, f"http://{taken}/metrics"):  # noqa: ASYNC110 -- HTTP
                    await asyncio.sleep(0.02)

    said = [line for line in caplog.messages if line.startswith("EASEL_METRICS")]
    assert len(said) == 1
    assert f"{taken} is another program's: give each Easel on this machine" in said[0]


async def served(http: aiohttp.ClientSession, address: str) -> bool:
    """Whether somebody answers there."""
    try:
        async with http.get(address) as answer:
            return answer.status == 200
    except aiohttp.ClientConnectionError:
        return False


async def test_what_was_heard_is_answered_before_the_end(either: Stage) -> None:
    """A command under way when Easel stops still gets its answer: its task has an owner."""
    either.hurry(busy=1.0)
    async with aiosqlite.connect(either.folder / "demo.db", isolation_level=None) as other:
        async with either.bot():
            await other.execute("BEGIN IMMEDIATE")
            waiting = asyncio.create_task(either.type("a fox"))
            await either.type("help")  # heard after it, over the same socket
        delivery = await waiting

        assert delivery.ok
        assert delivery.shown is not None
        assert "Nothing was held" in delivery.shown.text
