"""Properties are checked at any speed: the machine's load decides nothing."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("easel", deadline=None)
settings.load_profile("easel")
