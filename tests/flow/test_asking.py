"""Asking for more: from the card that is too dear to the picture."""

from __future__ import annotations

import asyncio

import pytest

from bot.demo.slack import payloads as slack_payloads
from bot.demo.slack.seed import ADA, DESIGN, MIA, NOAH
from tests.flow.admins import answer, asked, buttons, click, fill_in, letter, opened, quota, told
from tests.flow.forms import png
from tests.flow.stage import FOX, Stage, text_of

HIGH = f"{FOX} --quality high"  # 14 credits
REQUESTS = "SELECT kind, outcome, credits, given FROM approval_requests"
GRANTS = 'SELECT channel, "user", credits, giver FROM grants ORDER BY id'


@pytest.fixture(autouse=True)
def _ten(stage: Stage) -> None:
    stage.extra = {"EASEL_DEFAULT_CHANNEL_CAP": "10"}


async def test_the_whole_walk(stage: Stage) -> None:
    """Too dear, asked for, granted once, told: the same request is generated, by its own card."""
    async with stage.bot():
        card = await stage.ask(HIGH)
        await stage.press(card, "more")
        await opened(stage, "Ask for more")
        view = stage.ws.view(MIA)
        assert view is not None
        amount = next(e for e in stage.ws.elements(view) if e["action_id"] == "credits")

        assert amount["initial_value"] == "4"

        await stage.ws.submit_view(MIA, {"reason": "the launch"})
        await stage.card("The admins have been asked")
        message = await letter(stage, rf"<@{MIA}> asks for \*4 credits more\* in <#{DESIGN}>")

        assert buttons(stage, message) == ["grant_once", "grant_form", "decline"]
        assert "Why: the launch" in text_of(message)
        assert f"“{FOX}” · 14 credits" in text_of(message)
        assert "cap 10 a month, 0 charged, 0 held, *10 left*, renews on" in text_of(message)

        await click(stage, message, "grant_once")
        told = await letter(stage, "granted 4 credits", user=MIA)
        await answer(stage, f"Granted 4 credits to the budget of <#{DESIGN}>, until")
        decided = await letter(stage, f"Granted 4 credits by <@{ADA}>")

        assert decided.ts == message.ts
        assert buttons(stage, decided) == []
        assert "The picture can be generated now." in text_of(told)

        await click(stage, told, "show", user=MIA)
        again = await answer(stage, "Generate · 14 credits", user=MIA)

        assert f"the budget of <#{DESIGN}> has 14 left, 0 after this" in text_of(again)

        await stage.press(again, "generate")
        await answer(stage, f"The picture comes to <#{DESIGN}>", user=MIA)
        await stage.done(14)

        assert await stage.quota() == {
            "Cap": "10",
            "Grants": "4",
            "Charged": "14",
            "Held": "0",
            "Left": "0",
        }
        assert await stage.rows(REQUESTS) == [("more", "granted", 4, 4)]


async def test_every_scope_that_is_short_is_lifted_once(stage: Stage) -> None:
    """*Grant once* gives each short budget exactly what it lacks at that moment, and no other."""
    async with stage.bot():
        message = await asked(stage, HIGH)
        await quota(stage, "workspace 3 weekly", "Cap 3")
        await stage.press(await stage.ask(f"{FOX} --draft"), "generate")
        await stage.done(1)
        await click(stage, message, "grant_once")
        await letter(stage, "granted 12 credits", user=MIA)

        assert await stage.rows(GRANTS) == [("", "", 12, ADA), (DESIGN, "", 5, ADA)]
        assert "Generate · 14 credits" in text_of(await stage.ask(HIGH))


async def test_nothing_is_granted_that_is_not_needed(stage: Stage) -> None:
    """If the budget covers the picture by now, the request ends and no credit is given."""
    async with stage.bot():
        message = await asked(stage, HIGH)
        await quota(stage, "500 monthly", "Cap 500")
        await click(stage, message, "grant_once")
        await letter(stage, "the budget covers it by now", user=MIA)
        await answer(stage, "nothing was granted")

        assert await stage.rows(GRANTS) == []
        assert await stage.rows(REQUESTS) == [("more", "granted", 4, 0)]


async def test_a_grant_for_the_period(stage: Stage) -> None:
    """The form offers the tightest budget; the amount goes there, and the reason is kept."""
    async with stage.bot():
        await quota(stage, "workspace 3 monthly", "Cap 3")
        message = await asked(stage, HIGH)
        await click(stage, message, "grant_form")
        await opened(stage, "Grant credits", user=ADA)
        view = stage.ws.view(ADA)
        assert view is not None
        menu = next(e for e in stage.ws.elements(view) if e["action_id"] == "target")

        assert menu["initial_option"]["value"] == "workspace"
        assert "A grant to the channel does not lift it" in str(view.body["blocks"])

        await stage.ws.submit_view(ADA, {"credits": "100", "target": "channel", "reason": "ok"})
        await answer(stage, "It is not enough for the picture: the workspace's budget has 3 left")
        told_mia = await letter(stage, "granted 100 credits", user=MIA)

        assert "At the moment the workspace's budget has 3 left." in text_of(told_mia)
        assert await stage.rows(GRANTS) == [(DESIGN, "", 100, ADA)]
        assert await stage.rows("SELECT reason FROM grants") == [("ok",)]


async def test_asked_twice_is_asked_once(stage: Stage) -> None:
    """Who has an open request for a picture is told so, and the admins hear of it once."""
    async with stage.bot():
        card = await stage.ask(HIGH)
        await fill_in(stage, card)
        await letter(stage, "asks for")
        await stage.press(card, "more")
        await stage.card("asked the admins for this already")

        assert stage.ws.view(MIA) is None
        assert len(await stage.rows(REQUESTS)) == 1


async def test_a_form_that_arrives_twice_is_one_request(stage: Stage) -> None:
    """Slack delivers the same submission again: one request, one message to each admin."""
    async with stage.bot():
        await stage.press(await stage.ask(HIGH), "more")
        await opened(stage, "Ask for more")
        view = stage.ws.view(MIA)
        assert view is not None
        await stage.ws.submit_view(MIA, {"reason": "the launch"})
        payload = slack_payloads.submission(stage.ws.world, stage.ws.world.user(MIA), view)
        again = await stage.ws.wire.deliver("interactive", payload)
        await letter(stage, "asks for")

        assert again.ok
        assert len(await stage.rows(REQUESTS)) == 1
        assert len(told(stage, ADA)) == 1


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("credits", "-5", "whole number of credits"),
        ("credits", "0", "whole number of credits"),
        ("credits", "1.5", "whole number of credits"),
        ("credits", "1e9", "whole number of credits"),
        ("credits", "1000000001", "whole number of credits"),
        ("reason", "  ", "Write a sentence"),
        ("reason", "x" * 501, "At most 500"),
    ],
)
async def test_a_mistake_in_the_form(stage: Stage, field: str, value: str, sentence: str) -> None:
    """What cannot be asked for is said at its field, and nothing is sent."""
    async with stage.bot():
        delivery = await fill_in(stage, await stage.ask(HIGH), **{field: value})

        assert sentence in delivery.errors[field]
        assert await stage.rows(REQUESTS) == []


async def test_a_cancelled_picture_is_not_asked_for_any_more(stage: Stage) -> None:
    """Cancelling the card takes the request back; a late click of an admin grants nothing."""
    async with stage.bot():
        card = await stage.ask(HIGH)
        await fill_in(stage, card)
        message = await letter(stage, "asks for")
        await stage.press(card, "cancel")
        await letter(stage, "Not needed any more")
        await click(stage, message, "grant_once")
        await answer(stage, "not needed any more. Nothing was changed|made or cancelled meanwhile")

        assert await stage.rows(GRANTS) == []


async def test_the_thread_is_told_without_the_reason(stage: Stage) -> None:
    """Asked for in a thread, the decision stands there too: without the prompt and the reasons."""
    async with stage.bot():
        root = await stage.ws.send(NOAH, DESIGN, "what about a fox?")
        await stage.ws.send(NOAH, DESIGN, "anyone?", thread_ts=root.ts)
        mention = f"<@{stage.ws.bot_user_id}> a secret fox --quality high"
        file = await stage.ws.upload(MIA, "fox.png", png())
        await stage.ws.send(MIA, DESIGN, mention, thread_ts=root.ts, files=[file.id])
        await fill_in(stage, await stage.card("Ask for more"))
        await click(stage, await letter(stage, "asks for"), "decline")
        await opened(stage, "Decline", user=ADA)
        await stage.ws.submit_view(ADA, {"reason": "too dear"})

        def said() -> list[str]:
            replies = stage.ws.messages(DESIGN, thread_ts=root.ts)
            return [text_of(m) for m in replies if m.user == stage.ws.bot_user_id]

        [line] = await stage.ws.until(said)

        assert f"<@{MIA}>: an admin declined the request for 4 credits" in line
        assert "secret" not in line
        assert "too dear" not in line
        assert "Reason: too dear" in text_of(await letter(stage, "declined", user=MIA))


async def test_a_request_lapses_after_seven_days(stage: Stage) -> None:
    """When its time is over nobody can grant it; the next look ends it, and the asker is told."""
    async with stage.bot():
        message = await asked(stage, HIGH)
        await stage.write("UPDATE approval_requests SET lapses = 0")
        await click(stage, message, "grant_once")
        await answer(stage, "It has lapsed: nobody decided within seven days. Nothing was changed")

        assert await stage.rows(GRANTS) == []

    async with stage.bot():
        await letter(stage, "Lapsed: nobody decided within seven days")
        await letter(stage, "No admin decided within seven days", user=MIA)

        assert await stage.rows(REQUESTS) == [("more", "lapsed", 4, None)]


async def test_not_before_its_time(stage: Stage) -> None:
    """A request has seven days; a start a minute before they are over leaves it open."""
    async with stage.bot():
        await asked(stage, HIGH)
        [(asked_at, lapses)] = await stage.rows("SELECT asked, lapses FROM approval_requests")

    assert lapses - asked_at == 7 * 24 * 3600 * 1_000_000

    await stage.write("UPDATE approval_requests SET lapses = asked + 60000000")
    async with stage.bot():
        await stage.quota()

        assert await stage.rows(REQUESTS) == [("more", None, 4, None)]


async def test_two_pictures_are_two_requests(stage: Stage) -> None:
    """What is asked for one picture does not keep anybody from asking for another."""
    async with stage.bot():
        await asked(stage, HIGH)
        await fill_in(stage, await stage.ask("an owl --quality high"))
        await letter(stage, "an owl")

        assert len(await stage.rows(REQUESTS)) == 2


async def test_for_a_channel_without_a_picture(stage: Stage) -> None:
    """From a budget's card an amount is asked for; *Grant once* gives it to the channel."""
    async with stage.bot():
        button = {
            "type": "button",
            "action_id": "more",
            "text": {"type": "plain_text", "text": "Ask for more"},
        }
        channel = stage.ws.world.channels[DESIGN]
        blocks = [{"type": "actions", "elements": [button]}]
        card = stage.ws.world.post(
            channel, user=stage.ws.bot_user_id, text="card", blocks=blocks, only_for=MIA
        )
        delivery = await fill_in(stage, card, credits="30")
        message = await letter(stage, rf"<@{MIA}> asks for \*30 credits more\* in <#{DESIGN}>")
        await click(stage, message, "grant_once")
        told = await letter(stage, f"<@{ADA}> granted 30 credits for <#{DESIGN}>", user=MIA)

        assert delivery.ok
        assert buttons(stage, told) == []
        assert await stage.rows(GRANTS) == [(DESIGN, "", 30, ADA)]


async def test_reasons_are_erased_with_the_prompts(stage: Stage) -> None:
    """What people wrote in a request is erased by age, like prompts, and as its grant's reason."""
    async with stage.bot():
        await click(stage, await asked(stage, HIGH), "grant_once")
        await letter(stage, "granted 4 credits", user=MIA)
    await stage.write("UPDATE approval_requests SET decided = 0")
    await stage.write("UPDATE grants SET given = 0")
    async with stage.bot(), asyncio.timeout(90):
        kept = "SELECT reason, credits FROM grants", "SELECT why, given FROM approval_requests"
        while [await stage.rows(one) for one in kept] != [[("", 4)]] * 2:
            await stage.quota()  # until the first round of the sweep has been through

    assert await stage.rows("SELECT reason FROM approval_requests") == [("",)]
    assert "launch" not in str(await stage.rows("SELECT what FROM changes"))
