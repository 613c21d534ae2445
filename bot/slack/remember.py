"""A cache with a time limit in which many askers at once make one call."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MOST = 5_000
"""Values kept by one cache; beyond it the oldest goes."""


class Remember(Generic[K, V]):
    """What `fetch` said about a key, for some seconds from its arrival; a failure is not kept."""

    def __init__(
        self,
        fetch: Callable[[K], Awaitable[V]],
        lifetime: float,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._lifetime = lifetime  # seconds
        self._clock = clock
        self._kept: dict[K, tuple[float, V]] = {}  # arrived at, value; the oldest first
        self._flights: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K, *, fresh: bool = False) -> V:
        """The value, kept or fetched. `fresh` passes over what is kept, but joins a call under way.

        Somebody who stops waiting does not take the call away from the others.
        """
        if not fresh and self.has(key):
            return self._kept[key][1]
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(self._fly(key))
            self._flights[key] = flight
            flight.add_done_callback(_seen)
        return await asyncio.shield(flight)

    def has(self, key: K) -> bool:
        """Whether a key is known now: nobody has to be asked."""
        kept = self._kept.get(key)
        return kept is not None and self._clock() - kept[0] < self._lifetime

    def forget(self, key: K) -> None:
        """What is known about a key is no longer true; a call under way is not kept either."""
        self._kept.pop(key, None)
        self._flights.pop(key, None)

    async def _fly(self, key: K) -> V:
        me = asyncio.current_task()
        try:
            value = await self._fetch(key)
            if self._flights.get(key) is me:
                self._kept.pop(key, None)
                self._kept[key] = (self._clock(), value)
                if len(self._kept) > MOST:
                    del self._kept[next(iter(self._kept))]
            return value
        finally:
            if self._flights.get(key) is me:
                del self._flights[key]


def _seen(flight: asyncio.Task[V]) -> None:
    """Look at a failure, so that asyncio does not report it when everybody stopped waiting."""
    if not flight.cancelled():
        flight.exception()
