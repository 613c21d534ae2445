"""What we tell Slack, as values: a message, escaping, cutting to Slack's limits. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """Blocks with the text that screen readers and notifications use instead of them."""

    text: str  # escaped mrkdwn, at most 4,000 characters
    blocks: tuple[Block, ...] = ()
