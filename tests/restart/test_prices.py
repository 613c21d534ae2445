"""SIGHUP: prices are read again while Easel runs; nobody pays a price that nobody saw."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.demo.slack.model import Message
from bot.demo.slack.seed import DESIGN, MIA
from bot.prices import SHIPPED_PRICES
from tests.flow.stage import Stage, text_of
from tests.restart.process import Process, forked, kill

LEDGER = "SELECT kind, credits FROM ledger ORDER BY seq"


@pytest.fixture(name="easel")
async def _easel(stage: Stage, prices: Path) -> AsyncIterator[Process]:
    """Easel with a price file, connected."""
    stage.extra = {"EASEL_PRICES": str(prices)}
    started = forked(stage, log=stage.folder / "easel.log")
    try:
        await stage.ws.until(lambda: stage.ws.connections)
        yield started
    finally:
        await kill(started)
        await stage.ws.until(lambda: not stage.ws.connections)


@pytest.fixture(name="prices")
def _prices(tmp_path: Path) -> Path:
    file = tmp_path / "prices.json"
    file.write_text(SHIPPED_PRICES.read_text("utf-8"), "utf-8")
    return file


def dearer(file: Path, price: int = 5) -> None:
    """A picture of medium quality costs so much instead of 4."""
    text = file.read_text("utf-8")
    file.write_text(text.replace('"medium": 4', f'"medium": {price}'), "utf-8")


def broken(file: Path) -> None:
    """A slip of the hand in the second line."""
    file.write_text('{"version": 1,\n,}', "utf-8")


async def reloaded(stage: Stage, easel: Process) -> None:
    """Send SIGHUP; over when cards show the new price."""
    easel.send_signal(signal.SIGHUP)
    async with asyncio.timeout(90):
        while "Generate · 5 credits" not in text_of(await stage.ask("a hare")):
            pass


async def test_new_prices_are_shown_and_asked_again(
    stage: Stage, easel: Process, prices: Path
) -> None:
    """A card from before holds nothing at its click: it shows the new price, which is then held."""
    card = await stage.ask("a fox")
    dearer(prices)
    await reloaded(stage, easel)
    await stage.press(card, "generate")

    def asks_again() -> Message | None:
        """The card, at the new price."""
        shown = (one for one in stage.ws.ephemerals(MIA, DESIGN) if "fox" in text_of(one))
        return next((one for one in shown if "Prices have changed since" in text_of(one)), None)

    changed = await stage.ws.until(asks_again)

    assert changed is not None
    assert "Generate · 5 credits" in text_of(changed)
    assert await stage.rows(LEDGER) == []

    await stage.press(changed, "generate")
    await stage.done(like="fox")

    assert (await stage.rows(LEDGER))[0] == ("held", 5)


async def test_what_was_confirmed_is_charged_as_agreed(
    stage: Stage, easel: Process, prices: Path
) -> None:
    """A picture that is on its way keeps its price, whatever the table says when it arrives."""
    stage.pixapi.manual = True
    await stage.press(await stage.ask("a fox"), "generate")
    await stage.until_rows("SELECT count(*) FROM jobs WHERE state = 'running'", 1)
    dearer(prices)
    await reloaded(stage, easel)
    [(task,)] = await stage.rows("SELECT task FROM jobs WHERE state = 'running'")
    stage.pixapi.finish(task)
    await stage.done(4, like="fox")

    assert await stage.rows(LEDGER) == [("held", 4), ("charged", 4)]
    assert await stage.rows("SELECT computed FROM jobs WHERE charged = 4") == [(4,)]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (broken, "EASEL_PRICES: The price file is not readable: .* line 2 column 1"),
        (
            lambda file: dearer(file, -4),
            "EASEL_PRICES: gpt-image-2: prices: 1K: medium: -4 is not a whole number",
        ),
    ],
)
async def test_a_wrong_file_is_refused(
    stage: Stage, easel: Process, prices: Path, wrong: Callable[[Path], None], said: str
) -> None:
    """The log says where and why; the old prices stay, and a card from before is good."""
    card = await stage.ask("a fox")
    wrong(prices)
    easel.send_signal(signal.SIGHUP)
    log = stage.folder / "easel.log"  # of warnings
    async with asyncio.timeout(90):
        while "the price file is refused: prices stay as in " not in log.read_text():  # noqa: ASYNC110 -- it tells nobody
            await asyncio.sleep(0.02)

    assert re.search(said, log.read_text())

    await stage.press(card, "generate")
    await stage.done(4)
