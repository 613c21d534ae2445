"""The port at which Easel serves HTTP: so many connections at a time, and none that only waits.

Whoever reaches the port can open connections and send nothing. Each would keep a descriptor, and in
the end none would be left for Slack.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

CONNECTIONS = 512
"""At a time. A process may usually have 1,024 descriptors; Slack keeps a few dozen connections."""

BACKLOG = 256
"""Connections that come at once; so many more there may be for a moment."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Door:
    """Where a site is served. Before it is full the oldest stranger leaves.

    A stranger is a connection over which nothing has come that Slack has signed.
    """

    def __init__(self, site: web.Application, patience: float) -> None:
        site.middlewares.append(self._note)
        self._runner = web.AppRunner(
            site,
            access_log=None,
            handle_signals=False,
            lingering_time=0.0,  # for the rest of a body that was not waited for
        )
        self._patience = patience  # seconds, for a first request to begin
        self._listening: asyncio.Server | None = None
        self._begun: set[web.RequestHandler] = set()
        self._known: set[web.RequestHandler] = set()

    async def open(self, host: str, port: int) -> str:
        """Serve from now on; the base address. Raises `OSError` when nobody can listen there."""
        if self._runner.server is None:
            await self._runner.setup()
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(self._let_in, host, port, backlog=BACKLOG)
        bound = self._listening.sockets[0].getsockname()
        return f"http://{bound[0]}:{bound[1]}"

    async def close(self) -> None:
        """Let nobody in any more, and what is under way come to its end."""
        if self._listening is not None:
            self._listening.close()
        await self._runner.cleanup()

    def know(self, request: web.Request) -> None:
        """Take note that Slack is at the other end."""
        self._known.add(request.protocol)

    def _let_in(self) -> web.RequestHandler:
        server = self._runner.server
        if server is None:
            raise AssertionError("a site is set up before it is served")
        here = [one for one in server.connections if one.transport is not None]
        self._begun.intersection_update(here)
        self._known.intersection_update(here)
        # Strangers before Slack, the oldest before the newest.
        leaving = max(len(here) + 1 - CONNECTIONS, 0)
        for one in sorted(here, key=self._known.__contains__)[:leaving]:
            one.force_close()
        newcomer = server()
        asyncio.get_running_loop().call_later(self._patience, self._give_up, newcomer)
        return newcomer

    def _give_up(self, newcomer: web.RequestHandler) -> None:
        if newcomer not in self._begun:
            newcomer.force_close()

    @web.middleware
    async def _note(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """A request has begun: its body is waited for elsewhere."""
        self._begun.add(request.protocol)
        return await handler(request)
