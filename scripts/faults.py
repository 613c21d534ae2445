"""Write docs/faults.md from the table of faults in the code: `python scripts/faults.py`."""

# ruff: noqa: E501 -- a row of a table is one line

from __future__ import annotations

from pathlib import Path

from bot.core.errors import CHARGE_WORDS, FAULTS, ChargeEffect, Fault, Way

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

Written by `scripts/faults.py` from `FAULTS` in `bot/core/errors.py`; a test compares. Each row is what
the asker reads in the channel and on the card: what happened, whether it was charged, what they can do.
No prompt and no word of the provider's reaches the log.

| code | what happened | charged? | what to do | buttons | admins read, once a day | logged |
|---|---|---|---|---|---|---|
"""
TAIL = """
## What does not end a request

| what | what becomes of it |
|---|---|
| Slack answers 429, fails, or is not there | the step waits and is tried again, up to a minute apart, until it is done |
| the answer to a message or to the sharing of files is lost | Easel looks whether it took effect before it does it again |
| Slack has not processed a picture yet | the root message is edited once it has; the file in the thread is there already |
| the channel is archived, Easel is removed from it, or the message is deleted, between the click and the picture | the picture goes to the asker's direct message, with the reason; what was charged stays charged where it was asked for |
| the address of a card (`response_url`) is spent | the answer is shown beside it, else in the direct message |
| a poll of a task fails | it is asked for again until the deadline |
| the database is busy | who waits is told after two seconds that nothing was held; what an outside call has led to is written as soon as it is free |
| `kill -9` | the next start goes on with the step whose intent is written; a doubtful submit is never repeated |
"""


def page() -> str:
    """The whole of docs/faults.md."""
    return HEAD + "".join(f"| {' | '.join(_row(fault))} |\n" for fault in FAULTS.values()) + TAIL


def _row(fault: Fault) -> list[str]:
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
