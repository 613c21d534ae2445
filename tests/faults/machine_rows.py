"""The machine: disk, database, clock, files."""

from __future__ import annotations

from tests.faults.row import Row

ROWS: tuple[Row, ...] = ()
