"""The cache under people and channels."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from bot.slack import people
from bot.slack.people import Cache


@dataclass
class Source:
    """What is asked, counted; answers when let, and how it is told to."""

    asked: list[str] = field(default_factory=list)
    go: asyncio.Event = field(default_factory=asyncio.Event)
    fails: bool = False
    now: float = 0.0

    def __post_init__(self) -> None:
        self.go.set()

    async def fetch(self, key: str) -> str:
        """The key with the number of the call."""
        self.asked.append(key)
        number = len(self.asked)
        await self.go.wait()
        if self.fails:
            raise LookupError(key)
        return f"{key}{number}"


@pytest.fixture
def source() -> Source:
    """A source that answers at once."""
    return Source()


@pytest.fixture
def cache(source: Source) -> Cache[str, str]:
    """Remembers for a minute of the source's clock."""
    return Cache(source.fetch, 60.0, clock=lambda: source.now)


async def test_lifetime(source: Source, cache: Cache[str, str]) -> None:
    """A value is kept for its lifetime and no longer."""
    assert await cache.get("a") == "a1"
    source.now = 59.9
    assert await cache.get("a") == "a1"
    source.now = 60.0

    assert await cache.get("a") == "a2"


async def test_a_long_answer_is_dated_at_its_arrival(
    source: Source, cache: Cache[str, str]
) -> None:
    """However long an answer was on its way, it is kept for its lifetime."""
    source.go.clear()
    asked = asyncio.create_task(cache.get("a"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    source.now = 300.0
    source.go.set()

    assert await asked == "a1"
    assert cache.has("a")

    source.now = 359.9

    assert await cache.get("a") == "a1"

    source.now = 360.0

    assert not cache.has("a")
    assert await cache.get("a") == "a2"


async def test_single_flight(source: Source, cache: Cache[str, str]) -> None:
    """200 askers at once make one call, whether they want it fresh or not."""
    source.go.clear()
    tasks = [asyncio.create_task(cache.get("a", fresh=bool(n % 2))) for n in range(200)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    source.go.set()

    assert await asyncio.gather(*tasks) == ["a1"] * 200
    assert source.asked == ["a"]


async def test_fresh(source: Source, cache: Cache[str, str]) -> None:
    """A fresh question passes over what is kept, and its answer is kept for the others."""
    await cache.get("a")

    assert await cache.get("a", fresh=True) == "a2"
    assert await cache.get("a") == "a2"
    assert len(source.asked) == 2


async def test_failures_are_shared_not_kept(source: Source, cache: Cache[str, str]) -> None:
    """All who wait hear of a failure; the next who asks asks anew."""
    source.fails = True
    source.go.clear()
    tasks = [asyncio.create_task(cache.get("a")) for _ in range(3)]
    await asyncio.sleep(0)
    source.go.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [LookupError] * 3
    assert source.asked == ["a"]
    source.fails = False

    assert await cache.get("a") == "a2"


async def test_one_who_leaves(source: Source, cache: Cache[str, str]) -> None:
    """Somebody who stops waiting does not take the call away from the others."""
    source.go.clear()
    first = asyncio.create_task(cache.get("a"))
    await asyncio.sleep(0)
    second = asyncio.create_task(cache.get("a"))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    source.go.set()

    assert await second == "a1"
    assert first.cancelled()


async def test_forget_during_a_call(source: Source, cache: Cache[str, str]) -> None:
    """What was asked before something changed is not kept after it."""
    source.go.clear()
    before = asyncio.create_task(cache.get("a"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    cache.forget("a")
    after = asyncio.create_task(cache.get("a"))
    await asyncio.sleep(0)
    source.go.set()

    assert [await before, await after] == ["a1", "a2"]
    assert await cache.get("a") == "a2"


async def test_bounded(
    source: Source, cache: Cache[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cache does not grow without end: the oldest value goes."""
    monkeypatch.setattr(people, "KEPT", 3)
    for key in "abcd":
        await cache.get(key)

    assert await cache.get("d") == "d4"
    assert await cache.get("a") == "a5"
    assert len(source.asked) == 5
