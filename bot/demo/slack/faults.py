"""How a call of the app goes wrong when a fault is armed for it.

The kinds that a Web API method, "upload", "response_url" and "download" understand: lost_request,
status, ratelimited, error, slow, gate and lost_answer.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.demo.faults import Faults


async def through(
    faults: Faults,
    call: str,
    request: web.Request,
    effect: Callable[[], Awaitable[web.StreamResponse]],
) -> web.StreamResponse:
    """Let the call take effect and answer, as far as the armed faults allow."""
    if faults.take("lost_request", call) is not None:
        return drop(request)
    if (values := faults.take("status", call)) is not None:
        return web.Response(status=values["status"], text="fault")
    if (values := faults.take("ratelimited", call)) is not None:
        headers = {"Retry-After": str(values.get("retry_after", 1))}
        body = {"ok": False, "error": "ratelimited"}
        return web.json_response(body, status=429, headers=headers)
    if (values := faults.take("error", call)) is not None:
        return web.json_response({"ok": False, "error": values["error"]})
    if (values := faults.take("slow", call)) is not None:
        await asyncio.sleep(values["seconds"])
    gate = faults.take("gate", call)
    if gate and gate["when"] == "before":
        await gate["gate"].hold()
    answer = await effect()
    if gate and gate["when"] == "after":
        await gate["gate"].hold()
    if faults.take("lost_answer", call) is not None:
        return drop(request)
    return answer


def drop(request: web.Request) -> web.Response:
    """Break the connection; the response is for the server's own bookkeeping."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
