"""What nobody confirmed is deleted after a week; what is left of it on screens says so."""

from __future__ import annotations

import pytest

from bot.core.job import OFFER_KEPT
from bot.demo.slack.seed import ADA, MIA
from tests.flow.forms import form
from tests.flow.stage import FOX, Stage

JOBS = "SELECT count(*) FROM jobs"


async def aged(stage: Stage) -> None:
    """As long later as an offer is kept; Easel does not run."""
    microseconds = int(OFFER_KEPT.total_seconds() * 1_000_000)
    await stage.write(f"UPDATE jobs SET created = created - {microseconds}")  # noqa: S608 -- ours


@pytest.mark.parametrize("button", ["generate", "choose", "change", "cancel", "more"])
async def test_a_button_of_a_deleted_offer_says_what_became_of_it(
    either: Stage, button: str
) -> None:
    """Whatever is pressed on its card: nothing was held or sent, and how to ask again."""
    async with either.bot():
        await either.quota_card("5 monthly", user=ADA)
        card = await either.ask(f"{FOX} --quality high" if button == "more" else FOX)
        pressed = next(
            element["action_id"]
            for element in either.ws.elements(card)
            if element["action_id"].startswith(button)
        )
    await aged(either)
    async with either.bot():
        await either.until_rows(JOBS, 0)
        await either.press(card, pressed)
        await either.card("is deleted after 7 days. Nothing was held. Ask again with /image.")

        assert await either.rows("SELECT * FROM ledger") == []
        assert either.ws.view(MIA) is None


async def test_only_what_was_confirmed_stays(stage: Stage) -> None:
    """After a week the pictures are there with their charges, and the list of requests is short."""
    async with stage.bot():
        await stage.confirm(FOX)
        await stage.done(4)
        await stage.ask("never confirmed")
        cancelled = await stage.ask("cancelled")
        await stage.press(cancelled, "cancel")
        await stage.card("Cancelled. Nothing was held")
        await stage.until_rows(JOBS, 3)
    await aged(stage)
    async with stage.bot():
        await stage.until_rows(JOBS, 1)

        assert await stage.rows("SELECT state, charged FROM jobs") == [("done", 4)]
        assert (await stage.quota())["Charged"] == "4"


async def test_a_form_outlives_the_card_that_it_was_opened_from(stage: Stage) -> None:
    """Submitted after its offer was deleted it is a request of its own, at the price it names."""
    async with stage.bot():
        card = await stage.ask(FOX)
        await stage.press(card, "change")
        await form(stage, "Generate · 4 credits")
    await aged(stage)
    async with stage.bot():
        await stage.until_rows(JOBS, 0)
        await stage.ws.submit_view(MIA, {"compose_prompt": "a fox in spring"})
        await stage.done(4)

        assert await stage.rows("SELECT credits FROM ledger ORDER BY seq") == [(4,), (4,)]
