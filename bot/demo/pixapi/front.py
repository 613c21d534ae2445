"""What every request to the embedded Pixapi meets: a record, faults, the key, error bodies."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.demo.pixapi.answers import WORDS, ErrorShape, error_response, html_response
from bot.demo.pixapi.check import RefusedError

if TYPE_CHECKING:
    from bot.demo.faults import Faults

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Call:
    """One request to the API, as it came and as it was answered."""

    name: str  # submit, sync, poll, models; "" for an address that is not there
    method: str
    path: str
    at: float  # Unix seconds
    request_id: str
    fields: dict[str, Any] = field(default_factory=dict)
    images: list[str] = field(default_factory=list)  # SHA-256 of each, in the order sent
    mask: bool = False
    task: str | None = None  # also for sync calls: what was made
    status: int | None = None  # HTTP status answered; None: not yet, or the connection was dropped
    outcome: str = "open"  # ok, made, an error's word, html, lost_request, lost_answer
    credits: int = 0  # billed for what this call made, once it ended


CALL = web.RequestKey("call", Call)


class DroppedError(Exception):
    """The connection is to be dropped instead of answered."""


class AnsweredError(Exception):
    """A fault answers instead of the endpoint."""

    def __init__(self, response: web.Response) -> None:
        super().__init__()
        self.response = response


class Front:
    """The edge of the API, shared by its endpoints."""

    def __init__(self, key: str, faults: Faults, clock: Callable[[], float]) -> None:
        self.key = key  # that is accepted
        self.faults = faults
        self.clock = clock  # Unix seconds
        self.calls: list[Call] = []  # every request, in order
        self.no_tasks: int | None = None  # 404 or 405: this gateway has no task endpoints
        self.error_shape: ErrorShape | None = None  # None: the two take turns
        self.subscribers: list[Callable[[], None]] = []  # told of each call that was answered
        self._errors = 0
        self._answered = asyncio.Event()

    async def until(self, condition: Callable[[], object], *, seconds: float = 30) -> None:
        """Wait until something is true, looked at after each call that was answered."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._answered.clear()
                await self._answered.wait()

    @web.middleware
    async def edge(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Record the call, and turn what is raised into an answer."""
        call = Call(
            _name(request),
            request.method,
            request.path,
            self.clock(),
            f"req_{secrets.token_hex(8)}",
        )
        self.calls.append(call)
        request[CALL] = call
        try:
            return await self._answer(request, handler, call)
        finally:
            self._answered.set()
            for subscriber in self.subscribers:
                subscriber()

    async def _answer(
        self, request: web.Request, handler: Handler, call: Call
    ) -> web.StreamResponse:
        try:
            response = await handler(request)
        except DroppedError:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=499)
        except AnsweredError as answered:
            response = answered.response
        except RefusedError as refused:
            call.outcome = refused.word
            response = self._error(refused, call)
        except web.HTTPException as missing:
            call.outcome = "not_found"
            response = self._error(
                RefusedError(missing.status, "not_found", f"{request.path}: {missing.reason}"), call
            )
        call.status = response.status
        return response

    def _error(self, refused: RefusedError, call: Call) -> web.Response:
        self._errors += 1
        turn: ErrorShape = "number" if self._errors % 2 else "word"
        return error_response(refused, call.request_id, self.error_shape or turn)

    def take(self, kind: str, call: Call, model: str | None) -> dict[str, Any] | None:
        """Use up a fault armed for `call` or `call:model`; its values."""
        values = self.faults.take(kind, call.name)
        if values is None and model is not None:
            values = self.faults.take(kind, f"{call.name}:{model}")
        return values

    async def before(
        self, request: web.Request, call: Call, model: str | None
    ) -> dict[str, Any] | None:
        """Faults that strike before anything has happened, then the key. The gate to hold later."""
        if (slow := self.take("slow", call, model)) is not None:
            await asyncio.sleep(slow.get("seconds", 5))
        gate = self.take("gate", call, model)
        if gate is not None and gate.get("when", "before") == "before":
            await gate["gate"].hold()
            gate = None
        if self.take("lost_request", call, model) is not None:
            call.outcome = "lost_request"
            raise DroppedError
        if (html := self.take("html", call, model)) is not None:
            call.outcome = "html"
            raise AnsweredError(html_response(html.get("status", 502)))
        if (armed := self.take("status", call, model)) is not None:
            raise _armed_refusal(armed)
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            raise RefusedError(401, "unauthorized", "The API key is missing or wrong.")
        if self.no_tasks is not None and call.name in {"submit", "poll"}:
            raise RefusedError(self.no_tasks, "not_found", f"{request.path}: not served here")
        return gate

    async def after(self, call: Call, model: str | None, gate: dict[str, Any] | None) -> None:
        """Faults that strike when the effect has happened and the answer has not left."""
        if gate is not None:
            await gate["gate"].hold()
        if self.take("lost_answer", call, model) is not None:
            call.outcome = "lost_answer"
            raise DroppedError


def _name(request: web.Request) -> str:
    """The call's name, by which faults are armed."""
    if request.path == "/v1/models":
        return "models"
    if request.path.startswith("/v1/tasks/"):
        return "poll"
    if request.path.startswith("/v1/async/images/"):
        return "submit"
    return "sync" if request.path.startswith("/v1/images/") else ""


def _armed_refusal(armed: dict[str, Any]) -> RefusedError:
    status = int(armed["status"])
    word = str(armed.get("code", WORDS.get(status, "internal_error")))
    message = str(armed.get("message", f"Armed fault: {word}."))
    return RefusedError(status, word, message, retry_after=armed.get("retry_after"))
