"""Pictures to edit while they are needed: their files, and what is left of them."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PIL import Image

from bot.core.errors import Mistake
from bot.core.job import FileId, ModelId, Request
from bot.demo.faults import Gate
from bot.engine.inputs import Fetched, fetched
from bot.services import Services
from bot.slack.client import open_slack
from bot.slack.errors import SlackBusy
from tests.flow.inputs import attach, left
from tests.flow.stage import Stage
from tests.samples import PLAIN, encoded, noise

pytestmark = pytest.mark.usefixtures("spool")


@asynccontextmanager
async def services(stage: Stage) -> AsyncIterator[Services]:
    """As much of the product as fetching needs."""
    async with open_slack(stage.ws.bot_token, api_url=stage.ws.api_url) as slack:
        yield cast("Services", SimpleNamespace(slack=slack))


async def asking(stage: Stage, *files: bytes, **more: Any) -> Request:
    """A request with these pictures."""
    attached = await attach(
        stage, *[(f"../my holiday {n}.png", one) for n, one in enumerate(files)]
    )
    ids = tuple(FileId(one.id) for one in attached)
    return Request("x", ModelId("gpt-image-2"), inputs=ids, **more)


async def test_names_are_ours(stage: Stage, spool: Path) -> None:
    """Pixapi learns no file name of a person's; the files are there while they are needed."""
    async with services(stage) as given:
        request = await asking(stage, PLAIN["JPEG"], PLAIN["WEBP"])
        async with fetched(given, request) as files:
            assert [one.name for one in files.inputs] == ["image-1.jpg", "image-2.webp"]
            assert [one.mime for one in files.inputs] == ["image/jpeg", "image/webp"]
            assert len(left(spool)) == 2


async def test_nothing_to_fetch(stage: Stage, spool: Path) -> None:
    """A request without pictures asks Slack for nothing and writes nothing."""
    async with services(stage) as given, fetched(given, await asking(stage)) as files:
        assert Fetched() == files
        assert left(spool) == []
    assert stage.ws.calls == []


async def test_a_mask_alone(stage: Stage) -> None:
    """A mask without a picture is a mistake."""
    async with services(stage) as given:
        request = await asking(stage, mask=FileId("F1"))
        with pytest.raises(Mistake, match="needs the picture"):
            await enter(given, request)


async def test_trouble_is_no_mistake(stage: Stage) -> None:
    """What passes is told apart from what is wrong with a picture: a job can wait for it."""
    async with services(stage) as given:
        request = await asking(stage, PLAIN["PNG"])
        stage.faults.arm("ratelimited", "files.info", retry_after=3600)
        with pytest.raises(SlackBusy):
            await enter(given, request)


async def enter(given: Services, request: Request) -> None:
    """Fetch, and let go again."""
    async with fetched(given, request):
        pass


async def test_cancelled_while_it_is_fetched(stage: Stage, spool: Path) -> None:
    """A run that is cancelled leaves no temporary file, wherever it was."""
    gate = Gate()
    async with services(stage) as given:
        request = await asking(stage, PLAIN["PNG"], PLAIN["PNG"])
        stage.faults.arm("gate", "download", gate=gate, when="before")
        task = asyncio.create_task(enter(given, request))
        await gate.reached.wait()

        assert len(left(spool)) == 4

        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        gate.opened.set()

        assert left(spool) == []


async def test_cancelled_while_it_is_looked_at(stage: Stage, spool: Path) -> None:
    """Cancelled with a picture being decoded, it waits for the decoder to let go of its file."""
    data = encoded(noise((1500, 1500)), "PNG", compress_level=1)
    async with services(stage) as given:
        task = asyncio.create_task(enter(given, await asking(stage, data)))
        await stage.ws.until(lambda: stage.ws.calls_of("download"))
        while len(data) not in left(spool):  # noqa: ASYNC110 -- another thread flushes it
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        assert left(spool) == []


FETCH = """
import asyncio, json, resource, sys
from types import SimpleNamespace
from bot.core.job import FileId, ModelId, Request
from bot.engine.inputs import fetched
from bot.slack.client import open_slack

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB

async def main(token, url, first, *files):
    async with open_slack(token, api_url=url) as slack:
        async def fetch(*files):
            request = Request("x", ModelId("gpt-image-2"), inputs=tuple(map(FileId, files)))
            async with fetched(SimpleNamespace(slack=slack), request) as found:
                return sum(one.file.seek(0, 2) for one in found.inputs)
        await fetch(first)
        before = peak()
        length = await fetch(*files)
        print(json.dumps([length, peak() - before]))

asyncio.run(main(*sys.argv[1:]))
"""


async def test_memory_stays_flat(stage: Stage) -> None:
    """Six pictures of 20 MB need no more memory than one of them."""
    made = random.Random(1).randbytes(2600 * 2600 * 3)  # noqa: S311 - a pattern
    data = encoded(Image.frombytes("RGB", (2600, 2600), made), "PNG", compress_level=1)
    files = await attach(stage, *[("big.png", data)] * 6)
    easel = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        FETCH,
        stage.ws.bot_token,
        stage.ws.api_url,
        files[0].id,
        *[one.id for one in files],
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await easel.communicate()
    length, grown = json.loads(said)

    assert length > 6 * 20_000_000
    assert grown * 1024 < 3 * len(data)
