"""One row of the table of faults, and how it is put to the test."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

import pytest

from bot.core.errors import CHARGE_WORDS, FAULTS, ChargeEffect
from bot.demo.slack.model import Message
from bot.demo.slack.seed import ADA, DESIGN, MIA
from tests.flow.stage import FOX, Stage, text_of

Act = Callable[[Stage], Awaitable[None]]


class Where(StrEnum):
    """Where the asker reads how it ended."""

    CHANNEL = "in the channel"
    DIRECT = "in the direct message"
    CARD = "on the card"
    THREAD = "in the thread"  # that it was asked for in


class Money(StrEnum):
    """What has become of the hold in the end."""

    CHARGED = "charged"
    RELEASED = "released"
    UNKNOWN = "not known yet: held"
    NOTHING = "nothing was held"


@dataclass(frozen=True, slots=True)
class Row:
    """Something that goes wrong with a request."""

    key: str  # names the test
    what: str  # what goes wrong, in words
    arm: Act  # lets it go wrong; the bot runs, nothing was asked for yet
    reads: str  # what the asker reads: a code of FAULTS, or the words themselves
    money: Money
    charged: int = 0  # credits, where money is CHARGED
    buttons: tuple[str, ...] = ()  # beside Details; `another model` for each that is offered
    admins: str = (
        ""  # what an admin reads, by its beginning; a code of FAULTS: its row's; "": nothing
    )
    logged: str = ""  # `level: words` of a line that must be there; "": no warning and no error is
    where: Where = Where.CHANNEL
    meanwhile: Act | None = None  # between the click and the picture: Pixapi waits for it
    ask: str = FOX
    submits: int = 1  # requests that reached Pixapi
    shares: int = 0  # pictures that reached Slack
    price: int = 4  # credits that `ask` holds
    settings: tuple[tuple[str, str], ...] = ()  # of Easel's, beside the usual ones
    card: Callable[[Stage], Awaitable[Message]] | None = None  # asks in another way than /image
    then: Act | None = None  # looks at what else must be true in the end

    @property
    def sentence(self) -> str:
        """What the asker reads, as far as it is the same each time."""
        return FAULTS[self.reads].sentence if self.reads in FAULTS else self.reads

    @property
    def told(self) -> str:
        """What an admin reads, as far as it is the same each time."""
        return (FAULTS[self.admins].admins or "") if self.admins in FAULTS else self.admins


async def play(row: Row, stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """Ask, click, let it go wrong; then look at all that the row says."""
    caplog.set_level(logging.INFO, "bot")
    stage.extra |= dict(row.settings)
    async with stage.bot():
        stage.pixapi.manual = row.meanwhile is not None
        await row.arm(stage)
        card = await (row.card(stage) if row.card is not None else stage.ask(row.ask))
        await stage.press(card, "generate")
        if row.meanwhile is not None:
            await stage.pixapi.until(lambda: stage.submits() > 0)
            await row.meanwhile(stage)
            stage.pixapi.manual = False
        shown = await _shown(row, stage)
        if row.told:
            await _told(row, stage)
        await stage.ws.until(lambda: stage.shares() >= row.shares)
        counts = stage.submits(), stage.shares()
        if row.then is not None:
            await row.then(stage)
        quota = await stage.quota(user=ADA)

    _says(row, text_of(shown))
    assert offered(shown) == sorted(row.buttons)
    assert quota["Charged"] == str(row.charged)
    assert quota["Held"] == (
        f"{row.price} ({row.price} not known)" if row.money is Money.UNKNOWN else "0"
    )
    assert counts == (row.submits, row.shares)
    assert (row.admins != "") == bool(_to_admin(stage))
    _is_logged(row, caplog)
    assert FOX not in caplog.text


async def _shown(row: Row, stage: Stage) -> Message:
    like = re.escape(row.sentence[:60])
    match row.where:
        case Where.CHANNEL:
            return await stage.root(like)
        case Where.DIRECT:
            return await stage.root(like, channel=stage.ws.direct(MIA).id)
        case Where.CARD:
            return await stage.card(like)
        case Where.THREAD:
            return (await stage.ws.until(lambda: _replies(stage, like)))[-1]


def _replies(stage: Stage, like: str) -> list[Message]:
    messages = stage.ws.world.messages[DESIGN].values()
    return [one for one in messages if one.thread_ts and re.search(like, text_of(one))]


def _says(row: Row, text: str) -> None:
    """Beside what happened: whether it was charged, and what can be done."""
    match row.money:
        case Money.CHARGED:
            assert re.search(rf"\b{row.charged} credits?\*? (was |were )?charged", text), text
        case Money.RELEASED:
            assert CHARGE_WORDS[ChargeEffect.RELEASED] in text
        case Money.UNKNOWN:
            assert CHARGE_WORDS[ChargeEffect.UNKNOWN] in text
        case Money.NOTHING:
            pass
        case _:
            assert_never(row.money)
    if row.reads in FAULTS:
        assert FAULTS[row.reads].remedy in text


async def _told(row: Row, stage: Stage) -> None:
    wanted = row.told[:40]
    await stage.ws.until(lambda: any(wanted in text_of(one) for one in _to_admin(stage)))


def _to_admin(stage: Stage) -> list[Message]:
    return list(stage.ws.messages(stage.ws.direct(ADA).id))


def _is_logged(row: Row, caplog: pytest.LogCaptureFixture) -> None:
    ours = [one for one in caplog.records if one.name.startswith("bot.")]
    if row.logged:
        level, _, words = row.logged.partition(": ")
        lines = [(one.levelname.lower(), one.getMessage()) for one in ours]
        assert any(level == name and words in line for name, line in lines), lines
    else:
        assert [one.getMessage() for one in ours if one.levelno >= logging.WARNING] == []
    assert [one for one in ours if one.exc_info] == []


def offered(message: Message) -> list[str]:
    """What the buttons under a message say, but Details, which is always there."""
    labels = [
        element["text"]["text"]
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
        if element["type"] == "button"
    ]
    return sorted("another model" if " · " in one else one for one in labels if one != "Details")


async def nothing(_: Stage) -> None:
    """Nothing goes wrong before the click."""
