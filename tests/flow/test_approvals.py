"""Prices that wait for an admin: held meanwhile, released unless one approves."""

from __future__ import annotations

import asyncio

import pytest

from bot.demo.slack.model import Message
from bot.demo.slack.seed import ADA, DESIGN, MIA, NOAH
from bot.settings import load
from bot.store import audit
from bot.store.db import open_beside
from tests.flow.admins import EVA, answer, buttons, click, letter, opened, second_admin, told
from tests.flow.forms import form
from tests.flow.stage import FOX, Stage, text_of
from tests.postgres import BOTH

pytestmark = BOTH

LEDGER = "SELECT kind, credits FROM ledger ORDER BY seq"
WAITING = {"Cap": "100", "Charged": "0", "Held": "4", "Left": "96"}
RELEASED = {"Cap": "100", "Charged": "0", "Held": "0", "Left": "100"}
CHARGED = {"Cap": "100", "Charged": "4", "Held": "0", "Left": "96"}


async def needs_approval(stage: Stage, level: int = 4) -> None:
    """Prices from so many credits on wait for an admin."""
    await stage.write(
        "INSERT INTO policies (team, channel, approve_from, set_by, set_at) "  # noqa: S608 -- ours
        f"VALUES ('{stage.ws.team_id}', '', {level}, '{ADA}', 0)"
    )


async def waiting(stage: Stage) -> Message:
    """Mia confirms a picture that has to be approved; what Ada is told."""
    await needs_approval(stage)
    await stage.press(await stage.ask(), "generate")
    await stage.card("Waiting for an admin: 4 credits held")
    return await letter(stage, "asks you to approve a picture")


async def nothing_differs(stage: Stage) -> None:
    """The books say what the ledger says."""
    async with open_beside(load(stage.env).sqlalchemy_url) as db, db.read() as tx:
        assert await audit.differences(tx) == []


async def test_approved(stage: Stage) -> None:
    """The card says it before the click; approved at the price that is held, it is made."""
    async with stage.bot():
        await needs_approval(stage)
        card = await stage.ask()

        assert "From 4 credits on an admin approves first" in text_of(card)

        await stage.press(card, "generate")
        await stage.card("Waiting for an admin: 4 credits held")
        message = await letter(
            stage, rf"<@{MIA}> asks you to approve .* credits are held meanwhile"
        )

        assert buttons(stage, message) == ["approve", "decline"]
        assert "Approve · 4 credits" in text_of(message)
        assert await stage.quota() == WAITING
        assert stage.submits() == 0

        await click(stage, message, "approve")
        await answer(stage, "Approved: the 4 credits stay held, and the picture goes to")
        await stage.done(4)
        await letter(stage, f"Approved by <@{ADA}>: 4 credits, as held.")
        await letter(stage, f"<@{ADA}> approved “{FOX}”: 4 credits stay held", user=MIA)

        assert "Queued: 4 credits held" in text_of(stage.ws.ephemerals(MIA, DESIGN)[0])
        assert await stage.quota() == CHARGED
        assert await stage.rows(LEDGER) == [("held", 4), ("charged", 4)]

    await nothing_differs(stage)


async def test_below_the_level_nobody_is_asked(stage: Stage) -> None:
    """A price below the level is made at once, and its card says nothing of admins."""
    async with stage.bot():
        await needs_approval(stage, 5)
        card = await stage.ask()

        assert "an admin approves" not in text_of(card)

        await stage.press(card, "generate")
        await stage.done(4)

        assert await stage.rows("SELECT * FROM approval_requests") == []


async def test_an_admins_own_click_is_the_approval(stage: Stage) -> None:
    """What an admin confirms does not wait."""
    async with stage.bot():
        await needs_approval(stage)
        await stage.press(await stage.ask(user=ADA), "generate")
        await stage.done(4)

        assert await stage.rows("SELECT * FROM approval_requests") == []


async def test_declined(stage: Stage) -> None:
    """Declined, it costs nothing, and its asker reads that, with the reason, on the card too."""
    async with stage.bot():
        await click(stage, await waiting(stage), "decline")
        await opened(stage, "Decline", user=ADA)
        await stage.ws.submit_view(ADA, {"reason": "too many foxes"})
        told_mia = await letter(stage, "You were not charged: the 4 credits", user=MIA)
        await stage.card("An admin declined this picture. You were not charged")
        await letter(stage, f"Declined by <@{ADA}>")
        await answer(stage, "The 4 credits held for it were released")

        assert "Reason: too many foxes" in text_of(told_mia)
        assert await stage.quota() == RELEASED
        assert await stage.rows(LEDGER) == [("held", 4), ("released", 4)]
        assert stage.submits() == 0

    await nothing_differs(stage)


async def test_lapsed(stage: Stage) -> None:
    """After 24 hours it cannot be approved; its hold is released, and its asker is told."""
    async with stage.bot():
        message = await waiting(stage)
        [(held,)] = await stage.rows("SELECT lapses - asked FROM approval_requests")

        assert held == 24 * 3600 * 1_000_000

        await stage.write("UPDATE approval_requests SET lapses = 0")
        await click(stage, message, "approve")
        await answer(stage, "It has lapsed: nobody decided within 24 hours. Nothing was changed.")

        assert await stage.quota() == WAITING

    async with stage.bot():
        await letter(stage, "No admin approved .* You were not charged", user=MIA)
        await letter(stage, "Lapsed: nobody decided within 24 hours")
        await click(stage, message, "approve")
        await answer(stage, "It has lapsed")

        cards = " ".join(text_of(one) for one in stage.ws.ephemerals(MIA, DESIGN))

        assert "No admin approved this picture within 24 hours. You were not charged" in cards
        assert await stage.quota() == RELEASED
        assert await stage.rows(LEDGER) == [("held", 4), ("released", 4)]

    await nothing_differs(stage)


async def test_one_that_cannot_lapse_keeps_no_other_held(stage: Stage) -> None:
    """Whatever is wrong with one request in the database, those behind it lapse all the same."""
    async with stage.bot():
        await waiting(stage)
        await stage.press(await stage.ask("a second fox"), "generate")
        await letter(stage, "a second fox")
    await stage.write("DELETE FROM ledger WHERE seq = 1")
    await stage.write(
        "UPDATE approval_requests SET lapses ="
        " CASE WHEN asked > (SELECT min(asked) FROM approval_requests) THEN 1 ELSE 0 END"
    )
    async with stage.bot():
        await letter(stage, "No admin approved .* You were not charged", user=MIA)

        assert await stage.rows(LEDGER) == [("held", 4), ("released", 4)]


async def test_taken_back(stage: Stage) -> None:
    """*Cancel* on the waiting card releases the hold; an admin's late click changes nothing."""
    async with stage.bot():
        message = await waiting(stage)
        await stage.press(await stage.card("Waiting for an admin"), "cancel")
        await stage.card("Stopped: the 4 credits held for it were released")
        decided = await letter(stage, "Taken back: the 4 credits held were released")

        assert "held meanwhile" not in text_of(decided)

        await click(stage, message, "approve")
        await answer(stage, "It is not needed any more. Nothing was changed.")

        assert await stage.quota() == RELEASED
        assert stage.submits() == 0
        assert told(stage, MIA) == []


async def test_a_restart_loses_nothing(stage: Stage) -> None:
    """The admin's button and the asker's card from before a restart work after it."""
    async with stage.bot():
        message = await waiting(stage)
    async with stage.bot():
        assert await stage.quota() == WAITING

        await click(stage, message, "approve")
        await stage.done(4)
        await letter(stage, "Approved by")

        assert await stage.rows(LEDGER) == [("held", 4), ("charged", 4)]


async def test_two_approvals_at_once(stage: Stage) -> None:
    """Two admins approve at the same moment: one picture, one submit, one charge."""
    second_admin(stage)
    async with stage.bot():
        message = await waiting(stage)
        other = await letter(stage, "asks you to approve", user=EVA)
        await asyncio.gather(
            click(stage, message, "approve"), click(stage, other, "approve", user=EVA)
        )
        await stage.done(4)
        [(by,)] = await stage.rows('SELECT "by" FROM approval_requests')
        await answer(stage, f"<@{by}> approved it already", user=EVA if by == ADA else ADA)

        assert stage.submits() == 1
        assert await stage.quota() == CHARGED


@pytest.mark.parametrize("action", ["approve", "decline"])
async def test_a_member_approves_nothing(stage: Stage, action: str) -> None:
    """A member's click on a forged button is refused; the hold stays as it is."""
    async with stage.bot():
        message = await waiting(stage)
        channel = stage.ws.world.channels[DESIGN]
        bot = stage.ws.bot_user_id
        forged = stage.ws.world.post(channel, user=bot, text="x", blocks=message.blocks)
        await stage.ws.click(NOAH, DESIGN, forged.ts, action)
        await stage.card("Only admins decide this. Nothing was changed.", user=NOAH)

        assert await stage.quota() == WAITING


async def test_a_channel_archived_meanwhile(stage: Stage) -> None:
    """Approved for a channel that is archived by then: released, and the asker is told so."""
    async with stage.bot():
        message = await waiting(stage)
        stage.ws.world.channels[DESIGN].is_archived = True
        await click(stage, message, "approve")
        await answer(stage, "Approved")
        await stage.card("This channel was archived")

        assert await stage.rows(LEDGER) == [("held", 4), ("released", 4)]


async def test_the_form_waits_too(stage: Stage) -> None:
    """What is confirmed in the composer and has to be approved is shown as a waiting card."""
    async with stage.bot():
        await needs_approval(stage)
        await stage.type("")
        await form(stage)
        await stage.ws.submit_view(MIA, {"compose_prompt": FOX})
        await stage.card("Waiting for an admin: 4 credits held")
        await letter(stage, "asks you to approve")
