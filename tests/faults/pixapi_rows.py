"""Pixapi's failures (the reference lists them by their sources)."""

from __future__ import annotations

from tests.faults.row import Money, Row
from tests.flow.stage import Stage


async def _failed(stage: Stage) -> None:
    stage.faults.arm("task_failed", "submit", code="internal_error", message="boom")


ROWS = (
    Row(
        key="task fails",
        what="a task fails",
        arm=_failed,
        reads="internal_error",
        money=Money.RELEASED,
        buttons=("Try again",),
        logged="info: failed: internal_error",
    ),
)
