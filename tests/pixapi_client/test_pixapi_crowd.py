"""Many jobs at once: what waits for its turn, and what never does."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from bot.core.job import TaskId
from bot.pixapi.answers import Image, Running
from bot.pixapi.client import DOWNLOADS, POLLS
from tests.pixapi_client.against import drawn, socket, whole

TASK = b'{"id": "t1", "status": "processing"}'


def ok(kind: str, body: bytes) -> bytes:
    """An answer after which the connection is closed."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode() + body


async def test_a_crowd_of_polls_takes_turns() -> None:
    """However many jobs poll, so many requests are under way at most, and each has its answer."""
    asked, full, let_go = 0, asyncio.Event(), asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        if b"/v1/tasks/" in await reader.readuntil(b"\r\n\r\n"):
            asked += 1
            if asked == POLLS:
                full.set()
            await let_go.wait()
        writer.write(ok("application/json", TASK))

    async with socket(slow, connections=6 * POLLS) as client:
        polls = [asyncio.create_task(client.poll(TaskId("t1"))) for _ in range(5 * POLLS)]
        await full.wait()
        await client.check_key()  # whatever else was on its way is there by now
        at_once = asked
        let_go.set()
        answers = await asyncio.gather(*polls)

        assert at_once == POLLS
        assert all(isinstance(answer, Running) for answer in answers)


async def test_pictures_under_way_keep_no_poll_waiting() -> None:
    """With as many pictures open as may be, a poll is answered; the next picture has its turn."""
    picture, asked = drawn("PNG"), 0

    async def both(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        if b"/v1/tasks/" in await reader.readuntil(b"\r\n\r\n"):
            writer.write(ok("application/json", TASK))
        else:
            asked += 1
            writer.write(ok("image/png", picture))
        await writer.drain()

    async with socket(both, connections=2 * (DOWNLOADS + POLLS)) as client:
        image = Image(url=f"{client._base}/picture.png")
        async with AsyncExitStack() as stack:
            for _ in range(DOWNLOADS):
                await stack.enter_async_context(client.open(image))
            next_one = asyncio.create_task(whole(client, image))
            async with asyncio.timeout(90):
                answer = await client.poll(TaskId("t1"))

            assert isinstance(answer, Running)
            assert asked == DOWNLOADS

        assert await next_one == picture
