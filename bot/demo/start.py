"""`easel demo`: both embedded servers, and the very bot that `easel run` starts, connected to them.

With `underneath`, the only module of the demo that knows the product: it starts it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import yaml

from bot.app import end_at_once, on_signal, running
from bot.demo import underneath
from bot.demo.faults import Faults
from bot.demo.pixapi.server import Pixapi
from bot.demo.slack.workspace import Workspace
from bot.settings import load

CHANNEL_CAP = 100  # credits a month for each channel of the demo


@dataclass(frozen=True, slots=True)
class Demo:
    """What is running."""

    workspace: Workspace
    pixapi: Pixapi


def manifest() -> dict[str, Any]:
    """`manifest.yml`: beside the package in a checkout, inside it in an installed Easel."""
    package = Path(str(files("bot")))
    for path in (package / "manifest.yml", package.parent / "manifest.yml"):
        if path.is_file():
            loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
            return loaded
    raise FileNotFoundError("manifest.yml")


@asynccontextmanager
async def servers(port: int = 0, *, task_seconds: float = 1.5) -> AsyncIterator[Demo]:
    """The embedded Slack (its page on `port`) and the embedded Pixapi, with one switchboard."""
    faults = Faults()
    async with (
        await Workspace.start(port=port, manifest=manifest(), faults=faults) as workspace,
        await Pixapi.start(faults=faults, task_seconds=task_seconds) as pixapi,
    ):
        yield Demo(workspace, pixapi)


def environment(demo: Demo, folder: Path) -> dict[str, str]:
    """The variables with which `easel run` would connect to these servers, in Socket Mode."""
    return {
        "SLACK_BOT_TOKEN": demo.workspace.bot_token,
        "SLACK_APP_TOKEN": demo.workspace.app_token,
        "SLACK_API_URL": demo.workspace.api_url,
        "PIXAPI_KEY": demo.pixapi.key,
        "PIXAPI_BASE_URL": demo.pixapi.url,
        "DATABASE_URL": f"sqlite:///{folder / 'demo.db'}",
        "PORT": "0",
        "EASEL_METRICS": "off",
        "EASEL_POLL_SECONDS": "0.3",
        "EASEL_DEFAULT_CHANNEL_CAP": str(CHANNEL_CAP),
    }


async def run(port: int) -> None:
    """Run the demo until Ctrl-C; prints the page's address once everything is connected."""
    stop = asyncio.Event()
    on_signal(stop.set)
    with TemporaryDirectory(prefix="easel-demo-") as folder:
        async with servers(port) as demo:
            settings = load(environment(demo, Path(folder)))
            async with (
                running(settings),
                underneath.shown(demo.workspace, demo.pixapi, settings),
            ):
                await demo.workspace.until(lambda: demo.workspace.connections)
                click.echo(f"Easel's demo workspace: {demo.workspace.url}")
                click.echo("Try /image a red fox in the snow --quality high. Ctrl-C ends it.")
                await stop.wait()
                on_signal(lambda: end_at_once(1))
