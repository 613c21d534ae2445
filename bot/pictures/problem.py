"""Why a picture cannot be edited."""

from __future__ import annotations


class Unusable(Exception):
    """A picture that cannot be edited; `why` goes on after its name: “is animated. …”."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
