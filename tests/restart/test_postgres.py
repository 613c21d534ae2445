"""The walk on PostgreSQL, where the next process takes a dead one's jobs up after a while."""

from __future__ import annotations

import pytest

from tests import postgres
from tests.restart.scenes import ASKING, EDIT, HELD, PICTURE, Scene, at_last, ends
from tests.restart.switch import Point
from tests.restart.walk import at_once, world

AT_ONCE = 5  # worlds: more of them would meet a database that does not answer in two seconds
POINTS: list[tuple[Scene, Point]] = [
    *((PICTURE, point) for point in PICTURE.points if point.call in ASKING),
    *((EDIT, point) for point in EDIT.points),
]
DIFFERENT: list[tuple[Scene, Point]] = [
    (PICTURE, Point("users.info", 1, "after")),  # nothing is held: the card asks again
    (EDIT, Point("chat.postMessage", 1, "after")),  # the heir looks whether it stands there
    (EDIT, Point("submit", 1, "before")),  # in doubt: not known
    (EDIT, Point("submit", 1, "after")),
    (EDIT, Point("poll", 1, "after")),  # the heir asks for the dead's task
    (EDIT, Point("upload", 2, "before")),
    (EDIT, Point("files.completeUploadExternal", 1, "before")),
    (EDIT, Point("files.completeUploadExternal", 1, "after")),  # the heir looks for the share
    (EDIT, Point("chat.update", 2, "after")),
    (EDIT, Point("response_url", 1, "after")),
]
"""Where another process has to find out what a dead one did. SQLite's walk is at every call."""

COMMITS = (HELD, ("begun", "jobs"), *PICTURE.commits[1:])
"""Where another process may take the job that is held, its run begins in a commit of its own."""

TWICE = [
    (Point("chat.postMessage", 1, "after"), Point("submit", 1, "before")),
    (Point("submit", 1, "after"), Point("", 1, "after")),
    (Point("poll", 1, "after"), Point("upload", 1, "after")),
    (Point("files.completeUploadExternal", 1, "after"), Point("", 1, "after")),
]


@pytest.fixture(autouse=True, scope="module")
def _postgres() -> None:
    postgres.needed()


async def killed_at(points: list[tuple[Scene, Point]]) -> None:
    """Killed at each of these, another process ends the job as it must."""

    async def case(at: tuple[Scene, Point]) -> None:
        scene, point = at
        async with world(scene, "postgresql") as the:
            card = await the.killed(point)
            await the.finishes(card, ends(point.call))

    await at_once(case, points, AT_ONCE)


@pytest.mark.parametrize("start", range(0, len(DIFFERENT), AT_ONCE))
async def test_killed_where_recovery_differs(start: int) -> None:
    """Killed where only Slack or Pixapi know what it did, the next one ends the job as it must."""
    await killed_at(DIFFERENT[start : start + AT_ONCE])


@pytest.mark.exhaustive
@pytest.mark.parametrize("start", range(0, len(POINTS), AT_ONCE))
async def test_killed_at_any_call(start: int) -> None:
    """Killed at a call, before or after its effect, another process ends the job as it must."""
    await killed_at(POINTS[start : start + AT_ONCE])


@pytest.mark.exhaustive
async def test_killed_before_any_commit() -> None:
    """Killed before something is written, another process ends the job as it must."""

    async def case(number: int) -> None:
        async with world(PICTURE, "postgresql") as the:
            card = await the.killed_before_commit(number)
            await the.finishes(card, ends(COMMITS[number][0]))

    await at_once(case, range(len(COMMITS)), AT_ONCE)


async def test_killed_twice() -> None:
    """Killed again while it recovers, the third process ends the job as it must."""

    async def case(points: tuple[Point, Point]) -> None:
        first, second = points
        async with world(PICTURE, "postgresql") as the:
            card = await the.killed(first)
            await the.killed_again(second)
            await the.finishes(card, at_last(first, second))

    await at_once(case, TWICE, AT_ONCE)
