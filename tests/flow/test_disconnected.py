"""Slack has taken Easel's connection away: what people read, what is not spent, what is said."""

from __future__ import annotations

import asyncio
import logging

import aiohttp
import pytest

from bot.demo.faults import Fault
from bot.demo.slack.seed import ADA, DESIGN
from tests.flow.stage import FOX, PATIENCE, Stage, text_of

TAKEN = "Easel's connection to Slack was taken away"
WORDS = ("token_revoked", "account_inactive", "invalid_auth")


def cut(stage: Stage, word: str = WORDS[0]) -> Fault:
    """Every method is refused with this word from now on."""
    return stage.faults.arm("error", "*.*", times=None, error=word)


async def ready(address: str) -> tuple[int, str]:
    """What /readyz says."""
    async with aiohttp.ClientSession() as http, http.get(f"{address}/readyz") as answer:
        return answer.status, await answer.text()


async def until(address: str, said: str) -> None:
    """Wait until /readyz says it."""
    async with asyncio.timeout(PATIENCE):
        while said != (await ready(address))[1]:  # noqa: ASYNC110 -- it tells nobody
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("word", WORDS)
async def test_it_is_said_as_it_is(
    stage: Stage, caplog: pytest.LogCaptureFixture, word: str
) -> None:
    """Clicks read it, nothing is held or submitted, /readyz and the log say it; then it passes."""
    caplog.set_level(logging.INFO, "bot")
    async with stage.bot() as address:
        await stage.ws.until(lambda: stage.ws.calls_of("auth.test"))
        card = await stage.ask()
        fault = cut(stage, word)
        await stage.press(card, "generate")
        shown = await stage.card(TAKEN)

        assert "Nothing was held" in text_of(shown)
        assert "Generate · 4 credits" in text_of(shown)
        assert await ready(address) == (503, f"Slack refuses Easel's token ({word})\n")

        await stage.ws.command(ADA, DESIGN, "/image-quota", "5 monthly")
        await stage.card(f"{TAKEN}.*Nothing was changed", user=ADA)

        assert await stage.rows("SELECT count(*) FROM ledger") == [(0,)]
        said = [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]
        assert len(said) == 1
        assert word in said[0]
        assert "SLACK_BOT_TOKEN" in said[0]

        stage.faults.disarm(fault)
        await until(address, "ready\n")  # it is asked again every now and then
        await stage.press(shown, "generate")
        await stage.done(4)


async def test_what_was_noticed_late_is_released(stage: Stage) -> None:
    """Cut off between the click and the first message: the card says it, and it is not charged."""
    async with stage.bot():
        await stage.press(await stage.ask(), "cancel")
        await stage.press(await stage.ask(), "generate")
        await stage.done(4)
        card = await stage.ask("a blue bird")
        fault = cut(stage)
        await stage.press(card, "generate")  # who and where is known from a moment ago
        shown = await stage.card(f"{TAKEN}.*You were not charged")

        assert "blue bird" in text_of(shown)
        assert stage.submits() == 1

        stage.faults.disarm(fault)
        await stage.until_rows("SELECT count(*) FROM jobs WHERE pending_step IS NOT NULL", 0)

        assert len(shown.earlier) == 2  # queued, and how it ended; not said again and again


async def test_what_waits_for_its_turn_is_not_submitted(stage: Stage) -> None:
    """A job that is announced already is released; what is at Pixapi arrives later."""
    stage.extra["EASEL_MAX_CONCURRENT_JOBS"] = "1"
    async with stage.bot():
        stage.pixapi.manual = True
        await stage.confirm()
        await stage.pixapi.until(stage.submits)
        await stage.confirm("a blue bird")
        card = await stage.ask("a third")
        fault = cut(stage)
        await stage.press(card, "generate")
        await stage.card(TAKEN)
        stage.pixapi.manual = False
        failed = "SELECT count(*) FROM jobs WHERE fault = 'disconnected'"
        await stage.until_rows(f"{failed} AND prompt = 'a blue bird'", 1)

        assert stage.submits() == 1

        stage.faults.disarm(fault)
        await stage.done(4, like=FOX)
        await stage.root(f"blue bird.*{TAKEN}")


async def test_a_start_with_a_revoked_token_says_so(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """Easel starts, is not ready, and goes on asking."""
    stage.over_http = True
    fault = cut(stage)
    async with stage.bot() as address:
        await until(address, "Slack refuses Easel's token (token_revoked)\n")

        assert "SLACK_BOT_TOKEN" in caplog.text

        stage.faults.disarm(fault)
        await until(address, "ready\n")
