"""Everything that can go wrong, as one tree: what happened, whether it was charged, what to do.

EaselError
├── Mistake        the person's: a wrong option, an impossible size; nothing was held
├── Refused        ours: the budget, the channel, the person, an outdated card; nothing was held
└── JobFault       a row of `FAULTS`, met while a job ran; says what becomes of its hold
"""

from __future__ import annotations


class EaselError(Exception):
    """A failure with a sentence for people, in plain text; not escaped."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Mistake(EaselError):
    """What was typed cannot be done. The sentence names the mistake, what is allowed, the nearest."""
