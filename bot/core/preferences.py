"""What a person has chosen for themselves: when no card is needed, and defaults. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.core.errors import Mistake
from bot.core.grammar import NO_DEFAULTS, Defaults
from bot.core.job import Credits

MAX_SKIP = 1_000_000
"""Credits: whoever wants never to be asked at all is not helped by a longer number."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """A person's own settings, everywhere in the workspace."""

    skip_below: Credits | None = None  # prices below it need no card; None: always ask
    defaults: Defaults = NO_DEFAULTS

    def skips(self, price: Credits) -> bool:
        """Whether a price is confirmed by asking for it."""
        return self.skip_below is not None and price < self.skip_below


UNSET = Preferences()


def parse_skip(text: str) -> Credits | None:
    """What was typed as the level; empty and 0 are "always ask". Raises `Mistake`."""
    said = text.strip()
    if not said:
        return None
    if not re.fullmatch(r"[0-9]{1,7}", said) or int(said) > MAX_SKIP:
        raise Mistake(
            f"Write a whole number of credits from 0 to {MAX_SKIP:,}, as in 10, or leave it empty "
            "to be asked always."
        )
    return Credits(int(said)) or None
