"""What people type beside the grammar: what the answer says, and that nothing is spent by it."""

from __future__ import annotations

from bot.demo.slack.model import Message
from bot.demo.slack.seed import DESIGN, MIA
from tests.flow.forms import form
from tests.flow.stage import FOX, Stage, text_of
from tests.flow.talk import say
from tests.flow.test_settings import choose

LEDGER = "SELECT kind, credits FROM ledger ORDER BY seq"


def labels(stage: Stage, card: Message) -> list[str]:
    """The texts of a message's buttons."""
    return [e["text"]["text"] for e in stage.ws.elements(card) if e["type"] == "button"]


async def test_all_mistakes_in_one_answer(stage: Stage) -> None:
    """Every mistake of a command is told at once, each with its nearest choice."""
    async with stage.bot():
        told = text_of(await stage.ask("a fox --size 1000x1000 --Qualty high"))

        assert "nearest: 1008x1008" in told
        assert "nearest: --quality" in told
        assert await stage.rows("SELECT * FROM jobs") == []


async def test_what_was_meant_is_a_button_with_its_price(stage: Stage) -> None:
    """A guess spends nothing, even below its asker's level: its button shows an ordinary card."""
    async with stage.bot():
        await choose(stage, skip_below="1000")
        told = await stage.ask(f"{FOX} --2k --hd")

        assert "There is no option --2k; nearest: --size 2k." in text_of(told)
        assert labels(stage, told) == ["--size 2k --quality high · 67 credits", "Cancel"]

        await stage.press(told, "choose_meant")
        card = await stage.card("Generate · 67 credits")

        assert "2048×2048 (2K) · high quality" in text_of(card)
        assert card.ts == told.ts
        assert await stage.rows(LEDGER) == []

        await say(stage, f"@Easel {FOX} --high")
        told = await stage.card("There is no option --high; nearest: --quality high.")

        assert labels(stage, told) == ["--quality high · 14 credits", "Cancel"]

        await stage.press(told, "cancel")
        await stage.card("Nothing was held or charged")


async def test_what_was_taken_as_words_is_said_before_it_is_paid(stage: Stage) -> None:
    """A prompt that may be meant otherwise is always asked: below the level, and from a form."""
    async with stage.bot():
        await choose(stage, skip_below="5")
        typed = await stage.type(f"{FOX} -n 3")

        assert typed.ok

        card = await stage.card("“-n 3” looks like an option")

        assert "Generate · 4 credits" in labels(stage, card)

        await say(stage, "@Easel https://example.com/cat.png make it blue")
        await stage.card("The link to cat.png was taken as words")
        await stage.type("")
        await form(stage, "Generate · 4 credits")
        await stage.ws.submit_view(MIA, {"compose_prompt": f"{FOX} --size 2k"})
        card = await stage.card("“--size 2k” looks like an option")

        assert await stage.rows(LEDGER) == []

        await stage.press(card, "generate")
        await stage.done(4)


async def test_emoji_reach_the_model_as_characters(stage: Stage) -> None:
    """From a form as from a message the model and the alt text get the character."""
    async with stage.bot():
        await say(stage, "@Easel a :fox_face: and :our-logo: at 10:30:15 *--draft*")
        await stage.press(await stage.card("Generate · 1 credit"), "generate")
        root = await stage.done(1)
        await stage.type("")
        await form(stage, "Generate · 4 credits")
        await stage.ws.submit_view(MIA, {"compose_prompt": ":wave::skin-tone-3: a wolf"})
        await stage.done(4, like="a wolf")
        prompts = [call.fields["prompt"] for call in stage.pixapi.asked if "prompt" in call.fields]
        files = stage.ws.messages(DESIGN, thread_ts=root.ts)[1].files

        assert prompts == ["a 🦊 and :our-logo: at 10:30:15", "👋🏼 a wolf"]
        assert "🦊" in stage.ws.world.files[files[0]].alt_text
