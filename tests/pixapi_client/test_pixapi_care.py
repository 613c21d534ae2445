"""The key, the log, cookies, cancelled calls."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import httpx
import pytest

from bot.core.job import TaskId
from bot.pixapi.answers import Running
from bot.pixapi.client import KeyCheck, PixapiClient, open_http
from bot.pixapi.errors import (
    BadAnswer,
    InDoubt,
    NoAnswer,
    NoEndpoint,
    NotSent,
    PixapiError,
    Rejected,
    TaskFailed,
    TaskVanished,
)
from tests.pixapi_client.against import API, ASK, provider, reply, scripted, socket

OK = {"id": "t1"}


@pytest.mark.parametrize(
    ("answer", "check"),
    [
        (reply(200, {"data": [{"id": "gpt-image-2"}]}), KeyCheck.OK),
        (reply(401, {}), KeyCheck.WRONG),
        (reply(404, {}), KeyCheck.CANNOT_TELL),
        (reply(403, {}), KeyCheck.CANNOT_TELL),
        (reply(500, {}), KeyCheck.CANNOT_TELL),
        (httpx.ConnectError("no"), KeyCheck.CANNOT_TELL),
        (httpx.ReadTimeout("slow"), KeyCheck.CANNOT_TELL),
    ],
)
async def test_the_key_is_checked_with_one_cheap_call(answer: Any, check: KeyCheck) -> None:
    """Only 401 says that it is wrong."""
    async with scripted(answer) as (client, wire):
        assert check is await client.check_key()

    assert [f"{API}/v1/models"] == [str(sent.url) for sent in wire.sent]


async def test_a_key_is_right_or_wrong_at_the_provider() -> None:
    """Against the embedded provider."""
    async with provider() as served:
        right = await served.client.check_key()
        served.pixapi.key = "sk_other"

        assert (right, await served.client.check_key()) == (KeyCheck.OK, KeyCheck.WRONG)


@pytest.mark.parametrize(
    ("base_url", "key"),
    [("ftp://x", "k"), ("nonsense", "k"), ("https://", "k"), (API, "a\nb"), (API, "ключ")],
)
async def test_what_cannot_be_sent_is_refused_at_the_start(base_url: str, key: str) -> None:
    """A key or an address that no request can carry is a mistake of the configuration."""
    async with open_http() as http:
        with pytest.raises(ValueError, match=r"base address|key"):
            PixapiClient(http, base_url=base_url, key=key)


async def test_the_log_knows_no_prompt_key_or_address(caplog: pytest.LogCaptureFixture) -> None:
    """Neither in success nor in failure, at any level above debug, does a secret get out."""
    with caplog.at_level(logging.INFO):
        async with provider() as served:
            served.faults.arm("status", "submit", status=503, message="a red fox said no")
            outcome = await served.outcome()
            async with served.client.open(outcome.images[0]):
                pass

    text = "\n".join(f"{record.__dict__}" for record in caplog.records)
    assert "stamina" in text  # the retry was logged
    assert "fox" not in text
    assert "sk_" not in text
    assert ".png" not in text


async def test_an_unknown_status_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """It goes on polling, and says so a single time."""
    async with scripted(reply(200, {"status": "dreaming"})) as (client, _):
        for _count in range(3):
            assert Running("dreaming") == await client.poll(TaskId("t1"))

    assert len([line for line in caplog.records if "dreaming" in line.getMessage()]) == 1


async def test_cookies_are_not_kept() -> None:
    """What one host sets is not sent back, to it or to its neighbours."""
    seen = []

    async def setting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 404 No\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")

    async with socket(setting) as client:
        for _ in range(2):
            await client.check_key()

    assert len(seen) == 2
    assert not any(b"cookie" in request.lower() for request in seen)


async def test_a_cancelled_call_gives_its_connection_back() -> None:
    """A pool of one connection serves the next call after the first was cancelled."""
    reached = asyncio.Event()

    async def still(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if reached.is_set():
            writer.write(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")
        else:
            reached.set()
            await reader.read()

    async with socket(still, connections=1) as client:
        waiting = asyncio.create_task(client.submit(ASK))
        await reached.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

        assert await client.check_key() is KeyCheck.WRONG


def test_every_error_can_be_told_by_its_parent() -> None:
    """One tree: a caller that catches PixapiError misses nothing."""
    kinds = {Rejected, NotSent, InDoubt, NoAnswer, TaskFailed, TaskVanished, BadAnswer}

    assert all(issubclass(kind, PixapiError) for kind in kinds)
    assert issubclass(NoEndpoint, Rejected)
