"""App Home: what it shows to whom, and when it is shown anew."""

from __future__ import annotations

import pytest

from bot.demo.faults import Gate
from bot.demo.slack.seed import ADA, DESIGN, GENERAL, GUS, MIA, NOAH
from tests.flow.budgets import entered
from tests.flow.forms import form
from tests.flow.homes import opened, published, saying
from tests.flow.stage import FOX, Stage

REQUEST = (
    "INSERT INTO approval_requests (team, id, kind, channel, asker, credits, why, asked, lapses,"
    " reason) VALUES ('TACMESTUDIO', 'p1', 'more', 'CDESIGN001', 'UMIATORRES', 50,"
    " '<!channel> please', unixepoch() * 1000000, 9967225600000000, '')"
)


async def quota(stage: Stage, text: str, like: str) -> None:
    """Ada says it in #design, and sees what it led to."""
    await stage.ws.command(ADA, DESIGN, "/image-quota", text)
    await stage.card(like, user=ADA)


async def made(stage: Stage, text: str = FOX) -> str:
    """A picture in #design by Mia; its message's ts."""
    await stage.press(await stage.ask(text), "generate")
    return (await stage.done(4)).ts


@pytest.mark.parametrize("user", [MIA, GUS])
async def test_everybody_sees_their_own(either: Stage, user: str) -> None:
    """Who is no admin sees own use, settings and a way to begin; nothing of budgets."""
    async with either.bot():
        text = await opened(either, user)

        assert "Everywhere: 0 charged, 0 held, 0 images" in text
        assert "Create an image" in text
        assert "Easel always asks before it holds anything · medium quality · size auto" in text
        assert "For admins" not in text


async def test_own_images_have_links(stage: Stage) -> None:
    """Use this month by channel, and recent images with the way to them; nobody else's."""
    async with stage.bot():
        ts = await made(stage)
        mine, others = await opened(stage), await opened(stage, NOAH)

        assert f"In <#{DESIGN}>: 4 charged, 0 held, 1 image" in mine
        assert f"“{FOX}”\nDone · 4 credits charged · <#{DESIGN}>" in mine
        assert f"p{ts.replace('.', '')}|Open" in mine
        assert FOX not in others


async def test_a_list_without_links_is_shown(stage: Stage) -> None:
    """Where Slack gives no address the image is listed all the same."""
    async with stage.bot():
        await made(stage)
        stage.faults.arm("error", "chat.getPermalink", times=None, error="channel_not_found")
        text = await opened(stage)

        assert f"“{FOX}”\nDone" in text
        assert "|Open" not in text


async def test_admins_see_every_budget(stage: Stage) -> None:
    """Beside their own an admin sees the channels by use, the workspace, drift and the unknown."""
    async with stage.bot():
        await made(stage)
        await stage.write("UPDATE jobs SET computed = 3")
        await quota(stage, f"<#{GENERAL}> 7 daily", "Cap 7")
        stage.faults.arm("lost_answer", "submit")
        await stage.press(await stage.ask("a blue bird --draft"), "generate")
        await stage.root("not known yet")
        text = await opened(stage, ADA)

        assert "Cap 100 a month · Charged 4 · Held 1 (1 not known yet) · Left 95" in text
        assert "Cap 7 a day · Charged 0 · Held 0 · Left 7" in text
        assert text.index(f"<#{DESIGN}>\nCap") < text.index(f"<#{GENERAL}>\nCap")
        assert "*The workspace*\nCap none · Charged 4 · Held 1 (1 not known yet)" in text
        assert "Pixapi charged 1 credit more than the table, on 1 request" in text
        assert f"for <@{MIA}> in <#{DESIGN}>, job" in text
        assert {"budget", "pause", f"budget_{DESIGN}", f"pause_{DESIGN}"} <= actions(stage, ADA)


async def test_requests_have_their_buttons(stage: Stage) -> None:
    """What somebody asks for stands in an admin's Home, with its words tamed and its buttons."""
    async with stage.bot():
        await stage.write(REQUEST)
        text = await opened(stage, ADA)

        assert f"<@{MIA}> asks for 50 credits more in <#{DESIGN}>" in text
        assert "Why: “&lt;!channel&gt; please”" in text
        assert {"grant_once", "grant_form", "decline"} <= actions(stage, ADA)
        assert "asks for" not in await opened(stage, NOAH)


async def test_a_click_is_seen_at_once(stage: Stage) -> None:
    """Who decides in App Home sees there what became of it."""
    async with stage.bot():
        await stage.write(REQUEST)
        await opened(stage, ADA)
        view = stage.ws.home(ADA)
        assert view is not None
        await stage.ws.view_action(ADA, "grant_once", view_id=view.id)
        await saying(stage, "Open requests:\\* none", ADA)


async def test_looking_again_asks_nothing_about_people(stage: Stage) -> None:
    """Who is known from the last few minutes is not asked about to show them their Home."""
    async with stage.bot():
        for _ in range(3):
            assert "For admins" in await opened(stage, ADA)

    assert len(stage.ws.calls_of("users.info")) == 1


async def test_a_decision_in_a_form_is_seen_at_once(stage: Stage) -> None:
    """A form that was opened over App Home leaves it as things are then."""
    async with stage.bot():
        await stage.write(REQUEST)
        await opened(stage, ADA)
        view = stage.ws.home(ADA)
        assert view is not None
        await stage.ws.view_action(ADA, "decline", view_id=view.id)
        await form(stage, "Decline", user=ADA)
        await stage.ws.submit_view(ADA, {"reason": "not this month"})

        await saying(stage, "Open requests:\\* none", ADA)


async def test_a_picture_is_seen_at_the_next_look(either: Stage) -> None:
    """Holds, charges and pictures publish nothing; whoever looks sees things as they stand."""
    async with either.bot():
        await opened(either)
        await opened(either, ADA)
        asked = Gate()
        either.faults.arm("gate", "submit", gate=asked, when="before")
        await either.press(await either.ask(), "generate")
        await asked.reached.wait()

        assert "Generating · 4 credits held" in await opened(either)
        assert f"<#{DESIGN}>\nCap 100 a month · Charged 0 · Held 4" in await opened(either, ADA)

        asked.opened.set()
        await either.done(4)

        assert "Done · 4 credits charged" in await opened(either)
        assert f"<#{DESIGN}>\nCap 100 a month · Charged 4 · Held 0" in await opened(either, ADA)
        assert len(published(either, MIA)) == 3


async def test_a_budget_that_its_admin_changes_is_seen_at_once(stage: Stage) -> None:
    """Changed by a form over App Home, or paused there, it says so; a command changes no view."""
    async with stage.bot():
        await quota(stage, "9 weekly", "Cap 9")
        await opened(stage, ADA)
        view = stage.ws.home(ADA)
        assert view is not None
        await stage.ws.view_action(ADA, f"budget_{DESIGN}", view_id=view.id)
        await form(stage, "Save", user=ADA)
        await stage.ws.submit_view(ADA, entered({"cap": "8"}))
        await saying(stage, f"<#{DESIGN}>\nCap 8 a week", ADA)
        await stage.ws.view_action(ADA, f"pause_{DESIGN}", view_id=view.id)
        await saying(stage, f"<#{DESIGN}> · \\*paused\\*", ADA)
        before = len(published(stage, ADA))
        await quota(stage, "resume", "Cap 8")
        await quota(stage, "7 daily", "Cap 7")

        assert len(published(stage, ADA)) == before
        assert f"<#{DESIGN}>\nCap 7 a day" in await opened(stage, ADA)


async def test_a_picture_asked_for_in_it_is_seen_at_once(stage: Stage) -> None:
    """What somebody holds by the form that App Home opens stands in their Home."""
    async with stage.bot():
        await opened(stage)
        view = stage.ws.home(MIA)
        assert view is not None
        await stage.ws.view_action(MIA, "create", view_id=view.id)
        await form(stage)
        await stage.ws.view_action(MIA, "compose_prompt", FOX)
        await stage.ws.view_action(MIA, "compose_channel", DESIGN)
        await form(stage, "Generate · 4")
        await stage.ws.submit_view(MIA, {})

        await saying(stage, f"“{FOX}”")


async def test_settings_are_seen_at_once(stage: Stage) -> None:
    """What somebody sets stands in their Home."""
    async with stage.bot():
        await opened(stage, NOAH)
        await stage.type("settings", user=NOAH)
        await form(stage, "Save", user=NOAH)
        await stage.ws.submit_view(NOAH, {"default_quality": "high"})

        await saying(stage, "high quality", NOAH)


async def test_the_newest_view_stays(stage: Stage) -> None:
    """A view that is long on its way does not come after one that knows more."""
    async with stage.bot():
        gate = Gate()
        stage.faults.arm("gate", "views.publish", gate=gate, when="before")
        await stage.ws.open_home(ADA)
        await gate.reached.wait()
        await quota(stage, "7 daily", "Cap 7")
        await stage.ws.open_home(ADA)
        await stage.ask()  # an answer later than the second look
        gate.opened.set()
        await saying(stage, f"<#{DESIGN}>\nCap 7 a day", ADA)

    assert len(published(stage, ADA)) == 2


async def test_a_failure_is_made_good_by_the_next_opening(stage: Stage) -> None:
    """A view that Slack refuses is dropped; opened again, it is there."""
    async with stage.bot():
        stage.faults.arm("error", "views.publish", error="internal_error")
        await stage.ws.open_home(MIA)
        await stage.ws.until(lambda: stage.ws.calls_of("views.publish"))
        text = await opened(stage)

        assert "Your images" in text


async def test_home_is_a_place_to_begin(either: Stage) -> None:
    """Its buttons open the composer, which asks for the channel, and the settings."""
    async with either.bot():
        await opened(either)
        view = either.ws.home(MIA)
        assert view is not None
        await either.ws.view_action(MIA, "create", view_id=view.id)

        assert "compose_channel" in str((await form(either)).body["blocks"])

        await either.ws.close_view(MIA)
        await either.ws.view_action(MIA, "settings", view_id=view.id)
        await form(either, "Save")


def actions(stage: Stage, user: str) -> set[str]:
    """The names of the buttons in somebody's Home."""
    view = stage.ws.home(user)
    assert view is not None
    return {element["action_id"] for element in stage.ws.elements(view)}
