"""What a submit sends: fields, files, and to which endpoint."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from typing import Any

import pytest

from bot.core.job import ModelId, Quality
from bot.pixapi.answers import Finished, Running, Submitted
from bot.pixapi.client import InputFile
from bot.pixapi.errors import (
    NoEndpoint,
    Rejected,
)
from tests.pixapi_client.against import API, ASK, drawn, provider, reply, scripted

OK = {"id": "t1"}


async def test_a_request_becomes_a_task_and_its_pictures() -> None:
    """The whole way over a real socket: submit, poll while it runs, the picture's address, cost."""
    async with provider(seconds=3600) as served:
        submitted = await served.client.submit(ASK)
        assert isinstance(submitted, Submitted)
        early = await served.client.poll(submitted.task)
        served.pixapi.finish(submitted.task)
        outcome = await served.client.poll(submitted.task)

        assert isinstance(early, Running)
        assert isinstance(outcome, Finished)
        assert (len(outcome.images), outcome.cost_credits) == (1, 1)
        assert outcome.request_id
        assert submitted.request_id
        assert len(served.pixapi.asked) == 1


@pytest.mark.parametrize(
    ("request_", "fields"),
    [
        (ASK, {"size": "1024x1024", "quality": "low", "n": 1}),
        (
            replace(ASK, size=None, quality=Quality.AUTO),
            {"size": "auto", "quality": "auto", "n": 1},
        ),
        (replace(ASK, count=10), {"size": "1024x1024", "quality": "low", "n": 10}),
        (
            replace(ASK, model=ModelId("gemini-2.5-flash-image"), quality=None),
            {"size": "1024x1024", "n": 1},
        ),
        (replace(ASK, model=ModelId("gemini-2.5-flash-image"), quality=None, size=None), {"n": 1}),
    ],
)
async def test_the_fields_are_those_of_the_contract(request_: Any, fields: dict[str, Any]) -> None:
    """Quality only where the model has one, `auto` only for GPT Image, the rest always."""
    async with scripted(reply(200, OK)) as (client, wire):
        await client.submit(request_)

    always = {"model": request_.model, "prompt": "a red fox", "response_format": "url"}
    assert wire.bodies == [fields | always]
    assert wire.sent[0].url == f"{API}/v1/async/images/generations"
    assert wire.sent[0].headers["authorization"] == "Bearer sk_secret"


@pytest.mark.parametrize("prompt", ["a <b> & “c” 🦊\n日本", 'quote " and \\', "x" * 32_000])
async def test_the_prompt_reaches_pixapi_as_typed(prompt: str) -> None:
    """Through JSON and through multipart alike."""
    async with provider() as served:
        await served.client.submit(replace(ASK, prompt=prompt))

        assert served.pixapi.asked[0].fields["prompt"] == prompt


async def test_a_lone_surrogate_in_a_prompt_does_not_crash() -> None:
    """Half an emoji cannot be encoded; the rest of the prompt is sent."""
    async with scripted(reply(200, OK)) as (client, wire):
        await client.submit(replace(ASK, prompt="fox \ud83e"))

    assert wire.bodies[0]["prompt"] == "fox ?"


async def test_an_edit_streams_its_files_in_order() -> None:
    """Sixteen images and a mask arrive byte for byte, in the order given, with the fields."""
    pictures = [drawn("png", (64, 64 + number)) for number in range(16)]
    files = []
    for number, data in enumerate(pictures):
        files.append(InputFile(f'odd "näme" {number}.png', io.BytesIO(data), "image/png"))
    mask = io.BytesIO(drawn("png", (64, 64), transparency=(0, 0, 0)))
    async with provider() as served:
        answer = await served.client.submit(ASK, files, InputFile("mask.png", mask, "image/png"))

        call = served.pixapi.asked[0]
        assert isinstance(answer, Submitted)
        assert call.path == "/v1/async/images/edits"
        assert call.images == [hashlib.sha256(data).hexdigest() for data in pictures]
        assert call.mask
        assert call.fields["prompt"] == ASK.prompt


async def test_a_retried_edit_sends_its_files_again() -> None:
    """The second try carries the same bytes as the first."""
    data = drawn("png", (64, 64))
    async with provider() as served:
        served.faults.arm("status", "submit", status=429)
        await served.client.submit(ASK, [InputFile("a.png", io.BytesIO(data), "image/png")])

        assert len(served.pixapi.asked) == 2
        assert served.pixapi.asked[0].images == served.pixapi.asked[1].images != []


@pytest.mark.parametrize("status", [404, 405])
async def test_a_gateway_without_tasks_is_met_by_its_sync_endpoint(status: int) -> None:
    """The pictures come at once, and the task endpoint is not asked again."""
    async with provider() as served:
        served.pixapi.no_tasks = status
        first = await served.client.submit(ASK)
        second = await served.client.submit(replace(ASK, count=2))

        assert isinstance(first, Finished)
        assert isinstance(second, Finished)
        assert (len(first.images), len(second.images)) == (1, 2)
        assert [call.name for call in served.pixapi.asked] == ["submit", "sync", "sync"]


async def test_tasks_can_be_switched_off() -> None:
    """`tasks=False` never touches the task endpoint."""
    async with provider(tasks=False) as served:
        assert isinstance(await served.client.submit(ASK), Finished)
        assert [call.name for call in served.pixapi.asked] == ["sync"]


async def test_a_missing_model_is_no_missing_endpoint() -> None:
    """404 with the word model_not_found is a refusal, and no sync call follows."""
    async with provider() as served:
        with pytest.raises(Rejected) as refused:
            await served.client.submit(replace(ASK, model=ModelId("gone")))

        assert refused.value.code == "model_not_found"
        assert [call.name for call in served.pixapi.asked] == ["submit"]


async def test_a_wrong_base_address_is_not_taken_for_a_gateway_without_tasks() -> None:
    """Neither endpoint there: told as such, and the next submit asks for tasks again."""
    async with scripted(reply(404, {}), reply(404, {}), reply(200, OK)) as (client, wire):
        with pytest.raises(NoEndpoint):
            await client.submit(ASK)
        answer = await client.submit(ASK)

    assert isinstance(answer, Submitted)
    assert [sent.url.path for sent in wire.sent] == [
        "/v1/async/images/generations",
        "/v1/images/generations",
        "/v1/async/images/generations",
    ]


async def test_edits_go_to_the_sync_endpoint_for_edits() -> None:
    """The fallback keeps the kind of the request, and its files."""
    data = drawn("png", (64, 64))
    async with provider() as served:
        served.pixapi.no_tasks = 404
        await served.client.submit(ASK, [InputFile("a.png", io.BytesIO(data), "image/png")])

        assert served.pixapi.asked[-1].path == "/v1/images/edits"
        assert len(served.pixapi.asked[-1].images) == 1
