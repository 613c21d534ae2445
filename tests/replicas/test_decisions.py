"""The first decision wins, whichever replicas hear of it."""

from __future__ import annotations

import asyncio

import pytest

from bot.demo.faults import Gate
from bot.demo.slack.model import Message
from bot.demo.slack.seed import ADA, DESIGN, MIA
from tests.flow import homes
from tests.flow.admins import EVA, answer, asked, click, letter, opened, second_admin, told
from tests.flow.stage import FOX, Stage, text_of
from tests.flow.test_approvals import waiting
from tests.flow.unknown import Clock, idle, lost, polls, press, vanished
from tests.replicas.replicas import BLOCKED, at_once, audited, replicas, until_rows

REQUESTS = 'SELECT outcome, "by", given FROM approval_requests'
GRANTS = 'SELECT channel, "user", credits FROM grants ORDER BY id'
ENDS = "SELECT kind, credits FROM ledger WHERE kind IN ('charged', 'released')"
TEN = {"EASEL_DEFAULT_CHANNEL_CAP": "10"}
CANCELLED = "SELECT count(*) FROM jobs WHERE state = 'cancelled'"
LOCK = "SELECT 1 FROM workspaces FOR UPDATE"


@pytest.fixture(name="clock")
def _clock(monkeypatch: pytest.MonkeyPatch, stage: Stage) -> Clock:
    return Clock(monkeypatch, stage)


async def both_told(stage: Stage, like: str) -> tuple[Message, Message]:
    """What Ada and Eva are told of the same request."""
    return await letter(stage, like), await letter(stage, like, user=EVA)


async def test_two_grants(stage: Stage) -> None:
    """Two admins grant at the same moment at two replicas: one grant; the second reads who did."""
    second_admin(stage)
    stage.extra = TEN
    async with replicas(stage, 2):
        await asked(stage)
        ada, eva = await both_told(stage, "asks for")
        await at_once(
            stage, LOCK, click(stage, ada, "grant_once"), click(stage, eva, "grant_once", user=EVA)
        )
        await letter(stage, "granted 4 credits", user=MIA)
        [(outcome, by, given)] = await stage.rows(REQUESTS)
        late = EVA if by == ADA else ADA
        await answer(stage, f"<@{by}> granted it already. Nothing was changed.", user=late)
        await both_told(stage, f"Granted 4 credits by <@{by}>")

        assert (outcome, given) == ("granted", 4)
        assert await stage.rows(GRANTS) == [(DESIGN, "", 4)]
        assert [len(told(stage, user)) for user in (MIA, ADA, EVA)] == [1, 1, 1]


async def test_a_grant_and_a_refusal(stage: Stage) -> None:
    """A yes and a no that meet at two replicas: one counts, and the grants say the same."""
    second_admin(stage)
    stage.extra = TEN
    async with replicas(stage, 2):
        await asked(stage)
        ada, eva = await both_told(stage, "asks for")
        await click(stage, eva, "decline", user=EVA)
        await opened(stage, "Decline", user=EVA)
        no = stage.ws.submit_view(EVA, {"reason": "no"})
        await at_once(stage, LOCK, click(stage, ada, "grant_once"), no)
        decision = await letter(stage, "granted 4|declined", user=MIA)
        granted = "granted" in text_of(decision)
        first, late, word = (ADA, EVA, "granted") if granted else (EVA, ADA, "declined")
        await answer(stage, f"<@{first}> {word} it already", user=late)

        assert await stage.rows(GRANTS) == ([(DESIGN, "", 4)] if granted else [])
        assert len(told(stage, MIA)) == 1


async def test_an_approval_and_a_stop(stage: Stage) -> None:
    """Approved by an admin and cancelled by its asker at once: made and charged, or released."""
    async with replicas(stage, 2):
        message = await waiting(stage)
        card = await stage.card("Waiting for an admin")
        await at_once(stage, LOCK, click(stage, message, "approve"), stage.press(card, "cancel"))
        await stage.root("Done · .*4 credits charged|Cancelled") if await made(stage) else None
        ends = await stage.rows(ENDS)

        assert ends == ([("charged", 4)] if stage.submits() else [("released", 4)])
        await audited(stage)


async def made(stage: Stage) -> bool:
    """Wait for the end of the hold; whether it is a charge."""
    async with asyncio.timeout(90):
        while not (ends := await stage.rows(ENDS)):
            pass
    return bool(ends[0][0] == "charged")


async def test_two_approvals(stage: Stage) -> None:
    """Two admins approve at once at two replicas: queued once; the second reads who was first."""
    second_admin(stage)
    async with replicas(stage, 2):
        await waiting(stage)
        ada, eva = await both_told(stage, "asks you to approve")
        await at_once(
            stage, LOCK, click(stage, ada, "approve"), click(stage, eva, "approve", user=EVA)
        )
        await stage.done(4)
        [(outcome, by, _)] = await stage.rows(REQUESTS)
        await answer(stage, f"<@{by}> approved it already", user=EVA if by == ADA else ADA)

        assert outcome == "granted"
        assert stage.submits() == 1
        await audited(stage)


async def test_a_release_and_a_charge(stage: Stage) -> None:
    """Two admins end the same hold at two replicas, differently: one end; one reads it is over."""
    second_admin(stage)
    async with replicas(stage, 2):
        job = await lost(stage)
        for admin in (ADA, EVA):
            await homes.opened(stage, admin)
        await at_once(
            stage,
            LOCK,
            press(stage, "unheld_release", job),
            press(stage, "unheld_charge", job, user=EVA),
        )
        first, late = (EVA, ADA) if await made(stage) else (ADA, EVA)
        await letter(stage, "is told", user=first)
        await letter(stage, f"Job {job} is decided already: .* Nothing was changed", user=late)

        assert len(await stage.rows(ENDS)) == 1
        assert len(await stage.rows("SELECT * FROM changes")) == 1
        await audited(stage)


async def test_a_release_and_a_picture(stage: Stage, clock: Clock) -> None:
    """An admin releases a hold while another replica's look finds its picture: one end."""
    async with replicas(stage, 3):
        job = await vanished(stage)
        await homes.opened(stage, ADA)
        gate = Gate()
        stage.faults.arm("gate", "poll", gate=gate, when="after")
        clock.pass_minutes(1)
        await gate.reached.wait()
        await at_once(stage, LOCK, press(stage, "unheld_release", job), opening(gate))
        charged = await made(stage)
        await idle(stage)
        await stage.ws.until(lambda: stage.shares() == (1 if charged else 0))

        assert len(await stage.rows(ENDS)) == 1
        await audited(stage)


async def opening(gate: Gate) -> None:
    """Let the call that waits here go on."""
    gate.opened.set()


async def test_a_look_is_one_look(stage: Stage, clock: Clock) -> None:
    """However many replicas there are, Pixapi is asked once each time that it is due."""
    stage.hurry(sweep=0.2, attend=0.02)
    async with replicas(stage, 3):
        await vanished(stage)
        stage.faults.arm("status", "poll", status=404, code="not_found", times=None)
        for look in range(1, 4):
            clock.pass_minutes(60)
            await stage.pixapi.until(lambda look=look: polls(stage) == 1 + look)  # type: ignore[misc]
            await idle(stage)
            for each in range(20):  # so long that every replica would have had its round
                await stage.ask(f"bird {look}{each}")
        stage.faults.clear()
        for bird in range(5):
            await stage.press(await stage.ask(f"bird {bird}"), "generate")
            await stage.root(f"bird {bird}.*Done")

        assert polls(stage) == 1 + 3 + 5


async def test_cancelled_while_more_is_asked_for(stage: Stage) -> None:
    """A card that is cancelled while its *Ask for more* is being written leaves nothing open."""
    stage.extra = TEN
    async with replicas(stage, 2):
        card = await stage.ask(f"{FOX} --quality high")
        await stage.press(card, "more")
        await opened(stage, "Ask for more")
        async with stage.holding("LOCK TABLE approval_requests IN SHARE MODE"):
            form = asyncio.ensure_future(stage.ws.submit_view(MIA, {"reason": "the launch"}))
            await until_rows(stage, BLOCKED, 1)
            await stage.press(card, "cancel")
            await until_rows(stage, f"SELECT 1 WHERE ({BLOCKED}) = 2 OR ({CANCELLED}) = 1", 1)
        await form
        await until_rows(stage, CANCELLED, 1)

        assert await stage.rows("SELECT outcome FROM approval_requests") == [("withdrawn",)]
