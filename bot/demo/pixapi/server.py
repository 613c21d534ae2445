"""The embedded Pixapi: the provider's six endpoints and its CDN, on two ports of loopback.

Strict where the contract is (`pixapi_check`), and able to fail in every way the real one may.
Faults are armed by kind and call; the calls are `submit`, `sync`, `poll`, `models` and `cdn`, and
`call:model` (say `submit:gpt-image-2`) meets one model only. The kinds, with their values:

Any call: `status` (status, code, message, retry_after) and `html` (status) answer without effect;
`slow` (seconds); `gate` (gate, when="before"|"after" the effect); `lost_request` and `lost_answer`
drop the connection before and after the effect.

submit, sync, or later at poll, binding the task: `task_failed` (code, message, as_string), `empty`
(whole: without so much as a place for pictures), `fewer` (n), `more` (n), `larger`, `never`,
`vanish` (polls get 404), `bad_picture` (kind, see cdn; only: this picture, counted from 0),
`cost` (credits; None leaves costCredits out), `shape` (shape, of RESULT_SHAPES), `unknown_status`
(status: `succeeded` stands for completed, `error`, `cancelled`, `expired` fail the task, any other
word is told while it is open; armed at poll, for that answer only).

cdn: `expired` (status, for_good: the next poll gives a fresh address), `redirect` (location,
status), `no_length`, `packed` (as gzip), `bad_picture` (kind: zero, truncated, text, webp, gif,
jpeg, avif, tiff, huge; bytes). There `lost_answer` cuts the connection in the middle of the file.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

from bot.demo.faults import Faults, Gate, delayed, drop
from bot.demo.pixapi.answers import STATUSES, WORDS, ErrorShape, error_response, html_response
from bot.demo.pixapi.cdn import Cdn
from bot.demo.pixapi.check import (
    MAX_BYTES,
    MAX_IMAGES,
    RefusedError,
    Sent,
    check,
    digest,
    read_body,
    wrong,
)
from bot.demo.pixapi.models import MODELS
from bot.demo.pixapi.tasks import FATES, Fate, Task, Tasks

KEY = "sk_embedded_pixapi"
PASSING = frozenset({"unknown_status"})  # met at a poll, they colour that answer only


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


class Pixapi:
    """The provider. Made by `start`, ended by `close`; lives on one event loop."""

    def __init__(self, key: str, faults: Faults, tasks: Tasks) -> None:
        self.key = key  # that is accepted
        self.faults = faults
        self.tasks = tasks
        self.cdn = tasks.cdn
        self.clock = tasks.clock  # Unix seconds
        self.calls: list[Call] = []  # every request, in order
        self.no_tasks: int | None = None  # 404 or 405: this gateway has no task endpoints
        self.error_shape: ErrorShape | None = None  # None: the two take turns
        self.subscribers: list[Callable[[], None]] = []  # told of each call that was answered
        self._errors = 0
        self._answered = asyncio.Event()
        self.url = ""
        app = web.Application(middlewares=[self.edge], client_max_size=MAX_BYTES * MAX_IMAGES)
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/v1/tasks/{id}", self._poll)
        for prefix in ("/v1", "/v1/async"):
            app.router.add_post(f"{prefix}/images/generations", self._images)
            app.router.add_post(f"{prefix}/images/edits", self._images)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)

    @classmethod
    async def start(
        cls,
        port: int = 0,
        faults: Faults | None = None,
        *,
        clock: Callable[[], float] = time.time,
        task_seconds: float = 1.5,
        balance: int | None = None,
        plain: bool = False,
        key: str = KEY,
        cdn_port: int = 0,
    ) -> Self:
        """Listen on loopback; port 0 takes a free one.

        Args:
            port: of the API.
            faults: the switchboard, shared with whoever arms it.
            clock: Unix seconds; a task ends when it has advanced by `task_seconds`.
            task_seconds: how long a task takes; 0: completed at the first poll.
            balance: credits on the account; None is endless.
            plain: flat pictures in milliseconds, for tests that do not look at them.
            key: the API key that is accepted.
            cdn_port: of the result files' host.
        """
        faults = Faults() if faults is None else faults
        tasks = Tasks(Cdn(faults), clock, seconds=task_seconds, plain=plain, balance=balance)
        self = cls(key, faults, tasks)
        await self.cdn.start(cdn_port)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def close(self) -> None:
        """Stop both servers; requests under way are cut."""
        await self._runner.cleanup()
        await self.cdn.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # --- what tests and the demo page ask -----------------------------------------------------

    @property
    def cdn_url(self) -> str:
        """Base address of the result files."""
        return self.cdn.url

    @property
    def billed(self) -> int:
        """Credits charged so far, by the provider's own table and the pictures' real pixels."""
        return self.tasks.billed

    @property
    def balance(self) -> int | None:
        """Credits left on the account; None is endless, 0 refuses everything with 402."""
        return self.tasks.balance

    @balance.setter
    def balance(self, credits_left: int | None) -> None:
        self.tasks.balance = credits_left

    @property
    def manual(self) -> bool:
        """Whether tasks and sync calls end only by `finish`."""
        return self.tasks.manual

    @manual.setter
    def manual(self, manual: bool) -> None:
        self.tasks.manual = manual

    @property
    def asked(self) -> list[Call]:
        """The calls that asked for pictures, sync or as a task, in order, refused ones included."""
        return [call for call in self.calls if call.name in {"submit", "sync"}]

    @property
    def made(self) -> list[Task]:
        """Every task that was made, in order: more than one for one job is a double submit."""
        self.tasks.look()
        return list(self.tasks.all.values())

    async def arrived(self, count: int) -> None:
        """Wait until so many tasks have been made in all."""
        while len(self.tasks.all) < count:
            await self.tasks.next.wait()

    def finish(self, task: str | Task) -> None:
        """End an open task now, whatever clock, `manual` or `never` say; KeyError if unknown."""
        self.tasks.end(self.tasks.all[task] if isinstance(task, str) else task)

    # --- endpoints ----------------------------------------------------------------------------

    async def _models(self, request: web.Request) -> web.StreamResponse:
        call = request[CALL]
        gate = await self.before(request, call, None)
        await self.after(call, None, gate)
        call.outcome = "ok"
        listed = [
            {"id": name, "object": "model", "created": 1_750_000_000, "owned_by": "pixapi"}
            for name in MODELS
        ]
        return web.json_response({"object": "list", "data": listed})

    async def _images(self, request: web.Request) -> web.StreamResponse:
        call = request[CALL]
        edit = request.path.endswith("/edits")
        unread: RefusedError | None = None
        sent = Sent()
        try:
            sent = await read_body(request, edit=edit)
        except RefusedError as refused:  # told after the faults and the key, as any other mistake
            unread = refused
        call.fields = dict(sent.fields)
        call.images = [digest(data) for data in sent.images]
        call.mask = bool(sent.masks)
        named = sent.fields.get("model")
        model = named if isinstance(named, str) else None
        gate = await self.before(request, call, model)
        if unread is not None:
            raise unread
        if edit and "image" in sent.fields:
            await self._fetch_images(sent)
        ask = check(sent, edit=edit)
        self.tasks.afford(ask)
        task = self.tasks.make(ask, call, self._fate(call, ask.model.id))
        call.outcome = "made"
        if task.sync:
            await self._finish_sync(task)
        await self.after(call, model, gate)
        return await self._sync_answer(task) if task.sync else self._submit_answer(task)

    async def _finish_sync(self, task: Task) -> None:
        if not (self.manual or "never" in task.fate):
            await asyncio.sleep(self.tasks.seconds)
            self.tasks.end(task)
        await task.ended.wait()

    def _submit_answer(self, task: Task) -> web.Response:
        body = {
            "id": task.id,
            "object": "image.task",
            "created": int(task.made),
            "status": "queued",
            "request_id": task.call.request_id,
        }
        return web.json_response(body)

    async def _sync_answer(self, task: Task) -> web.Response:
        if task.state == "failed":
            word, message = task.failure
            raise RefusedError(STATUSES.get(word, 500), word, message)
        body = await self.tasks.result(task, task.fate.get("shape", {}).get("shape"))
        return web.json_response(body, headers={"x-request-id": task.call.request_id})

    async def _poll(self, request: web.Request) -> web.StreamResponse:
        call = request[CALL]
        call.task = request.match_info["id"]
        task = self.tasks.all.get(call.task)
        model = task.ask.model.id if task is not None else None
        gate = await self.before(request, call, model)
        fate: Fate = {}
        if task is not None:
            fate = self._fate(call, task.ask.model.id)
            task.fate |= {kind: values for kind, values in fate.items() if kind not in PASSING}
        if task is None or "vanish" in task.fate:
            raise RefusedError(404, "not_found", f"There is no task {call.task}.")
        if "task_failed" in fate:
            self.tasks.end(task)
        self.tasks.look()
        odd = (task.fate | fate).get("unknown_status", {}).get("status")
        body = self.tasks.state(task, odd)
        if task.state == "completed":
            body |= await self.tasks.result(task, task.fate.get("shape", {}).get("shape"))
        await self.after(call, model, gate)
        call.outcome = str(body["status"])
        return web.json_response(body | {"request_id": call.request_id})

    def _fate(self, call: Call, model: str) -> Fate:
        taken = {kind: self.take(kind, call, model) for kind in FATES}
        return {kind: dict(values) for kind, values in taken.items() if values is not None}

    async def _fetch_images(self, sent: Sent) -> None:
        """Images of a JSON edit: addresses on this provider's own CDN, or data URLs."""
        listed = sent.fields.pop("image")
        for address in listed if isinstance(listed, list) else [listed]:
            name = str(address).removeprefix(f"{self.cdn.url}/")
            if name in self.cdn.files:
                sent.images.append(await self.cdn.data(name))
                continue
            head, _, body = str(address).partition(";base64,")
            try:
                if not head.startswith("data:image/"):
                    raise wrong("image", "the address cannot be fetched")
                sent.images.append(base64.b64decode(body, validate=True))
            except binascii.Error as error:
                raise wrong("image", "the data URL is not valid") from error

    # --- what every call meets: a record, faults, the key, error bodies ------------------------

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
            return drop(request)
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

    async def before(self, request: web.Request, call: Call, model: str | None) -> Gate | None:
        """Faults that strike before anything has happened, then the key. The gate to hold later."""
        gate = await delayed(lambda kind: self.take(kind, call, model))
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

    async def after(self, call: Call, model: str | None, gate: Gate | None) -> None:
        """Faults that strike when the effect has happened and the answer has not left."""
        if gate is not None:
            await gate.hold()
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
