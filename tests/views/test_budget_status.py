"""A budget's name and its amounts, as whoever reads them needs them."""

from __future__ import annotations

import pytest

from bot.core.budget import Scope
from bot.core.job import ChannelId, TeamId, UserId
from bot.views.budget_status import Reader, budget_title, name_budget, name_place

TEAM, DESIGN, DIRECT, MIA = TeamId("T0"), ChannelId("C0"), ChannelId("D0"), UserId("U0")


@pytest.mark.parametrize(
    ("scope", "here", "away", "other"),
    [
        (Scope(TEAM), *["the workspace's budget"] * 3),
        (Scope(TEAM, DESIGN), "this channel's budget", *["the budget of <#C0>"] * 2),
        (
            Scope(TEAM, DESIGN, MIA),
            "your budget in this channel",
            "your budget in <#C0>",
            "the budget of <@U0> in <#C0>",
        ),
        (
            Scope(TEAM, DIRECT),
            "this conversation's budget",
            "the budget of your direct message with Easel",
            "the budget of a direct message with Easel",
        ),
    ],
)
def test_a_budget_is_named_for_its_reader(scope: Scope, here: str, away: str, other: str) -> None:
    """Who is there reads no name, who is elsewhere does; nobody reads a direct message as one."""
    assert [name_budget(scope, reader) for reader in Reader] == [here, away, other]


def test_a_heading_names_the_conversation() -> None:
    """The form and the card of another channel say which it is."""
    assert budget_title(None) == "*Image budget of the workspace*"
    assert budget_title(DESIGN) == "*Image budget of <#C0>*"
    assert budget_title(DIRECT, Reader.HERE) == "*Image budget of this conversation*"
    assert name_place(DESIGN, Reader.HERE) == "this channel"
