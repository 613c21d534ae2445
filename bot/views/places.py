"""Budgets and conversations by name, to somebody who is elsewhere. Pure."""

from __future__ import annotations

from bot.core.budget import Scope
from bot.core.job import Place


def whose(scope: Scope) -> str:
    """Whose budget it is, to somebody who is elsewhere."""
    if scope.channel is None:
        return "the workspace's budget"
    if scope.user is None:
        return f"the budget of {where(Place(scope.team, scope.channel))}"
    return f"the budget of <@{scope.user}> in {where(Place(scope.team, scope.channel))}"


def where(place: Place) -> str:
    """A conversation by its name; a direct message has none."""
    return "a direct message with Easel" if place.channel.startswith("D") else f"<#{place.channel}>"


def capital(sentence: str) -> str:
    """A sentence of ours with its first letter large."""
    return sentence[0].upper() + sentence[1:]
