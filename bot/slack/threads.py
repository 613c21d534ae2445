"""What people wrote in a thread, as far as Easel has to read it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from bot.core.job import ChannelId, FileId, Ts
from bot.core.payload import Part
from bot.core.post import attached
from bot.slack.errors import SlackRefused
from bot.slack.wire import Wire

PAGE = 200
"""Messages asked for at once, of 1,000 allowed."""

NOT_MEANT = "image/gif"
"""An image that is posted to say something: nobody means it to be edited."""


class Threads(Wire):
    """Reading threads. https://docs.slack.dev/reference/methods/conversations.replies/."""

    async def root_text(self, channel: ChannelId, thread: Ts) -> str:
        """What the message says that begins a thread; nothing where it is not there any more."""
        async for message in self._messages(channel, thread, limit=1):
            return str(message.get("text") or "") if message.get("ts") == thread else ""
        return ""

    async def newest_image(self, channel: ChannelId, thread: Ts, before: Ts) -> FileId | None:
        """The last picture that anybody, Easel included, posted in a thread before a message."""
        newest = None
        async for message in self._messages(channel, thread, limit=PAGE, latest=before):
            for file in attached(Part(message).parts("files")):
                if file.is_image and file.mime != NOT_MEANT:
                    newest = file.file
        return newest

    async def _messages(
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
