"""`easel export`: what budgets were given and what became of it, as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from datetime import UTC, date, datetime

from bot.core.budget import EVERYBODY, Cap, LineKind, Scope
from bot.core.job import Credits
from bot.core.periods import Period
from bot.services import system_clock
from bot.settings import Settings
from bot.store import controls, export
from bot.store.db import open_beside

COLUMNS = (
    "time",
    "workspace",
    "channel",
    "person",
    "job",
    "model",
    "size",
    "quality",
    "images",
    "state",
    "credits",
    "price version",
    "request id",
)

STATES = {
    LineKind.HELD: "held",
    LineKind.UNKNOWN: "not known",
    LineKind.CHARGED: "charged",
    LineKind.RELEASED: "released",
}

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula (OWASP: CSV injection)."""

Cell = str | int | None


async def export_lines(
    settings: Settings, first: date = date.min, last: date = date.max
) -> AsyncGenerator[str, None]:
    """The file in parts, one consistent picture of the database; a part is a page of rows.

    Caps first, then grants, then jobs in order of time, admitted on these local days.
    """
    async with open_beside(settings.sqlalchemy_url) as db, db.read() as tx:
        yield _csv([COLUMNS])
        default = settings.default_channel_cap
        yield _csv([_default(default)] + [_cap(one) for one in await export.set_caps(tx)])
        days = await controls.load_calendar(tx, settings.calendar)
        today = days.day(system_clock())
        async with aclosing(export.given(tx, first, last, today)) as grants:
            async for given in grants:
                yield _csv(_grant(one) for one in given)
        async with aclosing(export.held(tx, first, last)) as pages:
            async for page in pages:
                yield _csv(_job(one) for one in page)


def _csv(rows: Iterable[Sequence[Cell]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(map(_safe, row) for row in rows)
    return text.getvalue()


def _safe(cell: Cell) -> Cell:
    """A text that no spreadsheet runs: request ids are the provider's, models a price file's."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _default(limit: Credits | None) -> tuple[Cell, ...]:
    """What counts for every channel without a cap of its own."""
    return _row(None, ("", "default", ""), size=Period.MONTH, state="cap", credits=_limit(limit))


def _cap(one: export.CapRow) -> tuple[Cell, ...]:
    cap: Cap = one.cap
    return _row(one.at, _whose(one.scope), size=cap.period, state="cap", credits=_limit(cap.limit))


def _limit(limit: Credits | None) -> Cell:
    return "none" if limit is None else limit


def _grant(one: export.GrantRow) -> tuple[Cell, ...]:
    days = f"{one.grant.starts}/{one.grant.ends}"
    return _row(
        one.at,
        _whose(one.scope),
        size=days,
        quality=one.grant.credits,
        state="grant",
        credits=one.counts,
    )


def _job(one: export.HoldRow) -> tuple[Cell, ...]:
    return _row(
        one.at,
        _whose(one.scope),
        job=one.job,
        model=one.model,
        size=one.size or "auto",
        quality=one.quality,
        images=one.images,
        state=STATES[one.kind],
        credits=one.credits,
        version=one.table_version,
        request_id=one.request_id,
    )


def _whose(scope: Scope) -> tuple[str, str, str]:
    person = "everybody" if scope.user == EVERYBODY else scope.user
    return scope.team, scope.channel or "", person or ""


def _row(
    at: datetime | None,
    whose: tuple[str, str, str],
    *,
    state: str,
    credits: Cell,
    job: Cell = None,
    model: Cell = None,
    size: Cell = None,
    quality: Cell = None,
    images: Cell = None,
    version: Cell = None,
    request_id: Cell = None,
) -> tuple[Cell, ...]:
    time = None if at is None else _time(at)
    return (
        *(time, *whose, job, model, size, quality, images),
        *(state, credits, version, request_id),
    )
