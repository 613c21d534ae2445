"""The drawer: what happened underneath, and the switches that make things go wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, expect

from bot.demo import underneath
from bot.settings import load
from tests.browser.conftest import BROWSER, NARROW, Screen, Theme, at, at_the_page
from tests.flow.stage import FOX, Stage

pytestmark = BROWSER

TRIED = 40_000  # milliseconds: six tries of a request, and as long again


@pytest_asyncio.fixture(name="drawer", autouse=True, loop_scope="package")
async def _drawer(stage: Stage) -> AsyncIterator[None]:
    """The page with its drawer, as `easel demo` starts it."""
    async with underneath.shown(stage.ws, stage.pixapi, load(stage.env)):
        yield


async def opened(screen: Screen, width: int) -> None:
    """Mia in #design, and the drawer open where there is room for both."""
    if width < 600:
        await screen.page.get_by_title("Channels", exact=True).click()
    await screen.by("channel-design").click()
    if width >= 600:
        await screen.by("underneath-toggle").click()


async def cells(screen: Screen, table: str, row: int = 0) -> list[str]:
    """What stands in a row of one of its tables."""
    found = screen.by("underneath").get_by_role("table", name=table).locator("tbody tr").nth(row)
    return [" ".join(text.split()) for text in await found.locator("td").all_inner_texts()]


async def tile(screen: Screen, name: str) -> str:
    """One of the budget's numbers."""
    return await screen.by("underneath").locator(f".tile.{name} dd").inner_text()


@at(NARROW)
async def test_a_picture_s_way_through_the_books(
    browser: Browser, stage: Stage, width: int, theme: Theme
) -> None:
    """A picture is two lines of the ledger and a call with its credits; they sum up."""
    async with at_the_page(browser, stage, width=width, theme=theme) as screen:
        await opened(screen, width)
        await screen.say(f"/image {FOX} --quality high")
        await screen.action("generate").click()
        await screen.reads("14 credits charged")
        if width < 600:
            await screen.by("underneath-toggle").click()
        drawer = screen.by("underneath")
        await drawer.get_by_text("charged", exact=True).nth(1).wait_for()
        await drawer.locator(".state.done").first.wait_for()
        charged, held = await cells(screen, "Ledger"), await cells(screen, "Ledger", 1)
        [_, asked, answer, billed] = await cells(screen, "Pixapi")

        assert [charged[1:4], held[1:4]] == [["charged", "14", "Mia"], ["held", "14", "Mia"]]
        assert charged[4] == held[4]
        assert (asked, answer.split()[0], billed) == ("gpt-image-2 auto high", "done", "14")
        assert [await tile(screen, one) for one in ("charged", "held", "left")] == ["14", "0", "86"]
        assert await screen.serious() == []

        await screen.by("faults").click()
        await screen.by("fault-no_capacity").wait_for()

        assert await screen.serious() == []


async def test_out_of_capacity(browser: Browser, stage: Stage) -> None:
    """Without capacity the person reads why, the call says 503, and nothing is charged."""
    async with at_the_page(browser, stage) as screen:
        await opened(screen, 1280)
        await screen.by("faults").click()
        await screen.by("fault-no_capacity").check()
        await screen.say(f"/image {FOX}")
        await screen.action("generate").click()
        said = screen.page.locator("#channel-messages").get_by_text("no capacity for this model")
        await said.last.wait_for(timeout=TRIED)
        await screen.by("underneath").locator(".state.released").wait_for()

        assert (await cells(screen, "Pixapi"))[2:] == ["503 model_unavailable", "0"]
        assert [await tile(screen, one) for one in ("charged", "held", "left")] == [
            "0",
            "0",
            "100",
        ]

        await screen.by("fault-no_capacity").uncheck()
        await expect(screen.page.locator(".mood")).to_have_text("all is well")

        assert stage.faults.armed == []


async def test_a_used_up_switch_is_off_again(browser: Browser, stage: Stage) -> None:
    """A fault that strikes once turns its switch off; the picture came all the same."""
    async with at_the_page(browser, stage) as screen:
        await opened(screen, 1280)
        await screen.by("faults").click()
        await screen.by("fault-picture_gone").check()
        await screen.say(f"/image {FOX} --draft")
        await screen.action("generate").click()
        await screen.reads("1 credit charged")
        await expect(screen.by("fault-picture_gone")).not_to_be_checked()
        await screen.reads("Struck once", "#underneath")

        assert (await stage.quota())["Charged"] == "1"
