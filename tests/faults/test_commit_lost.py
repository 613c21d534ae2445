"""A COMMIT whose answer never comes: what was paid for is written once, whichever way it went."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from bot.demo.faults import Gate
from bot.demo.slack.seed import MIA
from tests.faults.test_machine import books_are_right
from tests.flow.forms import saying
from tests.flow.stage import Stage
from tests.flow.unknown import CHARGED, LEDGER
from tests.postgres import server

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@dataclass(slots=True)
class Line:
    """A way to PostgreSQL that can break in the next COMMIT."""

    port: int = 0
    breaks: str = ""  # "before" it arrives, or "after"
    broke: int = 0
    serving: set[asyncio.Task[None] | None] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.serving.add(asyncio.current_task())
        there, onward = await asyncio.open_connection("127.0.0.1", server())
        back = asyncio.create_task(self._copy(there, writer))
        try:
            await self._forward(reader, onward, there, back)
        finally:
            back.cancel()
            for end in (writer, onward):
                end.close()
            await asyncio.gather(back, return_exceptions=True)

    async def _forward(
        self,
        reader: asyncio.StreamReader,
        onward: asyncio.StreamWriter,
        there: asyncio.StreamReader,
        back: asyncio.Task[None],
    ) -> None:
        while data := await reader.read(65536):
            if b"COMMIT\0" in data and self.breaks:
                how, self.breaks = self.breaks, ""
                back.cancel()
                await asyncio.wait([back])
                if how == "after":
                    onward.write(data)
                    await there.read(65536)  # PostgreSQL says that it is done
                self.broke += 1
                return
            onward.write(data)

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)


@asynccontextmanager
async def line(stage: Stage) -> AsyncIterator[Line]:
    """Between Easel and its database."""
    made = Line()
    listening = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = listening.sockets[0].getsockname()[1]
    stage.database = stage.database.replace(f":{server()}/", f":{made.port}/")
    try:
        yield made
    finally:
        listening.close()
        ended = [task for task in made.serving if task is not None]
        for task in ended:
            task.cancel()
        await asyncio.gather(*ended, return_exceptions=True)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", ["submit", "poll"])
async def test_a_lost_commit_loses_nothing(stage: Stage, call: str, when: str) -> None:
    """Lost as the task's id or the charge is written: the run looks, and goes on from there."""
    gate = Gate()
    async with line(stage) as wire, stage.bot():
        stage.faults.arm("gate", call, gate=gate, when="after")
        await stage.press(await stage.ask(), "generate")
        await asyncio.wait_for(gate.reached.wait(), 90)
        wire.breaks = when
        gate.opened.set()
        await stage.done(4)
        await stage.until_rows("SELECT count(*) FROM jobs WHERE state != 'done'", 0)

        assert wire.broke == 1
        assert (stage.submits(), stage.shares()) == (1, 1)
        assert await stage.rows(LEDGER) == [("held", 4), ("charged", 4)]
        assert await stage.quota() == CHARGED
        await books_are_right(stage)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_form_says_that_it_is_not_certain(
    stage: Stage, when: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Lost as a form is written down: the form stays and says so; sent again, it is held once."""
    async with line(stage) as wire, stage.bot():
        errors: dict[str, str] = {}
        prompt = "fox"
        while not errors:  # until it is this COMMIT, and none of the background's
            prompt = f"{prompt} fox"
            await stage.type("")
            await saying(stage, "after this")
            wire.breaks = when
            errors = (await stage.ws.submit_view(MIA, {"compose_prompt": prompt})).errors
        wire.breaks = ""

        assert "so it is not certain that it was" in str(errors)
        assert "the database was lost in a commit" in caplog.text

        await stage.ws.submit_view(MIA)
        await stage.done(4, like=f"“{prompt}”")

        held = "SELECT 1 FROM ledger JOIN jobs ON jobs.id = job WHERE kind = 'held' AND prompt = "
        assert await stage.rows(f"{held}'{prompt}'") == [(1,)]
        await books_are_right(stage)
