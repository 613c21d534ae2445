"""What the rows of Pixapi's failures are made with."""

from __future__ import annotations

from typing import Any

from tests.faults.row import Act, Money, Row
from tests.flow.stage import Stage

SOON = (("EASEL_JOB_DEADLINE_SECONDS", "0.6"),)
MODELS = ("another model",) * 3  # of another maker, each at its own price
RESULT = ("Vary", "Edit…", "Finalise…", "Delete")

AGAIN = ("Try again",)
ENDS = {  # code of FAULTS: what becomes of the hold, what is offered, whether an admin must act
    "invalid_request": (Money.RELEASED, ("Reword…",), False),
    "unauthorized": (Money.RELEASED, (), True),
    "not_found": (Money.RELEASED, (), True),
    "insufficient_credits": (Money.RELEASED, (), True),
    "model_not_found": (Money.RELEASED, MODELS, True),
    "prompt_rejected": (Money.RELEASED, ("Reword…",), False),
    "rate_limited": (Money.RELEASED, AGAIN, False),
    "internal_error": (Money.RELEASED, AGAIN, False),
    "model_unavailable": (Money.RELEASED, (*MODELS, *AGAIN), False),
    "unreachable": (Money.RELEASED, AGAIN, False),
    "task_failed": (Money.RELEASED, AGAIN, False),
    "empty": (Money.RELEASED, AGAIN, False),
    "submit_lost": (Money.UNKNOWN, AGAIN, False),
    "task_lost": (Money.UNKNOWN, AGAIN, False),
    "too_long": (Money.UNKNOWN, AGAIN, False),
    "unreadable": (Money.UNKNOWN, AGAIN, False),
    "picture_lost": (Money.CHARGED, AGAIN, True),
}


def armed(kind: str, call: str, times: int | None = 1, /, **values: Any) -> Act:
    """Arm one fault of Pixapi's."""

    async def arm(stage: Stage) -> None:
        stage.faults.arm(kind, call, times=times, **values)

    return arm


def ends(key: str, what: str, arm: Act, code: str, **more: Any) -> Row:
    """A request that ends without a picture."""
    money, buttons, is_admins = ENDS[code]
    match money:
        case Money.UNKNOWN:
            logged = f"warning: is not known: {code}"
        case Money.RELEASED:
            logged = f"warning: {code}: " if is_admins else f"info: failed: {code}"
        case _:
            logged = f"warning: {code}: "
    facts: dict[str, Any] = {
        "money": money,
        "buttons": buttons,
        "admins": code if is_admins else "",
        "logged": logged,
    }
    return Row(key, what, arm, code, **(facts | more))


def passes(key: str, what: str, arm: Act, **more: Any) -> Row:
    """A request that is done all the same."""
    facts: dict[str, Any] = {
        "reads": "Done · ",
        "money": Money.CHARGED,
        "charged": 4,
        "buttons": RESULT,
        "shares": 1,
    }
    return Row(key, what, arm, **(facts | more))
