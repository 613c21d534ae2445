"""Killed, and killed again while it recovers: still sent once, delivered once, charged once."""

from __future__ import annotations

import pytest

from tests.exhaustive import some
from tests.restart.process import quick, stop
from tests.restart.scenes import EDIT, PICTURE, Scene, at_last, ends
from tests.restart.switch import SIDES, Point, Side
from tests.restart.walk import at_once, world

POINTS = [point for point in PICTURE.points if ends(point.call) != {"offered"}]
PART = 6  # points in one test

RECOVERIES = [  # where it was killed first, and every call that the next start makes because of it
    (
        PICTURE,
        Point("chat.postMessage", 1, "after"),
        (
            "conversations.history",
            "progress",
            "submit",
            "poll",
            "cdn",
            "cdn",
            "files.getUploadURLExternal",
            "upload",
            "files.completeUploadExternal",
            "chat.update",
        ),
    ),
    (
        EDIT,
        Point("files.completeUploadExternal", 1, "after"),
        ("files.info", "files.info", "progress", "progress", "progress"),
    ),
    (PICTURE, Point("submit", 1, "after"), ("progress", "response_url")),
]
RECOVERED = pytest.mark.parametrize(
    ("scene", "first", "calls"), RECOVERIES, ids=[str(first) for _, first, _ in RECOVERIES]
)


@pytest.mark.parametrize("side", some(SIDES, ["after"]))
@pytest.mark.parametrize(
    "points", [POINTS[start : start + PART] for start in range(0, len(POINTS), PART)], ids=str
)
async def test_killed_at_the_first_call_of_recovery(points: list[Point], side: Side) -> None:
    """Killed anywhere, and again at whatever the next start does first: the third one ends it."""

    async def case(point: Point) -> None:
        async with world(PICTURE, "sqlite") as the:
            card = await the.killed(point)
            await the.killed_again(Point("", 1, side))
            await the.finishes(card, ends(point.call))

    await at_once(case, points)


@RECOVERED
async def test_these_are_the_steps_of_recovery(
    scene: Scene, first: Point, calls: tuple[str, ...]
) -> None:
    """The next start makes exactly these calls."""
    async with world(scene, "sqlite") as the:
        await the.killed(first)
        the.switch.watch()
        async with quick(the.stage) as easel:
            await the.stage.ws.until(the.outcome)

            assert await stop(easel) == 0

        assert sorted(the.switch.seen) == sorted(calls)


@RECOVERED
@pytest.mark.parametrize("side", some(SIDES, ["after"]))
async def test_killed_at_any_call_of_recovery(
    scene: Scene, first: Point, calls: tuple[str, ...], side: Side
) -> None:
    """Killed twice, the second time anywhere in the recovery: the third start ends it."""

    async def case(point: Point) -> None:
        async with world(scene, "sqlite") as the:
            card = await the.killed(first)
            await the.killed_again(point)
            await the.finishes(card, at_last(first, point))

    await at_once(
        case,
        [Point(call, calls[: place + 1].count(call), side) for place, call in enumerate(calls)],
    )
