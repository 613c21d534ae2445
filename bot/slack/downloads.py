"""A file out of Slack: what Slack says about it, then its bytes, streamed to disk.

The token goes to Slack's hosts only. Where Slack does not hand a file out it redirects to a page of
HTML with status 200, not to 401 or 403; so redirects are not followed and HTML is no file.
https://docs.slack.dev/messaging/working-with-files and slackapi/bolt-js#2585
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, TYPE_CHECKING, Any

import aiohttp
from yarl import URL

from bot.calls import LOST
from bot.core.job import FileId
from bot.slack.errors import SlackBusy, SlackLost, SlackRefused, from_network, seconds
from bot.slack.wire import CONNECT_SECONDS, REPEATABLE, UPLOAD_SECONDS, Wire, part

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

CHUNK = 256 * 1024  # bytes
STALL_SECONDS = 30.0  # without a byte

METHOD = "download"
"""What a download is called in errors and logs: its address holds the file's name."""


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


class Downloads(Wire):
    """Look-up and download of files that people attached."""

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


def _check(answer: aiohttp.ClientResponse) -> None:
    """Whether what comes is the file."""
    status = answer.status
    if status == 429:  # noqa: PLR2004 — Too Many Requests
        raise SlackBusy("ratelimited", METHOD, seconds(answer.headers))
    if status >= 500:  # noqa: PLR2004 — a server's fault
        raise SlackLost(f"http_{status}", METHOD)
    if status != 200:  # noqa: PLR2004 — the whole file, and nothing else
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
