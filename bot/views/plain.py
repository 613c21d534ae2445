"""Budgets and jobs in plain text, for a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.core.budget import EVERYBODY, BudgetStatus, Scope
from bot.core.job import Job, JobState
from bot.views.budget_status import budget_numbers

HEADER = ("SCOPE", "CAP", "PERIOD", "GRANTS", "CHARGED", "HELD", "LEFT", "RENEWS", "NOTE")
NUMBERS = frozenset({1, 3, 4, 6})  # columns that are set to the right
JOBS = ("JOB", "STATE", "SINCE", "CHANNEL", "PERSON", "CREDITS", "TASK", "REQUEST", "FAULT")


def render_changed(status: BudgetStatus) -> str:
    """How a scope stands after a change, in the lines of the quota card."""
    text = budget_numbers(status)
    if status.scope.user == EVERYBODY:  # a cap of each person: nobody's use belongs beside it
        text = text.partition("\n")[0]
    return f"{name_scope(status.scope)}: changed. It counts for the very next click.\n{text}"


def render_table(rows: Iterable[tuple[BudgetStatus, bool]]) -> str:
    """A line for each scope; whether its cap was set here or is the default stands beside it."""
    return _aligned([HEADER, *(_cells(status, own=own) for status, own in rows)], NUMBERS)


def render_jobs(rows: Iterable[tuple[Job, datetime]]) -> str:
    """A line for each job, with the time since when it stands so, in UTC."""
    cells = [JOBS, *(_job(job, since) for job, since in rows)]
    return _aligned(cells, frozenset({JOBS.index("CREDITS")}))


def _job(job: Job, since: datetime) -> tuple[str, ...]:
    return (
        job.id,
        "not known" if job.state is JobState.UNKNOWN else job.state,
        f"{since:%Y-%m-%dT%H:%M:%SZ}",
        job.place.channel,
        job.asker,
        str(job.price.credits),
        *(_foreign(text) for text in (job.task, job.request_id)),
        job.fault or "-",
    )


def _foreign(text: str | None) -> str:
    """What the provider wrote, in one piece: it moves no cursor and makes no column."""
    return "".join(c if c.isprintable() and c != " " else "?" for c in text or "-")


def render_erased(requests: int, reasons: int, left: Sequence[Job]) -> str:
    """What became of what a person typed, and what keeps its words for now."""
    done = f"erased; amounts stay. Requests without words now: {requests}. Reasons: {reasons}."
    if not left:
        return done
    return (
        f"{done}\nNot erased yet, as they are on their way (an admin can end what is not known: "
        "easel jobs). Call this again once they have ended:\n"
        f"{render_jobs((job, job.created) for job in left)}"
    )


def name_scope(scope: Scope) -> str:
    """A scope by Slack's ids."""
    if scope.channel is None:
        return "workspace"
    if scope.user is None:
        return scope.channel
    return f"{'everybody' if scope.user == EVERYBODY else scope.user} in {scope.channel}"


def _cells(status: BudgetStatus, *, own: bool) -> tuple[str, ...]:
    used, cap = status.used, status.cap
    limit = "none" if cap.limit is None else str(cap.limit)
    if status.scope.user == EVERYBODY:
        amounts = ("-", "-", "-", "-")
    else:
        amounts = (
            str(status.grants_total),
            str(used.charged),
            f"{used.held}" + (f" ({used.unknown} not known)" if used.unknown else ""),
            "unlimited" if status.left is None else str(status.left),
        )
    return (
        name_scope(status.scope),
        limit,
        cap.period.adverb,
        *amounts,
        status.renews.isoformat(),
        ", ".join(_notes(status, own=own)),
    )


def _notes(status: BudgetStatus, *, own: bool) -> Iterable[str]:
    if not own and status.scope.channel is not None:
        yield "default cap" if status.scope.user is None else "no cap of their own"
    if status.paused:
        yield "paused"


def _aligned(rows: Sequence[Sequence[str]], numbers: frozenset[int]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths, numbers) for row in rows)


def _line(row: Sequence[str], widths: Sequence[int], numbers: frozenset[int]) -> str:
    cells = (
        cell.rjust(width) if place in numbers else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join(cells).rstrip()
