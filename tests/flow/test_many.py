"""Money under load, and what a person sees when it is short."""

from __future__ import annotations

import asyncio

import pytest

from bot.demo.slack.seed import ADA, DESIGN, MIA
from tests.exhaustive import some
from tests.flow.stage import FOX, Stage


@pytest.mark.parametrize("many", some([60, 200], [60]))
async def test_many_clicks_sell_what_there_is(stage: Stage, many: int) -> None:
    """Confirmations at once against a cap of 100 admit exactly as many as fit."""
    async with stage.bot():
        cards = [await stage.ask(f"picture {number}") for number in range(many)]
        clicks = await asyncio.gather(*(stage.press(card, "generate") for card in cards))

        assert all(click.ok for click in clicks)

        await stage.ws.until(lambda: stage.shares() == 25)

        assert await stage.quota() == {"Cap": "100", "Charged": "100", "Held": "0", "Left": "0"}
        assert stage.submits() == 25


async def test_a_shortage_names_the_way_out(stage: Stage) -> None:
    """Where the budget does not cover the price, the card says what is left and what still fits."""
    stage.extra = {"EASEL_DEFAULT_CHANNEL_CAP": "10"}
    async with stage.bot():
        card = await stage.ask(f"{FOX} --quality high")
        buttons = {e["action_id"] for e in stage.ws.elements(card)}

        assert "generate" not in buttons
        assert "more than this channel's budget has left: 10" in str(card.blocks)

        draft = next(e for e in stage.ws.elements(card) if e["text"]["text"] == "Draft · 1")
        await stage.press(card, draft["action_id"])
        await stage.press(await stage.card("Generate · 1 credit"), "generate")
        await stage.done(1)


async def test_a_cap_counts_for_the_very_next_click(stage: Stage) -> None:
    """A cap set after a card was shown is what the click on that card meets."""
    async with stage.bot():
        card = await stage.ask()
        await stage.ws.command(ADA, DESIGN, "/image-quota", "3 weekly")
        await stage.card("Cap 3", user=ADA)
        await stage.press(card, "generate")
        await stage.card("more than this channel's budget has left: 3")

        assert stage.submits() == 0


async def test_none_and_zero_are_different(stage: Stage) -> None:
    """No cap lets everything through, 0 nothing, and the card says which it is."""
    async with stage.bot():
        await stage.ws.command(ADA, DESIGN, "/image-quota", "none")
        await stage.card("Cap none", user=ADA)

        assert (await stage.quota())["Left"] == "unlimited"
        assert "no cap applies" in str((await stage.ask()).blocks)

        await stage.ws.command(ADA, DESIGN, "/image-quota", "0")
        await stage.card("Cap 0", user=ADA)

        assert "Nothing is allowed" in str((await stage.ask()).blocks)

        await stage.ws.command(ADA, DESIGN, "/image-quota", "default")
        await stage.card("Cap 100", user=ADA)


async def test_members_look_and_admins_change(stage: Stage) -> None:
    """A member's change of a cap is refused in a sentence and changes nothing."""
    async with stage.bot():
        await stage.ws.command(MIA, DESIGN, "/image-quota", "100000 monthly")
        await stage.card("Only admins change budgets")

        assert (await stage.quota())["Cap"] == "100"


async def test_prices_that_changed_are_shown_again(stage: Stage) -> None:
    """A card whose price has changed since holds nothing at the click; it shows the new price."""
    table = stage.folder / "prices.json"
    from bot.prices import SHIPPED_PRICES  # noqa: PLC0415

    shipped = SHIPPED_PRICES.read_text()
    table.write_text(shipped)
    stage.extra = {"EASEL_PRICES": str(table)}
    async with stage.bot():
        card = await stage.ask()
    table.write_text(shipped.replace('"medium": 4', '"medium": 5'))
    async with stage.bot():
        await stage.press(card, "generate")
        changed = await stage.card("Prices have changed")

        assert "Generate · 5 credits" in str(changed.blocks)
        assert stage.submits() == 0

        await stage.press(changed, "generate")
        await stage.root("5 credits charged|charged")


async def test_usage_counts_what_was_charged(stage: Stage) -> None:
    """`/image usage` tells the asker's own charges, here and everywhere."""
    async with stage.bot():
        await stage.press(await stage.ask(), "generate")
        await stage.done()
        shown = (await stage.type("usage")).shown

        assert shown is not None
        assert shown.text == (
            "In this channel: 4 charged, 0 held, 1 image\nEverywhere: 4 charged, 0 held, 1 image"
        )
