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
from array import array
from pathlib import Path

sys.path.insert(0, os.fspath(Path(__file__).parents[2]))

STEP = 0.01  # seconds


async def watch(samples: Path) -> None:
    """Note how late it is, for ever; a second's worth is written at a time."""
    clock = asyncio.get_running_loop().time
    due, noted = clock() + STEP, array("d")
    with samples.open("ab", buffering=0) as file:
        while True:
            await asyncio.sleep(max(due - clock(), 0))
            now = clock()
            while due <= now:
                noted.extend((due, now - due))
                due += STEP
            if len(noted) >= 2 / STEP:
                noted.tofile(file)
                noted = array("d")


async def serve(samples: Path) -> None:
    """`easel run`, watched."""
    from bot import log  # noqa: PLC0415 -- the bare one shall hold nothing of it
    from bot.app import serve  # noqa: PLC0415
    from bot.settings import load  # noqa: PLC0415

    settings = load()
    log.set_up(settings.log_level, settings.log_format)
    watching = asyncio.create_task(watch(samples))
    await serve(settings)
    watching.cancel()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("samples", type=Path)
    parser.add_argument("--bare", action="store_true")
    given = parser.parse_args()
    asyncio.run((watch if given.bare else serve)(given.samples))
