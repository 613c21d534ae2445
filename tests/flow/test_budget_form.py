"""The form of a budget: who opens it, what it shows, and the mistakes that stay in it."""

from __future__ import annotations

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.faults import Gate
from bot.demo.slack.seed import ADA, DESIGN, GENERAL, GUS, LEADERSHIP, MIA, NOAH
from tests.flow.budgets import (
    CAPS,
    CHANGES,
    button,
    charge_last_month,
    entered,
    initial,
    mistake,
    opened,
    press,
    save,
    submit,
    told,
)
from tests.flow.forms import actions_of, form, saying
from tests.flow.stage import FOX, Stage, text_of


@pytest.mark.parametrize("user", [MIA, GUS])
async def test_nobody_else_gets_the_form(either: Stage, user: str) -> None:
    """Whoever is no admin reads who may change budgets; no form opens."""
    async with either.bot():
        await press(either, user=user)
        await either.card("Only admins change budgets. .* Nothing was changed", user=user)

        assert either.ws.view(user) is None


async def test_listed_people_are_admins(stage: Stage) -> None:
    """Somebody whom the settings name opens the form and saves it."""
    stage.extra = {"EASEL_ADMINS": NOAH}
    async with stage.bot():
        assert "Cap: 7 a month" in text_of(await save(stage, user=NOAH, cap="7"))
        assert await stage.rows(CHANGES) == [(DESIGN, "", "cap 7 a month", NOAH)]


async def test_the_form_shows_what_stands(either: Stage) -> None:
    """Cap, charged, held and left stand on top; each field has what counts now."""
    async with either.bot():
        await either.press(await either.ask(FOX), "generate")
        await either.done(4)
        view = await opened(either)

        assert "cap 100 a month; charged 4, held 0, left 96" in str(view.body["blocks"][0])
        assert "or default (100 a month)" in str(view.body["blocks"][1]["hint"])
        assert [initial(view, one) for one in ("cap", "period", "each", "approve", "levels")] == [
            "default",
            "month",
            "none",
            "",
            "50, 80, 100",
        ]
        assert "Default: members" in str(view.body["blocks"][-1])


async def test_the_workspace_has_no_people_in_its_form(stage: Stage) -> None:
    """The workspace's form has its cap, its period and the three policies."""
    async with stage.bot():
        view = await opened(stage, of="")
        names = ("cap", "period", "approve", "levels", "spenders")

        assert actions_of(view) == {f"limits_{name}" for name in names}
        assert initial(view, "cap") == "none"

        sentence = await mistake(stage, "cap", "default")

        assert "or default" not in sentence


async def test_a_slack_that_does_not_answer_opens_nothing(stage: Stage) -> None:
    """If Slack does not say in time who is an admin, a sentence says so before the trigger ends."""
    stage.hurry(admin=0.5)
    async with stage.bot():
        gate = Gate()
        stage.faults.arm("gate", "users.info", times=None, gate=gate, when="before")
        await press(stage)
        await stage.card("did not answer in time.*Nothing was changed", user=ADA)
        gate.opened.set()

        assert stage.ws.view(ADA) is None
        assert stage.ws.calls_of("views.open") == []


async def test_a_form_that_slack_refuses_says_so(stage: Stage) -> None:
    """A trigger that was too old is explained, and nothing was changed."""
    async with stage.bot():
        stage.faults.arm("error", "views.open", error="expired_trigger_id")
        await press(stage)
        await stage.card("three seconds.*Nothing was changed", user=ADA)


async def test_a_channel_that_easel_does_not_see_has_no_form(stage: Stage) -> None:
    """A private channel without Easel is refused with a sentence; so is one it was taken out of."""
    async with stage.bot():
        await press(stage, of=LEADERSHIP)
        await stage.card("cannot see that channel", user=ADA)

        assert stage.ws.view(ADA) is None

        await opened(stage, of=GENERAL)
        stage.faults.arm("error", "conversations.info", error="channel_not_found")

        assert "cannot see that channel" in text_of(await submit(stage, cap="5"))
        assert await stage.rows(CHANGES) == []


@pytest.mark.parametrize(
    ("field", "text", "allowed"),
    [
        ("cap", "-5", "from 0 to 1,000,000,000"),
        ("cap", "1e9", "from 0 to 1,000,000,000"),
        ("cap", "abc", "none for no cap, or default"),
        ("cap", "1,000,000,001", "from 0 to 1,000,000,000"),
        ("cap", "5 weekly", "whole number"),
        ("each", "-5", "from 0 to 1,000,000,000"),
        ("each", "default", "from 0 to 1,000,000,000, or none"),
        ("period", "week", "The default renews every month"),
        ("approve", "0", "from 1 to 1,000,000,000"),
        ("approve", "-1", "leave it empty"),
        ("approve", "x", "whole number"),
        ("levels", "0", "from 1 to 100"),
        ("levels", "250", "from 1 to 100"),
        ("levels", "50,,80", "commas between"),
        ("levels", "50 80", "50, 80, 100"),
        ("own", "5", ""),
    ],
)
async def test_mistakes_stay_at_their_field(
    stage: Stage, field: str, text: str, allowed: str
) -> None:
    """What cannot be is said where it was written, with what is allowed; nothing is changed."""
    async with stage.bot():
        await opened(stage)
        if field == "own":
            sent = await stage.ws.submit_view(ADA, entered({"own": text}))

            assert list(sent.errors) == ["person"]
        else:
            assert allowed in await mistake(stage, field, text)
        assert stage.ws.view(ADA) is not None
        assert await stage.rows(CHANGES) == []


async def test_a_person_needs_a_cap(stage: Stage) -> None:
    """Whoever chooses a person says which cap they get."""
    async with stage.bot():
        await opened(stage)
        sent = await stage.ws.submit_view(ADA, entered({"person": MIA}))

        assert "Write a whole number" in str(sent.errors["own"])


async def test_a_submitted_form_is_no_right(stage: Stage) -> None:
    """A member who sends an open form is refused at that moment, and nothing changes."""
    async with stage.bot():
        await opened(stage)
        stage.ws.world.stacks[MIA] = stage.ws.world.stacks.pop(ADA)
        answer = await submit(stage, user=MIA, cap="500", spenders="everyone")

        assert "Only admins change budgets" in text_of(answer)
        assert await stage.rows(CHANGES) == []
        assert await stage.rows(CAPS) == []


async def test_a_demotion_counts_at_once(stage: Stage) -> None:
    """Somebody who is no admin any more when they save changes nothing."""
    async with stage.bot():
        await opened(stage)
        stage.ws.world.users[ADA].role = "member"
        answer = await submit(stage, cap="500")

        assert "Only admins change budgets" in text_of(answer)
        assert await stage.rows(CAPS) == []


async def test_saving_asks_slack_after_the_acknowledgement(stage: Stage) -> None:
    """While Slack answers nothing the form is closed all the same; then the change is made."""
    async with stage.bot():
        await opened(stage)
        gate = Gate()
        stage.faults.arm("gate", "*", times=None, gate=gate, when="before")
        sent = await stage.ws.submit_view(ADA, entered({"cap": "5"}))

        assert sent.ok
        assert stage.ws.view(ADA) is None
        assert await stage.rows(CAPS) == []

        gate.opened.set()
        await stage.card("Cap: 5 a month", user=ADA)


async def test_app_home_opens_the_same_form(stage: Stage) -> None:
    """A click in App Home opens the form; what was changed is said in the direct message."""
    async with stage.bot():
        web = AsyncWebClient(stage.ws.bot_token, base_url=stage.ws.api_url)
        home = await web.views_publish(
            user_id=ADA, view={"type": "home", "blocks": button(GENERAL)}
        )
        await stage.ws.view_action(ADA, "budget", view_id=home["view"]["id"])
        await form(stage, "Save", user=ADA)
        await stage.ws.submit_view(ADA, entered({"cap": "0"}))
        await told(stage, f"Image budget of <#{GENERAL}>*")

        assert (await stage.quota(channel=GENERAL))["Cap"] == "0"


async def test_the_form_says_what_a_cap_would_have_refused(either: Stage) -> None:
    """Last month's requests are replayed with each change of a cap, of all or of people."""
    async with either.bot():
        await opened(either)
        await either.ws.view_action(ADA, "limits_cap", "50")
        await saying(either, "Nothing was asked for here last month.", user=ADA)
        await charge_last_month(either, (MIA, 30), (NOAH, 30), (MIA, 10), (NOAH, 30))
        await either.ws.view_action(ADA, "limits_cap", "55")
        await saying(
            either,
            "With this cap, last month 2 requests by 1 person would have been refused.",
            user=ADA,
        )
        await either.ws.view_action(ADA, "limits_cap", "none")
        await saying(either, "With this cap, last month nothing would have been refused", user=ADA)
        await either.ws.view_action(ADA, "limits_each", "5")
        await saying(either, "last month 4 requests by 2 people", user=ADA)
        await either.ws.view_action(ADA, "limits_person", MIA)
        await saying(either, "once every cap can be read", user=ADA)
        await either.ws.view_action(ADA, "limits_own", "none")
        await saying(either, "last month 2 requests by 1 person", user=ADA)
        await either.ws.view_action(ADA, "limits_cap", "5x")
        await saying(either, "once every cap can be read", user=ADA)

        assert await either.rows(CAPS) == []


async def test_what_is_typed_stays_while_the_form_is_drawn_anew(stage: Stage) -> None:
    """Only the sentence on last month changes: every field is as it was, and is saved so."""
    async with stage.bot():
        before = (await opened(stage)).body["blocks"]
        await stage.ws.view_action(ADA, "limits_levels", "90")
        await stage.ws.view_action(ADA, "limits_cap", "50")
        after = (await saying(stage, "Nothing was asked for", user=ADA)).body["blocks"]
        kept = [(b, a) for b, a in zip(before, after, strict=True) if b["block_id"] != "what_if"]

        assert all(b == a for b, a in kept)

        answer = text_of(await submit(stage))

        assert "Cap: 50 a month; before: the default (100 a month)" in answer
        assert "Admins are told at: 90 %; before: the default (50, 80, 100 %)" in answer
