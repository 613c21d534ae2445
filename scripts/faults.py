"""Write docs/faults.md: `python -m scripts.faults`, at the root of the repository.

It is made from the table of faults in the code and from the rows that the tests play.
"""

# ruff: noqa: E501 -- a row of a table is one line

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import assert_never

from bot.core.errors import CHARGE_WORDS, FAULTS, HITCHES, ChargeEffect, Fault, Way
from tests.faults import machine_rows, pixapi_rows, slack_limits, slack_places, slack_rows
from tests.faults.row import Money, Row, Where
from tests.faults.slack_rows import MADE

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

Written by `scripts/faults.py`; a test compares. First the ways to end badly, from `FAULTS` in
`bot/core/errors.py`; then what leads to them, or is got over, from the rows in `tests/faults`: each is a
test that lets it go wrong and looks at the message, the buttons, the books, the admins' messages and the
log. Under every failure is also *Details*. No prompt and no word of the provider's reaches the log.

## How a request ends badly

What the asker reads in the channel and on the card: what happened, whether it was charged, what they can
do.

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
SIDE = (
    "what goes wrong",
    "what the asker reads",
    "charged?",
    "buttons",
    "what an admin reads",
    "logged",
)
SIDES = (
    (
        "Pixapi",
        "What may pass is tried for 45 seconds, and a poll until `EASEL_JOB_DEADLINE_SECONDS`.",
        pixapi_rows.ROWS,
    ),
    (
        "Slack",
        "What may pass is tried again, up to a minute apart, until it is done: nothing paid is lost.",
        (*slack_rows.ROWS, *slack_places.ROWS, *slack_limits.ROWS),
    ),
)
TAIL = """
## What does not end a request

| what | what becomes of it |
|---|---|
| the answer to a message or to the sharing of files is lost | Easel looks whether it took effect before it does it again |
| `kill -9` | the next start goes on with the step whose intent is written; a doubtful submit is never repeated |
| another process takes over a job while this one was stopped | this one's writes are refused; what Pixapi answered to its submit is still written, so that the picture can be looked up |
"""
WAITING = """
## What a paid picture waits for

It is kept, and delivered as soon as it can be. The root message says "Waiting for Slack", what was charged
and why; the log has one warning.

"""
MACHINE = """
## The machine

Each is met by people who click Generate at once, while other jobs are under way, in a real process.

"""
CLOCK = """
The picture comes and is charged once, in the period of the click, also where
"""


def page() -> str:
    """The whole of docs/faults.md."""
    ends = _table(ENDS, (_end(fault) for fault in FAULTS.values()))
    sides = "".join(_side(name, about, rows) for name, about, rows in SIDES)
    return HEAD + ends + sides + _waiting() + _machine() + TAIL


def _waiting() -> str:
    rows = ((f"`{code}`", hitch.sentence, hitch.admins) for code, hitch in HITCHES.items())
    return WAITING + _table(("why", "what the asker reads", "admins read, once a day"), rows)


def _machine() -> str:
    head = ("what goes wrong", "who clicks reads", "what becomes of credits", "logged, once")
    rows = (
        (_where(each), each.reads, each.money, each.logged.lower()) for each in machine_rows.TOLD
    )
    jumps = "".join(f"- {each.what}\n" for each in machine_rows.JUMPS)
    return MACHINE + _table(head, rows) + CLOCK + "\n" + jumps


def _where(each: machine_rows.Told) -> str:
    named = {"both": "", "sqlite": " (SQLite)", "postgresql": " (PostgreSQL)"}
    return each.what + named[each.database]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |\n" for line in lines)


def _side(name: str, about: str, rows: Sequence[Row]) -> str:
    intro = f"{about}\n\n" if about else ""
    return f"\n## {name}\n\n{intro}{_table(SIDE, (_case(row) for row in rows))}"


def _case(row: Row) -> list[str]:
    """One row that a test plays."""
    return [
        row.what,
        _reads(row),
        _charged(row),
        _buttons(row),
        _admins(row),
        row.logged.rstrip(": ") or "nothing",
    ]


def _reads(row: Row) -> str:
    sentence = row.sentence.rstrip(" ·")
    if sentence[0].islower():
        sentence = f"… {sentence}"
    return sentence if row.where is Where.CHANNEL else f"{sentence} ({row.where.value})"


def _charged(row: Row) -> str:
    match row.money:
        case Money.CHARGED if row.charged == row.price:
            return f"{row.charged} credits, as held"
        case Money.CHARGED:
            return (
                f"{row.charged} of {row.price} credits" if row.charged < row.price else _more(row)
            )
        case Money.RELEASED:
            return "no: released"
        case Money.UNKNOWN | Money.NOTHING:
            return row.money.value
        case _:
            assert_never(row.money)


def _more(row: Row) -> str:
    return f"{row.charged} credits; {row.price} were held"


def _buttons(row: Row) -> str:
    if set(row.buttons) == set(MADE):
        return "as under any picture"
    named = dict.fromkeys(row.buttons)  # each once, in their order
    said = [BUTTONS[Way.INSTEAD] if one == "another model" else one for one in named]
    return ", ".join(said) or "none"


def _admins(row: Row) -> str:
    """The beginning of what they read; the rest of a fault's stands in the first table."""
    bold = re.match(r"\*[^*]+\*", row.told)
    said = bold[0] if bold and row.admins in FAULTS else row.told
    return said or "nothing"


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
