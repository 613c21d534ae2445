"""Files into Slack and out of it, always streamed: a 4K picture is never held whole.

In: three calls, so that a picture's id can be kept between them. `upload_address` → `send_bytes` →
`share`, which takes effect once: after a `SlackLost` ask `file` where the file is shared before
sharing again.

Out: what Slack says about a file, then its bytes. The token goes to Slack's hosts only. Where Slack
does not hand a file out it redirects to a page of HTML with status 200, not to 401 or 403; so
redirects are not followed and HTML is no file.
https://docs.slack.dev/messaging/working-with-files and slackapi/bolt-js#2585
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import IO, TYPE_CHECKING, Any

import aiohttp
from yarl import URL

from bot.calls import LOST
from bot.core.job import ChannelId, FileId, Ts
from bot.slack.errors import SlackBusy, SlackLost, SlackRefused, from_network, seconds
from bot.slack.wire import CONNECT_SECONDS, POSTING, REPEATABLE, UPLOAD_SECONDS, Wire, part, text

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Sequence

ALT_MOST = 1000
"""Characters of a file's alt text (`alt_txt_too_large`)."""

SHARE = "files.completeUploadExternal"

GONE = frozenset({"file_not_found", "file_deleted"})

CHUNK = 256 * 1024  # bytes
STALL_SECONDS = 30.0  # without a byte

METHOD = "download"
"""What a download is called in errors and logs: its address holds the file's name."""


class WrongLengthError(Exception):
    """The source gave fewer or more bytes than was said: nothing is stored, begin again."""


@dataclass(frozen=True, slots=True)
class Upload:
    """Where a file's bytes go, and the id that it has from now on."""

    url: str  # as secret as a password while it lives
    file: FileId


@dataclass(frozen=True, slots=True)
class FileInfo:
    """What Slack knows about a file; its type and length are Slack's, not to be trusted."""

    exists: bool
    shared_in: frozenset[ChannelId]
    processed: bool  # a hint: Slack has measured the picture; a `slack_file` block may take it
    mime: str
    size: int  # bytes


MISSING = FileInfo(exists=False, shared_in=frozenset(), processed=False, mime="", size=0)


class Problem(StrEnum):
    """Why a file cannot be downloaded, as far as Slack says so beforehand."""

    GONE = "gone"  # deleted, a tombstone, or never seen by Easel
    HIDDEN = "hidden"  # by the limit of a free workspace
    DENIED = "denied"  # Easel may know of it, but not see it
    EXTERNAL = "external"  # on somebody else's server, which must never get the token
    NOT_HOSTED = "not_hosted"  # a snippet, a post, a list: no file as it was attached


@dataclass(frozen=True, slots=True)
class FileDetails:
    """What Slack says about a file: to be believed only where it says no."""

    file: FileId
    name: str = ""  # as the person called it: hostile
    mime: str = ""  # as claimed
    size: int | None = None  # bytes, as claimed
    url: str = ""
    problem: Problem | None = None


_REFUSALS = {
    "file_not_found": Problem.GONE,
    "file_deleted": Problem.GONE,
    "access_denied": Problem.DENIED,
}
_MODES = {"tombstone": Problem.GONE, "hidden_by_limit": Problem.HIDDEN}


class Files(Wire):
    """Upload, look-up and download of files."""

    async def upload_address(self, name: str, length: int, alt: str) -> Upload:
        """Ask for a place for `length` bytes (at least one); alt text is cut to Slack's limit."""
        method = "files.getUploadURLExternal"
        form = {"filename": name, "length": str(length), "alt_txt": alt[:ALT_MOST] or None}
        answer = await self._call(method, REPEATABLE, form=form)
        url = text(answer, "upload_url", method)
        if not self._may_send_to(url):
            raise SlackRefused("upload_url_elsewhere", method)
        return Upload(url, FileId(text(answer, "file_id", method)))

    async def send_bytes(
        self, upload: Upload, chunks: AsyncIterable[bytes], length: int, mime: str
    ) -> None:
        """Stream the bytes to their place, without the token. One try: the source flows once.

        Whatever is raised, nothing is visible to anybody: begin again with `upload_address`. An
        error of the source comes out as it is; WrongLengthError if it ends too early or too late.
        """
        method = "upload"
        if not self._may_send_to(upload.url):
            raise SlackRefused("upload_url_elsewhere", method)
        source = _Source(chunks, length)
        timeout = aiohttp.ClientTimeout(total=UPLOAD_SECONDS, sock_connect=CONNECT_SECONDS)
        try:
            async with self._session.post(
                upload.url,
                data=source.stream(),
                headers={"Content-Length": str(length), "Content-Type": mime},
                timeout=timeout,
            ) as answer:
                status = answer.status
        except LOST as error:
            if source.failure is not None:
                raise source.failure from None
            raise from_network(error, method) from None  # its text would name the address
        if source.failure is not None:  # too long: Slack had what was announced, and answered
            raise source.failure
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise SlackLost(f"http_{status}", method)
        if status != HTTPStatus.OK:  # Slack says 200 and nothing else
            raise SlackRefused(f"http_{status}", method)

    async def share(
        self, files: Sequence[tuple[FileId, str]], channel: ChannelId, *, thread: Ts | None = None
    ) -> None:
        """Show uploaded files, each with its title (escaped by the caller), in a thread if given.

        At most 14 in one call (python-slack-sdk#1653); Easel must be a member of the channel.
        """
        body: dict[str, Any] = {
            "files": [{"id": file, "title": title} for file, title in files],
            "channel_id": channel,
        }
        if thread is not None:
            body["thread_ts"] = thread
        await self._call(SHARE, POSTING, json=body)

    async def file(self, file: FileId) -> FileInfo:
        """Where a file is shared and whether Slack has processed it; a deleted one is `MISSING`."""
        method = "files.info"
        try:
            answer = await self._call(method, REPEATABLE, query={"file": file})
        except SlackRefused as refusal:
            if refusal.code in GONE:
                return MISSING
            raise
        found = part(answer, "file", method)
        if found.get("mode") in {"tombstone", "hidden_by_limit"}:
            return MISSING
        return FileInfo(
            exists=True,
            shared_in=_shared_in(found),
            processed=bool(found.get("original_w")),
            mime=str(found.get("mimetype") or ""),
            size=int(found.get("size") or 0),
        )

    async def details(self, file: FileId) -> FileDetails:
        """What Slack says about a file now; an event's own words may be a stub."""
        method = "files.info"
        try:
            answer = await self._call(method, REPEATABLE, query={"file": file})
        except SlackRefused as refusal:
            if refusal.code in _REFUSALS:
                return FileDetails(file, problem=_REFUSALS[refusal.code])
            raise
        found = part(answer, "file", method)
        size = found.get("size")
        return FileDetails(
            file=file,
            name=str(found.get("name") or ""),
            mime=str(found.get("mimetype") or ""),
            size=size if isinstance(size, int) else None,
            url=_url(found),
            problem=_problem(found),
        )

    async def download(self, details: FileDetails, target: IO[bytes], limit: int) -> int:
        """Stream a file's bytes to `target`; how many there were. At most `limit` of them.

        Raises SlackRefused: `elsewhere` (no address of Slack's), `http_302` and `web_page` (the way
        to the login page), `encoded` (packed), `too_large`, `wrong_length` (not as long as Slack
        says), `http_…`;
        SlackBusy, SlackDown, SlackLost when it may go better later; OSError of the own disk.
        """
        if not self._may_send_to(details.url) or URL(details.url).user is not None:
            raise SlackRefused("elsewhere", METHOD)
        if details.size is not None and details.size > limit:
            raise SlackRefused("too_large", METHOD)
        return await self._trying(REPEATABLE, lambda: self._to_disk(details, target, limit))

    async def _to_disk(self, details: FileDetails, target: IO[bytes], limit: int) -> int:
        """One try. The disk's own errors are not Slack's: they come out as they are."""
        target.seek(0)
        target.truncate()
        length = 0
        most = limit if details.size is None else details.size
        async with aclosing(self._chunks(details.url)) as chunks:
            async for chunk in chunks:
                length += len(chunk)
                if length > most:
                    raise SlackRefused("too_large" if length > limit else "wrong_length", METHOD)
                await asyncio.to_thread(target.write, chunk)
        if details.size not in {None, length}:
            raise SlackRefused("wrong_length", METHOD)
        return length

    async def _chunks(self, url: str) -> AsyncGenerator[bytes, None]:
        """The bytes as they come; every foreign error is translated here."""
        timeout = aiohttp.ClientTimeout(
            total=UPLOAD_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=STALL_SECONDS
        )
        headers = {"Authorization": f"Bearer {self.web.token}", "Accept-Encoding": "identity"}
        try:
            async with self._session.get(
                url,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
                auto_decompress=False,
            ) as answer:
                _check(answer)
                async for chunk in answer.content.iter_chunked(CHUNK):
                    yield chunk
        except LOST as error:
            raise from_network(error, METHOD) from None  # its text would name the address


class _Source:
    """The caller's bytes on their way, counted. Keeps what went wrong: aiohttp would wrap it."""

    def __init__(self, chunks: AsyncIterable[bytes], length: int) -> None:
        self._chunks = chunks
        self._length = length
        self.failure: Exception | None = None

    async def stream(self) -> AsyncIterator[bytes]:
        sent = 0
        try:
            async for chunk in self._chunks:
                sent += len(chunk)
                if sent > self._length:
                    break
                yield chunk
            if sent != self._length:
                raise WrongLengthError(  # noqa: TRY301 — kept below like an error of the source
                    f"at least {sent} bytes where {self._length} were announced"
                )
        except Exception as error:  # any: aiohttp would wrap it, the caller wants it bare
            self.failure = error
            raise


def _shared_in(file: dict[str, Any]) -> frozenset[ChannelId]:
    """The conversations in which a file can be seen, wherever the file object names them."""
    found: set[str] = set()
    for key in ("channels", "groups", "ims"):
        found.update(map(str, file.get(key) or ()))
    shares = file.get("shares")
    for kind in ("public", "private"):
        found.update(map(str, (shares or {}).get(kind) or ()) if isinstance(shares, dict) else ())
    return frozenset(map(ChannelId, found))


def _check(answer: aiohttp.ClientResponse) -> None:
    """Whether what comes is the file."""
    status = answer.status
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise SlackBusy("ratelimited", METHOD, seconds(answer.headers))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise SlackLost(f"http_{status}", METHOD)
    if status != HTTPStatus.OK:  # the whole file, and nothing else
        raise SlackRefused(f"http_{status}", METHOD)
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise SlackRefused("encoded", METHOD)  # never unpacked: nobody asked for it
    if answer.content_type in {"text/html", "application/xhtml+xml"}:
        raise SlackRefused("web_page", METHOD)


def _problem(file: dict[str, Any]) -> Problem | None:
    mode = file.get("mode")
    if mode in _MODES:
        return _MODES[mode]
    if file.get("file_access") == "access_denied":
        return Problem.DENIED
    if file.get("is_external") or mode == "external":
        return Problem.EXTERNAL
    if mode not in {"hosted", None} or not _url(file):
        return Problem.NOT_HOSTED
    return None


def _url(file: dict[str, Any]) -> str:
    return str(file.get("url_private_download") or file.get("url_private") or "")
