"""Several Easels at once: in this process, or as processes that can be killed and paused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import cycle

import aiohttp
from aiohttp import web

from bot.app import running
from bot.settings import load
from bot.store import audit
from bot.store.db import open_beside
from tests.flow.stage import Stage
from tests.restart.process import Process, forked, kill

PATIENCE = 90.0  # seconds: what a dead process leaves behind is taken over within thirty


@asynccontextmanager
async def replicas(stage: Stage, number: int) -> AsyncIterator[list[str]]:
    """So many Easels in this process; their HTTP addresses."""
    async with AsyncExitStack() as stack:
        addresses = [
            await stack.enter_async_context(running(load(stage.env))) for _ in range(number)
        ]
        if not stage.over_http:
            await stage.ws.until(lambda: stage.ws.connections == number)
        yield addresses


@asynccontextmanager
async def balanced(addresses: list[str]) -> AsyncIterator[str]:
    """The address of a balancer: each request goes to the next of these."""
    turns = cycle(addresses)

    async def forward(request: web.Request) -> web.Response:
        headers = {k: v for k, v in request.headers.items() if k.lower() != "host"}
        async with session.post(
            f"{next(turns)}{request.path}", data=await request.read(), headers=headers
        ) as answer:
            return web.Response(
                status=answer.status,
                body=await answer.read(),
                content_type=answer.content_type,
            )

    app = web.Application()
    app.router.add_post("/{path:.*}", forward)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
    async with aiohttp.ClientSession() as session:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


async def started(stage: Stage) -> Process:
    """One more `easel run` as a process of its own, connected."""
    before = stage.ws.connections
    process = forked(stage)
    await stage.ws.until(lambda: stage.ws.connections > before)
    return process


@asynccontextmanager
async def processes(stage: Stage, number: int) -> AsyncIterator[list[Process]]:
    """So many processes; whatever lives in the end is killed. A test may add some to the list."""
    running_ones: list[Process] = []
    try:
        while len(running_ones) < number:
            running_ones.append(await started(stage))
        yield running_ones
    finally:
        for one in running_ones:
            if one.returncode is None:
                await kill(one)
        await stage.ws.until(lambda: not stage.ws.connections)


async def audited(stage: Stage) -> None:
    """The books agree with the ledger."""
    async with (
        open_beside(load(stage.env).sqlalchemy_url) as db,
        db.read() as tx,
    ):
        assert await audit.differences(tx) == []


async def until_rows(stage: Stage, sql: str, wanted: int) -> None:
    """Wait until the database counts so many."""
    async with asyncio.timeout(PATIENCE):
        while await stage.rows(sql) != [(wanted,)]:  # noqa: ASYNC110 -- the database tells nobody
            await asyncio.sleep(0.05)


BLOCKED = "SELECT count(*) FROM pg_locks WHERE NOT granted"


async def at_once(stage: Stage, lock: str, *doing: Awaitable[object]) -> None:
    """Let all of these come to where they need a lock, and go on from there together."""
    async with stage.holding(lock):
        tasks = [asyncio.ensure_future(one) for one in doing]
        await until_rows(stage, BLOCKED, len(tasks))
    await asyncio.gather(*tasks)
