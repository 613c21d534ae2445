"""A running workspace for each test, and clients of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack.model import Pace
from bot.demo.slack.workspace import Workspace
from tests.workspace.raw import MANIFEST, App, Clock, open_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# Nothing is processed before a test says so, and redelivery does not wait for minutes.
PACE = Pace(ack=90, sharing=0, processing=3600, retries=(0, 0, 0))


@pytest.fixture
def clock() -> Clock:
    """The workspace's clock."""
    return Clock()


@pytest.fixture
async def ws(clock: Clock) -> AsyncIterator[Workspace]:
    """Acme Studio."""
    async with await Workspace.start(manifest=MANIFEST, clock=clock, pace=PACE) as workspace:
        yield workspace


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A plain HTTP client."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def sdk(ws: Workspace, http: aiohttp.ClientSession) -> AsyncWebClient:
    """The official client."""
    return AsyncWebClient(token=ws.bot_token, base_url=ws.api_url, session=http)


@pytest.fixture
async def app(ws: Workspace, http: aiohttp.ClientSession) -> AsyncIterator[App]:
    """An app on one Socket Mode connection, spoken by hand."""
    connection = await open_app(http, ws)
    yield connection
    await connection.ws.close()
