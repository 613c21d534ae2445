"""The history of any requests is a message that Slack takes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.blocks import history
from bot.blocks.history import Entry
from bot.core.job import Credits, JobState, Quality
from tests.blocks.test_limits import accepted, job, prompts, requests


@given(
    asked=st.lists(st.tuples(prompts, st.sampled_from(JobState)), max_size=10),
    link=st.sampled_from([None, "https://acme.slack.com/archives/C0/p1?thread_ts=1.2&cid=C0"]),
)
def test_every_history_is_accepted(asked: list[tuple[str, JobState]], link: str | None) -> None:
    """Whatever was asked for and whatever became of it, all of it is listed."""
    entries = [
        Entry(job(requests(prompt, 1, None, Quality.LOW), state, charged=Credits(1)), link)
        for prompt, state in asked
    ]
    message = history.history(entries)

    accepted(message)
    assert sum(block["type"] == "section" for block in message.blocks) == max(1, len(asked))
