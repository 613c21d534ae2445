"""Deciding: by admins only, once, and whatever they write pings nobody."""

from __future__ import annotations

import asyncio

import pytest

from bot.demo.faults import Gate
from bot.demo.slack.model import Message
from bot.demo.slack.seed import ADA, DESIGN, MIA, NOAH
from tests.flow.admins import (
    EVA,
    answer,
    asked,
    buttons,
    click,
    letter,
    opened,
    second_admin,
    told,
)
from tests.flow.stage import FOX, Stage, text_of
from tests.restart.process import process

HOSTILE = "<!channel> *no* <http://evil.example|click> @here `x` \u202e"
REQUESTS = 'SELECT outcome, "by", given FROM approval_requests'
GRANTS = 'SELECT channel, "user", credits FROM grants ORDER BY id'


@pytest.fixture(autouse=True)
def _ten(stage: Stage) -> None:
    stage.extra = {"EASEL_DEFAULT_CHANNEL_CAP": "10"}


def live(message: Message) -> list[str]:
    """Everything in a message that Slack parses: its text, and what is mrkdwn in its blocks."""
    found = [message.text]

    def look(value: object) -> None:
        if isinstance(value, list):
            for one in value:
                look(one)
        elif isinstance(value, dict):
            if value.get("type") == "mrkdwn":
                found.append(str(value["text"]))
            for one in value.values():
                look(one)

    look(message.blocks)
    return found


async def test_two_admins_at_once(stage: Stage) -> None:
    """Both click at the same moment: one decision, one grant; the second reads who was first."""
    second_admin(stage)
    async with stage.bot():
        message = await asked(stage)
        other = await letter(stage, "asks for", user=EVA)
        await asyncio.gather(
            click(stage, message, "grant_once"), click(stage, other, "grant_once", user=EVA)
        )
        await letter(stage, "granted 4 credits", user=MIA)
        [(outcome, by, given)] = await stage.rows(REQUESTS)
        late = EVA if by == ADA else ADA
        await answer(stage, f"<@{by}> granted it already. Nothing was changed.", user=late)
        for user in (ADA, EVA):
            decided = await letter(stage, f"Granted 4 credits by <@{by}>", user=user)

            assert buttons(stage, decided) == []
            assert len(told(stage, user)) == 1

        assert (outcome, given) == ("granted", 4)
        assert await stage.rows(GRANTS) == [(DESIGN, "", 4)]
        assert len(told(stage, MIA)) == 1


async def test_grant_and_decline_at_once(stage: Stage) -> None:
    """A yes and a no that meet: one of them counts, and the books say the same as the decision."""
    second_admin(stage)
    async with stage.bot():
        message = await asked(stage)
        other = await letter(stage, "asks for", user=EVA)
        await click(stage, other, "decline", user=EVA)
        await opened(stage, "Decline", user=EVA)
        await asyncio.gather(
            click(stage, message, "grant_once"), stage.ws.submit_view(EVA, {"reason": "no"})
        )
        decision = await letter(stage, "granted 4|declined", user=MIA)
        granted = "granted" in text_of(decision)
        first, late, word = (ADA, EVA, "granted") if granted else (EVA, ADA, "declined")
        await answer(stage, f"<@{first}> {word} it already", user=late)

        assert await stage.rows(GRANTS) == ([(DESIGN, "", 4)] if granted else [])
        assert len(told(stage, MIA)) == 1


async def test_declined_with_a_hostile_reason(stage: Stage) -> None:
    """Reasons of both sides are shown as they were typed, and nothing in them is live."""
    async with stage.bot():
        message = await asked(stage, reason=HOSTILE)
        await click(stage, message, "decline")
        await opened(stage, "Decline", user=ADA)
        await stage.ws.submit_view(ADA, {"reason": HOSTILE})
        told_mia = await letter(stage, f"<@{ADA}> declined your request", user=MIA)
        decided = await letter(stage, f"Declined by <@{ADA}>")
        await answer(stage, f"Declined. <@{MIA}> is told.")

        for one in (told_mia, decided):
            assert "<!channel> *no*" in text_of(one)
            assert not any("channel>" in text or "evil" in text for text in live(one))
        assert "Nothing was held." in told_mia.text
        assert await stage.rows(GRANTS) == []


@pytest.mark.parametrize("action", ["grant_once", "grant_form", "decline"])
async def test_a_member_decides_nothing(stage: Stage, action: str) -> None:
    """A member's click on an admin's button is refused in a sentence; nothing is changed."""
    async with stage.bot():
        message = await asked(stage)
        forged = stage.ws.world.post(
            stage.ws.world.channels[DESIGN],
            user=stage.ws.bot_user_id,
            text="a shared screen",
            blocks=message.blocks,
        )
        await stage.ws.click(NOAH, DESIGN, forged.ts, action)
        await stage.card("Only admins decide this. Nothing was changed.", user=NOAH)

        assert stage.ws.view(NOAH) is None
        assert await stage.rows(REQUESTS) == [(None, None, None)]
        assert await stage.rows(GRANTS) == []


@pytest.mark.parametrize(("action", "title"), [("grant_form", "Grant"), ("decline", "Decline")])
async def test_an_admin_no_more(stage: Stage, action: str, title: str) -> None:
    """Who opened the form as an admin and submits it as a member has decided nothing."""
    async with stage.bot():
        message = await asked(stage)
        await click(stage, message, action)
        await opened(stage, "Grant credits" if title == "Grant" else title, user=ADA)
        stage.ws.world.users[ADA].role = "member"
        await stage.ws.submit_view(ADA)
        await answer(stage, "Only admins decide this. Nothing was changed.")

        assert await stage.rows(REQUESTS) == [(None, None, None)]


async def test_without_slack_nobody_is_an_admin(stage: Stage) -> None:
    """If Slack does not say who clicked, nothing is decided, and the admin reads why."""
    async with stage.bot():
        message = await asked(stage)
        stage.faults.arm("error", "users.info", error="fatal_error", times=None)
        await click(stage, message, "grant_once")
        await answer(stage, "Slack is not answering Easel")

        assert await stage.rows(REQUESTS) == [(None, None, None)]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_killed_between_intent_and_post(stage: Stage, when: str) -> None:
    """Killed while a message to an admin is on its way: after the start it stands there once."""
    gate = Gate()
    async with process(stage) as easel:
        card = await stage.ask(f"{FOX} --quality high")
        stage.faults.arm("gate", "chat.postMessage", gate=gate, when=when)
        await stage.press(card, "more")
        await opened(stage, "Ask for more")
        await stage.ws.submit_view(MIA, {"reason": "the launch"})
        await asyncio.wait_for(gate.reached.wait(), 90)
        easel.kill()
        await easel.wait()
        gate.opened.set()
    async with stage.bot():
        await letter(stage, "asks for")
        await stage.write("UPDATE approval_requests SET lapses = 0")
    async with stage.bot():
        await letter(stage, "Lapsed: nobody decided")

        assert len(told(stage, ADA)) == 1


@pytest.mark.parametrize("fault", ["lost_answer", "lost_request"])
async def test_told_once_when_an_answer_is_lost(stage: Stage, fault: str) -> None:
    """Slack's answer to a message is lost: it is looked for before it is sent again."""
    async with stage.bot():
        card = await stage.ask(f"{FOX} --quality high")
        stage.faults.arm(fault, "chat.postMessage")
        await stage.press(card, "more")
        await opened(stage, "Ask for more")
        await stage.ws.submit_view(MIA, {"reason": "the launch"})
        message = await letter(stage, "asks for")
        await click(stage, message, "grant_once")
        await letter(stage, "Granted 4 credits by")
        await letter(stage, "granted 4 credits", user=MIA)

        assert len(told(stage, ADA)) == 1
        assert len(told(stage, MIA)) == 1


async def test_decided_while_it_was_in_doubt(stage: Stage) -> None:
    """A message whose answer was lost, decided before it is found, loses its buttons all the same.

    Eva has hers; Ada's is in doubt.
    """
    async with stage.bot():
        await asked(stage)
        await stage.write("UPDATE deliveries SET ts = NULL, channel = NULL, version = 0")
        await stage.write("UPDATE approval_requests SET lapses = 0")
    async with stage.bot():
        decided = await letter(stage, "Lapsed: nobody decided")

        assert buttons(stage, decided) == []
        assert len(told(stage, ADA)) == 1


async def test_somebody_out_of_reach_keeps_nobody_from_hearing(stage: Stage) -> None:
    """An admin who cannot be written to is passed over; the others are told, and can decide."""
    second_admin(stage)
    stage.extra["EASEL_ADMINS"] = "UAAAAGONE1"  # who comes first
    async with stage.bot():
        for user in (ADA, EVA):
            await asked(stage, f"{FOX} {user} --quality high")
            await letter(stage, user, user=EVA)

        assert len(told(stage, ADA)) == 2


async def test_a_deleted_message_is_left_in_peace(stage: Stage) -> None:
    """What an admin was told is gone from their messages: the decision is told to the others."""
    second_admin(stage)
    async with stage.bot():
        message = await asked(stage)
        other = await letter(stage, "asks for", user=EVA)
        del stage.ws.world.messages[message.channel][message.ts]
        await click(stage, other, "grant_once", user=EVA)
        await letter(stage, "Granted 4 credits by", user=EVA)

        assert told(stage, ADA) == []


async def test_who_is_no_admin_any_more_loses_the_buttons(stage: Stage) -> None:
    """A message told to somebody while they were an admin is changed by the decision, too."""
    second_admin(stage)
    async with stage.bot():
        await asked(stage)
        await letter(stage, "asks for", user=EVA)
    stage.ws.world.users[EVA].role = "member"
    await stage.write("UPDATE approval_requests SET lapses = 0")
    async with stage.bot():
        decided = await letter(stage, "Lapsed: nobody decided", user=EVA)

        assert buttons(stage, decided) == []
