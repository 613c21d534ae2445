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
import time
from typing import TYPE_CHECKING, Self

from aiohttp import web

from bot.demo.faults import Faults
from bot.demo.pixapi.answers import STATUSES
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
from bot.demo.pixapi.front import CALL, Call, Front
from bot.demo.pixapi.models import MODELS
from bot.demo.pixapi.tasks import FATES, Fate, Task, Tasks

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = "sk_embedded_pixapi"
PASSING = frozenset({"unknown_status"})  # met at a poll, they colour that answer only


class Pixapi(Front):
    """The provider. Made by `start`, ended by `close`; lives on one event loop."""

    def __init__(
        self,
        *,
        faults: Faults | None = None,
        clock: Callable[[], float] = time.time,
        task_seconds: float = 1.5,
        balance: int | None = None,
        plain: bool = False,
        key: str = KEY,
    ) -> None:
        super().__init__(key, Faults() if faults is None else faults, clock)
        self.cdn = Cdn(self.faults)
        self.tasks = Tasks(self.cdn, clock, seconds=task_seconds, plain=plain, balance=balance)
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
        self = cls(
            faults=faults,
            clock=clock,
            task_seconds=task_seconds,
            balance=balance,
            plain=plain,
            key=key,
        )
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
