"""The history of any requests is a message that Slack takes."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.core.job import Credits, JobState, Quality
from bot.views import result
from bot.views.result import HistoryEntry
from tests.views.test_limits import accepted, job, prompts, requests


@given(
    asked=st.lists(st.tuples(prompts, st.sampled_from(JobState)), max_size=10),
    link=st.sampled_from([None, "https://acme.slack.com/archives/C0/p1?thread_ts=1.2&cid=C0"]),
)
def test_every_history_is_accepted(asked: list[tuple[str, JobState]], link: str | None) -> None:
    """Whatever was asked for and whatever became of it, all of it is listed."""
    entries = [
        HistoryEntry(job(requests(prompt, 1, None, Quality.LOW), state, charged=Credits(1)), link)
        for prompt, state in asked
    ]
    message = result.render_history(entries)

    accepted(message)
    assert sum(block["type"] == "section" for block in message.blocks) == max(1, len(asked))


def test_what_admins_refuse_has_not_failed() -> None:
    """What an admin declined, or nobody approved, says so, and that its credits were released."""
    said = {
        fault: result.describe_state(
            replace(job(requests("a fox", 1, None, Quality.LOW), JobState.FAILED), fault=fault)
        )
        for fault in ("declined", "lapsed", "refused")
    }

    assert re.fullmatch(r"Declined by an admin · \d+ credits? released", said["declined"])
    assert re.fullmatch(r"Not approved in time · \d+ credits? released", said["lapsed"])
    assert said["refused"] == "Failed · nothing charged"
