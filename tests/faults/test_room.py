"""Slack's storage is full: who asks for another picture knows it before anything is spent."""

from __future__ import annotations

from bot.core.errors import HITCHES
from bot.demo.faults import Fault
from bot.demo.slack.model import Message
from bot.demo.slack.seed import DESIGN, MIA
from tests.flow.forms import form, saying
from tests.flow.stage import FOX, Stage, text_of

WAITS = HITCHES["storage_limit_reached"].offer


async def full(stage: Stage, word: str = "storage_limit_reached") -> Fault:
    """Slack takes no files, and a paid picture waits for that to end."""
    fault = stage.faults.arm("error", "files.getUploadURLExternal", times=None, error=word)
    await stage.confirm()
    await stage.until_rows(f"SELECT count(*) FROM jobs WHERE waits_for = '{word}'", 1)  # noqa: S608 -- ours
    return fault


async def test_the_card_says_that_a_picture_would_wait(stage: Stage) -> None:
    """While one waits for room each new card says so, and may be confirmed; afterwards none does.

    Nothing is said before the first one has met it: nobody knows it then.
    """
    async with stage.bot():
        before = await stage.ask("a blue bird")
        fault = await full(stage)
        card = await stage.ask("a green frog")

        assert WAITS not in text_of(before)
        assert WAITS in text_of(card)

        await stage.press(card, "generate")
        await stage.root("green frog.*file storage is full")
        stage.faults.disarm(fault)
        await stage.ws.until(lambda: stage.shares() == 2)
        await stage.ws.until(lambda: all("Done" in text_of(one) for one in roots(stage)))

        assert WAITS not in text_of(await stage.ask("a grey cat"))


def roots(stage: Stage) -> list[Message]:
    """The messages that say how each picture stands."""
    return [one for one in stage.ws.messages(DESIGN) if not one.thread_ts]


async def test_the_composer_says_it_too(stage: Stage) -> None:
    """The form, which is itself the confirmation, says it beside its price."""
    async with stage.bot():
        fault = await full(stage, "file_uploads_disabled")
        await stage.type("")
        await saying(stage, HITCHES["file_uploads_disabled"].offer)
        stage.faults.disarm(fault)
        await stage.root("Done")
        await stage.ws.until(stage.shares)
        await stage.ws.view_action(MIA, "compose_quality", "high")
        view = await form(stage, "Generate · 14 credits")

        assert "the picture would be paid for, and wait" not in str(view.body["blocks"])


async def test_no_card_is_skipped_then(stage: Stage) -> None:
    """Who skips the card below a price is asked all the same: they may rather wait."""
    async with stage.bot():
        await full(stage)
        await stage.write(
            "INSERT INTO preferences (team, user, skip_below) "  # noqa: S608 -- ours
            f"VALUES ('{stage.ws.team_id}', '{MIA}', 100)"
        )
        card = await stage.ask(FOX)

        assert WAITS in text_of(card)
        assert await stage.rows("SELECT count(*) FROM ledger WHERE kind = 'held'") == [(1,)]


async def test_what_only_one_picture_meets_is_not_said(stage: Stage) -> None:
    """A picture that is too large for this Slack is no reason why another would wait."""
    async with stage.bot():
        await full(stage, "file_upload_size_restricted")

        assert ":warning:" not in text_of(await stage.ask("a blue bird"))
