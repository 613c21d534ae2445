"""The composer: its price, its mistakes, and that it holds once what it names."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from bot.demo.faults import Gate
from bot.demo.slack import payloads as slack_payloads
from bot.demo.slack.seed import DESIGN, MIA
from bot.prices import SHIPPED_PRICES
from tests.flow.forms import actions_of, block_of, form, options, png, saying
from tests.flow.stage import FOX, Stage

LEDGER = "SELECT kind, credits FROM ledger ORDER BY seq"


async def test_the_form_is_the_confirmation(either: Stage) -> None:
    """Submitting holds the price that the button names and makes the picture; nothing is asked."""
    async with either.bot():
        await either.type("")
        await form(either, "Generate · 4 credits")
        await either.ws.view_action(MIA, "compose_quality", "high")
        await form(either, "Generate · 14 credits")
        await either.ws.submit_view(MIA, {"compose_prompt": FOX})
        await either.done(14)

        assert either.ws.view(MIA) is None
        assert either.ws.ephemerals(MIA, DESIGN) == []
        assert either.submits() == 1
        assert await either.rows(LEDGER) == [("held", 14), ("charged", 14)]


async def test_it_opens_before_anything_else_is_asked(either: Stage) -> None:
    """The form opens while nothing else of Slack and Pixapi answers; opening is the first call."""
    async with either.bot():
        gate = Gate()
        for call in ("users.*", "conversations.*", "chat.*", "files.*", "views.update", "submit"):
            either.faults.arm("gate", call, times=None, gate=gate, when="before")
        before = len(either.ws.calls)
        typed = await either.type("")
        await form(either)

        assert typed.ok
        asked = [call.method for call in either.ws.calls[before:] if call.method != "auth.test"]
        assert asked[0] == "views.open"  # the start's own question may still be on its way

        gate.opened.set()


@pytest.mark.parametrize(
    ("fault", "error", "sentence"),
    [
        ("error", "expired_trigger_id", "three seconds"),
        ("error", "exchanged_trigger_id", "three seconds"),
        ("error", "trigger_expired", "three seconds"),
        ("error", "internal_error", "did not tell whether the form is open"),
        ("error", "view_too_large", "does not open forms"),
        ("lost_answer", "", "did not tell whether the form is open"),
    ],
)
async def test_a_form_that_does_not_open_says_so(
    stage: Stage, fault: str, error: str, sentence: str
) -> None:
    """If Slack does not open the form the person reads what to do, and nothing is held."""
    async with stage.bot():
        stage.faults.arm(fault, "views.open", error=error)
        await stage.type("")
        await stage.card(f"{sentence}.*Nothing was held|{sentence}.*try again")

        assert await stage.rows("SELECT * FROM jobs") == []


async def test_closing_the_form_leaves_nothing(stage: Stage) -> None:
    """A form that is not submitted stores nothing and spends nothing."""
    async with stage.bot():
        await stage.type("")
        await form(stage)
        await stage.ws.close_view(MIA)

        assert await stage.rows("SELECT * FROM jobs") == []


async def test_what_is_left_follows_every_choice(stage: Stage) -> None:
    """What the budget has left stands in the form, before and after what is chosen."""
    async with stage.bot():
        await stage.type("")
        await saying(stage, f"The budget of <#{DESIGN}> has 100 left, 96 after this.")
        await stage.ws.view_action(MIA, "compose_count", "3")
        await saying(stage, "100 left, 88 after this.")
        await stage.ws.view_action(MIA, "compose_size", "3840x2160")
        await saying(stage, "*102 credits* · 3 images, 34 each")
        await saying(stage, f"More than the budget of <#{DESIGN}> has left: 100.")


async def test_what_is_typed_stays(stage: Stage) -> None:
    """A choice changes the price and leaves every other field exactly as it is on the screen."""
    async with stage.bot():
        await stage.type("")
        before = (await saying(stage, "96 after this")).body["blocks"]
        file = await stage.ws.upload(MIA, "fox.png", png())
        await stage.ws.view_action(MIA, "compose_prompt", FOX)
        await stage.ws.view_action(MIA, "compose_files", [file.id])
        await stage.ws.view_action(MIA, "compose_quality", "low")
        after = (await form(stage, "Generate · 1 credit")).body["blocks"]

        assert [b for b in before if b["type"] == "input"] == [
            b for b in after if b["type"] == "input"
        ]

        await stage.ws.submit_view(MIA)
        await stage.done(1)

        assert stage.pixapi.asked[0].fields["prompt"] == FOX
        assert len(stage.pixapi.asked[0].images) == 1


async def test_a_model_brings_its_own_fields(stage: Stage) -> None:
    """Sizes and qualities are those that the model takes; a choice it lacks is a mistake there."""
    async with stage.bot():
        await stage.type("")
        await form(stage)
        await stage.ws.view_action(MIA, "compose_size", "2048x2048")
        await form(stage, "Generate · 17 credits")
        await stage.ws.view_action(MIA, "compose_model", "gemini-2.5-flash-image")
        view = await saying(stage, "has no price at 2K, only at 1K")

        assert view.body["submit"]["text"] == "Choose another size"
        assert "compose_quality" not in actions_of(view)
        assert options(view, "compose_size") == [
            "auto", "1024x1024", "1536x1024", "1024x1536", "2048x2048",
        ]  # fmt: skip

        refused = await stage.ws.submit_view(MIA, {"compose_prompt": FOX})

        assert refused.errors.keys() == {block_of(view, "compose_size")}
        assert await stage.rows("SELECT * FROM jobs") == []

        await stage.ws.view_action(MIA, "compose_size", "1024x1024")
        await form(stage, "Generate · 2 credits")
        await stage.ws.submit_view(MIA)
        await stage.done(2)


async def test_quality_survives_a_model_without(stage: Stage) -> None:
    """A quality that was chosen is there again after a look at a model that has none."""
    async with stage.bot():
        await stage.type("")
        await form(stage)
        for action, value, price in (
            ("compose_quality", "high", "14 credits"),
            ("compose_model", "gemini-2.5-flash-image", "2 credits"),
            ("compose_model", "gpt-image-2", "14 credits"),
        ):
            await stage.ws.view_action(MIA, action, value)
            await form(stage, f"Generate · {price}")


async def test_the_newest_choice_wins(stage: Stage) -> None:
    """However slow Slack is with the first of two choices, the form ends with both."""
    async with stage.bot():
        gate = Gate()
        await stage.type("")
        await saying(stage, "96 after this")
        stage.faults.arm("gate", "views.update", gate=gate, when="before")
        await stage.ws.view_action(MIA, "compose_quality", "high")
        await gate.reached.wait()
        await stage.ws.view_action(MIA, "compose_count", "2")
        for _ in range(3):
            await stage.quota()  # meanwhile the second change waits for its turn

        assert len(stage.ws.calls_of("views.update")) == 1

        gate.opened.set()
        await stage.ws.until(lambda: len(stage.ws.calls_of("views.update")) == 3)
        view = await form(stage)

        assert view.body["submit"]["text"] == "Generate · 28 credits"


async def test_a_lost_price_asks_again(stage: Stage) -> None:
    """If the form does not show what the choice costs, it shows that first and holds nothing."""
    async with stage.bot():
        await stage.type("")
        await saying(stage, "96 after this")
        fault = stage.faults.arm("error", "views.update", times=None, error="internal_error")
        await stage.ws.view_action(MIA, "compose_quality", "high")
        await stage.ws.submit_view(MIA, {"compose_prompt": FOX})
        view = await form(stage, "Generate · 14 credits")

        assert "The price of this is 14 credits" in str(view.body["blocks"])
        assert await stage.rows("SELECT * FROM jobs") == []

        stage.faults.disarm(fault)
        await stage.ws.submit_view(MIA)
        await stage.done(14)


async def test_changed_prices_ask_again(stage: Stage, tmp_path: Path) -> None:
    """Prices that changed while the form was open are shown, and held only when agreed to."""
    async with stage.bot():
        await stage.type("")
        await form(stage, "Generate · 4 credits")
    table = json.loads(SHIPPED_PRICES.read_text())
    table["models"][0]["prices"]["1K"]["medium"] = 5
    (tmp_path / "prices.json").write_text(json.dumps(table))
    stage.extra = {"EASEL_PRICES": str(tmp_path / "prices.json")}
    async with stage.bot():
        await stage.ws.submit_view(MIA, {"compose_prompt": FOX})
        await form(stage, "Generate · 5 credits")

        assert await stage.rows(LEDGER) == []

        await stage.ws.submit_view(MIA)
        await stage.done()

        assert (await stage.rows(LEDGER))[0] == ("held", 5)


async def test_a_form_sent_often_holds_once(either: Stage) -> None:
    """However often and quickly the same form arrives: one job, one hold, one picture."""
    async with either.bot():
        await either.type("")
        view = await form(either)
        await either.ws.view_action(MIA, "compose_prompt", FOX)
        payload = slack_payloads.submission(either.ws.world, either.ws.world.user(MIA), view)
        sent = [either.ws.wire.deliver("interactive", payload) for _ in range(6)]
        answers = await asyncio.gather(*sent)
        await either.done(4)
        answers.append(await either.ws.wire.deliver("interactive", payload))

        assert [one.payload for one in answers] == [{"response_action": "clear"}] * 7
        assert either.submits() == 1
        assert await either.rows("SELECT count(*) FROM jobs") == [(1,)]
        assert await either.rows(LEDGER) == [("held", 4), ("charged", 4)]


async def test_an_unanswered_form_may_be_changed_and_sent_again(stage: Stage) -> None:
    """A form that stayed open after its request was taken spends nothing more without a card."""
    async with stage.bot():
        await stage.type("")
        view = await form(stage)
        await stage.ws.view_action(MIA, "compose_prompt", FOX)
        payload = slack_payloads.submission(stage.ws.world, stage.ws.world.user(MIA), view)
        await stage.ws.wire.deliver("interactive", payload)
        await stage.done(4)
        await stage.ws.submit_view(MIA, {"compose_prompt": "a blue fox"})
        await stage.card("a blue fox.*Generate · 4 credits")

        assert await stage.rows(LEDGER) == [("held", 4), ("charged", 4)]


async def test_mistakes_stand_beside_their_field(stage: Stage) -> None:
    """Each mistake is said at its own field, the form stays, and nothing is stored."""
    async with stage.bot():
        await stage.type("")
        view = await form(stage)
        text = await stage.ws.upload(MIA, "notes.txt", b"words")
        masks = [await stage.ws.upload(MIA, name, png()) for name in ("mask.png", "Mask 2.png")]
        blank = await stage.ws.submit_view(MIA, {"compose_prompt": " \n "})
        wrong = await stage.ws.submit_view(MIA, {"compose_prompt": FOX, "compose_files": [text.id]})
        two = await stage.ws.submit_view(MIA, {"compose_files": [one.id for one in masks]})

        assert blank.errors == {block_of(view, "compose_prompt"): "Say what you want to see."}
        assert wrong.errors == {block_of(view, "compose_files"): "notes.txt is not an image."}
        assert "Two files are named mask" in two.errors[block_of(view, "compose_files")]
        assert stage.ws.view(MIA) is not None
        assert await stage.rows("SELECT * FROM jobs") == []


async def test_a_busy_database_keeps_the_form(stage: Stage) -> None:
    """If the database does not answer, the form says so and stays; submitted again, it holds."""
    stage.hurry(busy=1.0)
    async with stage.bot():
        await stage.type("")
        await saying(stage, "96 after this")
        async with stage.locked():
            refused = await stage.ws.submit_view(MIA, {"compose_prompt": FOX})

        assert "did not answer in time" in str(refused.errors)

        await stage.ws.submit_view(MIA)
        await stage.done(4)
