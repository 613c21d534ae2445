"""Not known is asked for again: settled by a late answer, once, or held until somebody knows."""

from __future__ import annotations

import asyncio

import pytest

from bot.demo.faults import Gate
from bot.demo.slack.seed import ADA, DESIGN
from tests.flow.homes import opened
from tests.flow.stage import FOX, Stage, text_of
from tests.flow.unknown import (
    CHARGED,
    HELD,
    LEDGER,
    RELEASED,
    Clock,
    idle,
    not_known,
    nothing_differs,
    polls,
    vanished,
)
from tests.restart.process import kill, quick


@pytest.fixture(name="clock")
def _clock(monkeypatch: pytest.MonkeyPatch, stage: Stage) -> Clock:
    return Clock(monkeypatch, stage)


async def test_late_pictures_are_delivered_once(stage: Stage, clock: Clock) -> None:
    """A task that was gone for a moment is found a minute later: charged and delivered, once."""
    async with stage.bot():
        job = await vanished(stage)

        assert job in await opened(stage, ADA)
        assert await stage.quota() == HELD

        clock.pass_minutes(1)
        root = await stage.done(4)
        await stage.ws.until(lambda: any(block["type"] == "image" for block in root.blocks))
        assert "Not known yet:* nothing" in await opened(stage, ADA)

        asked = polls(stage)
        clock.pass_minutes(600)
        await vanished(stage)  # many rounds later
        clock.pass_minutes(1)
        await stage.ws.until(lambda: stage.shares() == 2)

        assert polls(stage) == asked + 2
        assert (stage.submits(), stage.shares()) == (2, 2)
        assert await stage.rows(LEDGER) == [("held", 4), ("unknown", 4), ("charged", 4)] * 2
        assert await stage.rows("SELECT fault, detail FROM jobs") == [(None, None)] * 2

    await nothing_differs(stage)


async def test_a_late_failure_releases(stage: Stage, clock: Clock) -> None:
    """A task that turns out to have failed frees the credits, and its asker reads why."""
    async with stage.bot():
        await vanished(stage)
        stage.faults.arm("task_failed", "poll", code="prompt_rejected", message="no <!here>")
        clock.pass_minutes(1)
        await stage.root("policy does not allow this prompt.*You were not charged")
        await stage.card("policy does not allow this prompt.*You were not charged")

        assert await stage.quota() == RELEASED
        assert await stage.rows(LEDGER) == [("held", 4), ("unknown", 4), ("released", 4)]
        assert (stage.submits(), stage.shares()) == (1, 0)

    await nothing_differs(stage)


async def test_what_stays_lost_stays_held(stage: Stage, clock: Clock) -> None:
    """However often its task is not found it stays held; after seven days it is asked no more."""
    stage.faults.arm("vanish", "submit")
    async with stage.bot():
        await not_known(stage)
        for _ in range(5):
            before = polls(stage)
            clock.pass_minutes(60)
            await asked_again(stage, before)
        clock.pass_minutes(7 * 24 * 60)
        before = polls(stage)
        await vanished_too(stage, clock)

        assert polls(stage) == before + 2  # both are of the other one

    assert await stage.rows(f"{LEDGER} LIMIT 2") == [("held", 4), ("unknown", 4)]
    assert await stage.rows("SELECT count(*) FROM jobs WHERE state = 'unknown'") == [(1,)]
    await nothing_differs(stage)


async def asked_again(stage: Stage, before: int) -> None:
    """Wait until Pixapi was asked once more, and what it said is written."""
    await stage.pixapi.until(lambda: polls(stage) > before)
    await idle(stage)


async def vanished_too(stage: Stage, clock: Clock) -> None:
    """Another job is lost and found: rounds have gone by."""
    stage.faults.arm("status", "poll", status=404, code="not_found")
    await stage.press(await stage.ask("a blue bird"), "generate")
    await stage.root("blue bird.*not known yet")
    await idle(stage)
    clock.pass_minutes(1)
    await stage.done(like="blue bird")


async def test_what_is_looked_for_keeps_its_words(stage: Stage, clock: Clock) -> None:
    """A prompt is not erased while its pictures may still come; a week later it is."""
    stage.extra = {"EASEL_RETENTION_DAYS": "1", "EASEL_JOB_DEADLINE_SECONDS": "0.05"}
    stage.pixapi.manual = True
    async with stage.bot():
        await not_known(stage)
        before = polls(stage)
        clock.pass_minutes(2 * 24 * 60)
        await asked_again(stage, before)
        await erased(stage, "a blue bird", clock)

        assert (FOX,) in await stage.rows("SELECT prompt FROM jobs WHERE state = 'unknown'")

        await idle(stage)  # the look that fell on the other one's round
        clock.pass_minutes(8 * 24 * 60)
        await stage.until_rows("SELECT count(*) FROM jobs WHERE prompt IS NOT NULL", 0)


async def erased(stage: Stage, prompt: str, clock: Clock) -> None:
    """A round over old prompts has gone by: another one's is gone."""
    await stage.ask(prompt)
    clock.pass_minutes(2 * 24 * 60)
    await stage.until_rows(f"SELECT count(*) FROM jobs WHERE prompt = '{prompt}'", 0)  # noqa: S608 -- ours


async def test_later_than_the_deadline(stage: Stage) -> None:
    """A task that outlasts the deadline is delivered when it is done, by the next start too."""
    stage.extra = {"EASEL_JOB_DEADLINE_SECONDS": "0.05"}
    stage.pixapi.manual = True
    async with stage.bot():
        await not_known(stage)
    stage.pixapi.finish(stage.pixapi.made[0])
    async with stage.bot():
        await stage.done(4)

        await stage.ws.until(lambda: stage.shares() == 1)

        assert (stage.submits(), stage.shares()) == (1, 1)
        assert await stage.quota() == CHARGED

    await nothing_differs(stage)


async def test_a_picture_that_could_not_be_fetched(stage: Stage, clock: Clock) -> None:
    """Pictures that are none until the deadline has passed are charged once they are."""
    stage.extra = {"EASEL_JOB_DEADLINE_SECONDS": "0.05"}
    refused = stage.faults.arm("bad_picture", "cdn", times=None, kind="text")
    async with stage.bot():
        await not_known(stage)
        stage.faults.disarm(refused)
        clock.pass_minutes(1)
        await stage.done(4)

        await stage.ws.until(lambda: stage.shares() == 1)

        assert (stage.submits(), stage.shares()) == (1, 1)

    await nothing_differs(stage)


async def test_a_start_that_still_has_to_tell_looks_then(stage: Stage, clock: Clock) -> None:
    """A look that falls on a job which is still being told of is made once it is, not much later.

    Not a second passes by the clock: the first round after the start was its only turn.
    """
    assert not clock.ahead
    async with stage.bot():
        await stage.ask("a blue bird")
        await vanished(stage)
    await stage.write("UPDATE jobs SET pending_step = 'tell' WHERE state = 'unknown'")
    await stage.write("UPDATE jobs SET created = 0 WHERE state = 'offered'")
    gate = Gate()
    stage.faults.arm("gate", "chat.update", gate=gate, when="before")
    async with stage.bot():
        await gate.reached.wait()
        # the first round ends with erasing
        await stage.until_rows("SELECT count(*) FROM jobs WHERE prompt = 'a blue bird'", 0)
        asked = polls(stage)
        gate.opened.set()
        await stage.done(4)
        await stage.ws.until(lambda: stage.shares() == 1)

        assert polls(stage) == asked + 1

    await nothing_differs(stage)


@pytest.mark.parametrize(
    ("call", "when"),
    [
        ("poll", "before"),
        ("poll", "after"),
        ("files.completeUploadExternal", "before"),
        ("files.completeUploadExternal", "after"),
        ("chat.update", "after"),
    ],
)
async def test_killed_while_it_is_asked_again(stage: Stage, call: str, when: str) -> None:
    """Killed in the look-up or in what follows from it: one submit, one picture, exact."""
    stage.extra = {"EASEL_JOB_DEADLINE_SECONDS": "0.05"}
    stage.pixapi.manual = True
    async with stage.bot():
        await not_known(stage)
    stage.pixapi.finish(stage.pixapi.made[0])
    gate = Gate()
    stage.faults.arm("gate", call, gate=gate, when=when)
    async with quick(stage) as easel:
        await asyncio.wait_for(gate.reached.wait(), 90)
        await kill(easel)
        gate.opened.set()
    async with quick(stage):
        await stage.done(4)
        await idle(stage)

        await stage.ws.until(lambda: stage.shares() == 1)

        assert (stage.submits(), stage.shares()) == (1, 1)
        assert sum(FOX in text_of(one) for one in stage.ws.messages(DESIGN)) == 1
        assert await stage.quota() == CHARGED

    await nothing_differs(stage)
