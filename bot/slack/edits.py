"""The workspace's budget of edits: progress when there is room, the last word always.

`chat.update` is Tier 3, about fifty a minute for the whole workspace
(https://docs.slack.dev/apis/web-api/rate-limits), and a message should change at most every three
seconds (https://docs.slack.dev/ai/developing-agents/).
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from bot.slack.errors import SlackBusy, SlackError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.core.job import ChannelId, Ts
    from bot.views.kit import Message

log = logging.getLogger(__name__)

BURST = 10.0
"""Edits that may be made at once."""
PER_MINUTE = 40.0
"""Edits that come back in a minute; with a full burst fifty, which is all that Slack allows."""
DEBT = 40.0
"""Last words are said without room too, and progress is silent for it: for a minute at most,
however many results have come at once."""
RESERVE = 5.0
"""Edits of the burst that progress leaves for last words."""
MOST = 5_000
"""Messages remembered; beyond it the one that was edited longest ago is forgotten."""


class Updates(Protocol):
    """What is needed of `Slack`."""

    async def update(
        self, channel: ChannelId, ts: Ts, message: Message, *, once: bool = False
    ) -> None:
        """Replace what a message says."""


@dataclass(slots=True)
class _Edited:
    """One message: its edits happen one after another."""

    order: asyncio.Lock = field(default_factory=asyncio.Lock)
    next: float = float("-inf")  # when progress may be shown again
    final: bool = False  # the last word was said, or is on its way


class Edits:
    """All edits of messages go through here; one for the workspace's token in a process."""

    def __init__(self, slack: Updates, clock: Callable[[], float], spacing: float) -> None:
        """`clock` and `spacing`, between two progress edits of one message, are seconds."""
        self._slack = slack
        self._clock = clock  # monotonic
        self._spacing = spacing
        self._room = BURST
        self._counted = clock()
        self._shut_until = float("-inf")  # Slack said 429: other processes edit as well
        self._messages: dict[tuple[ChannelId, Ts], _Edited] = {}  # the last edited at the end

    async def progress(self, channel: ChannelId, ts: Ts, message: Message) -> None:
        """Show progress if there is room and nothing else is being said; else drop it.

        Decoration: a failure is not raised. Never shown after `final`.
        """
        edited = self._edited(channel, ts)
        now = self._clock()
        if edited.final or edited.order.locked() or now < max(edited.next, self._shut_until):
            return
        if self._refill(now) < RESERVE + 1:
            return
        self._room -= 1
        async with edited.order:
            try:
                await self._slack.update(channel, ts, message, once=True)
            except SlackBusy as busy:
                self._shut_until = self._clock() + busy.retry_after
            except SlackError as error:
                log.debug("progress not shown: %s", error)
            finally:
                edited.next = self._clock() + self._spacing

    async def final(self, channel: ChannelId, ts: Ts, message: Message) -> None:
        """Say the last word, after an edit under way; goes on the account when there is no room.

        Raises SlackError: the caller may say the word again.
        """
        edited = self._edited(channel, ts)
        edited.final = True
        async with edited.order:
            self._room = max(self._refill(self._clock()) - 1, -DEBT)
            await self._slack.update(channel, ts, message)

    def _refill(self, now: float) -> float:
        """The room for edits now."""
        self._room = min(BURST, self._room + (now - self._counted) * PER_MINUTE / 60)
        self._counted = now
        return self._room

    def _edited(self, channel: ChannelId, ts: Ts) -> _Edited:
        key = channel, ts
        edited = self._messages.pop(key, None) or _Edited()
        self._messages[key] = edited
        if len(self._messages) > MOST:
            del self._messages[next(iter(self._messages))]
        return edited
