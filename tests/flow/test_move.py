"""`easel db copy`, as its owner calls it: what was open goes on in PostgreSQL, and is paid once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import pytest

from bot.demo.faults import Gate
from bot.demo.slack.model import TEAM_ID, Message
from bot.demo.slack.seed import DESIGN
from tests import postgres
from tests.flow.shell import easel
from tests.flow.stage import FOX, Stage
from tests.restart.process import process

JOBS = "SELECT state FROM jobs ORDER BY created"


@pytest.fixture(name="target")
def _target() -> Iterator[str]:
    """The address of an empty PostgreSQL database, with a password that nobody asks for."""
    postgres.needed()
    address = postgres.created()
    yield address.replace("+psycopg", "").replace("easel@", "easel:Sesame@")
    postgres.dropped(address)


async def left_behind(stage: Stage) -> Message:
    """Killed with one request in delivery, one at Pixapi, one queued; and a card."""
    stage.extra = {"EASEL_MAX_CONCURRENT_JOBS": "1"}
    async with process(stage) as bot:
        sharing = Gate()
        stage.faults.arm("gate", "files.completeUploadExternal", gate=sharing, when="before")
        await stage.press(await stage.ask(FOX), "generate")
        await asyncio.wait_for(sharing.reached.wait(), 90)
        stage.pixapi.manual = True
        polled = Gate()
        stage.faults.arm("gate", "poll", gate=polled, when="before")
        await stage.press(await stage.ask("an owl --draft"), "generate")
        await asyncio.wait_for(polled.reached.wait(), 90)
        await stage.press(await stage.ask("a hare --draft"), "generate")
        await stage.card("Queued")
        card = await stage.ask("a mole --draft")
        bot.kill()
        await bot.wait()
        sharing.opened.set()
        polled.opened.set()
    stage.pixapi.manual = False
    return card


async def test_open_requests_go_on_and_are_paid_once(stage: Stage, target: str) -> None:
    """Whatever was open when Easel was stopped ends on the copy: one submit, one picture each."""
    card = await left_behind(stage)

    assert await stage.rows(JOBS) == [("delivering",), ("running",), ("queued",), ("offered",)]
    assert stage.submits() == 2

    done = await easel(stage, "db", "copy", target)

    assert (done.status, done.err) == (0, "")
    assert "Sesame" not in done.out
    assert re.search(r"^Everything in \S+demo\.db is in postgresql://127\.0\.0\.1:", done.out)
    assert "\n  jobs 4\n" in done.out
    assert f"\nCredits of {TEAM_ID}: 4 charged, 2 held.\n" in done.out
    assert "\nOpen requests, which the next start goes on with: 3.\n" in done.out

    for words in (["run"], ["quota", "list"]):
        refused = await easel(stage, *words)

        assert refused.status == 1
        assert "was moved to postgresql://" in refused.err
        assert "Sesame" not in refused.err

    stage.database = target
    async with stage.bot():
        await stage.press(card, "generate")
        await stage.ws.until(lambda: stage.shares() == 4)
        await stage.done(1, like="mole")

        assert stage.submits() == 4
        assert sum("owl" in one.text for one in stage.ws.messages(DESIGN)) == 1
        assert await stage.quota() == {"Cap": "100", "Charged": "7", "Held": "0", "Left": "93"}


async def test_a_copy_that_was_made_is_refused(stage: Stage, target: str) -> None:
    """Called again it says where everything is; taken back, Easel runs on the file again."""
    async with stage.bot():
        await stage.ask(FOX)
    source = f"sqlite:///{stage.folder / 'demo.db'}"
    await easel(stage, "db", "copy", target, "--from", source)
    again = await easel(stage, "db", "copy", target)

    assert (again.status, again.out) == (1, "")
    assert "which has all of it: set DATABASE_URL" in again.err

    back = await easel(stage, "db", "reopen")

    assert back.status == 0
    assert "demo.db again" in back.out
    assert "not marked" in (await easel(stage, "db", "reopen", "--from", source)).out
    async with stage.bot():
        assert await stage.rows(JOBS) == [("offered",)]


async def test_while_easel_runs_it_is_refused(stage: Stage, target: str) -> None:
    """A running Easel keeps its database, and goes on."""
    async with stage.bot():
        done = await easel(stage, "db", "copy", target)

        assert (done.status, done.out) == (1, "")
        assert re.fullmatch(r"Easel runs on \S+demo\.db: stop it first\. .*\n", done.err)

        await stage.press(await stage.ask(FOX), "generate")
        await stage.done(4)


@pytest.mark.parametrize(
    ("words", "like"),
    [
        (["mysql://easel:Sesame@localhost/easel"], "The address of a database is sqlite:///"),
        (["postgresql://easel:Sesame@localhost"], "The address of a database is sqlite:///"),
        (["postgresql://easel:Ses:a@me/1@localhost/easel"], "no address|cannot be opened"),
        (["sqlite:///other.db"], "to a PostgreSQL one"),
        (["postgresql://localhost/a", "--from", "postgresql://h/b"], "from a SQLite database"),
        (["postgresql://localhost/a", "--from", "sqlite:///none.db"], "no database at none.db"),
    ],
)
async def test_calls_that_name_no_two_databases(stage: Stage, words: list[str], like: str) -> None:
    """Each is refused in a sentence, without a password and without a trace."""
    async with stage.bot():
        pass
    done = await easel(stage, "db", "copy", *words)

    assert done.status in {1, 2}
    assert done.out == ""
    assert re.search(like, done.err)
    assert "Ses" not in done.err
    assert await stage.rows(JOBS) == []
