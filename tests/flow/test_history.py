"""`/image history`: what somebody asked for here, and the way back to it."""

from __future__ import annotations

import asyncio
import re

from bot.demo.faults import Gate
from bot.demo.slack.seed import GENERAL, NOAH
from tests.flow.stage import FOX, Stage, text_of


async def test_history_lists_what_was_asked_here(either: Stage) -> None:
    """One's own requests in this channel with state, price and link; no others."""
    async with either.bot():
        await either.press(await either.ask(f"{FOX} --draft"), "generate")
        root = await either.done(1)
        await either.ask("a fresh idea --quality high")
        await either.press(await either.ask("a dropped idea"), "cancel")
        await either.ask("not mine", user=NOAH)
        await either.ask("not here", channel=GENERAL)
        await either.type("history")
        shown = text_of(await either.card("Your latest requests"))

        assert re.search(
            rf"{FOX}.*Done · 1 credit charged.*p{root.ts.replace('.', '')}\|Open", shown
        )
        assert re.search(r"a fresh idea.*14 credits, nothing held", shown)
        assert "dropped" not in shown
        assert "not mine" not in shown
        assert "not here" not in shown


async def test_history_names_every_state(stage: Stage) -> None:
    """Waiting, generating, failed and stopped requests are named with what became of the price."""
    stage.extra = {"EASEL_MAX_CONCURRENT_JOBS": "1"}
    gate = Gate()
    async with stage.bot():
        stage.faults.arm("status", "submit", status=422, code="prompt_rejected", message="no")
        await stage.confirm("bad words")
        await stage.root("You were not charged")
        stage.faults.arm("gate", "submit", gate=gate, when="before")
        await stage.confirm("the first")
        await gate.reached.wait()
        await stage.press(await stage.confirm("the second"), "stop")
        await stage.root("Stopped")
        await stage.confirm("the third")
        await stage.type("history")
        shown = text_of(await stage.card("Your latest requests"))
        gate.opened.set()

        assert re.search("the third.*Waiting · 4 credits held", shown)
        assert re.search("the first.*Generating · 4 credits held", shown)
        assert re.search("the second.*Stopped · 4 credits released", shown)
        assert re.search("bad words.*Failed · nothing charged", shown)


async def test_a_lost_card_is_shown_again(stage: Stage) -> None:
    """The card of an offer comes back from the history, and confirms the same request once."""
    async with stage.bot():
        lost = await stage.ask(f"{FOX} --quality high")
        await stage.type("history")
        listed = await stage.card("Your latest requests")
        await stage.press(listed, "show")
        again = await stage.card("Generate · 14 credits")

        assert again.ts != listed.ts

        await asyncio.gather(stage.press(again, "generate"), stage.press(lost, "generate"))
        await stage.done(14)

        assert stage.submits() == 1

        await stage.press(listed, "show")
        await stage.card("Queued: 14 credits held")


async def test_an_empty_history_says_so(stage: Stage) -> None:
    """Who has asked for nothing yet reads how to."""
    async with stage.bot():
        await stage.type("history")
        await stage.card("not asked for anything in this channel")


async def test_history_waits_for_no_link(stage: Stage) -> None:
    """It is acknowledged while Slack is silent; where Slack gives no link there is none."""
    gate = Gate()
    async with stage.bot():
        await stage.press(await stage.ask("<!channel> & co --draft"), "generate")
        await stage.root("Done")
        stage.faults.arm("gate", "chat.getPermalink", gate=gate, when="before")

        assert (await stage.type("history")).ok

        stage.faults.arm("error", "chat.getPermalink", error="message_not_found")
        gate.opened.set()
        await stage.type("history")
        shown = text_of(await stage.card("Your latest requests"))

        assert "&lt;!channel&gt; &amp; co" in shown
        assert "<!channel>" not in shown
