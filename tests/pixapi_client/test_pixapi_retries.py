"""How often a submit is sent, and what its failure says about money."""

from __future__ import annotations

import asyncio
import gzip
import socket as sockets
from collections.abc import Callable
from typing import Any
from zlib import compress

import httpx
import pytest
import stamina

from bot.core.job import TaskId
from bot.pixapi.answers import Submitted
from bot.pixapi.client import PixapiClient, open_http
from bot.pixapi.errors import (
    BadAnswer,
    InDoubt,
    NotSent,
    PixapiError,
    Rejected,
)
from tests.pixapi_client.against import API, ASK, Wire, provider, reply, scripted, socket
from tests.pixapi_client.memory import BOMB, peak

OK = {"id": "t1"}


@pytest.mark.parametrize("shape", ["number", "word"])
@pytest.mark.parametrize(
    ("status", "code", "calls"),
    [
        (400, "invalid_request", 1),
        (401, "unauthorized", 1),
        (402, "insufficient_credits", 1),
        (404, "model_not_found", 1),
        (422, "prompt_rejected", 1),
        (429, "rate_limited", 6),
        (500, "internal_error", 6),
        (503, "model_unavailable", 6),
    ],
)
async def test_only_what_may_pass_is_retried(
    shape: Any, status: int, code: str, calls: int
) -> None:
    """Each row of the error table, in both shapes, with the calls it makes on the wire."""
    async with provider() as served:
        served.pixapi.error_shape = shape
        served.faults.arm("status", "submit", times=None, status=status)
        with pytest.raises(Rejected) as refused:
            await served.client.submit(ASK)

        assert refused.value.code == code
        assert refused.value.http_status == status
        assert refused.value.request_id
        assert calls == len(served.pixapi.asked)
        assert served.pixapi.made == []


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_what_passes_is_not_noticed(status: int) -> None:
    """Five refusals and then a task: one task."""
    async with provider() as served:
        served.faults.arm("status", "submit", times=5, status=status)

        assert isinstance(await served.client.submit(ASK), Submitted)
        assert len(served.pixapi.made) == 1


async def test_a_lost_answer_is_in_doubt_and_never_repeated() -> None:
    """The provider has a task, the connection breaks: one call, and the caller is told so."""
    async with provider() as served:
        served.faults.arm("lost_answer", "submit", times=None)
        with pytest.raises(InDoubt):
            await served.client.submit(ASK)

        assert len(served.pixapi.asked) == len(served.pixapi.made) == 1


async def test_a_request_cut_before_its_effect_is_in_doubt_too() -> None:
    """From outside, a broken connection looks the same whether it was taken or not."""
    async with provider() as served:
        served.faults.arm("lost_request", "submit", times=None)
        with pytest.raises(InDoubt):
            await served.client.submit(ASK)

        assert len(served.pixapi.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ReadTimeout("slow"),
        httpx.WriteTimeout("slow"),
        httpx.WriteError("broken"),
        httpx.ReadError("broken"),
        httpx.RemoteProtocolError("gone"),
        httpx.LocalProtocolError("short"),
        OSError("odd"),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, content=b""),
        httpx.Response(204),
        httpx.Response(502, content=b"<html>"),
        httpx.Response(503),
        httpx.Response(504),
    ],
)
async def test_whatever_leaves_doubt_is_sent_once(answer: httpx.Response | Exception) -> None:
    """No readable final answer: in doubt at once, for the caller to decide."""
    async with scripted(answer) as (client, wire):
        with pytest.raises(InDoubt):
            await client.submit(ASK)

    assert len(wire.sent) == 1


async def test_what_never_left_is_tried_again() -> None:
    """No connection: five tries more, and then nothing was charged."""
    error = httpx.ConnectError("no")
    async with scripted(error) as (client, wire):
        with pytest.raises(NotSent):
            await client.submit(ASK)
    assert len(wire.sent) == 6

    async with scripted(error, error, reply(200, OK)) as (client, wire):
        assert await client.submit(ASK) == Submitted(TaskId("t1"), None)
    assert len(wire.sent) == 3


async def test_a_refused_connection_never_left() -> None:
    """A port on which nobody listens, with the real client."""
    with sockets.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: refused
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with stamina.set_testing(True, attempts=3):
            async with open_http() as http:
                with pytest.raises(NotSent):
                    await PixapiClient(http, base_url=address, key="sk_x").submit(ASK)


@pytest.mark.parametrize(
    "answer",
    [
        b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"id": "t1"',
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Encoding: gzip\r\n\r\nno gzip!!",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200",
        b"nonsense\r\n\r\n",
        b"",
    ],
)
async def test_half_an_answer_is_in_doubt(answer: bytes) -> None:
    """An answer that breaks off, does not decode or is no HTTP says nothing."""
    calls = []

    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append(await reader.readuntil(b"}"))
        writer.write(answer)

    async with socket(half) as client:
        with pytest.raises(InDoubt):
            await client.submit(ASK)

    assert len(calls) == 1


async def test_a_refusal_whose_body_breaks_off_is_still_a_refusal() -> None:
    """The status line says enough."""

    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}")
        writer.write(b'HTTP/1.1 402 No\r\nContent-Length: 500\r\n\r\n{"err')

    async with socket(half) as client:
        with pytest.raises(Rejected) as refused:
            await client.submit(ASK)

    assert refused.value.code == "insufficient_credits"


async def test_an_answer_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body beyond the limit is not read to its end, and what it meant is in doubt."""
    monkeypatch.setattr("bot.pixapi.client.MAX_ANSWER_BYTES", 1000)
    answer = reply(200, {"id": "t1", "status": "queued", "padding": "x" * 2000})
    async with scripted(answer) as (client, wire):
        with pytest.raises(InDoubt):
            await client.submit(ASK)
        with pytest.raises(BadAnswer):
            await client.poll(TaskId("t1"))

    assert len(wire.sent) == 2


def packed(body: bytes, encoding: str = "gzip", status: int = 200) -> httpx.Response:
    """An answer in an encoding that nobody asked for."""
    answer = httpx.Response(status, content=body)
    answer.headers["Content-Encoding"] = encoding
    return answer


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("X-GZIP", gzip.compress), ("deflate", compress)],
)
async def test_a_packed_answer_is_read(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    """A gateway that packs its answers, unasked: what it says of money is not lost."""
    async with scripted(packed(pack(b'{"id": "t1"}'), encoding)) as (client, _):
        assert await client.submit(ASK) == Submitted(TaskId("t1"), None)


@pytest.mark.parametrize("status", [200, 400, 503])
async def test_a_packed_answer_is_unpacked_within_its_limit(
    monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """100 MB of zeros in 100 kB: not in memory, and without an answer that could be read."""
    monkeypatch.setattr("bot.pixapi.client.MAX_ANSWER_BYTES", 1_000_000)
    async with scripted(packed(BOMB, status=status)) as (client, _), peak() as most:
        with pytest.raises(PixapiError) as failed:
            await client.submit(ASK)

    assert isinstance(failed.value, InDoubt if status != 400 else Rejected)
    assert most[0] < 5_000_000


@pytest.mark.parametrize(
    "answer",
    [
        packed(b'{"id": "t1"}', "br"),
        packed(b'{"id": "t1"}', "gzip"),
        packed(gzip.compress(b'{"id": "t1"}')[:-9], "gzip"),
        packed(b"", "gzip"),
    ],
)
async def test_a_packed_answer_that_cannot_be_read_is_in_doubt(answer: httpx.Response) -> None:
    """Packed otherwise, not packed at all, or cut: nobody knows what it meant."""
    async with scripted(answer) as (client, wire):
        with pytest.raises(InDoubt):
            await client.submit(ASK)

    assert len(wire.sent) == 1


@pytest.mark.parametrize(("seconds", "calls"), [("0", 6), ("2", 6), ("44", 6), ("46", 1)])
async def test_a_wait_longer_than_the_time_left_is_not_begun(seconds: str, calls: int) -> None:
    """`Retry-After` is honoured as long as it fits into the 45 s; else the failure is told now."""
    async with scripted(reply(429, {}, retry_after=seconds)) as (client, wire):
        with pytest.raises(Rejected) as refused:
            await client.submit(ASK)

    assert calls == len(wire.sent)
    assert float(seconds) == refused.value.retry_after


async def test_retry_after_is_how_long_the_client_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider's seconds replace the backoff; without them it lies between 0.5 and 8 s."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    wire = Wire([reply(429, {}, retry_after="7"), *[reply(429, {})] * 4, reply(200, OK)])
    monkeypatch.setattr("stamina._core._smart_sleep", sleep)
    async with httpx.AsyncClient(transport=httpx.MockTransport(wire)) as http:
        await PixapiClient(http, base_url=API, key="sk_x").submit(ASK)

    assert waits[0] == 7.0
    assert all(0.5 <= wait <= 8.0 for wait in waits[1:])
    assert len(waits) == 5
