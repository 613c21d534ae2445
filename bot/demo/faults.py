"""One switchboard of faults for both embedded servers, for tests and for the demo page.

A server asks at each call whether a fault is armed for it: `take("slow", "chat.update")`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


@dataclass(slots=True, eq=False)
class Fault:
    """One armed fault: its kind, the calls it meets (a shell pattern), how often it still will."""

    kind: str
    call: str
    times: int | None  # None: until disarmed
    values: dict[str, Any] = field(default_factory=dict)
    met: int = 0  # how often it struck
    skip: int = 0  # calls that it lets pass before it strikes


class Faults:
    """What is armed now. Not thread-safe: lives on the servers' event loop."""

    def __init__(self) -> None:
        self.armed: list[Fault] = []

    def arm(
        self,
        kind: str,
        call: str = "*",
        /,
        *,
        times: int | None = 1,
        skip: int = 0,
        **values: Any,
    ) -> Fault:
        """Arm a fault for the next `times` calls that match the pattern; None is every call.

        The first `skip` of them pass.
        """
        fault = Fault(kind, call, times, values, skip=skip)
        self.armed.append(fault)
        return fault

    def take(self, kind: str, call: str) -> dict[str, Any] | None:
        """Use up one shot of the first fault of this kind that meets this call; its values."""
        for fault in self.armed:
            if fault.kind == kind and fnmatchcase(call, fault.call):
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.met += 1
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self.armed.remove(fault)
                return fault.values
        return None

    def disarm(self, fault: Fault) -> None:
        """Take a fault back; one that is used up is passed over."""
        if fault in self.armed:
            self.armed.remove(fault)

    def clear(self) -> None:
        """Disarm everything."""
        self.armed.clear()


@dataclass(slots=True)
class Gate:
    """Holds a call still, so that a test can act (kill, click again) exactly there.

    Arm with `faults.arm("gate", call, gate=gate, when="before" | "after")`: before the call takes
    effect, or after its effect and before its answer.
    """

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    async def hold(self) -> None:
        """Called by the server: say that the call is here, wait until the test opens the gate."""
        self.reached.set()
        await self.opened.wait()


async def delayed(take: Callable[[str], dict[str, Any] | None]) -> Gate | None:
    """Let `slow` and a gate before the effect pass; the gate to hold after it, if one is armed."""
    if (slow := take("slow")) is not None:
        await asyncio.sleep(slow.get("seconds", 5))
    armed = take("gate")
    if armed is None:
        return None
    gate: Gate = armed["gate"]
    if armed.get("when", "before") == "after":
        return gate
    await gate.hold()
    return None


async def through(
    faults: Faults,
    call: str,
    request: web.Request,
    effect: Callable[[], Awaitable[web.StreamResponse]],
) -> web.StreamResponse:
    """Let a call to Slack take effect and answer, as far as the armed faults allow.

    The kinds that a Web API method, "upload", "response_url" and "download" understand:
    lost_request, status, ratelimited, error, slow, gate and lost_answer.
    """
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
    gate = await delayed(lambda kind: faults.take(kind, call))
    answer = await effect()
    if gate is not None:
        await gate.hold()
    if faults.take("lost_answer", call) is not None:
        return drop(request)
    return answer


def drop(request: web.Request) -> web.Response:
    """Break the connection; the response is for the server's own bookkeeping."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=499)
