"""Lists for a terminal."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.core.job import JobState, Quality, TaskId
from bot.views import plain
from tests.views.test_limits import NOW, job, requests


@given(st.text(min_size=1), st.one_of(st.none(), st.text(min_size=1)))
def test_the_providers_ids_stay_in_their_columns(task: str, request_id: str | None) -> None:
    """Whatever Pixapi calls a task or a request, a job is one line of nine printable columns."""
    lost = job(requests("a fox", 1, None, Quality.LOW), JobState.UNKNOWN, request_id=request_id)
    listed = plain.render_jobs([(replace(lost, task=TaskId(task)), NOW)])
    header, line = listed.split("\n")

    assert len(re.split("  +", header)) == len(re.split("  +", line)) == 9
    assert line.isprintable()
