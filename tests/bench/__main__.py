"""`make bench`: Easel beside the others, in one run.

    python -m tests.bench [--only cards,bursts] [--json FILE] [--smoke]

Starts everything itself: Easel as a process of its own, over HTTP, on SQLite with its real file
and on PostgreSQL where that is there; the embedded Slack and Pixapi in this process; the references
as processes of their own. Every figure that has a reference is taken in turns with it, and its
ratio is the median of the rounds' ratios: absolute times are this machine's.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
import traceback
from dataclasses import replace
from pathlib import Path

import uvloop

from tests.bench import admission, in_flight, parts, replicas
from tests.bench.common import LARGE, SMOKE, Scale, show
from tests.bench.rows import Row, as_json, machine, table

PARTS = {
    "cards": parts.cards,
    "bursts": parts.bursts,
    "passing": parts.passing,
    "memory": parts.memory,
    "bytes": parts.bytes_of_pictures,
    "flight": in_flight.part,
    "calls": parts.calls,
    "starts": parts.starts,
    "admission": admission.part,
    "replicas": replicas.part,
    "takeovers": replicas.takeovers,
}
USUAL = [name for name in PARTS if name != "takeovers"]  # minutes, as it is killed again and again


async def main(names: list[str], scale: Scale, file: Path | None) -> bool:
    """Measure, print; whether every part came to its end."""
    show(f"Measured on {machine()}.")
    rows: list[Row] = []
    seconds: dict[str, float] = {}
    failed: list[str] = []
    for name in names:
        began = time.monotonic()
        try:
            rows += await PARTS[name](scale)
        except Exception:  # noqa: BLE001 -- it costs the rows of this part, and no others
            traceback.print_exc()
            failed.append(name)
        seconds[name] = round(time.monotonic() - began, 1)
        show(f"{name}: {seconds[name]:.0f} s")
    rows.sort(key=lambda row: row.number)
    show("", table(rows))
    if file is not None:
        await asyncio.to_thread(file.write_text, as_json(rows, seconds), "utf-8")
    if failed:
        show("", f"FAILED, see above: {', '.join(failed)}")
    return not failed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", default=",".join(USUAL), help=f"of: {', '.join(PARTS)}")
    parser.add_argument("--json", type=Path, help="a file for all figures, each round's too")
    parser.add_argument("--rounds", type=int, default=LARGE.rounds)
    parser.add_argument("--lines", type=int, default=LARGE.lines, help="of the ledger")
    parser.add_argument("--smoke", action="store_true", help="only whether every part works")
    given = parser.parse_args()
    wanted = given.only.split(",")
    if unknown := set(wanted) - PARTS.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    usual = replace(LARGE, rounds=given.rounds, lines=given.lines)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        well = runner.run(main(wanted, SMOKE if given.smoke else usual, given.json))
    sys.exit(not well)
