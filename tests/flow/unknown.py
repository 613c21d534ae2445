"""Jobs whose outcome was lost, and a clock that a test moves."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot import app
from bot.demo.slack.seed import ADA
from bot.services import system_clock
from bot.store import audit
from bot.store.db import open_beside
from tests.flow.homes import saying
from tests.flow.stage import Stage
from tests.store.world import url

LEDGER = "SELECT kind, credits FROM ledger ORDER BY seq"
HELD = {"Cap": "100", "Charged": "0", "Held": "4 (4 not known)", "Left": "96"}
CHARGED = {"Cap": "100", "Charged": "4", "Held": "0", "Left": "96"}
RELEASED = {"Cap": "100", "Charged": "0", "Held": "0", "Left": "100"}


class Clock:
    """The product's clock, ahead of the machine's by as much as the test says.

    What the product does every minute it does at once, again and again.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, stage: Stage) -> None:
        self.ahead = timedelta()
        monkeypatch.setattr(app, "system_clock", self)
        stage.hurry(sweep=0.02, notices=0.02)

    def __call__(self) -> datetime:
        """Now."""
        return system_clock() + self.ahead

    def pass_minutes(self, minutes: int) -> None:
        """Later, all at once."""
        self.ahead += timedelta(minutes=minutes)


async def vanished(stage: Stage) -> str:
    """A picture whose first poll says that there is no such task; the job's id, once it is told."""
    stage.faults.arm("status", "poll", status=404, code="not_found")
    return await not_known(stage)


async def lost(stage: Stage) -> str:
    """A picture whose submit got no answer; the job's id, once it is told."""
    stage.faults.arm("lost_answer", "submit")
    return await not_known(stage)


async def not_known(stage: Stage) -> str:
    """A picture that something keeps from being known; the job's id, once it is told."""
    await stage.press(await stage.ask(), "generate")
    await stage.root("not known yet")
    await idle(stage)
    [(job,)] = await stage.rows("SELECT id FROM jobs WHERE state = 'unknown'")
    return str(job)


async def idle(stage: Stage) -> None:
    """Wait until nothing is left to do for any job that has ended."""
    await stage.until_rows("SELECT count(*) FROM jobs WHERE pending_step IS NOT NULL", 0)


async def press(stage: Stage, name: str, job: str, *, user: str = ADA) -> None:
    """Click a hold's button in App Home, which has been opened before."""
    view = await saying(stage, job, user)
    await stage.ws.view_action(user, f"{name}_{job}", view_id=view.id)


def polls(stage: Stage) -> int:
    """How often Pixapi was asked for a task."""
    return sum(call.name == "poll" for call in stage.pixapi.calls)


async def nothing_differs(stage: Stage) -> None:
    """The books say what the ledger says, whatever runs."""
    async with open_beside(url(stage.folder / "demo.db")) as db, db.read() as tx:
        assert await audit.differences(tx) == []
