"""Pixapi's failures once it has a request: tasks, polls, and what it says that they cost."""

from __future__ import annotations

from tests.faults.pixapi import SOON, armed, ends, passes
from tests.faults.pixapi_requests import WORDS
from tests.faults.row import Money, Row
from tests.flow.stage import Stage

MORE = "*Pixapi charged {} credits* where {} were held"


async def _paid_for_nothing(stage: Stage) -> None:
    stage.faults.arm("empty", "submit")
    stage.faults.arm("cost", "submit", credits=4)


async def _until_polled(stage: Stage) -> None:
    await stage.pixapi.until(lambda: any(call.name == "poll" for call in stage.pixapi.calls))


def _failures() -> tuple[Row, ...]:
    """Each word of Pixapi's in both documented shapes, of a task that fails."""
    return tuple(
        ends(
            f"task fails: {word} {'as a string' if string else 'in an object'}",
            f"the task fails: `error` is {'the string' if string else 'an object with code'}"
            f" `{word}`",
            armed("task_failed", "submit:gpt-image-2", code=word, message=word, as_string=string),
            code,
        )
        for word, (_, code, _) in WORDS.items()
        for string in (False, True)
    )


ENDED = tuple(
    ends(
        f"task is {status}",
        f"the task's status is `{status}`",
        armed("unknown_status", "submit", status=status),
        "internal_error",
    )
    for status in ("error", "cancelled", "expired")
)

TASKS: tuple[Row, ...] = (
    *_failures(),
    *ENDED,
    ends(
        "task fails for no known reason",
        "the task fails with a word that nobody knows",
        armed("task_failed", "submit", code="gave_up", message="no idea", as_string=True),
        "task_failed",
    ),
    passes(
        "unknown status",
        "the task has a status that nobody knows, for a while",
        armed("unknown_status", "poll", status="dreaming"),
        logged="warning: a task has the unknown status 'dreaming'",
        meanwhile=_until_polled,
    ),
    ends(
        "200 with empty data",
        "the task is completed with empty `data`",
        armed("empty", "submit"),
        "empty",
    ),
    ends(
        "completed without data",
        "the task is completed, and nothing in its answer is a picture",
        armed("empty", "submit", whole=True),
        "unreadable",
        settings=SOON,
    ),
    ends(
        "never ends",
        "the task never ends",
        armed("never", "submit"),
        "too_long",
        settings=SOON,
    ),
    ends("vanishes", "the task vanishes: 404", armed("vanish", "submit"), "task_lost"),
)

POLLS: tuple[Row, ...] = (
    *(
        passes(
            f"poll: {status} for a while",
            f"four polls are answered with {status}",
            armed("status", "poll", 4, status=status),
        )
        for status in (401, 402, 429, 500, 503)
    ),
    passes("poll: HTML", "four polls are answered with HTML", armed("html", "poll", 4)),
    passes("poll: 200 in HTML", "a poll is answered with HTML and 200", armed("html", "poll", 1)),
    passes("poll: cut", "the connection is cut at four polls", armed("lost_answer", "poll", 4)),
    ends(
        "poll: 401 for good",
        "every poll is refused: the key was taken away meanwhile",
        armed("status", "poll", None, status=401),
        "too_long",
        settings=SOON,
    ),
    ends(
        "poll: 500 for good",
        "every poll is answered with 500",
        armed("status", "poll", None, status=500),
        "too_long",
        settings=SOON,
    ),
    ends(
        "poll: HTML for good",
        "every poll is answered with HTML",
        armed("html", "poll", None),
        "too_long",
        settings=SOON,
    ),
    ends(
        "poll: cut for good",
        "the connection is cut at every poll",
        armed("lost_request", "poll", None),
        "too_long",
        settings=SOON,
    ),
)

COSTS: tuple[Row, ...] = (
    passes(
        "fewer images",
        "two of three images arrive",
        armed("fewer", "submit", n=2),
        ask="a red fox --n 3",
        price=12,
        charged=8,
        shares=2,
        buttons=("Vary", "Edit…", "Finalise…", "Delete"),
        reads="Done · *8 credits charged* (12 credits were held) · 2 of 3 images arrived",
    ),
    passes(
        "more images",
        "two images arrive instead of one",
        armed("more", "submit", n=2),
        charged=8,
        shares=2,
        reads="Done · *8 credits charged* (4 credits were held; more than that is Pixapi's doing, "
        "and admins are told) · 2 images arrived instead of 1",
        admins=MORE.format(8, 4),
        logged="warning: 4 credits more than were held",
    ),
    passes(
        "a larger tier",
        "the picture is larger than asked: 2K instead of 1K",
        armed("larger", "submit"),
        charged=17,
        reads="Done · *17 credits charged* (4 credits were held; more than that is Pixapi's doing",
        admins=MORE.format(17, 4),
        logged="warning: 13 credits more than were held",
    ),
    passes(
        "costCredits is more",
        "`costCredits` is more than the price table says",
        armed("cost", "submit", credits=9),
        charged=9,
        reads="Done · *9 credits charged* (4 credits were held; more than that is Pixapi's doing",
        admins="*Pixapi charged 9 credits* for a picture where the price table says 4: 5 more",
        logged="warning: drift of +5 credits",
    ),
    passes(
        "costCredits is less",
        "`costCredits` is less than the price table says",
        armed("cost", "submit", credits=1),
        charged=1,
        reads="Done · *1 credit charged* (4 credits were held)",
        admins="*Pixapi charged 1 credit* for a picture where the price table says 4: 3 less",
        logged="warning: drift of -3 credits",
    ),
    passes(
        "costCredits is 0",
        "`costCredits` is 0, and a picture arrives",
        armed("cost", "submit", credits=0),
        charged=0,
        reads="Done · *0 credits charged* (4 credits were held)",
        admins="*Pixapi charged 0 credits* for a picture where the price table says 4: 4 less",
        logged="warning: drift of -4 credits",
    ),
    *(
        passes(
            f"costCredits is {name}",
            f"`costCredits` is {name}: the price table counts",
            armed("cost", "submit", credits=cost),
        )
        for name, cost in (
            ("missing", None),
            ("a text", "400"),
            ("negative", -4),
            ("a fraction", 3.5),
            ("endless", 10**12),
        )
    ),
    ends(
        "costCredits of nothing",
        "the task brings no picture, and `costCredits` says 4",
        _paid_for_nothing,
        "empty",
        money=Money.CHARGED,
        charged=4,
        admins="*Pixapi charged 4 credits* for a picture where the price table says 0: 4 more",
        logged="warning: drift of +4 credits",
    ),
)

ROWS = (*TASKS, *POLLS, *COSTS)
