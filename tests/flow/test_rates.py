"""Slack's rates belong to clicks: what Easel does by itself leaves them alone."""

from __future__ import annotations

import asyncio
from collections import Counter

from bot.demo.slack.seed import ADA, DESIGN
from tests.flow.admins import told
from tests.flow.homes import opened
from tests.flow.stage import Stage

PICTURES = 20

NEEDED = (
    "auth.test",
    "conversations.info",
    "conversations.members",
    "conversations.open",
    "usergroups.users.list",
    "users.info",
    "views.open",
    "views.publish",
    "views.update",
)
"""What clicks, commands and forms wait for."""


async def test_a_busy_minute_leaves_clicks_their_rates(stage: Stage) -> None:
    """With ten admins at their Homes, twenty pictures and two alerts ask about each person once.

    https://docs.slack.dev/apis/web-api/rate-limits: 20, 50 or 100 calls a minute, by the method.
    """
    admins = [f"UADMIN{number:04}" for number in range(9)]
    for user in admins:
        stage.ws.add_user(user, user.title(), role="admin")
        stage.ws.world.channels[DESIGN].members.add(user)
    admins.append(ADA)
    async with stage.bot():
        for user in admins:
            await opened(stage, user)
        before = len(stage.ws.calls)
        for _ in range(PICTURES // len(admins)):
            cards = [await stage.ask(user=user) for user in admins]
            await asyncio.gather(*(stage.press(card, "generate") for card in cards))
        done = "SELECT count(*) FROM jobs WHERE state = 'done'"
        await stage.until_rows(done, PICTURES)
        await stage.ws.until(lambda: all(len(told(stage, user)) == 2 for user in admins))
    counts = Counter(call.method for call in stage.ws.calls[before:])
    needed = {method: counts[method] for method in NEEDED if counts[method]}

    assert needed.pop("conversations.open") == len(admins)  # the first alert finds the way to each
    assert needed.pop("conversations.info") <= len(admins)  # one channel, known for a minute
    assert needed == {}
