"""A person's own settings: they count for the next request, and below a level no card is needed."""

from __future__ import annotations

import asyncio

import pytest

from bot.demo.slack import payloads as slack_payloads
from bot.demo.slack.seed import ADA, DESIGN, MIA, NOAH, RANDOM
from bot.demo.slack.wire import Retry
from tests.flow.forms import form, png
from tests.flow.stage import FOX, Stage, text_of

LEDGER = "SELECT kind, credits FROM ledger ORDER BY seq"
OWN = "SELECT skip_below, size, quality FROM preferences"


async def choose(stage: Stage, user: str = MIA, **values: str) -> None:
    """Fill in `/image settings` and save it."""
    await stage.type("settings", user=user)
    await form(stage, "Save", user=user)
    await stage.ws.submit_view(user, dict(values))
    await stage.ws.until(lambda: stage.ws.view(user) is None)


async def test_settings_count_for_the_next_request(either: Stage) -> None:
    """Quality and size that somebody chose stand where they name none, for them alone."""
    async with either.bot():
        await choose(either, default_quality="low", default_size="2048x2048")

        assert "2048×2048 (2K) · draft quality" in text_of(await either.ask())
        assert "2048×2048 (2K) · high quality" in text_of(await either.ask(f"{FOX} --quality high"))
        assert "size auto (1K) · medium quality" in text_of(await either.ask(user=NOAH))


async def test_the_composer_begins_with_them(stage: Stage) -> None:
    """The form's first draft has the quality and size that its person chose."""
    async with stage.bot():
        await choose(stage, default_quality="high", default_size="1024x1024")
        await stage.type("")
        view = await form(stage, "Generate · 14 credits")

        assert "Square · 1024×1024" in str(view.body["blocks"])


async def test_a_mention_begins_with_them(stage: Stage) -> None:
    """What is asked for by a mention has its writer's defaults."""
    async with stage.bot():
        await choose(stage, default_quality="low")
        await stage.ws.send(MIA, DESIGN, f"<@{stage.ws.bot_user_id}> a lighthouse")

        assert "draft quality" in text_of(await stage.card("a lighthouse"))


async def test_the_form_shows_what_is_set(stage: Stage) -> None:
    """Opened again, the form has what was saved; emptied, the level is gone."""
    async with stage.bot():
        await choose(stage, skip_below="10", default_quality="low")
        await stage.type("settings")
        view = await form(stage, "Save")

        assert "'initial_value': '10'" in str(view.body["blocks"])
        assert await stage.rows(OWN) == [(10, None, "low")]

        await stage.ws.submit_view(MIA, {"skip_below": ""})

        assert await stage.rows(OWN) == [(None, None, "low")]


@pytest.mark.parametrize("wrong", ["-5", "abc", "1e9", "2.5", "1000001", "٣"])
async def test_nonsense_is_said_at_its_field(stage: Stage, wrong: str) -> None:
    """A level that is no number of credits keeps the form open and changes nothing."""
    async with stage.bot():
        await stage.type("settings")
        await form(stage, "Save")
        answer = await stage.ws.submit_view(MIA, {"skip_below": wrong})

        assert answer.payload is not None
        assert answer.payload["response_action"] == "errors"
        assert "whole number of credits" in answer.payload["errors"]["skip_below"]
        assert await stage.rows(OWN) == []


async def test_below_the_level_no_card_is_asked(either: Stage) -> None:
    """A price below the level is held at once and said; one that is not below it is asked."""
    async with either.bot():
        await choose(either, skip_below="5")
        typed = await either.type(FOX)
        shown = text_of(await either.card("Queued: 4 credits held"))
        await either.done(4)

        assert typed.shown is None
        assert "You skip the card below 5 credits; `/image settings` changes that." in shown
        assert await either.rows(LEDGER) == [("held", 4), ("charged", 4)]

        await choose(either, skip_below="4")
        await either.ask(FOX)

        assert len(await either.rows(LEDGER)) == 2


async def test_zero_is_always_ask(stage: Stage) -> None:
    """A level of 0 asks even where it would be said that nothing costs less."""
    async with stage.bot():
        await choose(stage, skip_below="0")

        assert "Generate · 1 credit" in text_of(await stage.ask(f"{FOX} --draft"))
        assert await stage.rows(OWN) == [(None, None, "medium")]


async def test_a_command_that_arrives_twice_spends_once(either: Stage) -> None:
    """The same command, delivered again at that moment and later, is the same job."""
    async with either.bot():
        await choose(either, skip_below="5")
        world = either.ws.world
        payload = slack_payloads.command(
            world, world.user(MIA), world.channels[DESIGN], "/image", FOX
        )
        deliver = either.ws.wire.deliver
        again = Retry(1, "http_timeout")
        await asyncio.gather(
            deliver("slash_commands", payload), deliver("slash_commands", payload, again)
        )
        await either.done(4)
        await either.ws.wire.deliver("slash_commands", payload)

    assert await either.rows(LEDGER) == [("held", 4), ("charged", 4)]
    assert either.submits() == 1


async def test_a_mention_told_twice_spends_once(either: Stage) -> None:
    """Both events of a mention, each delivered twice: one hold, without a card."""
    async with either.bot():
        await choose(either, skip_below="5")
        for event in ("message", "app_mention"):
            either.faults.arm("redeliver", event)
        await either.ws.send(MIA, DESIGN, f"<@{either.ws.bot_user_id}> {FOX}")
        await either.card("You skip the card below 5 credits")
        await either.done(4)
        await either.ws.events_delivered()

    assert await either.rows(LEDGER) == [("held", 4), ("charged", 4)]
    assert either.submits() == 1


async def test_a_reply_with_an_image_skips_too(stage: Stage) -> None:
    """An edit whose price is below the level is held at once, in its thread."""
    async with stage.bot():
        root = await stage.confirm()
        await stage.done(4)
        await choose(stage, skip_below="5")
        file = await stage.ws.upload(MIA, "cat.png", png())
        await stage.ws.send(MIA, DESIGN, "make it night", thread_ts=root.ts, files=[file.id])
        shown = await stage.card("You skip the card below 5 credits")

        assert f"to its thread in <#{DESIGN}>" in text_of(shown)


async def _too_dear(stage: Stage) -> str:
    await stage.ws.command(ADA, DESIGN, "/image-quota", "3")
    await stage.card("Cap 3", user=ADA)
    return "more than this channel's budget has left: 3"


async def _paused(stage: Stage) -> str:
    await stage.ws.command(ADA, DESIGN, "/image-quota", "pause")
    await stage.card("Paused", user=ADA)
    return "An admin has paused this channel's budget"


async def _slack_is_down(stage: Stage) -> str:
    stage.faults.arm("error", "users.info", times=None, error="internal_error")
    return "Slack is not answering|Slack did not tell"


@pytest.mark.parametrize("hinder", [_too_dear, _paused, _slack_is_down])
async def test_what_cannot_be_skipped_is_asked(stage: Stage, hinder: object) -> None:
    """Where nothing can be held at once the usual card says why, and nothing is held."""
    async with stage.bot():
        await choose(stage, skip_below="5")
        assert callable(hinder)
        reason = await hinder(stage)
        shown = (await stage.type(FOX)).shown or await stage.card(reason)

        assert "Cancel" in text_of(shown)
        assert "has changed" not in text_of(shown)
        assert await stage.rows(LEDGER) == []


async def test_where_easel_is_not_the_card_offers_to_join(stage: Stage) -> None:
    """In a channel without Easel the card says so instead of skipping."""
    async with stage.bot():
        await choose(stage, skip_below="5")
        await stage.type(FOX, channel=RANDOM)

        assert "Add Easel" in text_of(await stage.card("not in this channel yet", channel=RANDOM))
        assert await stage.rows(LEDGER) == []


async def test_an_approval_still_waits(stage: Stage) -> None:
    """From the approval level on a skipped card waits for an admin as any other."""
    async with stage.bot():
        await choose(stage, skip_below="5")
        await stage.write(
            "INSERT INTO policies (team, channel, approve_from, set_by, set_at) "
            "VALUES ('TACMESTUDIO', 'CDESIGN001', 2, 'UADALINDQV', 0)"
        )
        await stage.type(FOX)
        await stage.card("Waiting for an admin: 4 credits held")

        assert stage.submits() == 0
        assert await stage.rows(LEDGER) == [("held", 4)]


async def test_settings_in_a_mention(stage: Stage) -> None:
    """Where no form can be opened, what is set is said, with a button that opens it."""
    async with stage.bot():
        await stage.ws.send(MIA, DESIGN, f"<@{stage.ws.bot_user_id}> settings")
        shown = await stage.card("Easel always asks before it holds anything")
        await stage.press(shown, "settings")
        await form(stage, "Save")
