"""What the provider does not say an admin decides: once, in App Home or from a shell."""

from __future__ import annotations

import asyncio

import pytest

from bot.demo.faults import Gate
from bot.demo.slack.seed import ADA, DESIGN, MIA
from tests.flow.admins import EVA, letter, second_admin
from tests.flow.homes import opened, saying
from tests.flow.shell import easel
from tests.flow.stage import Stage
from tests.flow.unknown import (
    CHARGED,
    HELD,
    LEDGER,
    RELEASED,
    Clock,
    idle,
    lost,
    nothing_differs,
    polls,
    press,
    vanished,
)

ENDS = "SELECT kind, credits FROM ledger WHERE kind IN ('charged', 'released')"
CHANGES = 'SELECT channel, user, what, "by" FROM changes'
BY_RELEASE = "an admin found that nothing was spent. You were not charged"
BY_CHARGE = "an admin found that it was paid for. 4 credits were charged."


@pytest.fixture(name="clock")
def _clock(monkeypatch: pytest.MonkeyPatch, stage: Stage) -> Clock:
    return Clock(monkeypatch, stage)


@pytest.mark.parametrize(
    ("button", "told", "answered", "numbers", "change"),
    [
        ("unheld_release", BY_RELEASE, "4 credits released", RELEASED, "released"),
        ("unheld_charge", BY_CHARGE, "4 credits charged", CHARGED, "charged 4"),
    ],
)
async def test_decided_in_app_home(
    stage: Stage, button: str, told: str, answered: str, numbers: dict[str, str], change: str
) -> None:
    """Released or charged by a click: booked, recorded, told to the asker, gone from App Home."""
    async with stage.bot():
        job = await lost(stage)
        await opened(stage, ADA)
        await press(stage, button, job)
        await letter(stage, f"Job {job}: {answered}. <@{MIA}> is told.")
        await stage.root(told)
        await stage.card(told)
        await saying(stage, "Not known yet:\\* nothing", ADA)

        assert await stage.quota() == numbers
        assert await stage.rows(CHANGES) == [(DESIGN, MIA, f"job {job} {change}", ADA)]
        assert (stage.submits(), stage.shares(), polls(stage)) == (1, 0, 0)

    await nothing_differs(stage)


async def test_only_admins_decide(stage: Stage) -> None:
    """Whoever is no admin any more is refused at the click; nothing is changed."""
    async with stage.bot():
        job = await lost(stage)
        await opened(stage, ADA)
        stage.ws.world.users[ADA].role = "member"
        await press(stage, "unheld_charge", job)
        await letter(stage, "Only admins decide this. Nothing was changed.")

        assert await stage.quota() == HELD
        assert await stage.rows(CHANGES) == []


async def test_the_first_admin_counts(stage: Stage) -> None:
    """Two admins at once: one decision, one end in the ledger, and the second reads which."""
    second_admin(stage)
    async with stage.bot():
        job = await lost(stage)
        for admin in (ADA, EVA):
            await opened(stage, admin)
        await asyncio.gather(
            press(stage, "unheld_release", job), press(stage, "unheld_charge", job, user=EVA)
        )
        first, second = (ADA, EVA) if await released(stage) else (EVA, ADA)
        await letter(stage, "is told", user=first)
        await letter(stage, f"Job {job} is decided already: .* Nothing was changed", user=second)

        assert len(await stage.rows(ENDS)) == 1
        assert len(await stage.rows(CHANGES)) == 1

    await nothing_differs(stage)


async def released(stage: Stage) -> bool:
    """Wait for the end of the hold; whether it is a release."""
    async with asyncio.timeout(90):
        while not (ends := await stage.rows(ENDS)):
            pass
    return ends == [("released", 4)]


@pytest.mark.parametrize("where", ["home", "shell"])
async def test_an_admin_is_faster_than_a_look(stage: Stage, clock: Clock, where: str) -> None:
    """Decided while Pixapi is being asked: its answer changes nothing any more."""
    async with stage.bot():
        job = await vanished(stage)
        await opened(stage, ADA)
        gate = Gate()
        stage.faults.arm("gate", "poll", gate=gate, when="after")
        clock.pass_minutes(1)
        await gate.reached.wait()
        if where == "shell":
            await easel(stage, "jobs", "release", job)
        else:
            await press(stage, "unheld_release", job)
            await stage.root(BY_RELEASE)
        gate.opened.set()
        await stage.root(BY_RELEASE)
        await idle(stage)
        await vanished_again(stage, clock)

        assert await stage.rows(f"{LEDGER} LIMIT 3") == [
            ("held", 4),
            ("unknown", 4),
            ("released", 4),
        ]
        assert stage.shares() == 1  # the other one's

    await nothing_differs(stage)


async def vanished_again(stage: Stage, clock: Clock) -> None:
    """Another job is lost and found: whatever was under way has come to its end."""
    stage.faults.arm("status", "poll", status=404, code="not_found")
    await stage.press(await stage.ask("a blue bird"), "generate")
    await stage.root("blue bird.*not known yet")
    await idle(stage)
    clock.pass_minutes(1)
    await stage.done(like="blue bird")


async def test_a_look_is_faster_than_an_admin(stage: Stage, clock: Clock) -> None:
    """Once Pixapi has answered an admin's click changes nothing, and says what it came to."""
    async with stage.bot():
        job = await vanished(stage)
        await opened(stage, ADA)
        clock.pass_minutes(1)
        await stage.done(4)
        await press(stage, "unheld_release", job)
        await letter(stage, "is decided already: its pictures came, 4 credits charged. Nothing was")

        assert await stage.quota() == CHARGED
        assert await stage.rows(CHANGES) == []


@pytest.mark.usefixtures("clock")
async def test_decided_from_a_shell(stage: Stage) -> None:
    """Listed and ended beside the bot, which tells the asker; who did it is recorded."""
    async with stage.bot():
        job = await lost(stage)
        listed = await easel(stage, "jobs", "list")
        held = listed.out.splitlines()[1].split()

        assert listed.out.split()[:9] == (
            ["JOB", "STATE", "SINCE", "CHANNEL", "PERSON", "CREDITS", "TASK", "REQUEST", "FAULT"]
        )
        assert [*held[:3], *held[4:]] == [
            *(job, "not", "known"),
            *(DESIGN, MIA, "4", "-", "-", "submit_lost"),
        ]

        done = await easel(stage, "jobs", "release", job)

        assert (done.status, done.out, done.err) == (0, f"Job {job}: 4 credits released.\n", "")

        await stage.root(BY_RELEASE)
        await stage.card(BY_RELEASE)

        assert await stage.quota() == RELEASED
        assert await stage.rows(CHANGES) == [(DESIGN, MIA, f"job {job} released", "shell:root")]

        again = await easel(stage, "jobs", "settle", job, "4")

        assert (again.status, again.out) == (1, "")
        assert again.err == f"Job {job} is decided already: nothing charged. Nothing was changed.\n"
        assert len((await easel(stage, "jobs", "list")).out.splitlines()) == 1

    await nothing_differs(stage)


@pytest.mark.usefixtures("clock")
async def test_more_than_was_held(stage: Stage) -> None:
    """Charged from a shell at more than was held: booked, and the admins hear of the level."""
    async with stage.bot():
        job = await lost(stage)
        done = await easel(stage, "jobs", "settle", job, "90")

        assert done.out == f"Job {job}: 90 credits charged (4 credits were held).\n"

        await stage.root("an admin found that it was paid for. 90 credits were charged.")
        await letter(stage, "80 %")

        assert (await stage.quota())["Charged"] == "90"

    await nothing_differs(stage)


async def test_decided_while_nothing_runs(stage: Stage) -> None:
    """What a shell decided while no bot ran is told by the next start."""
    async with stage.bot():
        job = await lost(stage)
    done = await easel(stage, "jobs", "settle", job)

    assert done.out == f"Job {job}: 4 credits charged.\n"

    async with stage.bot():
        await stage.root(BY_CHARGE)
        await idle(stage)

        assert await stage.quota() == CHARGED

    await nothing_differs(stage)


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (["release", "nothing"], 2, "There is no job nothing. easel jobs list shows those"),
        (["settle", "{job}", "-1"], 2, "-1 is no amount. It is a whole number of credits from 0"),
        (["settle", "{job}", "1000000001"], 2, "1000000001 is no amount"),
        (["settle", "{job}", "4.5"], 2, "4.5 is no amount"),
        (["release", "{job}"], 1, "is still under way: its outcome is not lost. Nothing was"),
        (["settle", "{job}", "4"], 1, "is still under way: its outcome is not lost. Nothing was"),
    ],
)
async def test_what_cannot_be_decided(
    stage: Stage, words: list[str], status: int, sentence: str
) -> None:
    """A wrong number, a job that is not there or not lost: a sentence, and nothing is changed."""
    stage.pixapi.manual = True
    async with stage.bot():
        await stage.press(await stage.ask(), "generate")
        await stage.pixapi.until(lambda: polls(stage))
        [(job,)] = await stage.rows("SELECT id FROM jobs")
        done = await easel(stage, "jobs", *(word.format(job=job) for word in words))
        listed = await easel(stage, "jobs", "list", "--open")

        assert (done.status, done.out) == (status, "")
        assert sentence in done.err
        assert await stage.rows(LEDGER) == [("held", 4)]
        assert f"{job}  running" in listed.out
        assert stage.pixapi.made[0].id in listed.out
