"""The buttons under what somebody asks of the admins, wherever admins see it. Pure."""

from __future__ import annotations

from typing import assert_never

from bot.core.petition import Petition, Wish
from bot.views import names
from bot.views.kit import Block, button, credits_


def petition_buttons(asked: Petition) -> list[Block]:
    """What an admin can answer for as long as it is open; the value is its id."""
    decline = button("Decline…", names.DECLINE, asked.id)
    match asked.wish:
        case Wish.APPROVAL:
            approve = f"Approve · {credits_(asked.credits)}"
            return [button(approve, names.APPROVE, asked.id, primary=True), decline]
        case Wish.MORE:
            return [
                button("Grant once", names.GRANT_ONCE, asked.id, primary=True),
                button("Grant for this period…", names.GRANT, asked.id),
                decline,
            ]
        case _:
            assert_never(asked.wish)
