"""What an admin reads who ends a hold that was not known. Pure; sentences are plain text."""

from __future__ import annotations

from typing import assert_never

from bot.core.job import Job, JobState
from bot.views.kit import Message, credits_, section


def in_words(decided: Job) -> str:
    """What the decision has done."""
    if decided.charged:
        done = f"{credits_(decided.charged)} charged"
        if decided.charged != decided.price.credits:
            done += f" ({credits_(decided.price.credits)} were held)"
    else:
        done = f"{credits_(decided.price.credits)} released"
    return f"Job {decided.id}: {done}."


def hold_ended(decided: Job) -> Message:
    """The answer to the admin who has decided."""
    text = f"{in_words(decided)} <@{decided.asker}> is told."
    return Message(text, (section(text),))


def why_not(job: Job) -> str:
    """Why there is nothing to decide about a job."""
    return f"{_stands(job)} Nothing was changed."


def _stands(job: Job) -> str:
    charged = f"{credits_(job.charged)} charged" if job.charged else "nothing charged"
    match job.state:
        case JobState.OFFERED:
            return f"Job {job.id} is an offer: nothing is held for it."
        case JobState.WAITING:
            return f"Job {job.id} waits for an admin's approval: decide that in Slack."
        case JobState.QUEUED | JobState.SUBMITTING | JobState.RUNNING:
            return f"Job {job.id} is still under way: its outcome is not lost."
        case JobState.DELIVERING | JobState.DONE:
            return f"Job {job.id} is decided already: its pictures came, {charged}."
        case JobState.FAILED | JobState.CANCELLED:
            return f"Job {job.id} is decided already: {charged}."
        case JobState.UNKNOWN:
            return f"Job {job.id} is not known yet."
        case _:
            assert_never(job.state)
