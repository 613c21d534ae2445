"""A real browser on the demo's page, beside the real bot.

The tests share one browser, and so one event loop: `BROWSER` marks them.
Uses the system's Chromium; on a machine without one these tests are skipped, never in CI.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, Locator, Page, async_playwright

from tests.flow.stage import Stage, stage

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"
PATIENCE = 60_000  # milliseconds; it only ends a test that has failed

Theme = Literal["light", "dark"]
WIDE: tuple[int, Theme] = (1280, "light")
NARROW: tuple[int, Theme] = (390, "dark")
BROWSER = pytest.mark.asyncio(loop_scope="package")


def at(usual: tuple[int, Theme]) -> pytest.MarkDecorator:
    """Try a journey at this width (pixels) and theme in every run, at the other one at times."""
    other = pytest.param(*(NARROW if usual == WIDE else WIDE), marks=pytest.mark.exhaustive)
    return pytest.mark.parametrize(("width", "theme"), [usual, other])


@pytest.fixture(scope="session", name="chromium")
def _chromium() -> str:
    """The system's Chromium."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None or not AXE.exists():
        missing = "Chromium" if found is None else "axe (make test installs it where there is npm)"
        if os.environ.get("CI"):
            pytest.fail(f"the browser tests need {missing}")
        pytest.skip(f"the page is not tried in a browser: there is no {missing}")
    return found


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """One browser for all of these tests; each opens windows that know nothing of the others."""
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield launched
        await launched.close()


@pytest_asyncio.fixture(name="stage", loop_scope="package")
async def _stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """Both servers and the bot, with the demo's settings."""
    async with stage(tmp_path) as world, world.bot():
        yield world


@dataclass(slots=True)
class Screen:
    """One person's browser window, and what its console complained of."""

    page: Page
    errors: list[str] = field(default_factory=list)

    def by(self, testid: str) -> Locator:
        """An element by its test id."""
        return self.page.get_by_test_id(testid)

    def action(self, name: str, where: str = "#channel-messages") -> Locator:
        """The newest control of a message whose action begins with this name."""
        return self.page.locator(f"{where} [data-action-id^='{name}']").last

    async def go(self, channel: str) -> None:
        """Open a channel, on a narrow screen through the menu."""
        menu = self.page.get_by_title("Channels", exact=True)
        if await menu.is_visible():
            await menu.click()
        await self.by(f"channel-{channel}").click()

    async def say(self, text: str, *, thread: bool = False) -> None:
        """Write into the composer of the channel or of the thread."""
        prefix = "thread-" if thread else ""
        await self.by(f"{prefix}composer").fill(text)
        await self.by(f"{prefix}send").click()

    async def attach(self, name: str, data: bytes) -> None:
        """Attach a PNG to the reply in the thread, and wait until it is there."""
        file = FilePayload(name=name, mimeType="image/png", buffer=data)
        await self.by("thread-attach").set_input_files(file)
        await self.page.locator("#thread").get_by_text(name).wait_for()

    async def reads(self, text: str, where: str = "#channel-messages") -> None:
        """Wait until this stands there."""
        await self.page.locator(where).get_by_text(text).last.wait_for()

    async def serious(self) -> list[str]:
        """What axe finds here that is serious or critical."""
        if not await self.page.evaluate("() => 'axe' in window"):
            await self.page.add_script_tag(path=AXE)
        run = "() => axe.run({resultTypes: ['violations'], preload: false})"
        found: list[dict[str, Any]] = (await self.page.evaluate(run))["violations"]
        return [
            f"{one['id']}: {node['html']}"
            for one in found
            if one["impact"] in {"serious", "critical"}
            for node in one["nodes"]
        ]


@asynccontextmanager
async def at_the_page(
    browser: Browser, stage: Stage, *, width: int = 1280, theme: Theme = "light"
) -> AsyncIterator[Screen]:
    """The page in a window of this width (pixels); in the end nothing was wrong in its console."""
    page = await browser.new_page(
        viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce"
    )
    page.set_default_timeout(PATIENCE)
    screen = Screen(page)
    page.on(
        "console",
        lambda said: screen.errors.append(said.text) if said.type in {"error", "warning"} else None,
    )
    page.on("pageerror", lambda error: screen.errors.append(str(error)))
    page.on("requestfailed", lambda request: screen.errors.append(f"failed: {request.url}"))
    page.on(
        "request",
        lambda request: (
            screen.errors.append(f"outside: {request.url}")
            if not request.url.startswith((stage.ws.url, "data:", "blob:"))
            else None
        ),
    )
    await page.goto(stage.ws.url)
    await page.locator("#frame").wait_for()
    try:
        yield screen
    finally:
        await page.close()

    assert screen.errors == []
