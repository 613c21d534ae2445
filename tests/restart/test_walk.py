"""Killed between any two steps of a job: sent once, delivered once, charged once, and said so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.restart.process import quick, stop
from tests.restart.scenes import BESIDE, EDIT, PICTURE, Scene, ends
from tests.restart.switch import Point
from tests.restart.walk import at_once, world

SCENES = pytest.mark.parametrize("scene", [PICTURE, EDIT], ids=lambda scene: scene.name)
PART = 6  # points in one test


def parts(scene: Scene) -> list[tuple[Scene, list[Point]]]:
    """A scene's points, a few at a time."""
    points = scene.points
    return [(scene, points[start : start + PART]) for start in range(0, len(points), PART)]


def named(value: Scene | list[Point]) -> str:
    """A test's name: its scene, and its first point."""
    return value.name if isinstance(value, Scene) else str(value[0])


@SCENES
async def test_these_are_the_steps(scene: Scene, tmp_path: Path) -> None:
    """A job makes exactly these calls and commits: a new one is a new place to die at."""
    notes = tmp_path / "commits"
    async with world(scene, "sqlite") as the:
        async with quick(the.stage, commits=notes) as easel:
            card = await scene.ask(the.stage)
            before = len(notes.read_text().splitlines())
            the.switch.watch()
            await the.stage.press(card, "generate")
            await the.stage.ws.until(lambda: the.outcome() == "done")

            assert await stop(easel) == 0

        await the.is_exact()

    seen = the.switch.seen
    assert [call for call in seen if call not in BESIDE] == list(scene.calls)
    assert sorted(set(seen) - set(scene.calls)) == sorted(BESIDE)
    assert notes.read_text().splitlines()[before:] == [tables for _, tables in scene.commits]


@pytest.mark.parametrize(("scene", "points"), [*parts(PICTURE), *parts(EDIT)], ids=named)
async def test_killed_at_any_call(scene: Scene, points: list[Point]) -> None:
    """Killed at a call, before or after its effect, the next start ends the job as it must."""

    async def case(point: Point) -> None:
        async with world(scene, "sqlite") as the:
            card = await the.killed(point)
            await the.finishes(card, ends(point.call))

    await at_once(case, points)


@SCENES
async def test_killed_before_any_commit(scene: Scene) -> None:
    """Killed before something is written, outside calls in between or not, it ends as it must."""

    async def case(number: int) -> None:
        async with world(scene, "sqlite") as the:
            card = await the.killed_before_commit(number)
            await the.finishes(card, ends(scene.commits[number][0]))

    await at_once(case, range(len(scene.commits)))
