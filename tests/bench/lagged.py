"""`easel run` with a watch beside it: how late does its event loop come to what is due?

    python tests/bench/lagged.py SAMPLES [--bare]

Something is due every 10 ms. When it was due and how late it came, in seconds of the machine's
monotonic clock, is appended to the file SAMPLES as pairs of doubles. One long stall is as many
samples as it made late. With --bare nothing runs but the watch: what the machine does to a process
that has nothing to do.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, os.fspath(Path(__file__).parents[2]))

STEP = 0.01  # seconds


async def watch(samples: Path) -> None:
    """Note how late it is, for ever; a second's worth is written at a time."""
    due, noted = time.monotonic() + STEP, array("d")
    with samples.open("ab", buffering=0) as file:
        while True:
            await asyncio.sleep(max(due - time.monotonic(), 0))
            now = time.monotonic()
            while due <= now:
                noted.extend((due, now - due))
                due += STEP
            if len(noted) >= 2 / STEP:
                noted.tofile(file)
                noted = array("d")


def run(samples: Path) -> None:
    """`easel run` on the loop on which people run it, watched from when it serves."""
    from bot import __main__, app  # noqa: PLC0415 -- the bare one shall hold nothing of it

    unwatched = app.running

    @asynccontextmanager
    async def running(*given: Any, **named: Any) -> AsyncIterator[str]:
        async with unwatched(*given, **named) as address:
            watching = asyncio.create_task(watch(samples))
            yield address
            watching.cancel()

    setattr(app, "running", running)  # noqa: B010 -- mypy knows that nobody should
    sys.argv[1:] = ["run"]
    __main__.main()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("samples", type=Path)
    parser.add_argument("--bare", action="store_true")
    given = parser.parse_args()
    if given.bare:
        asyncio.run(watch(given.samples))
    else:
        run(given.samples)
