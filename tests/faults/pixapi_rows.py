"""Pixapi's failures (the reference lists them by their sources)."""

from __future__ import annotations

from tests.faults import pixapi_pictures, pixapi_requests, pixapi_tasks

ROWS = (*pixapi_requests.ROWS, *pixapi_tasks.ROWS, *pixapi_pictures.ROWS)
