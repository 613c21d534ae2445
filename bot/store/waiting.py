"""Why a start waits."""

from __future__ import annotations

import logging

log = logging.getLogger(__name__)

STARTING = "starting"


class Waiting:
    """Said in the log, once for each reason, and to whoever asks for as long as it is so."""

    def __init__(self) -> None:
        self.why: str | None = STARTING  # None: the start is over

    def say(self, why: str) -> None:
        """The start waits for this."""
        if why != self.why:
            log.warning("the start waits: %s", why)
        self.why = why

    def go_on(self) -> None:
        """What the start waited for is there."""
        if self.why != STARTING:
            log.info("the start goes on")
        self.why = STARTING

    def end(self) -> None:
        """From now on work begins."""
        self.why = None
