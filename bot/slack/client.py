"""What Easel tells Slack: messages, modals and answers to clicks. People and files are beside it.

A lost answer to something that posts is raised as `SlackLost`: look with `find_post` before posting
again. Methods and their limits: https://docs.slack.dev/reference/methods/.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakValueDictionary

from bot.calls import LOST
from bot.core.job import ChannelId, FileId, Ts, UserId
from bot.core.payload import Part
from bot.core.post import read_attached
from bot.network import OPEN, Network
from bot.pace import LIVE, Pace
from bot.slack.errors import SlackBusy, SlackLost, SlackRefused, from_network, seconds
from bot.slack.files import Files
from bot.slack.people import Identity, People
from bot.slack.wire import ONCE, POSTING, REPEATABLE, REPLYING, TRIGGERED, open_web, text

if TYPE_CHECKING:
    import aiohttp
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.views.kit import Message

T = TypeVar("T")

JOB_EVENT = "easel_job"
"""`event_type` of the metadata that marks a root message with its job."""

CLOCK_SKEW = timedelta(days=1)  # between our clock, which may be wrong, and Slack's
"""How far Slack's clock, which makes the `ts`, is trusted to be off from ours."""

REFUSED_BLOCKS = "invalid_blocks"
PLAIN_SECONDS = 24 * 60 * 60.0
"""So long a workspace that refused a chart or a table is spared them: it may get them some day."""

PAGE = 200
"""Messages asked for at once, of 1,000 allowed; other kinds of apps get 15 and a cursor."""

NOT_MEANT = "image/gif"
"""An image that is posted to say something: nobody means it to be edited."""

OPEN_VIEWS = 1_000
"""Open modals whose last change is remembered; beyond it the oldest is forgotten."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A modal that is open. Its hash changes with its content."""

    id: str
    hash: str


@dataclass(slots=True)
class _Last:
    """The newest change of a modal, and the turn to send one."""

    at: str = ""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


@asynccontextmanager
async def open_slack(
    token: str,
    *,
    api_url: str = "https://slack.com/api/",
    pace: Pace = LIVE,
    network: Network = OPEN,
) -> AsyncIterator[Slack]:
    """The workspace behind a bot token, over one session that is closed in the end."""
    async with open_web(token, api_url, network) as (web, session):
        yield Slack(web, session, pace)


class Slack(People, Files):
    """One workspace's Web API, with one token, over one shared session.

    Of several changes to one modal the newest wins: https://docs.slack.dev/surfaces/modals.
    """

    def __init__(self, web: AsyncWebClient, session: aiohttp.ClientSession, pace: Pace) -> None:
        super().__init__(web, session, pace)
        self._plain_until = 0.0  # on the monotonic clock: charts and tables are not tried before
        self._last: dict[str, _Last] = {}  # by the view's id
        self._homes: WeakValueDictionary[UserId, asyncio.Lock] = WeakValueDictionary()

    async def post(
        self,
        channel: ChannelId,
        message: Message,
        *,
        thread: Ts | None = None,
        mark: str | None = None,
    ) -> Ts:
        """Post a message; with `mark` (a job's id, a notice's key) it can be found again.

        Slack takes one a second in a channel. Raises SlackLost when it may stand there anyway.
        """
        body = {"channel": channel, **_quiet()}
        if thread is not None:
            body["thread_ts"] = thread
        if mark is not None:
            body["metadata"] = {"event_type": JOB_EVENT, "event_payload": {"job": mark}}
        method = "chat.postMessage"

        async def send(content: Message) -> dict[str, Any]:
            return await self._call(method, POSTING, json=body | _content(content))

        try:
            answer = await self._in_known_blocks(message, send)
        except SlackRefused:
            self._channels.forget(channel)  # it may have been archived, or Easel removed from it
            raise
        return Ts(text(answer, "ts", method))

    async def find_post(
        self, channel: ChannelId, mark: str, *, thread: Ts | None = None, since: datetime
    ) -> Ts | None:
        """Our own message with this mark, posted since then (a day's grace)."""
        me = await self.identity()
        method = "conversations.replies" if thread else "conversations.history"
        query: dict[str, Any] = {
            "channel": channel,
            "oldest": f"{(since - CLOCK_SKEW).timestamp():.6f}",
            "include_all_metadata": True,
            "limit": PAGE,
        }
        if thread:
            query["ts"] = thread
        async for answer in self._pages(method, query):
            for found in answer.get("messages") or ():
                if _is_ours(found, me) and _mark(found) == mark:
                    return Ts(text(found, "ts", method))
        return None

    async def update(
        self, channel: ChannelId, ts: Ts, message: Message, *, once: bool = False
    ) -> None:
        """Replace what a message of ours says; its mark stays. `once`: no retry, whatever comes."""
        # Without `blocks` Slack would keep the old ones.
        body = {"channel": channel, "ts": ts, **_content(message)}
        await self._call("chat.update", ONCE if once else REPEATABLE, json=body)

    async def delete(self, channel: ChannelId, ts: Ts) -> None:
        """Take a message of ours away; one that is not there any more is as good."""
        try:
            await self._call("chat.delete", REPEATABLE, json={"channel": channel, "ts": ts})
        except SlackRefused as refusal:
            if refusal.code != "message_not_found":
                raise

    async def delete_file(self, file: FileId) -> None:
        """Take a file of ours away for everyone; one that is not there any more is as good."""
        try:
            await self._call("files.delete", REPEATABLE, form={"file": file})
        except SlackRefused as refusal:
            if refusal.code not in {"file_not_found", "file_deleted"}:
                raise

    async def ephemeral(
        self, channel: ChannelId, user: UserId, message: Message, *, thread: Ts | None = None
    ) -> None:
        """Show a message to one person only, who may not get it, and loses it with a reload."""
        body = {"channel": channel, "user": user}
        if thread is not None:
            body["thread_ts"] = thread

        async def send(content: Message) -> None:
            await self._call("chat.postEphemeral", POSTING, json=body | _content(content))

        await self._in_known_blocks(message, send)

    async def direct(self, user: UserId, message: Message) -> Ts:
        """Write to somebody in the direct message with Easel."""
        return await self.post(await self.direct_channel(user), message)

    async def root_text(self, channel: ChannelId, thread: Ts) -> str:
        """What the message says that begins a thread; nothing where it is not there any more."""
        async for message in self._thread_messages(channel, thread, limit=1):
            return str(message.get("text") or "") if message.get("ts") == thread else ""
        return ""

    async def newest_image(self, channel: ChannelId, thread: Ts, before: Ts) -> FileId | None:
        """The last picture that anybody, Easel included, posted in a thread before a message."""
        newest = None
        async for message in self._thread_messages(channel, thread, limit=PAGE, latest=before):
            for file in read_attached(Part(message).parts("files")):
                if file.is_image and file.mime != NOT_MEANT:
                    newest = file.file
        return newest

    async def _thread_messages(
        self, channel: ChannelId, thread: Ts, *, limit: int, latest: Ts | None = None
    ) -> AsyncIterator[Mapping[str, Any]]:
        """A thread's messages, oldest first, its root among them; none if there is no thread."""
        query: dict[str, Any] = {"channel": channel, "ts": thread, "limit": limit}
        if latest is not None:
            query["latest"] = latest
        try:
            async for answer in self._pages("conversations.replies", query):
                for message in answer.get("messages") or ():
                    yield message
        except SlackRefused as refusal:
            if refusal.code != "thread_not_found":
                raise

    async def open_view(self, trigger_id: str, view: dict[str, Any]) -> Opened:
        """Open a modal, within the trigger's three seconds and its single use."""
        body = {"trigger_id": trigger_id, "view": view}
        return _opened(await self._call("views.open", TRIGGERED, json=body))

    async def update_view(
        self, view_id: str, view: dict[str, Any], hash: str | None = None
    ) -> Opened:
        """Replace an open modal, if it is still the one with this hash (else `hash_conflict`)."""
        body = {"view_id": view_id, "view": view}
        if hash is not None:
            body["hash"] = hash
        return _opened(await self._call("views.update", POSTING, json=body))

    async def redraw_view(self, view_id: str, view: dict[str, Any], at: str) -> None:
        """Replace an open modal because of an action at this time (its `action_ts`).

        One change after the other, and none after a newer one. Between processes nothing orders
        them: a form that is submitted is checked against what it showed.
        """
        last = self._last.setdefault(view_id, _Last())
        while len(self._last) > OPEN_VIEWS:
            del self._last[next(iter(self._last))]
        last.at = max(last.at, at)
        async with last.turn:
            if at == last.at:
                await self.update_view(view_id, view)

    async def publish_home(
        self, user: UserId, draw: Callable[[], Awaitable[dict[str, Any]]]
    ) -> None:
        """Show somebody their App Home, one view after the other: each is drawn when it is sent."""
        async with self._homes.setdefault(user, asyncio.Lock()):
            body = {"user_id": user, "view": await draw()}
            await self._call("views.publish", REPEATABLE, json=body)

    async def permalink(self, channel: ChannelId, ts: Ts) -> str:
        """The address of a message for people."""
        method = "chat.getPermalink"
        query = {"channel": channel, "message_ts": ts}
        return text(await self._call(method, REPEATABLE, query=query), "permalink", method)

    async def respond(
        self, reply_url: str, message: Message | None, *, replace: bool = True
    ) -> bool:
        """Answer a click or a command through its `response_url`: five times in thirty minutes.

        `replace` changes the message that was clicked, None deletes it. False: the address is
        spent, expired, refused or not Slack's; say it in another way.
        https://docs.slack.dev/interactivity/handling-user-interaction/
        """
        if not self._may_send_to(reply_url, host="hooks"):
            return False

        async def send(content: Message | None) -> bool:
            body = _reply(content, replace=replace)
            patience = REPLYING if replace else POSTING
            return await self._trying(patience, lambda: self._respond_once(reply_url, body))

        try:
            return await (self._in_known_blocks(message, send) if message else send(None))
        except SlackRefused:
            return False

    async def _in_known_blocks(
        self, message: Message, send: Callable[[Message], Awaitable[T]]
    ) -> T:
        """Send a message, with its `plainer` blocks where this workspace refuses the others.

        Slack rolls charts and tables out workspace by workspace, and says `invalid_blocks` before.
        """
        if message.plainer is None:
            return await send(message)
        plain = dataclasses.replace(message, blocks=message.plainer)
        if time.monotonic() < self._plain_until:
            return await send(plain)
        try:
            return await send(message)
        except SlackRefused as refusal:
            if refusal.code != REFUSED_BLOCKS:
                raise
        sent = await send(plain)
        self._plain_until = time.monotonic() + PLAIN_SECONDS
        return sent

    async def _respond_once(self, reply_url: str, body: dict[str, Any]) -> bool:
        method = "response_url"
        try:
            async with self._session.post(reply_url, json=body) as answer:
                status, said = answer.status, await answer.text(errors="replace")
                wait = seconds(answer.headers)
        except LOST as error:
            raise from_network(error, method) from None  # its text would name the address
        if REFUSED_BLOCKS in said and not _is_ok(said):
            raise SlackRefused(REFUSED_BLOCKS, method)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise SlackBusy("ratelimited", method, wait)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise SlackLost(f"http_{status}", method)
        return status == HTTPStatus.OK and _is_ok(said)  # refusals come with 200 as well


def _content(message: Message) -> dict[str, Any]:
    return {"text": message.text, "blocks": list(message.blocks)}


def _quiet() -> dict[str, Any]:
    """Nothing that a prompt links to is fetched and shown."""
    return {"unfurl_links": False, "unfurl_media": False}


def _reply(message: Message | None, *, replace: bool) -> dict[str, Any]:
    """The body for a `response_url`; deleting is said alone."""
    if message is None:
        return {"delete_original": True}
    kind = {} if replace else {"response_type": "ephemeral"}
    return {**_content(message), **_quiet(), **kind, "replace_original": replace}


def _is_ok(said: str) -> bool:
    """Whether the body of an answer to a `response_url` agrees: `ok`, or JSON with `"ok": true`."""
    if said.strip() == "ok":
        return True
    try:
        answer = json.loads(said)
    except ValueError:
        return False
    return isinstance(answer, dict) and answer.get("ok") is True


def _is_ours(message: dict[str, Any], me: Identity) -> bool:
    """Whether Easel posted it: another app could carry the same mark."""
    return message.get("bot_id") == me.bot_id or message.get("user") == me.user


def _mark(message: dict[str, Any]) -> Any:
    """What a message is marked with, if anything."""
    metadata = message.get("metadata")
    if not isinstance(metadata, dict) or metadata.get("event_type") != JOB_EVENT:
        return None
    payload = metadata.get("event_payload")
    return payload.get("job") if isinstance(payload, dict) else None


def _opened(answer: dict[str, Any]) -> Opened:
    view = answer.get("view")
    known = view if isinstance(view, dict) else {}
    return Opened(str(known.get("id") or ""), str(known.get("hash") or ""))
