"""Polling a task, over the wire."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import httpx
import pytest

from bot.core.job import TaskId
from bot.pixapi.answers import Finished, Image, Submitted
from bot.pixapi.errors import (
    NoAnswer,
    TaskFailed,
    TaskVanished,
)
from tests.pixapi_client.against import ASK, drawn, provider, reply, scripted

OK = {"id": "t1"}


@pytest.mark.parametrize(
    "shape",
    ["data", "result.data", "result.images", "output.data", "response.data", "urls", "bare"],
)
async def test_every_shape_of_the_provider_is_read(shape: str) -> None:
    """The embedded provider's shapes, over the wire."""
    async with provider() as served:
        served.faults.arm("shape", "submit", shape=shape)
        outcome = await served.outcome(replace(ASK, count=2))

        assert len(outcome.images) == 2
        assert all(image.url for image in outcome.images)


@pytest.mark.parametrize(("fault", "values", "count"), [("empty", {}, 0), ("fewer", {"n": 1}, 1),
                                                        ("more", {"n": 3}, 3)])  # fmt: skip
async def test_any_number_of_pictures_is_told_as_it_is(
    fault: str, values: dict[str, Any], count: int
) -> None:
    """None, fewer or more than asked is an outcome, not an error."""
    async with provider() as served:
        served.faults.arm(fault, "submit", **values)

        assert count == len((await served.outcome(replace(ASK, count=2))).images)


async def test_a_poll_is_repeated_over_what_passes() -> None:
    """Broken connections, proxies, 429 and 500 do not end the wait for a task."""
    async with provider() as served:
        submitted = await served.client.submit(ASK)
        assert isinstance(submitted, Submitted)
        for fault in ("lost_request", "lost_answer"):
            served.faults.arm(fault, "poll")
        served.faults.arm("html", "poll", status=502)
        served.faults.arm("status", "poll", status=429)
        served.faults.arm("status", "poll", status=500)

        assert isinstance(await served.client.poll(submitted.task), Finished)
        assert len(served.pixapi.made) == 1


@pytest.mark.parametrize(
    ("answers", "calls"),
    [
        ([httpx.ConnectError("no")], 6),
        ([httpx.ReadTimeout("slow")], 6),
        ([httpx.Response(200, content=b"<html>")], 6),
        ([httpx.Response(502)], 6),
        ([httpx.Response(401)], 1),
    ],
)
async def test_a_poll_without_an_answer_says_so(answers: list[Any], calls: int) -> None:
    """After the tries, or at once where they would not help: nothing was learned."""
    async with scripted(*answers) as (client, wire):
        with pytest.raises(NoAnswer):
            await client.poll(TaskId("t1"))

    assert calls == len(wire.sent)


async def test_failed_and_vanished_tasks_are_told_apart() -> None:
    """A failure carries the provider's word and message; a vanished task neither."""
    async with provider() as served:
        served.faults.arm("task_failed", "submit", code="prompt_rejected", message="no foxes")
        failed = await served.client.submit(ASK)
        served.faults.arm("vanish", "submit")
        gone = await served.client.submit(ASK)
        assert isinstance(failed, Submitted)
        assert isinstance(gone, Submitted)
        with pytest.raises(TaskFailed) as failure:
            await served.client.poll(failed.task)
        with pytest.raises(TaskVanished):
            await served.client.poll(gone.task)

        assert (failure.value.code, failure.value.message) == ("prompt_rejected", "no foxes")


async def test_a_tasks_id_is_one_step_of_the_path() -> None:
    """Whatever the provider calls a task, the poll stays below /v1/tasks/."""
    async with scripted(reply(200, {"status": "queued"})) as (client, wire):
        await client.poll(TaskId("a/../b?c#d é"))

    assert wire.sent[0].url.raw_path == b"/v1/tasks/a%2F..%2Fb%3Fc%23d%20%C3%A9"


async def test_pictures_inside_an_answer_are_decoded() -> None:
    """A task whose answer holds 5 MB of base64 gives the picture's bytes."""
    data = drawn("png") + bytes(5_000_000)
    encoded = base64.b64encode(data).decode()
    answer = reply(200, {"status": "completed", "data": [{"b64_json": encoded}] * 2})
    async with scripted(answer) as (client, _):
        assert Finished((Image(content=data),) * 2, None, None) == await client.poll(TaskId("t1"))
