"""What a run found, as one table and as JSON."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

HEAD = ("#", "what", "goal", "ours", "reference", "ratio", "met")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure, once for each round, and the goal: of its ratio where it has a reference.

    `alone`: the goal is of the figure all the same, and the reference is only shown.
    """

    number: int  # of the goal; a goal may have several rows
    what: str
    ours: Sequence[float]
    unit: str = "ms"
    beside: str = ""  # what the reference is, if there is one
    reference: Sequence[float] = ()
    most: float | None = None
    least: float | None = None
    alone: bool = False

    @property
    def figure(self) -> float:
        """Ours."""
        return statistics.median(self.ours)

    @property
    def ratio(self) -> float | None:
        """Ours in references: the median over the rounds, of which each has its own."""
        if not self.reference:
            return None
        pairs = zip(self.ours, self.reference, strict=True)
        return statistics.median(ours / other for ours, other in pairs)

    @property
    def _compared(self) -> bool:
        return bool(self.reference) and not self.alone

    @property
    def goal(self) -> str:
        """In words; empty where the figure is only told."""
        unit = "×" if self._compared else self.unit
        most = "" if self.most is None else f"≤ {self.most:g} {unit}"
        least = "" if self.least is None else f"≥ {self.least:g} {unit}"
        return ", ".join(filter(None, (least, most)))

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        if not self.goal:
            return None
        found = self.ratio if self._compared and self.ratio is not None else self.figure
        above = self.least is None or found >= self.least
        return above and (self.most is None or found <= self.most)

    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        reference = ""
        if self.reference:
            reference = f"{self.beside} {_short(statistics.median(self.reference))}"
        ratio = "" if self.ratio is None else f"{_short(self.ratio)} ×"
        met = {None: "", True: "yes", False: "NO"}[self.met]
        ours = f"{_short(self.figure)} {self.unit}"
        return str(self.number), self.what, self.goal, ours, reference, ratio, met

    def facts(self) -> dict[str, Any]:
        """For a program."""
        kept = ("number", "what", "goal", "unit", "figure", "beside", "ratio", "met")
        return {name: getattr(self, name) for name in kept} | {
            "ours": list(self.ours),
            "reference": list(self.reference),
        }


def _short(value: float) -> str:
    """Three digits."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(rows: Sequence[Row]) -> str:
    """The table as Markdown, its columns aligned."""
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, tuple("-" * width for width in widths))
    return "\n".join(
        "| "
        + " | ".join(f"{cell:{width}}" for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    )


def as_json(rows: Sequence[Row], seconds: dict[str, float]) -> str:
    """Everything, the rounds too."""
    facts = {"machine": machine(), "seconds": seconds, "rows": [row.facts() for row in rows]}
    return json.dumps(facts, indent=1, ensure_ascii=False)


def machine() -> str:
    """Where this was measured."""
    load, python = os.getloadavg()[0], platform.python_version()
    return f"{os.cpu_count()} cores, load {load:.1f}, Python {python}, {platform.system()}"
