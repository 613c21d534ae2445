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
    asked, most, let_go = 0, 0, asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked, most
        await reader.readuntil(b"\r\n\r\n")
        asked += 1
        most = max(most, asked)
        if asked == POLLS:
            let_go.set()
        await let_go.wait()
        asked -= 1
        writer.write(ok("application/json", TASK))

    async with socket(slow, connections=5 * POLLS) as client:
        answers = await asyncio.gather(*(client.poll(TaskId("t1")) for _ in range(5 * POLLS)))

        assert all(isinstance(answer, Running) for answer in answers)
        assert most == POLLS


async def test_pictures_under_way_keep_no_poll_waiting() -> None:
    """With as many pictures open as may be, a poll is answered; the next picture has its turn."""
    picture = drawn("PNG")

    async def both(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        is_poll = b"/v1/tasks/" in asked
        writer.write(ok("application/json", TASK) if is_poll else ok("image/png", picture))
        await writer.drain()

    async with socket(both, connections=DOWNLOADS + POLLS) as client:
        image = Image(url=f"{client._base}/picture.png")
        async with AsyncExitStack() as stack:
            for _ in range(DOWNLOADS):
                await stack.enter_async_context(client.open(image))
            next_one = asyncio.create_task(whole(client, image))

            assert isinstance(await client.poll(TaskId("t1")), Running)
            assert not next_one.done()

        assert await next_one == picture
