"""Budgets in plain text, for a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.blocks import budget
from bot.core.budget import EVERYBODY, Scope, Standing

HEADER = ("SCOPE", "CAP", "PERIOD", "GRANTS", "CHARGED", "HELD", "LEFT", "RENEWS", "NOTE")
NUMBERS = frozenset({1, 3, 4, 6})  # columns that are set to the right


def changed(standing: Standing) -> str:
    """How a scope stands after a change, in the lines of the quota card."""
    text = budget.numbers(standing)
    if standing.scope.user == EVERYBODY:  # a cap of each person: nobody's use belongs beside it
        text = text.partition("\n")[0]
    return f"{whose(standing.scope)}: changed. It counts for the very next click.\n{text}"


def table(rows: Iterable[tuple[Standing, bool]]) -> str:
    """A line for each scope; whether its cap was set here or is the default stands beside it."""
    cells = [HEADER, *(_cells(standing, own=own) for standing, own in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(_line(row, widths) for row in cells)


def whose(scope: Scope) -> str:
    """A scope by Slack's ids."""
    if scope.channel is None:
        return "workspace"
    if scope.user is None:
        return scope.channel
    return f"{'everybody' if scope.user == EVERYBODY else scope.user} in {scope.channel}"


def _cells(standing: Standing, *, own: bool) -> tuple[str, ...]:
    used, cap = standing.used, standing.cap
    limit = "none" if cap.limit is None else str(cap.limit)
    if standing.scope.user == EVERYBODY:
        numbers = ("-", "-", "-", "-")
    else:
        numbers = (
            str(standing.grants_total),
            str(used.charged),
            f"{used.held}" + (f" ({used.unknown} not known)" if used.unknown else ""),
            "unlimited" if standing.left is None else str(standing.left),
        )
    return (
        whose(standing.scope),
        limit,
        cap.period.adverb,
        *numbers,
        standing.renews.isoformat(),
        ", ".join(_notes(standing, own=own)),
    )


def _notes(standing: Standing, *, own: bool) -> Iterable[str]:
    if not own and standing.scope.channel is not None:
        yield "default cap" if standing.scope.user is None else "no cap of their own"
    if standing.paused:
        yield "paused"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (
        cell.rjust(width) if place in NUMBERS else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join(cells).rstrip()
