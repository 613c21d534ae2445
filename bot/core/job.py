"""The words of the product as values: a request, its price, a job and its states.

Everything is frozen. Sizes are pixels, prices are whole credits, times are timezone-aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NewType

JobId = NewType("JobId", str)  # one id from the card to the receipt
TeamId = NewType("TeamId", str)
ChannelId = NewType("ChannelId", str)
UserId = NewType("UserId", str)
Ts = NewType("Ts", str)  # Slack's id of a message in a channel
TaskId = NewType("TaskId", str)  # Pixapi's id of a task
FileId = NewType("FileId", str)  # Slack's id of a file
ModelId = NewType("ModelId", str)
Credits = NewType("Credits", int)


class Quality(StrEnum):
    """What GPT Image calls quality; `auto` is billed as `high`."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    AUTO = "auto"


class Tier(StrEnum):
    """The price table's column: the long edge of a picture, rounded up to one of these."""

    T512 = "512"
    T1K = "1K"
    T2K = "2K"
    T4K = "4K"


class Role(StrEnum):
    """Who somebody is in the workspace, as far as spending and deciding go."""

    MEMBER = "member"
    ADMIN = "admin"
    GUEST = "guest"
    STRANGER = "stranger"  # from another workspace, through a shared channel


class JobState(StrEnum):
    """Where a job stands; the arrows are in `NEXT`."""

    OFFERED = "offered"  # a card is shown, nothing is held
    WAITING = "waiting"  # the price is held until an admin approves it
    QUEUED = "queued"  # the price is held; Pixapi knows nothing yet
    SUBMITTING = "submitting"  # written before the request leaves: in doubt if found after a crash
    RUNNING = "running"  # Pixapi has a task, whose id we hold
    DELIVERING = "delivering"  # settled; the pictures are on their way to Slack
    DONE = "done"
    FAILED = "failed"  # released, and the asker was told why
    UNKNOWN = "unknown"  # the provider's answer was lost; the price stays held until someone knows
    CANCELLED = "cancelled"  # by the asker, before Pixapi had it


class Step(StrEnum):
    """What is left to do for a job, or has begun outside and is not known to be done."""

    ANNOUNCE = "announce"  # the root message is being posted
    SHARE = "share"  # the files are being shared in the thread
    TELL = "tell"  # the root message is to say how the job ended: the last step of every job
    TELL_ROOT = "tell_root"  # the card has said it; the message can once Slack takes our token
    RETELL = "retell"  # a result in a thread was deleted: the thread's line of its sum is to follow
    LOOK = "look"  # a job that is not known is to be asked for again


NEXT: dict[JobState, frozenset[JobState]] = {
    JobState.OFFERED: frozenset({JobState.WAITING, JobState.QUEUED, JobState.CANCELLED}),
    JobState.WAITING: frozenset({JobState.QUEUED, JobState.FAILED, JobState.CANCELLED}),
    JobState.QUEUED: frozenset({JobState.SUBMITTING, JobState.FAILED, JobState.CANCELLED}),
    JobState.SUBMITTING: frozenset(
        {JobState.RUNNING, JobState.DELIVERING, JobState.FAILED, JobState.UNKNOWN}
    ),
    JobState.RUNNING: frozenset({JobState.DELIVERING, JobState.FAILED, JobState.UNKNOWN}),
    JobState.UNKNOWN: frozenset({JobState.DELIVERING, JobState.FAILED}),
    JobState.DELIVERING: frozenset({JobState.DONE, JobState.FAILED}),
    JobState.DONE: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
}
"""Which state may follow which. UNKNOWN is left by the provider's late answer or by an admin."""

OFFER_KEPT = timedelta(days=7)
"""How long what nobody confirms can be confirmed; it is deleted then."""

OPEN = frozenset({JobState.QUEUED, JobState.SUBMITTING, JobState.RUNNING, JobState.DELIVERING})
"""A start of the process goes on with jobs in these states. WAITING waits for a person."""


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    @property
    def long_edge(self) -> int:
        """The longer edge in pixels: what the price goes by."""
        return max(self.width, self.height)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was asked for and where the picture goes."""

    team: TeamId
    channel: ChannelId
    thread: Ts | None = None  # the thread's root, or None for the channel itself

    @property
    def is_direct(self) -> bool:
        """Whether it is somebody's direct message with Easel."""
        return is_direct(self.channel)


def is_direct(channel: ChannelId) -> bool:
    """Whether a conversation is somebody's direct message with Easel, by its id.

    https://docs.slack.dev/apis/web-api/using-the-conversations-api: ids of direct messages begin
    with D.
    """
    return channel.startswith("D")


@dataclass(frozen=True, slots=True)
class Request:
    """What a person wants drawn: all that decides the price and what Pixapi is sent."""

    prompt: str  # as typed: entities and Slack's tokens undone
    model: ModelId
    size: Size | None = None  # None is `auto`: the model chooses, 1K is estimated
    quality: Quality | None = None  # None where the model has no quality
    count: int = 1  # images asked for, 1 to 10
    inputs: tuple[FileId, ...] = ()  # Slack's files to edit, in their order, at most 16
    mask: FileId | None = None  # says what may change; as large as the first
    parent: JobId | None = None  # the result that this one goes on from
    auto: bool = field(default=False, compare=False)  # `auto` was said, also for an edit

    @property
    def takes_shape(self) -> bool:
        """Whether its size has still to follow from its first picture's shape."""
        return self.size is None and not self.auto and bool(self.inputs)


@dataclass(frozen=True, slots=True)
class Price:
    """The estimate a person sees and a click holds."""

    credits: Credits  # for the whole request
    each: Credits  # for one image
    tier: Tier
    table_version: str  # of the price table it was read from


@dataclass(frozen=True, slots=True)
class Picture:
    """One image that arrived, from Pixapi's answer to Slack's file."""

    number: int  # from 1 without gaps, in the provider's order
    size: Size  # its real pixels, read from its first bytes
    mime: str  # by its bytes
    source: str  # https address, or `stored:` when its bytes are kept in the database
    length: int | None = None  # bytes, where the provider says
    file: FileId | None = None  # Slack's, once an upload address was given
    shared: bool = False  # the file is in its thread


@dataclass(frozen=True, slots=True)
class ThreadSum:
    """What a whole thread has come to."""

    images: int  # shared and not deleted
    credits: Credits  # charged


@dataclass(frozen=True, slots=True)
class Job:
    """One request with its price and its way: the row that is the truth about it."""

    id: JobId
    revision: int  # raised by each choice on the card; a click on an older one spends nothing
    place: Place
    asker: UserId
    request: Request
    price: Price
    state: JobState
    created: datetime
    source: Ts | None = None  # the message that asked for it, where it was one
    notes: tuple[str, ...] = ()  # what was done to its inputs, in sentences; names files: untrusted
    attempt: int = 0  # raised by each run; a write of an older run changes nothing
    pending_step: Step | None = None
    in_doubt: bool = field(default=False, compare=False)  # an earlier run may have done that step
    waits_for: str | None = None  # key of `errors.HITCHES`: Slack does not take its pictures
    day: date | None = None  # local date of the admission: the books' page for all that follows
    root: Ts | None = None  # the root message in the channel
    task: TaskId | None = None
    submitted: datetime | None = None
    request_id: str | None = None  # the provider's, for its support
    charged: Credits | None = None
    computed: Credits | None = None  # what the price table makes of what arrived
    pictures: tuple[Picture, ...] = ()
    deleted: bool = False  # the message and the files were taken away by the asker or an admin
    fault: str | None = None  # code of the row in `errors.FAULTS`
    detail: str | None = None  # the provider's own words, untrusted
    moved_from: ChannelId | None = None  # it is delivered to its asker's direct message instead
    moved_for: str | None = None  # Slack's word for why: `not_in_channel`


GIVEN_UP = timedelta(days=7)
"""After a request was sent that is not known: from then on only an admin decides."""

_MINUTE = timedelta(minutes=1)


def lookup_is_due(submitted: datetime, last: datetime | None, now: datetime) -> bool:
    """Whether a look belongs between the last round over such jobs and this one.

    A request is looked for 1, 2, 4, 8, 16 and 32 minutes after it was sent, then every hour. The
    first round after a start (`last` is None) looks for all.
    """
    if now - submitted > GIVEN_UP:
        return False
    return last is None or _looks(last - submitted) < _looks(now - submitted)


def _looks(age: timedelta) -> int:
    """How many looks belong to a request of this age."""
    minutes = max(age // _MINUTE, 0)
    return minutes.bit_length() if minutes < 60 else 6 + minutes // 60  # noqa: PLR2004 an hour
