"""What fills the composer in."""

from __future__ import annotations

from bot.demo.slack.model import Message, View
from bot.demo.slack.seed import DESIGN, NOAH
from tests.flow.forms import png
from tests.flow.stage import FOX, Stage

LEDGER = "SELECT kind, credits FROM ledger ORDER BY seq"
TYPED = {"compose_prompt": FOX}


def state(view: View, action: str) -> object:
    """What a field starts with."""
    element = next(
        block["element"]
        for block in view.body["blocks"]
        if block.get("element", {}).get("action_id") == action
    )
    chosen = element.get("initial_option") or {}
    return element.get("initial_value") or chosen.get("value")


async def posted(stage: Stage, *names: str, channel: str = DESIGN) -> Message:
    """Noah's message with these files."""
    files = [await stage.ws.upload(NOAH, name, png()) for name in names]
    return await stage.ws.send(NOAH, channel, "look", files=[one.id for one in files])
