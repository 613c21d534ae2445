"""App Home: what it shows to whom, and when it is shown anew."""

from __future__ import annotations

import pytest

from bot.demo.faults import Gate
from bot.demo.slack.seed import ADA, DESIGN, GENERAL, GUS, MIA, NOAH
from tests.flow.forms import form
from tests.flow.homes import opened, published, saying
from tests.flow.stage import FOX, Stage

PETITION = (
    "INSERT INTO petitions (team, id, wish, channel, asker, credits, why, asked, lapses, verdict,"
    " answer) VALUES ('TACMESTUDIO', 'p1', 'more', 'CDESIGN001', 'UMIATORRES', 50,"
    " '<!channel> please', 1767225600000000, 9967225600000000, 'open', '')"
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
        await stage.write(PETITION)
        text = await opened(stage, ADA)

        assert f"<@{MIA}> asks for 50 credits more in <#{DESIGN}>" in text
        assert "Why: “&lt;!channel&gt; please”" in text
        assert {"grant_once", "grant_form", "decline"} <= actions(stage, ADA)
        assert "asks for" not in await opened(stage, NOAH)


async def test_a_click_is_seen_at_once(stage: Stage) -> None:
    """Who decides in App Home sees it there without waiting for further changes."""
    stage.hurry(homes=600.0)
    async with stage.bot():
        await stage.write(PETITION)
        await opened(stage, ADA)
        view = stage.ws.home(ADA)
        assert view is not None
        await stage.ws.view_action(ADA, "grant_once", view_id=view.id)
        await saying(stage, "Open requests:\\* none", ADA)


async def test_a_request_that_ends_goes_away(stage: Stage) -> None:
    """Decided, or lapsed while Easel was away, a request leaves an admin's Home by itself."""
    async with stage.bot():
        await stage.write(PETITION)
        await opened(stage, ADA)
    await stage.write("UPDATE petitions SET lapses = asked")
    async with stage.bot():
        await saying(stage, "Open requests:\\* none", ADA)


async def test_whoever_is_no_admin_any_more_sees_nothing_of_it(stage: Stage) -> None:
    """Slack is asked at each publishing who is an admin."""
    async with stage.bot():
        assert "For admins" in await opened(stage, ADA)

        stage.ws.world.users[ADA].role = "member"

        assert "For admins" not in await opened(stage, ADA)


async def test_a_picture_shows_up(either: Stage) -> None:
    """A hold, its charge and the picture show up by themselves, for their asker and for admins."""
    async with either.bot():
        await opened(either)
        await opened(either, ADA)
        asked, sharing = Gate(), Gate()
        either.faults.arm("gate", "submit", gate=asked, when="before")
        either.faults.arm("gate", "files.completeUploadExternal", gate=sharing, when="before")
        await either.press(await either.ask(), "generate")
        await saying(either, "Generating · 4 credits held")
        await saying(either, f"<#{DESIGN}>\nCap 100 a month · Charged 0 · Held 4", ADA)
        asked.opened.set()
        await saying(either, "Uploading · 4 credits charged")
        sharing.opened.set()

        await saying(either, "Done · 4 credits charged")
        await saying(either, f"<#{DESIGN}>\nCap 100 a month · Charged 4 · Held 0", ADA)


async def test_a_budget_that_changes_shows_up(stage: Stage) -> None:
    """After a budget is changed or paused an admin's Home says so by itself."""
    async with stage.bot():
        await opened(stage, ADA)
        await quota(stage, "9 weekly", "Cap 9")

        await saying(stage, f"<#{DESIGN}>\nCap 9 a week", ADA)

        await quota(stage, "pause", "Paused")

        await saying(stage, f"<#{DESIGN}> · \\*paused\\*", ADA)
        assert f"resume_{DESIGN}" in actions(stage, ADA)


async def test_a_burst_is_one_view(stage: Stage) -> None:
    """However much changes while a view is on its way, one more follows, with all of it."""
    async with stage.bot():
        await opened(stage, ADA)
        gate = Gate()
        stage.faults.arm("gate", "views.publish", gate=gate, when="before")
        await quota(stage, "9 weekly", "Cap 9")
        await gate.reached.wait()
        for text, like in (("8 weekly", "Cap 8"), ("pause", "Paused"), ("7 daily", "Cap 7")):
            await quota(stage, text, like)
        gate.opened.set()
        await saying(stage, f"<#{DESIGN}> · \\*paused\\*\nCap 7 a day", ADA)

    assert len(published(stage, ADA)) == 3  # opened; the view under way; all that followed


async def test_what_changes_nothing_publishes_nothing(stage: Stage) -> None:
    """Looking, and cards that nobody confirms, show nobody's Home anew; nor does showing it."""
    async with stage.bot():
        await opened(stage, NOAH)
        await opened(stage, MIA)  # the last to look: of both, hers would be shown first
        await stage.press(await stage.ask(), "cancel")
        for text in ("usage", "help"):
            await stage.type(text)
        await stage.quota()
        await stage.type("settings", user=NOAH)
        await form(stage, "Save", user=NOAH)
        await stage.ws.submit_view(NOAH, {"default_quality": "high"})
        await saying(stage, "high quality", NOAH)

        assert len(published(stage, MIA)) == 1


async def test_only_who_looks_is_shown(stage: Stage) -> None:
    """Nobody's Home is published who did not open it within the last day."""
    async with stage.bot():
        await opened(stage, ADA)
        await opened(stage, NOAH)
        await stage.write("UPDATE homes SET opened = 0 WHERE user = 'UADALINDQV'")
        await made(stage)
        for level in ("3", "4"):  # the second is shown when all that the first led to is over
            await stage.type("settings", user=NOAH)
            await form(stage, "Save", user=NOAH)
            await stage.ws.submit_view(NOAH, {"skip_below": level})
            await saying(stage, f"No card below {level} credits", NOAH)

        assert published(stage, MIA) == []
        assert len(published(stage, ADA)) == 1


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
