"""Trouble with the database, by every way in: whoever meets it reads so, and nothing is held."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from bot.demo.slack.events import envelope, events_of
from bot.demo.slack.model import Change
from bot.demo.slack.seed import ADA, DESIGN, MIA
from bot.demo.slack.wire import Retry
from bot.slack_in.routes import SORRY
from tests.faults.machine_rows import BUSY
from tests.faults.ways_in import READING, WRITING, WayIn, reads
from tests.flow import budgets
from tests.flow.forms import saying
from tests.flow.stage import Stage
from tests.postgres import BOTH

HELD = "SELECT * FROM ledger WHERE kind = 'held'"
CHANGES = "SELECT * FROM changes"


def ways(*some: WayIn) -> pytest.MarkDecorator:
    """Each of these ways in."""
    return pytest.mark.parametrize("way", [pytest.param(one, id=one.key) for one in some])


@pytest.fixture(autouse=True)
def _impatient(stage: Stage) -> None:
    """Easel finds out sooner than it usually does that nobody can write."""
    stage.hurry(busy=1.0)


@asynccontextmanager
async def without(stage: Stage, table: str) -> AsyncIterator[None]:
    """A table is not there: nothing that the database does by itself, so nobody has foreseen it."""
    await stage.write(f"ALTER TABLE {table} RENAME TO away")
    yield
    await stage.write(f"ALTER TABLE away RENAME TO {table}")


def lines(caplog: pytest.LogCaptureFixture, words: str) -> int:
    """How many warnings and errors of ours begin so."""
    found: Iterable[logging.LogRecord] = caplog.get_records("call")
    return sum(one.name.startswith("bot.") and one.getMessage().startswith(words) for one in found)


@BOTH
@ways(*WRITING)
async def test_who_meets_a_busy_database_reads_so(
    stage: Stage, way: WayIn, caplog: pytest.LogCaptureFixture
) -> None:
    """Locked by somebody else: a sentence says that nothing was held or changed, and it is so."""
    async with stage.bot():
        reach = await way.begin(stage)
        held = await stage.rows(HELD)
        async with stage.locked():
            delivery = await reach()
            await stage.ws.until(lambda: BUSY in reads(stage, way.user, delivery))
            said = lines(caplog, "the database did not answer in time")

        assert delivery is not None
        assert delivery.ok
        assert said == 1
        assert await stage.rows(HELD) == held
        assert await stage.rows(CHANGES) == []


@BOTH
@ways(*READING)
async def test_who_only_looks_is_not_in_its_way(stage: Stage, way: WayIn) -> None:
    """What needs no write works on: the form opens, or is drawn anew, while nobody can write."""
    stage.hurry(busy=20.0)  # reading is as slow as the machine
    async with stage.bot():
        reach = await way.begin(stage)
        drawn = opened(stage)
        async with stage.locked():
            delivery = await reach()
            await stage.ws.until(lambda: opened(stage) > drawn)

        assert delivery is not None
        assert delivery.ok
        assert BUSY not in reads(stage, way.user, delivery)


def opened(stage: Stage) -> int:
    """How often a form was opened or drawn."""
    return sum(len(stage.ws.calls_of(f"views.{what}")) for what in ("open", "update"))


@ways(*WRITING, *READING)
async def test_what_nobody_has_foreseen_is_told(
    stage: Stage, way: WayIn, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever breaks, there is a sentence without a word of the machine's, and one in the log."""
    async with stage.bot():
        reach = await way.begin(stage)
        held = await stage.rows(HELD)
        async with without(stage, way.table):
            delivery = await reach()
            await stage.ws.until(lambda: SORRY in reads(stage, way.user, delivery))
        seen = reads(stage, way.user, delivery)

        assert delivery is not None
        assert delivery.ok
        assert not [
            word for word in ("Traceback", "Error", "SELECT", "no such table") if word in seen
        ]
        assert await stage.rows(HELD) == held
        assert lines(caplog, "answering somebody failed") == 1


async def test_a_form_forgets_its_trouble(stage: Stage) -> None:
    """On top of a form trouble stays until the form is drawn anew; what was typed is kept."""
    async with stage.bot():
        await stage.type("")
        await saying(stage, "96 after this")
        await stage.ws.view_action(MIA, "compose_prompt", "a red fox")
        async with without(stage, "caps"):
            await stage.ws.view_action(MIA, "compose_quality", "low")
            await saying(stage, SORRY)
            await stage.ws.view_action(MIA, "compose_quality", "high")
            await stage.ws.until(lambda: opened(stage) == 4)
            twice = str((await saying(stage, SORRY)).body["blocks"])
        await stage.ws.view_action(MIA, "compose_quality", "low")
        view = await saying(stage, "99 after this")

        assert twice.count(SORRY) == 1
        assert SORRY not in str(view.body["blocks"])

        await stage.ws.submit_view(MIA)
        await stage.done(1)

        assert stage.pixapi.asked[0].fields["prompt"] == "a red fox"


async def test_a_budget_forgets_its_trouble(stage: Stage) -> None:
    """The form of a budget, of which only one sentence is drawn anew, loses it with that."""
    async with stage.bot():
        await budgets.opened(stage)
        async with without(stage, "caps"):
            await stage.ws.view_action(ADA, "limits_cap", "50")
            await saying(stage, SORRY, user=ADA)
        await stage.ws.view_action(ADA, "limits_cap", "60")
        view = await saying(stage, "Nothing was asked for here last month.", user=ADA)

        assert SORRY not in str(view.body["blocks"])


async def test_an_event_is_left_to_slack(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """A message is not acknowledged while the database is locked: sent again, it is answered."""
    stage.over_http = True  # where Slack hears at once that it was not taken
    stage.ws.world.pace = replace(stage.ws.world.pace, retries=())
    async with stage.bot():
        async with stage.locked():
            message = await stage.ws.send(MIA, DESIGN, f"<@{stage.ws.bot_user_id}> a red fox")
            await stage.ws.events_delivered()

        assert stage.ws.ephemerals(MIA, DESIGN) == []
        assert lines(caplog, "an event was not taken") == 2  # as a message and as a mention

        for event in events_of(stage.ws.world, Change("message", DESIGN, message)):
            sent = envelope(stage.ws.world, event, stage.ws.world.channels[DESIGN])
            await stage.ws.wire.deliver("events_api", sent, Retry(1, "timeout"))
        await stage.card("a red fox.*Generate · 4 credits")

        assert len(stage.ws.ephemerals(MIA, DESIGN)) == 1
