"""Replicas count days alike, whichever of them was told of another time zone."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

import pytest

from bot import app
from bot.app import running
from bot.demo.slack.seed import ADA, DESIGN
from bot.settings import load
from tests.flow.stage import Stage, text_of
from tests.replicas.replicas import audited

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = datetime(2026, 11, 23, 16, tzinfo=UTC)  # the 24th in Tokyo


async def test_another_zone_is_followed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """One starts with another zone: from its boundary on both of them book on its days."""
    now = NOON
    monkeypatch.setattr(app, "system_clock", lambda: now)
    stage.hurry(sweep=0.02)
    in_utc = load(stage.env)
    stage.extra = {"EASEL_TIMEZONE": "Asia/Tokyo"}
    async with running(in_utc), running(load(stage.env)):
        await stage.ws.until(lambda: stage.ws.connections == 2)
        await stage.ws.command(ADA, DESIGN, "/image-quota", "100 daily")
        await stage.card("A daily budget. Renews on 23 November", user=ADA)
        now = LATER
        await renewing(stage, "25 November")
        cards = [await stage.ask(f"picture {number} --draft") for number in range(4)]
        await asyncio.gather(*(stage.press(card, "generate") for card in cards))
        await stage.ws.until(lambda: stage.shares() == 4)

        assert await stage.rows("SELECT DISTINCT day FROM ledger") == [(date(2026, 11, 24),)]
        assert (await stage.quota())["Charged"] == "4"
        await audited(stage)


async def renewing(stage: Stage, day: str) -> None:
    """Wait until each of the two, asked in turns, says that the budget renews on this day."""
    async with asyncio.timeout(90):
        while True:
            said = [text_of(await stage.quota_card()) for _ in range(2)]
            if all(f"Renews on {day}" in one for one in said):
                return
