"""Write docs/faults.md: `python -m scripts.faults`, at the root of the repository.

It is made from the table of faults in the code.
"""

# ruff: noqa: E501 -- a row of a table is one line

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from bot.core.errors import CHARGE_WORDS, FAULTS, HITCHES, ChargeEffect, Fault, Way

PAGE = Path(__file__).resolve().parent.parent / "docs" / "faults.md"
BUTTONS = {
    Way.AGAIN: "Try again",
    Way.REWORD: "Reword…",
    Way.CHANGE: "Change…",
    Way.INSTEAD: "another model, at its price",
}
LOGGED = {
    ChargeEffect.RELEASED: "info: the code",
    ChargeEffect.UNKNOWN: "warning: the code",
    ChargeEffect.CHARGED: "warning: the code",
}
HEAD = """# How a request can fail

Written by `scripts/faults.py` from `FAULTS` and `HITCHES` in `bot/core/errors.py`; a test compares. What leads
to each of these stands in the rows of `tests/faults`: each is a test that lets it go wrong and looks at the
message, the buttons, the books, the admins' messages and the log.

## How a request ends badly

What the asker reads in the channel and on the card: what happened, whether it was charged, what they can
do. Under each is also *Details*. No prompt and no word of the provider's reaches the log.

"""
ENDS = (
    "code",
    "what happened",
    "charged?",
    "what to do",
    "buttons",
    "admins read, once a day",
    "logged",
)
TAIL = """
## What does not end a request

| what | what becomes of it |
| --- | --- |
| Pixapi answers 429, 500 or 503, or does not answer | a submit that has certainly not arrived is tried for 45 seconds, a poll until `EASEL_JOB_DEADLINE_SECONDS` |
| Slack answers 429 or 5xx, or does not answer | the step is tried again, up to a minute apart, until it is done: nothing paid is lost |
| the answer to a message or to the sharing of files is lost | Easel looks whether it took effect before it does it again |
| the disk is full, the database is read-only, locked or away | who clicks reads so, and nothing is held; what was submitted is written, charged and delivered afterwards |
| the process has no file descriptor left | the click is held; what cannot be sent within 45 seconds is released |
| the clock jumps | the picture comes and is charged once, in the period of the click |
| `kill -9` | the next start goes on with the step whose intent is written; a doubtful submit is never repeated |
| another process takes over a job while this one was stopped | this one's writes are refused; what Pixapi answered to its submit is still written, so that the picture can be looked up |
"""
WAITING = """
## What a paid picture waits for

It is kept, and delivered as soon as it can be. The root message says "Waiting for Slack", what was charged
and why; the log has one warning.

"""


def page() -> str:
    """The whole of docs/faults.md."""
    ends = _table(ENDS, (_end(fault) for fault in FAULTS.values()))
    return HEAD + ends + _waiting() + TAIL


def _waiting() -> str:
    rows = ((f"`{code}`", hitch.sentence, hitch.admins) for code, hitch in HITCHES.items())
    return WAITING + _table(("why", "what the asker reads", "admins read, once a day"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |\n" for line in lines)


def _end(fault: Fault) -> list[str]:
    buttons = ", ".join(BUTTONS[way] for way in fault.ways) or "none"
    charged = CHARGE_WORDS[fault.effect]
    logged = LOGGED[ChargeEffect.UNKNOWN if fault.admins else fault.effect]
    return [
        f"`{fault.code}`",
        fault.sentence,
        charged,
        fault.remedy,
        buttons,
        fault.admins or "nothing",
        logged,
    ]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
