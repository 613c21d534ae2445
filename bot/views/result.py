"""The root message of a job, from queued to done, its details, and the list of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from bot.core.budget import LineKind
from bot.core.choices import Choice
from bot.core.errors import HITCHES
from bot.core.job import OPEN, ChannelId, Credits, Job, JobState, Picture, ThreadSum
from bot.views import names
from bot.views.card import describe_outcome, describe_settings, remedy_buttons
from bot.views.kit import (
    Block,
    Message,
    actions,
    button,
    choice,
    context,
    credits_,
    cut,
    danger_button,
    escape,
    moment,
    option,
    picture,
    plain_section,
    quote,
    section,
    tame,
)

PROMPT = 2000  # characters of the prompt in the root message
STEPS = 8  # of a chain that are told: the last ones
SHOWABLE = frozenset({"image/png", "image/jpeg", "image/gif"})
"""What an image block takes: https://docs.slack.dev/reference/block-kit/blocks/image-block."""


def render_root(
    job: Job,
    label: str,
    *,
    pictures: bool = False,
    thread: ThreadSum | None = None,
    instead: Sequence[Choice] = (),
) -> Message:
    """The root message as it is in the job's present state.

    `instead` is the same request with other models, for where its own failed. `pictures` shows them
    inside it, which Slack allows once it has processed the files; `thread` is what the whole thread
    has come to, where it holds more than this job.
    """
    shown = [
        picture(one.file, alt(job, one))
        for one in job.pictures
        if pictures and one.file is not None and one.mime in SHOWABLE
    ]
    blocks: list[Block] = [
        section(f"<@{job.asker}> asked for"),
        plain_section(job.request.prompt, PROMPT),
        *shown,
        context(f"{escape(describe_settings(job.request, label, job.price.tier))}\n{_status(job)}"),
    ]
    if job.moved_from is not None and not _left(job):
        blocks.append(section(_moved(job.moved_from, job.moved_for or "")))
    if thread is not None:
        images = "1 image" if thread.images == 1 else f"{thread.images:,} images"
        blocks.append(context(f"This thread: {images} · {credits_(thread.credits)} charged"))
    blocks.append(actions(_buttons(job, instead)))
    return Message(f"{quote(job.request.prompt)}: {_status(job)}", tuple(blocks))


def _buttons(job: Job, instead: Sequence[Choice]) -> list[Block]:
    """What can be done with a job in its present state."""
    this = str(names.Ref(job.id, job.revision))
    details = button("Details", names.DETAILS, this)
    if job.state in {JobState.WAITING, JobState.QUEUED}:
        return [button("Stop", names.STOP, this), details]
    if job.state is not JobState.DONE:
        return [*remedy_buttons(job, instead), details]
    count = len(job.pictures)
    pick = [option(f"Image {number} of {count}", str(number)) for number in range(1, count + 1)]
    return [
        *([choice(names.PICK, pick)] if count > 1 else []),
        button("Vary", names.VARY, this),
        button("Edit…", names.EDIT, this),
        button("Finalise…", names.FINALISE, this),
        details,
        danger_button(
            "Delete",
            names.DELETE,
            this,
            title="Delete this result?",
            question="The message and its files go for everyone. What was charged stays charged.",
            yes="Delete",
        ),
    ]


def _left(job: Job) -> bool:
    """Whether this is the root message in the place that its picture could not come to."""
    return job.moved_from == job.place.channel


REASONS = {
    "channel_not_found": "it is gone, or Easel was removed from it",
    "invalid_channel": "it is gone, or Easel was removed from it",
    "is_archived": "it was archived",
    "no_permission": "posting there is restricted",
    "not_in_channel": "Easel was removed from it",
    "posting_to_channel_denied": "posting there is restricted",
    "restricted_action": "posting there is restricted",
    "restricted_action_read_only_channel": "posting there is restricted",
}


def _moved(channel: ChannelId, code: str) -> str:
    """Why a picture comes by direct message."""
    where = f"<#{channel}>" if channel else "a channel"
    why = REASONS.get(code, "its thread is gone, or takes no replies")
    return (
        f":information_source: You asked for it in {where}, where Easel cannot post any more: "
        f"{why}. It is paid for there, so it comes to you here."
    )


def _status(job: Job) -> str:
    """Where it stands and what became of the price; our own words, escaped."""
    held = f"{credits_(job.price.credits)} held"
    match job.state:
        case JobState.OFFERED | JobState.QUEUED:
            return f"Queued · {held}"
        case JobState.WAITING:
            return f"Waiting for an admin · {held}"
        case JobState.SUBMITTING | JobState.RUNNING:
            return f"Generating · {held}. Stopping now would not give the credits back."
        case JobState.DELIVERING:
            if _left(job):
                return f"Sent to the asker's direct message · {_charged(job)}"
            if job.waits_for is not None:
                return f"Waiting for Slack · {_charged(job)}. {escape(_waits(job.waits_for))}"
            return f"Uploading · {_charged(job)}"
        case JobState.DONE:
            return f"Done · {_charged(job)}"
        case JobState.FAILED | JobState.UNKNOWN | JobState.CANCELLED:
            return escape(describe_outcome(job))
        case _:
            assert_never(job.state)


def _waits(code: str) -> str:
    """Why a picture is not there yet, and what becomes of it."""
    hitch = HITCHES.get(code)
    why = f"{hitch.sentence} " if hitch is not None else ""
    return f"{why}It is kept and comes by itself; an admin of Easel has been told."


def _charged(job: Job) -> str:
    """The charge, and how it differs from what was held."""
    charged, held = job.charged or Credits(0), job.price.credits
    text = f"*{credits_(charged)} charged*"
    if charged != held:
        told = "; more than that is Pixapi's doing, and admins are told" if charged > held else ""
        text += f" ({credits_(held)} {'was' if held == 1 else 'were'} held{told})"
    arrived, asked = len(job.pictures), job.request.count
    if arrived < asked:
        text += f" · {arrived} of {asked} images arrived"
    elif arrived > asked:
        text += f" · {arrived} images arrived instead of {asked}"
    return text


def alt(job: Job, one: Picture) -> str:
    """What a picture shows, for those who do not see it: the prompt."""
    number = f"Image {one.number} of {len(job.pictures)}: " if len(job.pictures) > 1 else ""
    return cut(f"{number}{tame(job.request.prompt)}", 1000)


def title(job: Job, one: Picture) -> str:
    """The name of a file in Slack: plain, no markup."""
    number = f" ({one.number} of {len(job.pictures)})" if len(job.pictures) > 1 else ""
    return f"{cut(' '.join(tame(job.request.prompt).split()), 80)}{number}"


LINE_WORDS = {
    LineKind.HELD: "held",
    LineKind.CHARGED: "charged",
    LineKind.RELEASED: "released",
    LineKind.UNKNOWN: "not known yet",
}


def render_details(
    job: Job,
    label: str,
    lines: Sequence[tuple[LineKind, Credits, datetime]],
    chain: Sequence[Job],
) -> Message:
    """Everything that is known of a job: parameters, price, ids, the ledger's lines.

    `chain` is what it goes on from, oldest first, and itself.
    """
    price = job.price
    each = f" · {job.request.count} images, {price.each:,} each" if job.request.count > 1 else ""
    facts = [
        f"*Asked for* {escape(describe_settings(job.request, label, price.tier))}",
        f"*Model* `{escape(job.request.model)}`",
        f"*Price* {credits_(price.credits)}{each}",
        f"*Price table* `{escape(price.table_version)}`",
        *(
            f"*Image {one.number}* {one.size.width}×{one.size.height} {escape(one.mime)}"
            for one in job.pictures
        ),
        f"*State* {job.state}",
        f"*Job* `{job.id}`",
    ]
    if job.request_id:
        facts.append(f"*Request id* `{escape(cut(tame(job.request_id), 100))}`")
    if job.detail:
        facts.append(f"*Pixapi said* {quote(job.detail)}")
    ledger = "\n".join(
        f"{moment(at)} · {credits_(amount)} {LINE_WORDS[kind]}" for kind, amount, at in lines
    )
    blocks = [
        plain_section(job.request.prompt, PROMPT),
        section("\n".join(facts)),
        section(f"*Ledger*\n{ledger or 'Nothing was held.'}"),
    ]
    if len(chain) > 1:
        blocks.append(section(_chain(chain)))
    return Message(f"Details of {quote(job.request.prompt)}", tuple(blocks))


def _chain(chain: Sequence[Job]) -> str:
    """The steps that led here with the cost of each, and their sum."""
    last = chain[-STEPS:]
    steps = [
        f"{number}. {credits_(one.charged or 0)}: {quote(one.request.prompt, 60)}"
        for number, one in enumerate(last, len(chain) - len(last) + 1)
    ]
    total = sum(one.charged or 0 for one in chain)
    return "\n".join(("*How it came about*", *steps, f"{credits_(total)} charged in total"))


# What somebody asked for in a channel, and the way back to it

LISTED = 150  # characters of each prompt
NOT_APPROVED = {"declined": "Declined by an admin", "lapsed": "Not approved in time"}  # by fault


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A request, and the address of its root message where it has one and Slack gave it."""

    job: Job
    link: str | None = None


def render_history(entries: Sequence[HistoryEntry]) -> Message:
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
            blocks += [context(f"*{heading}*"), *map(_entry_line, members)]
    return Message("Your latest requests in this channel", tuple(blocks))


def is_under_way(job: Job) -> bool:
    """Whether something is still to come of a confirmed request."""
    return job.state is JobState.WAITING or (job.state in OPEN and not _is_there(job))


def _is_over(job: Job) -> bool:
    return not is_under_way(job) and job.state is not JobState.OFFERED


def _is_there(job: Job) -> bool:
    """Whether every picture is in its thread, though Slack may still be at work on them."""
    return bool(job.pictures) and all(one.shared for one in job.pictures)


def _entry_line(entry: HistoryEntry) -> Block:
    job = entry.job
    prompt = quote(job.request.prompt, LISTED) if job.request.prompt else "_erased_"
    facts = [describe_state(job), moment(job.created)]
    if entry.link is not None:
        facts.append(f"<{escape(entry.link)}|Open>")
    block = section(f"{prompt}\n{' · '.join(facts)}")
    if job.state in {JobState.OFFERED, JobState.WAITING}:
        this = str(names.Ref(job.id, job.revision))
        block["accessory"] = button("Show the card", names.SHOW, this)
    return block


def describe_state(job: Job) -> str:
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
