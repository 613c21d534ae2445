"""What unpacks to a lot, and how much memory reading it takes."""

from __future__ import annotations

import tracemalloc
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


def _bomb() -> bytes:
    packer = zlib.compressobj(wbits=31)  # gzip
    zeros = bytes(1_000_000)
    return b"".join([*(packer.compress(zeros) for _ in range(100)), packer.flush()])


BOMB = _bomb()
"""100 MB of zeros in some 100 kB."""


@asynccontextmanager
async def peak() -> AsyncIterator[list[int]]:
    """Afterwards the most bytes that Python has had at once meanwhile."""
    most: list[int] = []
    tracemalloc.start()
    try:
        yield most
        most.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()
