"""Every row of the table of faults is true: what is read, charged, offered, told and logged."""

from __future__ import annotations

import pytest

from tests.faults import pixapi_rows, slack_limits, slack_places, slack_rows
from tests.faults.row import Row, play
from tests.flow.stage import Stage

ROWS = (
    *pixapi_rows.ROWS,
    *slack_rows.ROWS,
    *slack_places.ROWS,
    *slack_limits.ROWS,
)


@pytest.mark.parametrize("row", ROWS, ids=[row.key for row in ROWS])
async def test_a_row_is_true(row: Row, stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """The asker, the books, the buttons, the admins and the log say what the row says."""
    await play(row, stage, caplog)
