"""The main job, from `/image` to the picture, against the real protocols."""

from __future__ import annotations

import asyncio

from bot.demo.faults import Gate
from bot.demo.slack.seed import ADA, DESIGN, NOAH
from tests.flow.stage import FOX, Stage, text_of
from tests.postgres import BOTH

pytestmark = BOTH


async def test_a_picture_for_a_price(either: Stage) -> None:
    """A prompt becomes a card with its price, one click a picture in the thread, and a charge."""
    async with either.bot():
        card = await either.ask(f"{FOX} --quality high")
        labels = [e.get("text", {}).get("text") for e in either.ws.elements(card) if "text" in e]

        assert "Generate · 14 credits" in labels
        assert {"Draft · 1", "Medium · 4", "2K high · 67", "Cancel"} < set(labels)

        await either.press(card, "generate")
        root = await either.done(14)
        await either.ws.until(lambda: any(b["type"] == "image" for b in root.blocks))
        thread = either.ws.messages(DESIGN, thread_ts=root.ts)

        assert [len(one.files) for one in thread[1:]] == [1]
        assert either.submits() == 1
        assert await either.quota() == {"Cap": "100", "Charged": "14", "Held": "0", "Left": "86"}


async def test_choosing_changes_the_price_and_spends_nothing(either: Stage) -> None:
    """A cheaper choice changes the card in place; only Generate holds, and at the new price."""
    async with either.bot():
        card = await either.ask(f"{FOX} --quality high")
        await either.press(card, "choose_0")
        changed = await either.card("Generate · 1 credit")

        assert card.ts == changed.ts
        assert (await either.quota())["Held"] == "0"

        await either.press(changed, "generate")
        await either.done(1)

        assert (await either.quota())["Charged"] == "1"


async def test_the_menu_offers_everything_with_its_price(stage: Stage) -> None:
    """Tier, quality, count and model can be chosen from the card's menu, each with its price."""
    async with stage.bot():
        card = await stage.ask(FOX)
        menu = next(e for e in stage.ws.elements(card) if e["action_id"] == "choose_more")
        options = {
            option["text"]["text"]: option["value"]
            for group in menu["option_groups"]
            for option in group["options"]
        }

        assert {"4K high · 133 credits", "10 images · 40 credits"} < set(options)

        await stage.press(card, "choose_more", options["3 images · 12 credits"])
        await stage.card("Generate · 12 credits")


async def test_cancelling_holds_nothing(stage: Stage) -> None:
    """Cancel closes the card; a click on a Generate from before it spends nothing."""
    async with stage.bot():
        card = await stage.ask()
        await stage.press(card, "cancel")
        await stage.card("Cancelled")
        await stage.press(card, "generate")
        await stage.card("cancelled before")

        assert (await stage.quota())["Held"] == "0"
        assert stage.submits() == 0


async def test_a_double_click_holds_once(stage: Stage) -> None:
    """However often and quickly Generate is clicked: one hold, one submit, one picture."""
    async with stage.bot():
        card = await stage.ask()
        await asyncio.gather(*(stage.press(card, "generate") for _ in range(8)))
        await stage.done(4)

        assert stage.submits() == 1
        assert await stage.rows("SELECT kind, credits FROM ledger ORDER BY seq") == [
            ("held", 4),
            ("charged", 4),
        ]


async def test_a_card_that_is_over_says_what_was_charged(stage: Stage) -> None:
    """Clicked once more when the picture is there, the card says charged, not held."""
    async with stage.bot():
        card = await stage.ask()
        await stage.press(card, "generate")
        await stage.done(4)
        await stage.card("Queued")
        await stage.press(card, "generate")
        await stage.card("Done: 4 credits charged")

        assert stage.submits() == 1


async def test_a_stale_card_spends_nothing(stage: Stage) -> None:
    """A click on a card that was changed since shows the present one and holds nothing."""
    async with stage.bot():
        card = await stage.ask(f"{FOX} --quality high")
        stale = next(e["value"] for e in stage.ws.elements(card) if e["action_id"] == "generate")
        await stage.press(card, "choose_0")
        await stage.card("Generate · 1 credit")
        await stage.press(card, "generate", stale)
        await stage.card("outdated")

        assert stage.submits() == 0
        assert (await stage.quota())["Held"] == "0"


async def test_only_the_asker_can_stop(stage: Stage) -> None:
    """Somebody else's click on Stop changes nothing and says who may."""
    stage.extra = {"EASEL_MAX_CONCURRENT_JOBS": "1"}
    gate = Gate()
    async with stage.bot():
        stage.faults.arm("gate", "submit", gate=gate, when="before")
        await stage.confirm("the first")
        await gate.reached.wait()
        second = await stage.confirm("the second")
        await stage.ws.click(NOAH, DESIGN, second.ts, "stop")
        await stage.card("Only the person who asked", user=NOAH)

        assert (await stage.quota())["Held"] == "8"

        gate.opened.set()
        await stage.ws.until(lambda: stage.shares() == 2)


async def test_a_hostile_prompt_pings_nobody(stage: Stage) -> None:
    """A typed `<!channel>` reaches Pixapi as typed and is nowhere parsed by Slack."""
    typed = "a sign: <!channel> & <b>&amp;</b> https://x.example/?a=1&b=2 `tick` *bold*"
    async with stage.bot():
        await stage.press(await stage.ask(typed), "generate")
        root = await stage.done()

        assert typed == stage.pixapi.asked[0].fields["prompt"]
        assert "<!channel>" not in root.text
        assert not any(
            "<!channel>" in element.get("text", "")
            for block in root.blocks
            for element in [block.get("text", {}), *block.get("elements", [])]
            if isinstance(element, dict) and element.get("type") == "mrkdwn"
        )


async def test_the_word_payload_is_a_word(either: Stage) -> None:
    """A prompt with `payload` in it is a prompt: over HTTP Bolt alone would lose the command."""
    async with either.bot():
        card = await either.ask('{"payload": a rocket payload=bay}')

        assert "Generate · 4 credits" in text_of(card)


async def test_acks_wait_for_nobody(either: Stage) -> None:
    """Commands and clicks are acknowledged while Slack's API and Pixapi do not answer at all."""
    async with either.bot():
        gate = Gate()
        for call in ("users.info", "conversations.info", "chat.*", "submit", "poll"):
            either.faults.arm("gate", call, times=None, gate=gate, when="before")
        card = await either.ask()
        clicked = await either.press(card, "generate")
        looked = await either.ws.command(ADA, DESIGN, "/image-quota", "50 monthly")

        assert clicked.ok
        assert looked.ok

        gate.opened.set()
        await either.done()


async def test_stopping_a_queued_job_releases_it(stage: Stage) -> None:
    """While it is queued the asker can stop it: released, told, and never sent to Pixapi."""
    stage.extra = {"EASEL_MAX_CONCURRENT_JOBS": "1"}
    gate = Gate()
    async with stage.bot():
        stage.faults.arm("gate", "submit", gate=gate, when="before")
        await stage.confirm("the first")
        await gate.reached.wait()
        second = await stage.confirm("the second")
        await stage.press(second, "stop")
        await stage.root("Stopped: the 4 credits held for it were released")

        assert (await stage.quota())["Held"] == "4"

        gate.opened.set()
        await stage.done(4)

        assert stage.submits() == 1
        assert await stage.quota() == {"Cap": "100", "Charged": "4", "Held": "0", "Left": "96"}


async def test_details_say_everything(stage: Stage) -> None:
    """Details show parameters, request id, price and the ledger's lines to whoever asks."""
    async with stage.bot():
        await stage.press(await stage.ask(), "generate")
        root = await stage.done()
        await stage.ws.click(NOAH, DESIGN, root.ts, "details")
        shown = text_of(await stage.card("Ledger", user=NOAH))

        assert stage.pixapi.asked[0].request_id in shown or "req_" in shown
        assert "4 credits held" in shown
        assert "4 credits charged" in shown


async def test_several_images_are_numbered(stage: Stage) -> None:
    """All images of a request are files in the thread, numbered, each with its alt text."""
    async with stage.bot():
        await stage.press(await stage.ask(f"{FOX} --n 3 --draft"), "generate")
        root = await stage.done(3)
        await stage.ws.until(lambda: len(root.blocks) > 5)
        files = [stage.ws.world.files[id_] for id_ in stage.ws.world.files]

        assert [f"{FOX} ({n} of 3)" for n in (1, 2, 3)] == sorted(one.title for one in files)
        assert all(FOX in one.alt_text for one in files)


async def test_stopped_before_its_message_is_answered_for(stage: Stage) -> None:
    """Stopped while Slack's answer to the root message is under way, the message says so too."""
    gate = Gate()
    async with stage.bot():
        stage.faults.arm("gate", "chat.postMessage", gate=gate, when="after")
        await stage.press(await stage.ask(), "generate")
        await gate.reached.wait()
        await stage.press(await stage.root("Queued"), "stop")
        await stage.card("4 credits held for it were released")
        gate.opened.set()
        await stage.root("Stopped: the 4 credits held for it were released")

        assert stage.submits() == 0
