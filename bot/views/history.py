"""What somebody asked for in a channel, newest first, and the way back to it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from bot.core.job import OPEN, Job, JobState
from bot.views import names
from bot.views.dates import moment
from bot.views.kit import Block, Message, button, context, credits_, escape, quoted, section

PROMPT = 150  # characters of each prompt
NOT_APPROVED = {"declined": "Declined by an admin", "lapsed": "Not approved in time"}  # by fault


@dataclass(frozen=True, slots=True)
class Entry:
    """A request, and the address of its root message where it has one and Slack gave it."""

    job: Job
    link: str | None = None


def history(entries: Sequence[Entry]) -> Message:
    """The answer to `/image history`."""
    if not entries:
        text = "You have not asked for anything in this channel yet. Try `/image a red fox`."
        return Message(text, (section(text),))
    groups = (
        ("Running and waiting", [one for one in entries if is_under_way(one.job)]),
        ("Not confirmed yet", [one for one in entries if one.job.state is JobState.OFFERED]),
        ("Before", [one for one in entries if _is_over(one.job)]),
    )
    blocks: list[Block] = []
    for heading, members in groups:
        if members:
            blocks += [context(f"*{heading}*"), *map(_line, members)]
    return Message("Your latest requests in this channel", tuple(blocks))


def is_under_way(job: Job) -> bool:
    """Whether something is still to come of a confirmed request."""
    return job.state is JobState.WAITING or (job.state in OPEN and not _is_there(job))


def _is_over(job: Job) -> bool:
    return not is_under_way(job) and job.state is not JobState.OFFERED


def _is_there(job: Job) -> bool:
    """Whether every picture is in its thread, though Slack may still be at work on them."""
    return bool(job.pictures) and all(one.shared for one in job.pictures)


def _line(entry: Entry) -> Block:
    job = entry.job
    prompt = quoted(job.request.prompt, PROMPT) if job.request.prompt else "_erased by age_"
    facts = [standing(job), moment(job.created)]
    if entry.link is not None:
        facts.append(f"<{escape(entry.link)}|Open>")
    block = section(f"{prompt}\n{' · '.join(facts)}")
    if job.state in {JobState.OFFERED, JobState.WAITING}:
        this = str(names.Ref(job.id, job.revision))
        block["accessory"] = button("Show the card", names.SHOW, this)
    return block


def standing(job: Job) -> str:
    """Where it stands, and what became of the price."""
    price, charged = credits_(job.price.credits), credits_(job.charged or 0)
    match job.state:
        case JobState.OFFERED:
            return f"{price}, nothing held"
        case JobState.WAITING:
            return f"Waiting for an admin · {price} held"
        case JobState.QUEUED:
            return f"Waiting · {price} held"
        case JobState.SUBMITTING | JobState.RUNNING:
            return f"Generating · {price} held"
        case JobState.DELIVERING if not _is_there(job):
            return f"Uploading · {charged} charged"
        case JobState.DELIVERING | JobState.DONE:
            return f"{'Deleted' if job.deleted else 'Done'} · {charged} charged"
        case JobState.UNKNOWN:
            return f"Not known yet · {price} held"
        case JobState.FAILED:
            return _failed(job)
        case JobState.CANCELLED:
            return f"Stopped · {price} released"
        case _:
            assert_never(job.state)


def _failed(job: Job) -> str:
    if job.fault in NOT_APPROVED:
        return f"{NOT_APPROVED[job.fault]} · {credits_(job.price.credits)} released"
    return f"Failed · {credits_(job.charged) if job.charged else 'nothing'} charged"
