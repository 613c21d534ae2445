"""The whole of Easel in a browser, as a person goes through it, at two widths."""

from __future__ import annotations

from playwright.async_api import Browser

from tests.browser.conftest import BROWSER, WIDE, Theme, at, at_the_page
from tests.flow.stage import Stage
from tests.workspace.raw import picture

pytestmark = BROWSER


@at(WIDE)
async def test_from_the_price_to_the_final(
    browser: Browser, stage: Stage, width: int, theme: Theme
) -> None:
    """Ask, choose cheaper, generate, reply with an image, finalise: seen, priced, accessible."""
    async with at_the_page(browser, stage, width=width, theme=theme) as screen:
        await screen.go("design")
        await screen.say("/image a red fox in the snow --quality high")
        await screen.action("generate").wait_for()

        assert await screen.action("generate").inner_text() == "Generate · 14 credits"
        assert await screen.serious() == []

        await screen.action("choose_0").click()
        await screen.reads("Generate · 1 credit")
        await screen.action("generate").click()
        await screen.reads("1 credit charged")

        assert await screen.serious() == []

        await screen.page.locator(".replies").click()
        await screen.attach("night.png", picture())
        await screen.say("make it night", thread=True)
        await screen.action("generate", "#thread").click()
        await screen.reads("4 credits charged", "#thread")
        await screen.action("finalise", "#thread").click()
        await screen.action("choose", "#thread").wait_for()

        assert await screen.serious() == []

        await screen.action("generate", "#thread").click()
        await screen.reads("14 credits charged", "#thread")

        assert await screen.serious() == []
        assert (await stage.quota())["Charged"] == "19"
