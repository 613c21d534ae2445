"""The other half of the walk: too dear, ask for more, an admin grants, generate."""

from __future__ import annotations

from playwright.async_api import Browser

from bot.demo.slack.seed import ADA, DESIGN
from tests.browser.conftest import BROWSER, NARROW, WIDE, Theme, at, at_the_page
from tests.flow.stage import Stage

pytestmark = BROWSER


@at(NARROW)
async def test_from_too_dear_to_granted(
    browser: Browser, stage: Stage, width: int, theme: Theme
) -> None:
    """Ask for more, decide as an admin one click away, generate: seen, told, accessible."""
    await stage.ws.command(ADA, DESIGN, "/image-quota", "10 monthly")
    await stage.card("Cap 10", user=ADA)
    async with at_the_page(browser, stage, width=width, theme=theme) as screen:
        await screen.go("design")
        await screen.say("/image a red fox in the snow --quality high")
        await screen.reads("is more than this channel's budget has left: 10.")
        await screen.action("more").click()
        await screen.page.locator("dialog textarea").fill("<!channel> *for* the launch")

        assert await screen.serious() == []

        await screen.by("modal-submit").click()
        await screen.reads("The admins have been asked.")
        await screen.by("persona-ada").click()
        await screen.go("easel")
        await screen.by("tab-messages").click()
        await screen.reads("Why: <!channel> *for* the launch")

        assert await screen.serious() == []

        await screen.action("grant_once").click()
        await screen.reads("Granted 4 credits to the budget of #design, until")
        await screen.by("persona-mia").click()
        await screen.reads("The picture can be generated now.")
        await screen.action("show").click()
        await screen.reads("the budget of #design has 14 left, 0 after this.")

        assert await screen.serious() == []

        await screen.action("generate").click()
        await screen.reads("The picture comes to #design.")
        await screen.go("design")
        await screen.reads("14 credits charged")

        assert await screen.serious() == []
        assert (await stage.quota())["Left"] == "0"


@at(WIDE)
async def test_the_home_of_an_admin(
    browser: Browser, stage: Stage, width: int, theme: Theme
) -> None:
    """App Home is accessible at any width; what is clicked in it is seen in it."""
    async with at_the_page(browser, stage, width=width, theme=theme) as screen:
        await screen.by("persona-ada").click()
        await screen.go("easel")
        await screen.by("tab-home").click()
        await screen.reads("For admins", "#home")

        assert await screen.serious() == []

        await screen.action("pause", "#home").click()
        await screen.action("resume", "#home").wait_for()
        await screen.reads("The workspace · paused", "#home")

        assert await screen.serious() == []


async def test_charts_and_tables(browser: Browser, stage: Stage) -> None:
    """The chart and the table of a budget's card are accessible, and a table is put in order."""
    async with at_the_page(browser, stage, width=390, theme="dark") as screen:
        await screen.go("design")
        await screen.say("/image a red fox in the snow --draft")
        await screen.action("generate").click()
        await screen.reads("1 credit charged")
        await screen.say("/image-quota workspace")
        await screen.reads("Credits a day, the last 20 days")
        await screen.page.get_by_role("button", name="of it held").click()
        head = screen.page.get_by_role("columnheader", name="of it held")
        row = screen.page.get_by_role("row", name="#design")

        assert await head.get_attribute("aria-sort") == "descending"
        assert (await row.inner_text()).split() == ["#design", "1", "0"]
        assert await screen.serious() == []
