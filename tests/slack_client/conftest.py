"""Slack clients for tests: nothing sleeps between tries."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import stamina
import yaml

from bot.demo.slack.model import Pace
from bot.demo.slack.workspace import Workspace
from bot.slack.client import Slack, open_slack
from tests.slack_client.crooked import Crooked, crooked_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

TRIES = 5
MANIFEST = Path(__file__).parents[2] / "manifest.yml"


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=TRIES, cap=True):
        yield


@pytest.fixture
async def crooked() -> AsyncIterator[Crooked]:
    """A server that answers as the test says."""
    async with crooked_server() as server:
        yield server


@pytest.fixture
async def slack(crooked: Crooked) -> AsyncIterator[Slack]:
    """A client of that server."""
    async with open_slack("xoxb-secret", api_url=f"{crooked.url}/api/") as client:
        yield client


@dataclass
class Clock:
    """The workspace's time in seconds since 1970; a test may let it pass."""

    now: float = field(default_factory=time.time)

    def __call__(self) -> float:
        """The time now."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The workspace's clock."""
    return Clock()


@pytest.fixture
async def ws(clock: Clock) -> AsyncIterator[Workspace]:
    """The embedded workspace; sharing takes no time, processing is done when the test says so."""
    manifest = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    pace = Pace(sharing=0.0, processing=3600.0)
    async with await Workspace.start(manifest=manifest, clock=clock, pace=pace) as workspace:
        yield workspace


@pytest.fixture
async def acme(ws: Workspace) -> AsyncIterator[Slack]:
    """A client of the workspace."""
    async with open_slack(ws.bot_token, api_url=ws.api_url) as client:
        yield client
