"""Calls to Pixapi: submit, poll, open a result, check the key.

Only `submit` spends. It is repeated by itself only where nothing can have been charged: after an
answered refusal that may pass, and where the request never left. Everything else may be repeated.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import IO, TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import httpx

from bot.network import is_loopback
from bot.pace import LIVE, Pace
from bot.pixapi.answers import LONG_BYTES, WAITING, Reply, Running, read_submit, read_task
from bot.pixapi.errors import BadAnswer, InDoubt, NoAnswer, NoEndpoint, NotSent
from bot.pixapi.pictures import open_content, open_remote
from bot.pixapi.wire import (
    BODY_SECONDS,
    CONNECT_SECONDS,
    LOST,
    NEVER_LEFT,
    POLL_SECONDS,
    SLOWEST,
    SUBMIT_SECONDS,
    SYNC_SECONDS,
    AnswerTooLongError,
    open_http,
    read_body,
    retry_call,
    timeout,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from bot.core.job import Request, TaskId
    from bot.pixapi.answers import Finished, Image, Submitted
    from bot.pixapi.pictures import OpenPicture

__all__ = ["DOWNLOADS", "POLLS", "InputFile", "KeyCheck", "PixapiClient", "open_http"]

log = logging.getLogger(__name__)
T = TypeVar("T")

MIB = 1024 * 1024
INLINE_BYTES = 48 * MIB  # one picture as base64 in an answer: 4K with alpha, uncompressed, is 42
MAX_ANSWER_BYTES = 400 * MIB  # ten pictures rarely come inline, and one process holds several
MAX_REFUSAL_BYTES = 64 * 1024  # an error that says more is none of the provider's
POLLS = 32
"""Polls at once. More wait here and not for a connection: after `CONNECT_SECONDS` without one that
would be given up as if the provider did not answer."""
DOWNLOADS = 32
"""Pictures that are open at once, however long Slack takes to be given theirs."""
ODD_STATUSES = 100  # unknown words for a task's state that are remembered as logged


@dataclass(frozen=True, slots=True)
class InputFile:
    """A picture to work on, or a mask, on disk; streamed from there."""

    name: str  # the file name that Pixapi is told
    file: IO[bytes] = field(repr=False)
    mime: str


class KeyCheck(StrEnum):
    """What Pixapi says about the key."""

    OK = "ok"
    WRONG = "wrong"
    CANNOT_TELL = "cannot_tell"  # some good keys get 404 here; or there was no answer


class PixapiClient:
    """Pixapi, as the job engine sees it. Holds nothing but what it learned about the gateway."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        base_url: str,
        key: str,
        tasks: bool = True,
        pace: Pace = LIVE,
    ) -> None:
        """Calls go to `base_url`; `tasks=False` uses the sync endpoints only.

        Raises:
            ValueError: the base address or the key cannot be used in a request.
        """
        base = httpx.URL(base_url)
        if base.scheme not in {"http", "https"} or not base.host:
            raise ValueError("Pixapi's base address must be http:// or https:// and a host")
        if not (key.isascii() and key.isprintable()):
            raise ValueError("Pixapi's key has characters that no key has")
        self._http = http
        self._base = str(base).rstrip("/")
        self._loopback = is_loopback(self._base)
        self._headers = {"Authorization": f"Bearer {key}", "Accept-Encoding": "identity"}
        self._tasks = tasks
        self._pace = pace
        self._polls = asyncio.Semaphore(POLLS)
        self._downloads = asyncio.Semaphore(DOWNLOADS)
        self._big_answer = asyncio.Lock()  # one at a time in memory several times over
        self._odd: set[str] = set()

    async def submit(
        self, request: Request, inputs: Sequence[InputFile] = (), mask: InputFile | None = None
    ) -> Submitted | Finished:
        """Ask for pictures: the only call that spends.

        A task where the gateway has them, else the pictures at once; that the gateway has none is
        remembered for this client's life once a sync endpoint has taken a request.

        Raises:
            Rejected, NotSent: nothing was charged.
            InDoubt: the request may be charged; never submit it again by itself.
        """
        kind = "edits" if inputs or mask else "generations"
        if self._tasks:
            try:
                return await self._submit(f"/v1/async/images/{kind}", request, inputs, mask)
            except NoEndpoint:
                log.debug("no task endpoint, trying the sync one")
        seconds = SYNC_SECONDS
        answer = await self._submit(f"/v1/images/{kind}", request, inputs, mask, seconds=seconds)
        if self._tasks:
            log.info("this gateway has no task endpoints; using the sync ones from now on")
            self._tasks = False
        return answer

    async def poll(self, task: TaskId) -> Running | Finished:
        """How a task stands.

        Raises:
            TaskFailed, TaskVanished, BadAnswer: the task has ended, each in its way.
            NoAnswer: nothing was learned; poll again later, whatever its code says.
        """
        path = f"/v1/tasks/{quote(task, safe='')}"

        async def once() -> Running | Finished:
            try:
                async with self._polls:
                    reply = await self._call("GET", path, read=POLL_SECONDS, limit=MAX_ANSWER_BYTES)
            except AnswerTooLongError as error:
                raise BadAnswer("too_large") from error
            except LOST as error:
                raise NoAnswer("unreachable", transient=True) from error
            return await self._read(read_task, reply)

        answer = await retry_call(once, self._pace)
        if isinstance(answer, Running):
            self._log_odd(answer.status)
        return answer

    @asynccontextmanager
    async def open(self, image: Image) -> AsyncIterator[OpenPicture]:
        """Open a result as a stream, without the key; its first bytes have been read.

        Raises PictureError, on entering and while its chunks are read.
        """
        if image.content is not None:
            async with open_content(image.content) as opened:
                yield opened
            return
        remote = open_remote(self._http, image.url or "", loopback=self._loopback, pace=self._pace)
        async with self._downloads, remote as opened:
            yield opened

    async def check_key(self) -> KeyCheck:
        """Ask Pixapi for its models, once: does it take the key?"""
        try:
            reply = await self._call("GET", "/v1/models", read=POLL_SECONDS, limit=MIB)
        except LOST as error:
            log.debug("the key could not be checked: %s", type(error).__name__)
            return KeyCheck.CANNOT_TELL
        if reply.status == HTTPStatus.UNAUTHORIZED:
            return KeyCheck.WRONG
        return KeyCheck.OK if reply.status == HTTPStatus.OK else KeyCheck.CANNOT_TELL

    async def _submit(
        self,
        path: str,
        request: Request,
        inputs: Sequence[InputFile],
        mask: InputFile | None,
        *,
        seconds: float = SUBMIT_SECONDS,
    ) -> Submitted | Finished:
        fields = _fields(request)
        limit = min(request.count * INLINE_BYTES + MIB, MAX_ANSWER_BYTES)

        async def once() -> Submitted | Finished:
            files = _parts(inputs, mask)
            body = {"data": fields, "files": files} if files else {"json": fields}
            try:
                reply = await self._call("POST", path, read=seconds, limit=limit, **body)
            except NEVER_LEFT as error:
                raise NotSent("unreachable", transient=True) from error
            except LOST as error:
                raise InDoubt("answer_lost") from error
            return await self._read(read_submit, reply)

        return await retry_call(once, self._pace)

    async def _call(self, method: str, path: str, *, read: float, limit: int, **body: Any) -> Reply:
        """One request and its whole answer; raises one of `LOST`."""
        started = time.monotonic()
        request = self._http.build_request(
            method, f"{self._base}{path}", headers=self._headers, timeout=timeout(read), **body
        )
        length = int(request.headers.get("content-length", 0))
        async with asyncio.timeout(2 * CONNECT_SECONDS + read + length / SLOWEST):
            response = await self._http.send(request, stream=True, follow_redirects=False)
        async with aclosing(response), asyncio.timeout(BODY_SECONDS):
            if response.is_success:
                content = await read_body(response, limit)
            else:
                content = await _refusal_body(response)
        seconds = time.monotonic() - started
        log.debug("%s %s: HTTP %d in %.2f s", method, path, response.status_code, seconds)
        return Reply(response.status_code, response.headers, content)

    async def _read(self, read: Callable[[Reply], T], reply: Reply) -> T:
        """Read an answer, in a thread where it is long enough to hold the loop up."""
        if len(reply.body) <= LONG_BYTES:
            return read(reply)
        async with self._big_answer:
            return await asyncio.to_thread(read, reply)

    def _log_odd(self, status: str) -> None:
        if status not in WAITING and status not in self._odd and len(self._odd) < ODD_STATUSES:
            self._odd.add(status)
            log.warning("a task has the unknown status %r; polling goes on", status)


async def _refusal_body(response: httpx.Response) -> bytearray:
    """What an error says; nothing where it breaks off or goes on: its status says enough."""
    try:
        return await read_body(response, MAX_REFUSAL_BYTES)
    except httpx.HTTPError:
        return bytearray()


def _fields(request: Request) -> dict[str, str | int]:
    """The request as Pixapi's fields.

    `auto` is said to GPT Image, which takes the word; the others are left to choose by leaving the
    field out. A lone surrogate, which no encoding of the wire can carry, becomes a question mark.
    """
    fields: dict[str, str | int] = {
        "model": request.model,
        "prompt": request.prompt.encode("utf-8", "replace").decode(),
        "n": request.count,
        "response_format": "url",
    }
    if request.size is not None:
        fields["size"] = str(request.size)
    elif request.model.startswith("gpt-image"):
        fields["size"] = "auto"
    if request.quality is not None:
        fields["quality"] = request.quality.value
    return fields


def _parts(
    inputs: Sequence[InputFile], mask: InputFile | None
) -> list[tuple[str, tuple[str, IO[bytes], str]]]:
    """The files of an edit as multipart parts, in their order, each from its beginning."""
    named = [*(("image", one) for one in inputs), *([("mask", mask)] if mask else [])]
    for _, one in named:
        one.file.seek(0)
    return [(name, (one.name, one.file, one.mime)) for name, one in named]
