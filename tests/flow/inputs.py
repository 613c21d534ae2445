"""Pictures to edit, as a message attaches them, and what is kept of them meanwhile."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from bot.demo.slack.model import File
from bot.demo.slack.seed import DESIGN, MIA
from tests.flow.stage import Stage

NIGHT = "@Easel make it night"


async def attach(
    stage: Stage, *files: tuple[str, bytes], odd: Any = None, said: str = NIGHT
) -> list[File]:
    """Mention Easel with files attached; `odd` is what Slack says of each, against the truth."""
    attached = [await stage.ws.upload(MIA, name, data) for name, data in files]
    for one in attached:
        one.odd = odd or {}
    await stage.ws.send(MIA, DESIGN, said, files=[one.id for one in attached])
    return attached


def left(spool: Path) -> list[int]:
    """The temporary files that are open now, which have no names: how many bytes each has."""
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the listing's own, which is closed by now
            if spool in descriptor.readlink().parents:
                found.append(descriptor.stat().st_size)
    return found
