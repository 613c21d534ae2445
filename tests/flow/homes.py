"""What somebody sees of App Home."""

from __future__ import annotations

import re

from bot.demo.slack.model import View
from bot.demo.slack.seed import MIA
from tests.flow.stage import Stage


async def opened(stage: Stage, user: str = MIA) -> str:
    """Look at the Home tab, and wait until it is published anew."""
    before = len(published(stage, user))
    await stage.ws.open_home(user)
    await stage.ws.until(lambda: len(published(stage, user)) > before)
    return shown(stage, user)


async def saying(stage: Stage, like: str, user: str = MIA) -> View:
    """Wait until somebody's Home matches."""
    await stage.ws.until(lambda: re.search(like, shown(stage, user)))
    view = stage.ws.home(user)
    assert view is not None
    return view


def shown(stage: Stage, user: str) -> str:
    """Everything that stands in somebody's Home, with real line ends; empty where there is none."""
    view = stage.ws.home(user)
    return str(view.body["blocks"]).replace("\\n", "\n") if view else ""


def published(stage: Stage, user: str) -> list[str]:
    """How often somebody's Home was published: a line for each time."""
    calls = stage.ws.calls_of("views.publish")
    return [str(call.args["user_id"]) for call in calls if call.args["user_id"] == user]
