"""A picture into Slack in three calls, so that its id can be kept between them.

`upload_address` → `send_bytes` (streamed; a 4K picture is never held whole) → `share`, which
takes effect once: after a `SlackLost` ask `file` where the file is shared before sharing again.
https://docs.slack.dev/messaging/working-with-files
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp

from bot.calls import LOST
from bot.core.job import ChannelId, FileId, Ts
from bot.slack.errors import SlackLost, SlackRefused, from_network
from bot.slack.wire import CONNECT_SECONDS, POSTING, REPEATABLE, UPLOAD_SECONDS, Wire, part, text

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Sequence

ALT_MOST = 1000
"""Characters of a file's alt text (`alt_txt_too_large`)."""

SHARE = "files.completeUploadExternal"

GONE = frozenset({"file_not_found", "file_deleted"})


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


class Files(Wire):
    """Upload and look-up of files."""

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
        if status >= 500:  # noqa: PLR2004 — a server's fault
            raise SlackLost(f"http_{status}", method)
        if status != 200:  # noqa: PLR2004 — Slack says 200 and nothing else
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
