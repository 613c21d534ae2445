"""Gateways that differ, and a database that does not answer."""

from __future__ import annotations

import asyncio

import aiosqlite
import pytest

from bot.demo.faults import Gate
from bot.store import db
from bot.store.errors import Busy
from tests.flow.stage import Stage


@pytest.mark.parametrize("status", [404, 405])
async def test_a_gateway_without_tasks(stage: Stage, status: int) -> None:
    """Where the task endpoints are missing the sync ones are used, with the same result."""
    stage.pixapi.no_tasks = status
    async with stage.bot():
        await stage.press(await stage.ask(), "generate")
        await stage.done(4)

        assert [call.name for call in stage.pixapi.asked] == ["submit", "sync"]
        assert stage.pixapi.billed == 4


async def test_tasks_can_be_switched_off(stage: Stage) -> None:
    """With EASEL_PIXAPI_TASKS=off only the sync endpoints are called."""
    stage.extra = {"EASEL_PIXAPI_TASKS": "off"}
    async with stage.bot():
        await stage.press(await stage.ask(), "generate")
        await stage.done(4)

        assert [call.name for call in stage.pixapi.asked] == ["sync"]


async def test_pictures_inside_the_answer_are_delivered(stage: Stage) -> None:
    """A base64 picture is kept in the database until it is shared, and not longer."""
    stage.faults.arm("shape", "submit", shape="b64")
    async with stage.bot():
        await stage.press(await stage.ask(), "generate")
        await stage.done(4)
        await stage.ws.until(lambda: stage.shares() == 1)

        assert await stage.rows("SELECT count(*) FROM contents") == [(0,)]


async def test_a_picture_of_unknown_length_is_delivered(stage: Stage) -> None:
    """A result without Content-Length goes through a file of ours to its exact length."""
    stage.faults.arm("no_length", "cdn", times=None)
    async with stage.bot():
        await stage.press(await stage.ask(), "generate")
        await stage.ws.until(lambda: stage.shares() == 1)


@pytest.mark.parametrize(
    ("word", "status", "sentence"),
    [
        ("prompt_rejected", 422, "policy does not allow"),
        ("insufficient_credits", 402, "account at Pixapi is out of credits"),
        ("unauthorized", 401, "refuses its key"),
        ("model_not_found", 404, "does not have this model"),
        ("invalid_request_error", 400, "did not accept this request"),
    ],
)
async def test_a_refusal_is_released_and_told(
    stage: Stage, word: str, status: int, sentence: str
) -> None:
    """What Pixapi refuses is not charged: released, said so, in the channel and on the card."""
    stage.faults.arm("status", "submit", times=None, status=status, code=word, message="no <!here>")
    async with stage.bot():
        await stage.press(await stage.ask(), "generate")
        await stage.root(f"{sentence}.*You were not charged")
        await stage.card(f"{sentence}.*You were not charged")

        assert await stage.quota() == {"Cap": "100", "Charged": "0", "Held": "0", "Left": "100"}


async def test_a_lost_answer_is_never_sent_again(stage: Stage) -> None:
    """A submit whose answer was lost stays held, is named not known, and is not repeated."""
    stage.faults.arm("lost_answer", "submit")
    async with stage.bot():
        await stage.press(await stage.ask(), "generate")
        await stage.root("not known yet")

        assert stage.submits() == 1
        assert (await stage.quota())["Held"] == "4 (4 not known)"


async def test_the_charge_follows_what_arrived(stage: Stage) -> None:
    """Fewer images than asked are charged as what they are, and the message says how many came."""
    stage.faults.arm("fewer", "submit", n=2)
    async with stage.bot():
        await stage.press(await stage.ask("a fox --n 3"), "generate")
        await stage.root(r"8 credits charged.*12 credits were held.*2 of 3 images")

        assert (await stage.quota())["Charged"] == "8"


async def test_of_some_pictures_each_can_be_chosen(stage: Stage) -> None:
    """Where some pictures cannot be opened the others are counted from 1, as the menu does."""
    stage.faults.arm("bad_picture", "submit", kind="text", only=0)
    async with stage.bot():
        await stage.press(await stage.ask("a fox --n 3"), "generate")
        await stage.root(r"12 credits charged.*2 of 3 images")

        assert await stage.rows("SELECT number FROM pictures ORDER BY number") == [(1,), (2,)]


async def test_a_database_that_does_not_answer_holds_nothing(stage: Stage) -> None:
    """If the database is locked for longer than two seconds the answer says so."""
    stage.hurry(busy=1.0)
    async with stage.bot():
        async with aiosqlite.connect(stage.folder / "demo.db", isolation_level=None) as other:
            await other.execute("BEGIN IMMEDIATE")
            delivery = await stage.type("a fox")

        assert delivery.shown is not None
        assert "did not answer in time. Nothing was held" in delivery.shown.text
        assert await stage.rows("SELECT * FROM ledger") == []


async def test_a_busy_database_speaks_of_this_click_alone(stage: Stage) -> None:
    """Whoever cannot stop a job just now does not read that nothing is held for it."""
    stage.pixapi.manual = True
    stage.hurry(busy=1.0)
    async with stage.bot():
        root = await stage.confirm()
        async with stage.locked():
            await stage.press(root, "stop")
            await stage.card("Nothing was held or changed by this")


@pytest.mark.parametrize(
    ("answer", "ledger"),
    [
        ("task", [("held", 4), ("charged", 4)]),
        ("pictures", [("held", 4), ("charged", 4)]),
        ("refusal", [("held", 4), ("released", 4)]),
        ("lost", [("held", 4), ("unknown", 4)]),
    ],
)
async def test_what_pixapi_answered_outlives_a_busy_database(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    ledger: list[tuple[str, int]],
) -> None:
    """What became of a submit is written, however long the database is busy just then."""
    stage.hurry(busy=1.0)
    match answer:
        case "pictures":
            stage.extra = {"EASEL_PIXAPI_TASKS": "off"}
        case "refusal":
            stage.faults.arm("status", "submit", status=422, code="prompt_rejected", message="no")
        case "lost":
            stage.faults.arm("lost_answer", "submit")
    async with stage.bot():
        gate = Gate()
        call, when = {"pictures": ("sync", "after"), "task": ("submit", "after")}.get(
            answer, ("submit", "before")
        )
        stage.faults.arm("gate", call, gate=gate, when=when)
        await stage.press(await stage.ask(), "generate")
        await asyncio.wait_for(gate.reached.wait(), 90)
        told = asyncio.Event()

        class Told(Busy):
            def __init__(self, why: str = "") -> None:
                super().__init__(why)
                told.set()

        monkeypatch.setattr(db, "Busy", Told)
        async with stage.locked():
            gate.opened.set()
            await asyncio.wait_for(told.wait(), 90)
        monkeypatch.undo()
        await stage.root("charged|You were not charged|not known yet")

        assert stage.submits() == 1
        assert await stage.rows("SELECT kind, credits FROM ledger ORDER BY seq") == ledger
