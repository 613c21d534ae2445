"""Chart: the picture of the month in the asker's direct message."""

from __future__ import annotations

import io
from threading import Timer
from typing import Any

import pytest
from PIL import Image

from bot.demo.slack.model import File, Message
from bot.demo.slack.seed import ADA, DESIGN, MIA
from bot.pictures import chart
from tests.flow.stage import FOX, Stage


async def shared(stage: Stage, user: str = MIA) -> tuple[Message, File]:
    """Wait for a file in somebody's direct message with Easel."""
    channel = stage.ws.direct(user).id
    found = await stage.ws.until(lambda: [one for one in stage.ws.messages(channel) if one.files])
    return found[-1], stage.ws.world.files[found[-1].files[0]]


async def test_the_month_comes_as_a_file(either: Stage) -> None:
    """The click brings a PNG with words for those who hear it, to whoever clicked, and says so."""
    async with either.bot():
        await either.press(await either.ask(FOX), "generate")
        await either.done(4)
        await either.press(await either.quota_card(), "chart")
        await either.card("The picture of this month is in your direct message with Easel.")
        message, file = await shared(either)

        assert message.thread_ts is None
        assert file.mimetype == "image/png"
        assert file.data is not None
        assert Image.open(io.BytesIO(file.data)).size == (chart.WIDTH, chart.HEIGHT)
        assert file.title.startswith("Image credits in #design, ")
        assert ": 4 credits charged, 0 held. " in file.alt_text
        assert "Cap 100 a month" in file.alt_text
        assert either.shares() == 2


async def test_the_workspace_has_a_chart_too(stage: Stage) -> None:
    """The workspace's card draws all channels together."""
    async with stage.bot():
        await stage.press(await stage.quota_card("workspace", user=ADA), "chart")
        _, file = await shared(stage, ADA)

        assert file.title.startswith("Image credits in the whole workspace, ")


async def test_a_channels_name_is_only_text(stage: Stage) -> None:
    """A name with markup, formulas and pictures in it is drawn and told as text."""
    stage.ws.world.channels[DESIGN].name = "<!here>-$x^2-🦊"
    async with stage.bot():
        await stage.press(await stage.quota_card(), "chart")
        _, file = await shared(stage)

        assert file.title.startswith("Image credits in #&lt;!here&gt;-$x^2-🦊, ")


@pytest.mark.parametrize(
    ("method", "fault", "told"),
    [
        ("files.getUploadURLExternal", {"error": "restricted"}, "did not take the picture"),
        ("files.completeUploadExternal", {"error": "restricted"}, "did not take the picture"),
        ("files.completeUploadExternal", None, "did not say whether the picture arrived"),
    ],
)
async def test_what_slack_does_not_take_is_said(
    stage: Stage, method: str, fault: dict[str, Any] | None, told: str
) -> None:
    """Refused or in doubt: the person who clicked is told, and the card stays."""
    async with stage.bot():
        card = await stage.quota_card()
        if fault is None:
            stage.faults.arm("lost_answer", method, times=None)
        else:
            stage.faults.arm("error", method, times=None, **fault)
        await stage.press(card, "chart")
        await stage.card(told)

        assert card.text.startswith("Cap 100")


async def test_nothing_waits_for_a_drawing(stage: Stage) -> None:
    """While a picture is drawn everybody else is answered: it is drawn in a thread."""
    async with stage.bot():
        card = await stage.quota_card()
        chart._turn.acquire()
        rescue = Timer(20, chart._turn.release)  # a drawing on the loop would wait for ever
        rescue.start()
        await stage.press(card, "chart")
        await stage.ws.until(lambda: stage.ws.calls_of("conversations.info"))
        offer = await stage.ask(FOX)
        still = rescue.is_alive()
        rescue.cancel()
        chart._turn.release()

        assert still
        assert "Generate · 4 credits" in str(offer.blocks)
        await shared(stage)
