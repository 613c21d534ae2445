"""Connections to Easel's port: whoever only waits does not keep Slack out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlencode

import pytest
from yarl import URL

from bot import http
from tests.flow.payloads import FORM, signed
from tests.flow.stage import PATIENCE, Stage

ROOM = 60
STRANGERS = 200
START = b"POST /slack/events HTTP/1.1\r\nHost: easel\r\n"
HEADERS = START + b"Content-Length: 1000\r\n"

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        (b"", b""),
        (HEADERS, b""),
        (HEADERS + b"\r\n", b"HTTP/1.1 408"),
        (HEADERS + b"\r\npayload=", b"HTTP/1.1 408"),
    ],
    ids=["nothing", "half a head", "a head", "half a body"],
)
async def test_nobody_is_waited_for_for_long(
    stage: Stage, caplog: pytest.LogCaptureFixture, said: bytes, answered: bytes
) -> None:
    """A request that does not come, or not as a whole, is given up; nothing is logged about it."""
    stage.over_http = True
    stage.hurry(request=0.2)
    async with stage.bot() as address, _line(address) as (reader, writer):
        writer.write(said)

        assert (await _to_the_end(reader)).startswith(answered)
        assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []


async def test_slack_gets_through_beside_those_who_wait(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where connections are all taken the oldest stranger leaves, never Slack, old or new."""
    monkeypatch.setattr(http, "CONNECTIONS", ROOM)
    stage.over_http = True
    stage.hurry(request=600.0)
    async with stage.bot() as address, _line(address) as slack:
        assert await _answered(stage, slack)
        strangers: list[Line] = []
        try:
            for number in range(STRANGERS):
                line = await _connect(address)
                strangers.append(line)
                line[1].write(b"" if number % 4 else HEADERS + b"\r\n")
            card = await stage.ask()
            left = strangers[: STRANGERS - ROOM]
            ended = await asyncio.gather(*(_to_the_end(reader) for reader, _ in left))

            assert card.blocks
            assert await _answered(stage, slack)
            assert ended == [b""] * len(left)
            assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []
        finally:
            for _, writer in strangers:
                writer.close()


NOISE = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "no gzip": HEADERS + b"Content-Encoding: gzip\r\n\r\n" + b"x" * 1000,
    "an encoding that is not known": HEADERS + b"Content-Encoding: br\r\n\r\n" + b"x" * 1000,
    "no chunks": START + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "two lengths": HEADERS + b"Content-Length: 5\r\n\r\n",
    "no type": HEADERS + b"Content-Type: ;;\xff\r\n\r\n" + b"x" * 1000,
    "too long a body": START + b"Content-Length: 9000000\r\n\r\n" + b"x" * 3_000_000,
    "too long a head": START + b"X: " + b"x" * 100_000 + b"\r\n\r\n",
    "goes away": HEADERS + b"\r\npayload=",
}


@pytest.mark.parametrize("noise", NOISE.values(), ids=NOISE)
async def test_noise_is_no_error(
    stage: Stage, caplog: pytest.LogCaptureFixture, noise: bytes
) -> None:
    """Whatever anybody sends is refused, and never a fault of ours."""
    stage.over_http = True
    async with stage.bot() as address:
        async with _line(address) as (reader, writer):
            writer.write(noise)
            writer.write_eof()
            try:
                answer = await _to_the_end(reader)
            except ConnectionResetError:
                answer = b""
        async with _line(address) as slack:
            assert await _answered(stage, slack)

    assert answer[:10] in {b"", b"HTTP/1.1 4", b"HTTP/1.0 4"}
    assert [one for one in caplog.records if one.name.startswith("bot.")] == []


async def _to_the_end(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(PATIENCE):
        return await reader.read()


async def _answered(stage: Stage, line: Line) -> bool:
    """Whether a signed command is answered over this connection, which stays open."""
    command = {"command": "/image", "text": "help", "team_id": "T", "user_id": "U"}
    body = urlencode(command | {"channel_id": "C"}).encode()
    headers = signed(stage.ws.signing_secret, body, FORM) | {"Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    reader, writer = line
    writer.write(START + head.encode() + b"\r\n" + body)
    answer = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = next(one for one in answer.splitlines() if one.startswith("Content-Length"))
    await reader.readexactly(int(length.partition(":")[2]))
    return answer.startswith("HTTP/1.1 200")


async def _connect(address: str) -> Line:
    url = URL(address)
    assert url.host is not None
    return await asyncio.open_connection(url.host, url.port)


@asynccontextmanager
async def _line(address: str) -> AsyncIterator[Line]:
    reader, writer = await _connect(address)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
