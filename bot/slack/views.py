"""Modals and App Home. Of several changes to one modal the newest wins."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from bot.core.job import UserId
from bot.slack.wire import POSTING, REPEATABLE, TRIGGERED, Wire

if TYPE_CHECKING:
    import aiohttp
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.pace import Pace

MOST = 1_000
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


class Views(Wire):
    """https://docs.slack.dev/surfaces/modals."""

    def __init__(self, web: AsyncWebClient, session: aiohttp.ClientSession, pace: Pace) -> None:
        super().__init__(web, session, pace)
        self._last: dict[str, _Last] = {}  # by the view's id
        self._homes: WeakValueDictionary[UserId, asyncio.Lock] = WeakValueDictionary()

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
        while len(self._last) > MOST:
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


def _opened(answer: dict[str, Any]) -> Opened:
    view = answer.get("view")
    known = view if isinstance(view, dict) else {}
    return Opened(str(known.get("id") or ""), str(known.get("hash") or ""))
