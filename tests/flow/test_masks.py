"""Masks, from a message in Slack to what Pixapi gets: said on the card before anything is spent."""

from __future__ import annotations

import pytest

from bot.demo.slack.seed import MIA
from tests.flow.composers import LEDGER
from tests.flow.forms import form
from tests.flow.inputs import NIGHT, attach
from tests.flow.stage import Stage, text_of
from tests.flow.test_settings import choose
from tests.flow.test_typed import labels
from tests.samples import PLAIN, encoded
from tests.test_pictures_mask import drawn

pytestmark = pytest.mark.usefixtures("spool")

PHOTO, MASK = ("photo.png", PLAIN["PNG"]), ("mask.png", encoded(drawn(), "PNG"))
IGNORED = "This model ignores masks: the whole picture may change."


async def charged(stage: Stage, credits: int) -> None:
    """Wait until the one picture is paid."""
    paid = f"SELECT count(*) FROM ledger WHERE kind = 'charged' AND credits = {credits}"  # noqa: S608
    await stage.until_rows(paid, 1)


async def test_a_mask_in_black_and_white(stage: Stage) -> None:
    """What drawing programs make is taken, and the card says which colour may change."""
    async with stage.bot():
        await attach(stage, PHOTO, MASK)
        card = await stage.card("mask.png is black and white: white is what may change.")

        assert "1 image to edit, 1 mask" in text_of(card)
        assert IGNORED not in text_of(card)

        await stage.press(card, "generate")
        await stage.ws.until(stage.submits)

    assert stage.pixapi.asked[0].mask


async def test_a_mask_with_a_model_that_ignores_it(stage: Stage) -> None:
    """It is said before anything is spent, also to whoever skips cards; the other is one click."""
    async with stage.bot():
        await choose(stage, skip_below="100")
        await attach(stage, PHOTO, MASK, said=f"{NIGHT} --model nano-banana-pro")
        card = await stage.card(IGNORED)

        assert await stage.rows(LEDGER) == []
        assert "GPT Image 2 · 4" in labels(stage, card)

        await stage.press(card, "choose_0")
        card = await stage.card("GPT Image 2.*Generate · 4 credits")

        assert IGNORED not in text_of(card)

        await stage.press(card, "generate")
        await charged(stage, 4)

    assert stage.pixapi.asked[0].mask


async def test_what_is_ignored_is_not_sent(stage: Stage) -> None:
    """Whoever wants that model all the same gets it, for the whole picture."""
    async with stage.bot():
        await attach(stage, PHOTO, MASK, said=f"{NIGHT} --model nano-banana-pro")
        await stage.press(await stage.card("Generate · 8 credits"), "generate")
        await charged(stage, 8)

    assert len(stage.pixapi.asked[0].images) == 1
    assert not stage.pixapi.asked[0].mask


async def test_a_form_with_a_mask_in_vain_asks_once_more(stage: Stage) -> None:
    """Submitting a form holds nothing as long as no card has said that the mask is ignored."""
    async with stage.bot():
        await attach(stage, PHOTO, MASK)
        await stage.press(await stage.card("Generate · 4 credits"), "change")
        await form(stage, "Generate · 4 credits")
        await stage.ws.view_action(MIA, "compose_model", "gemini-3-pro-image-preview")
        await form(stage, "Generate · 8 credits")
        await stage.ws.submit_view(MIA, {})
        card = await stage.card(f"may be meant otherwise.*{IGNORED}")

        assert await stage.rows(LEDGER) == []

        await stage.press(card, "generate")
        await charged(stage, 8)
