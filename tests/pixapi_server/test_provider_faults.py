"""Tasks and every fault of the API: each does what it says, once, and bills what it should."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from bot.demo.faults import Gate
from bot.demo.pixapi.answers import RESULT_SHAPES, WORDS
from tests.pixapi_server.provider_kit import (
    ASK,
    GENERATE,
    GENERATE_TASK,
    Clock,
    opened,
    served,
    word,
)

if TYPE_CHECKING:
    from tests.pixapi_server.provider_kit import Client


async def test_a_task_goes_from_queued_to_completed() -> None:
    """A task is queued, then processing, and is completed and billed when its time has come."""
    clock = Clock()
    async with served(clock=clock, task_seconds=10) as client:
        task = await client.submit()
        seen = []
        for now in (0, 5, 9.9, 10):
            clock.now = 1_700_000_000 + now
            seen.append((await client.poll(task)).json()["status"])

        assert seen == ["queued", "processing", "processing", "completed"]
        assert client.pixapi.billed == 1


async def test_a_task_that_nobody_polls_is_billed() -> None:
    """A task ends by the clock, asked for or not."""
    clock = Clock()
    async with served(clock=clock, task_seconds=10) as client:
        await client.submit()
        before = client.pixapi.billed
        clock.now += 10

        assert (before, client.pixapi.billed) == (0, 1)


async def test_tasks_end_when_told() -> None:
    """In manual mode a task and a sync call end by `finish` only."""
    async with served() as client:
        client.pixapi.manual = True
        task = await client.submit()
        sync = asyncio.create_task(client.post(GENERATE, ASK))
        await client.pixapi.arrived(2)
        waiting = (await client.poll(task)).json()["status"]
        for made in client.pixapi.made:
            client.pixapi.finish(made)
        answer = await sync

        assert (waiting, answer.status_code) == ("processing", 200)
        assert (await client.poll(task)).json()["status"] == "completed"
        assert client.pixapi.billed == 2


def found(body: dict[str, Any], shape: str) -> list[Any]:
    """The items of a result that has this shape."""
    at: Any = body
    for key in {"bare": "data", "b64": "data", "b64url": "data"}.get(shape, shape).split("."):
        at = at[key]
    return list(at)


@pytest.mark.parametrize("call", ["submit", "sync", "poll"])
@pytest.mark.parametrize("shape", RESULT_SHAPES)
async def test_a_result_comes_in_every_shape(shape: str, call: str) -> None:
    """Pictures stand where the armed shape puts them, in sync answers and in tasks."""
    async with served() as client:
        client.pixapi.faults.arm("shape", call, shape=shape)
        if call == "sync":
            body = (await client.post(GENERATE, ASK)).json()
        else:
            body = (await client.poll(await client.submit())).json()
        item = found(body, shape)[0]
        if shape.startswith("b64"):
            data = base64.b64decode(item["b64_json"], b"-_" if shape == "b64url" else None)
        else:
            url = item if shape in {"urls", "bare"} else item["url"]
            data = (await client.http.get(url)).content

    assert opened(data).size == (1024, 1024)


@pytest.mark.parametrize("call", ["submit", "sync", "poll", "models"])
@pytest.mark.parametrize("status", sorted(WORDS))
async def test_an_armed_status_has_no_effect(status: int, call: str) -> None:
    """Every documented error can be armed on every call; nothing is made or billed by it."""
    async with served() as client:
        task = await client.submit() if call == "poll" else ""
        client.pixapi.faults.arm("status", call, status=status)
        made = len(client.pixapi.made)
        answer = await reach(client, call, task)
        again = await reach(client, call, task)

        assert (status, WORDS[status]) == (answer.status_code, word(answer))
        assert again.status_code == 200
        assert made + (call in {"submit", "sync"}) == len(client.pixapi.made)


async def reach(client: Client, call: str, task: str = "") -> httpx.Response:
    """One request to the endpoint that a call's name stands for."""
    match call:
        case "submit":
            return await client.post(GENERATE_TASK, ASK)
        case "sync":
            return await client.post(GENERATE, ASK)
        case "poll":
            return await client.poll(task)
        case _:
            return await client.http.get(f"{client.pixapi.url}/v1/models", headers=client.headers)


async def test_errors_take_turns_in_two_shapes() -> None:
    """One error has the number as its code and a request id, the next one the word and a header."""
    async with served() as client:
        first, second = await client.post(GENERATE, {}), await client.post(GENERATE, {})

    error = first.json()["error"]
    assert (error["code"], error["type"]) == (400, "invalid_request_error")
    assert error["request_id"].startswith("req_")
    assert {"code", "message"} == set(second.json()["error"])
    assert second.headers["x-request-id"].startswith("req_")


async def test_an_armed_status_carries_what_it_is_given() -> None:
    """Word, message and Retry-After of an armed error are the test's."""
    async with served() as client:
        client.pixapi.faults.arm(
            "status", "submit", status=429, code="slow_down", message="No.", retry_after=7
        )
        answer = await client.post(GENERATE_TASK, ASK)

    assert (word(answer), answer.headers["Retry-After"]) == ("slow_down", "7")
    assert answer.json()["error"]["message"] == "No."


async def test_an_outage_can_meet_one_model() -> None:
    """A fault armed with a model's name leaves the other models alone."""
    async with served() as client:
        client.pixapi.faults.arm("status", "submit:gpt-image-2", times=None, status=503)
        one = await client.post(GENERATE_TASK, ASK)
        other = await client.post(
            GENERATE_TASK, {"model": "gemini-3-pro-image-preview", "prompt": "a fox"}
        )

    assert (one.status_code, other.status_code) == (503, 200)


@pytest.mark.parametrize("call", ["submit", "sync", "poll", "models"])
async def test_a_proxy_may_answer_html(call: str) -> None:
    """An armed HTML answer is no JSON and has no effect."""
    async with served() as client:
        client.pixapi.faults.arm("html", call, status=502)
        answer = await reach(client, call, "task_none")

        assert (answer.status_code, answer.headers["Content-Type"][:9]) == (502, "text/html")
        assert not client.pixapi.made


@pytest.mark.parametrize("call", ["submit", "sync"])
@pytest.mark.parametrize(("kind", "made"), [("lost_request", 0), ("lost_answer", 1)])
async def test_a_lost_connection_says_nothing(kind: str, made: int, call: str) -> None:
    """The caller cannot tell a lost request from a lost answer; the account can."""
    async with served() as client:
        client.pixapi.faults.arm(kind, call)
        with pytest.raises(httpx.RemoteProtocolError):
            await reach(client, call)

        assert made == len(client.pixapi.made) == client.pixapi.billed
        assert (kind, None) == (client.pixapi.calls[0].outcome, client.pixapi.calls[0].status)


@pytest.mark.parametrize("call", ["submit", "sync"])
@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
async def test_a_gate_holds_the_call(when: str, made: int, call: str) -> None:
    """A gate holds the call before its effect, or after it and before the answer."""
    async with served() as client:
        gate = Gate()
        client.pixapi.faults.arm("gate", call, gate=gate, when=when)
        waiting = asyncio.create_task(reach(client, call))
        await gate.reached.wait()
        effects = len(client.pixapi.made)
        gate.opened.set()

        assert (await waiting).status_code == 200
        assert made == effects


async def test_a_slow_call_is_answered() -> None:
    """A slow call does what it would have done."""
    async with served() as client:
        client.pixapi.faults.arm("slow", "submit", seconds=0.01)
        answer = await client.post(GENERATE_TASK, ASK)

    assert answer.status_code == 200


@pytest.mark.parametrize("call", ["submit", "poll"])
@pytest.mark.parametrize("as_string", [True, False])
async def test_a_task_fails_with_a_reason(call: str, *, as_string: bool) -> None:
    """A failed task says why, as a string or as an object, and is not billed."""
    async with served() as client:
        client.pixapi.faults.arm(
            "task_failed", call, code="prompt_rejected", message="Policy.", as_string=as_string
        )
        body = (await client.poll(await client.submit())).json()

        assert body["status"] == "failed"
        error = body["error"]
        assert (error if as_string else error["message"]) == "Policy."
        assert as_string or error["code"] == "prompt_rejected"
        assert client.pixapi.billed == 0


async def test_a_failed_generation_is_an_error_of_the_sync_call() -> None:
    """A sync call whose generation fails answers with the word's HTTP status."""
    async with served() as client:
        client.pixapi.faults.arm("task_failed", "sync", code="prompt_rejected")
        answer = await client.post(GENERATE, ASK)

        assert (answer.status_code, word(answer)) == (422, "prompt_rejected")
        assert client.pixapi.billed == 0


@pytest.mark.parametrize(
    ("kind", "values", "count", "credits_billed"),
    [
        ("empty", {}, 0, 0),
        ("fewer", {}, 2, 8),
        ("fewer", {"n": 1}, 1, 4),
        ("more", {}, 4, 16),
        ("more", {"n": 6}, 6, 24),
    ],
)
async def test_other_counts_are_billed_as_they_came(
    kind: str, values: dict[str, int], count: int, credits_billed: int
) -> None:
    """More, fewer or no pictures: what came is billed, whatever was asked for."""
    async with served() as client:
        client.pixapi.faults.arm(kind, "submit", **values)
        body = (await client.poll(await client.submit(n=3, quality="medium"))).json()

        assert body["status"] == "completed"
        assert count == len(body["data"])
        assert credits_billed == body["costCredits"] == client.pixapi.billed


async def test_larger_pictures_cost_their_own_tier() -> None:
    """A picture of a larger tier than asked for has those pixels and that price."""
    async with served() as client:
        client.pixapi.faults.arm("larger", "submit")
        body = (await client.poll(await client.submit(size="1024x1024"))).json()
        data = (await client.http.get(body["data"][0]["url"])).content

        assert opened(data).size == (2048, 2048)
        assert body["costCredits"] == client.pixapi.billed == 2


async def test_a_task_may_never_end() -> None:
    """Such a task stays processing whatever the clock says, until it is told to end."""
    clock = Clock()
    async with served(clock=clock) as client:
        client.pixapi.faults.arm("never", "submit")
        task = await client.submit()
        clock.now += 1e6
        before = (await client.poll(task)).json()["status"]
        client.pixapi.finish(task)

        assert (before, (await client.poll(task)).json()["status"]) == ("processing", "completed")


async def test_a_task_may_vanish() -> None:
    """A vanished task is not found by any later poll, though it was billed."""
    async with served() as client:
        task = await client.submit()
        client.pixapi.faults.arm("vanish", "poll")
        answers = [await client.poll(task), await client.poll(task)]

        assert [answer.status_code for answer in answers] == [404, 404]
        assert client.pixapi.billed == 1


@pytest.mark.parametrize("credits_told", [7, None])
async def test_the_cost_told_may_disagree(credits_told: int | None) -> None:
    """`costCredits` can be wrong or missing while the account is billed by the table."""
    async with served() as client:
        client.pixapi.faults.arm("cost", "submit", credits=credits_told)
        body = (await client.poll(await client.submit())).json()

        assert credits_told == body.get("costCredits")
        assert client.pixapi.billed == 1


@pytest.mark.parametrize(
    ("status", "seconds", "billed"),
    [
        ("running", 60, 0),
        ("in_progress", 60, 0),
        ("dancing", 60, 0),
        ("succeeded", 0, 1),
        ("cancelled", 0, 0),
        ("expired", 0, 0),
        ("error", 0, 0),
    ],
)
async def test_other_words_for_a_state(status: str, seconds: int, billed: int) -> None:
    """A word seen in the wild is told for the state it belongs to, with that state's body."""
    async with served(task_seconds=seconds) as client:
        client.pixapi.faults.arm("unknown_status", "submit", status=status)
        body = (await client.poll(await client.submit())).json()

        assert status == body["status"]
        assert billed == client.pixapi.billed
        assert (billed > 0) == ("data" in body)
        assert (status in {"cancelled", "expired", "error"}) == ("error" in body)


@pytest.mark.parametrize("status", [404, 405])
async def test_a_gateway_may_have_no_tasks(status: int) -> None:
    """Without task endpoints the sync ones still work, and the refusal names no model."""
    async with served() as client:
        client.pixapi.no_tasks = status
        task = await client.post(GENERATE_TASK, ASK)
        sync = await client.post(GENERATE, ASK)

    assert (status, 200) == (task.status_code, sync.status_code)
    assert word(task) == "not_found"


async def test_closing_cuts_what_is_under_way() -> None:
    """Closing does not wait for calls that wait themselves."""
    async with served() as client:
        client.pixapi.manual = True
        waiting = asyncio.create_task(client.post(GENERATE, ASK))
        await client.pixapi.arrived(1)
        await client.pixapi.close()

        with pytest.raises(httpx.TransportError):
            await waiting
