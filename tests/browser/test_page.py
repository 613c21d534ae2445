"""The page itself: what somebody who knows Slack expects of it, tried as they would."""

from __future__ import annotations

import asyncio
from base64 import b64encode

import pytest
from playwright.async_api import Browser, Locator, Route, expect

from bot.demo.slack.seed import DESIGN, GENERAL, MIA, NOAH
from tests.browser.conftest import BROWSER, Screen, Theme, at_the_page
from tests.exhaustive import some
from tests.flow.stage import Stage
from tests.workspace.raw import picture

pytestmark = BROWSER

DROP = """([file, kind]) => {
    const data = new DataTransfer();
    const bytes = Uint8Array.from(atob(file), (one) => one.charCodeAt(0));
    data.items.add(new File([bytes], kind === "paste" ? "" : "dropped.png", { type: "image/png" }));
    const field = document.getElementById("composer");
    const event = kind === "paste"
        ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
        : new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
    field.dispatchEvent(event);
}"""
FOX = "/image a red fox in the snow"


async def focused(screen: Screen) -> str:
    """The name of the action that has the focus, or an empty string."""
    return str(await screen.page.evaluate("() => document.activeElement.dataset.actionId ?? ''"))


async def back_to(screen: Screen, action: str) -> None:
    """Press Shift+Tab until a control has the focus; hardly more often than a card has controls."""
    for _ in range(12):
        await screen.page.keyboard.press("Shift+Tab")
        if (await focused(screen)).startswith(action):
            return
    pytest.fail(f"Shift+Tab does not lead to {action}")


async def generated(screen: Screen) -> Locator:
    """Make a draft, and wait for its picture."""
    await screen.go("design")
    await screen.say(f"{FOX} --draft")
    await screen.action("generate").click()
    await screen.reads("1 credit charged")
    shown = screen.page.locator("#channel-messages .picture").last
    await shown.wait_for()
    return shown


@pytest.mark.parametrize("theme", some(("light", "dark"), ["dark"]))
async def test_colours_follow_the_system_until_chosen(
    browser: Browser, stage: Stage, theme: Theme
) -> None:
    """The page begins in the system's colours; a click changes them, and a reload keeps them."""
    other = "light" if theme == "dark" else "dark"
    async with at_the_page(browser, stage, theme=theme) as screen:
        root = screen.page.locator("html")
        await expect(root).to_have_attribute("data-theme", theme)
        await screen.page.get_by_role("button", name=f"{other.capitalize()} colours").click()
        await expect(root).to_have_attribute("data-theme", other)

        assert await screen.serious() == []

        await screen.page.reload()
        await expect(root).to_have_attribute("data-theme", other)


async def test_by_keyboard_alone(browser: Browser, stage: Stage) -> None:
    """Without a mouse: ask, open the form, leave it (the focus comes back), and generate."""
    async with at_the_page(browser, stage) as screen:
        keyboard = screen.page.keyboard
        await expect(screen.by("composer")).to_be_focused()
        await keyboard.type(f"{FOX} --draft")
        await keyboard.press("Enter")
        await screen.action("change").wait_for()
        await back_to(screen, "change")
        await keyboard.press("Enter")
        modal = screen.by("modal")
        await modal.wait_for()

        assert await modal.evaluate("(node) => node.contains(document.activeElement)")
        assert await screen.serious() == []

        await keyboard.press("Escape")
        await modal.wait_for(state="detached")

        assert await focused(screen) == "change"

        await back_to(screen, "generate")
        await keyboard.press("Enter")
        await screen.reads("1 credit charged")


async def test_a_slow_list_undoes_nothing(browser: Browser, stage: Stage) -> None:
    """What a message has become while a channel's list was on its way is what stays shown."""
    asked, told = asyncio.Event(), asyncio.Event()

    async def slow(route: Route) -> None:
        older = await route.fetch()
        asked.set()
        await told.wait()
        await route.fulfill(response=older)

    async with at_the_page(browser, stage) as screen:
        await screen.go("design")
        root = await stage.ws.send(NOAH, DESIGN, "the first words")
        await screen.reads("the first words")
        await screen.page.route("**/page/messages*", slow, times=1)
        await stage.ws.send(NOAH, DESIGN, "a reply", thread_ts=root.ts)
        await asked.wait()
        await stage.ws.edit(NOAH, DESIGN, root.ts, "the last words")
        await screen.reads("the last words")
        told.set()
        await screen.page.locator(".replies").wait_for()

        await expect(screen.page.locator("#channel-messages")).to_contain_text("the last words")


async def test_what_is_written_meanwhile_is_kept(browser: Browser, stage: Stage) -> None:
    """Written while the page becomes another person it is theirs; the first one's draft stays."""
    asked, told = asyncio.Event(), asyncio.Event()

    async def slow(route: Route) -> None:
        asked.set()
        await told.wait()
        await route.continue_()

    async with at_the_page(browser, stage) as screen:
        composer = screen.by("composer")
        await screen.go("design")
        await composer.fill("a draft of Mia's")
        await screen.page.route("**/page/state*", slow)
        await screen.by("persona-ada").click()
        await asked.wait()
        await composer.fill("/image-quota")

        await expect(screen.by("send")).to_be_disabled()

        told.set()
        await screen.by("send").click()
        await screen.action("budget").wait_for()  # which only an admin sees

        await screen.by("persona-mia").click()
        await expect(composer).to_have_value("a draft of Mia's")


async def test_a_narrow_form_fits(browser: Browser, stage: Stage) -> None:
    """On a phone a form is as wide as the screen, its buttons are in sight, nothing is cut off."""
    async with at_the_page(browser, stage, width=390, theme="dark") as screen:
        await screen.go("design")
        await screen.by("persona-ada").click()
        await screen.say("/image-quota")
        await screen.action("budget").click()
        modal = screen.by("modal")
        await modal.wait_for()
        box = await modal.bounding_box()
        sideways = await modal.evaluate("(node) => node.scrollWidth - node.clientWidth")

        assert box is not None
        assert (box["x"], box["width"], sideways) == (0, 390, 0)
        await expect(screen.by("modal-submit")).to_be_in_viewport()
        assert await screen.serious() == []

        await screen.page.locator("[data-action-id='limits_cap']").fill("-5")
        await screen.by("modal-submit").click()
        wrong = screen.page.locator("dialog .field-error").filter(has_text="Write a whole number")
        await wrong.wait_for()

        assert await focused(screen) == "limits_cap"


async def test_a_picture_by_itself(browser: Browser, stage: Stage) -> None:
    """A picture opens large, with its words; Escape closes it and gives the focus back."""
    async with at_the_page(browser, stage) as screen:
        shown = await generated(screen)
        await shown.click()
        light = screen.by("lightbox")
        await light.wait_for()

        assert await light.locator("img").get_attribute("alt") == "a red fox in the snow"
        assert await screen.serious() == []

        await screen.page.keyboard.press("Escape")
        await light.wait_for(state="detached")

        await expect(shown).to_be_focused()


async def test_the_menu_of_a_message(browser: Browser, stage: Stage) -> None:
    """*Edit this image* in anybody's message's menu opens the composer with that image."""
    file = await stage.ws.upload(NOAH, "cat.png", picture())
    await stage.ws.send(NOAH, DESIGN, "my cat", files=[file.id])
    async with at_the_page(browser, stage) as screen:
        await screen.go("design")
        message = screen.page.locator("#channel-messages .message").last
        await message.hover()
        await message.get_by_role("button", name="More about this message").click()
        await screen.page.get_by_role("menuitem", name="Edit this image").click()
        await screen.by("modal").get_by_text("cat.png").wait_for()

        assert await screen.serious() == []


async def test_commands_are_hinted(browser: Browser, stage: Stage) -> None:
    """A slash offers the commands; arrows choose, Tab completes, then the usage is shown."""
    async with at_the_page(browser, stage) as screen:
        await screen.go("design")
        field = screen.by("composer")
        await field.press_sequentially("/im")
        options = screen.page.get_by_role("option")

        assert await options.count() == 2
        assert await screen.serious() == []

        await field.press("ArrowDown")
        await field.press("Tab")

        await expect(field).to_have_value("/image-quota ")
        await expect(screen.page.locator(".usage").first).to_contain_text("/image-quota")
        assert await options.count() == 0


async def test_what_is_new_is_marked(browser: Browser, stage: Stage) -> None:
    """A message elsewhere marks its channel, for the ear too; looking at it clears the mark."""
    async with at_the_page(browser, stage) as screen:
        await screen.go("design")
        general = screen.by("channel-general")
        await stage.ws.send(NOAH, GENERAL, "good morning")
        await expect(general).to_have_accessible_name("general, channel, 1 unread")
        await general.click()

        await expect(general).to_have_accessible_name("general, channel")
        await screen.reads("good morning")


async def test_an_image_is_dropped_or_pasted(browser: Browser, stage: Stage) -> None:
    """Images dropped on and pasted into the composer are attached, and sent with the sentence."""
    names = ["dropped.png", "pasted.png"]
    async with at_the_page(browser, stage) as screen:
        await screen.go("design")
        for how, name in zip(("drop", "paste"), names, strict=True):
            await screen.page.evaluate(DROP, [b64encode(picture()).decode(), how])
            await screen.page.get_by_role("button", name=f"Remove {name}").wait_for()
        await screen.say("look at this")
        await screen.reads("look at this")
        (sent,) = [one for one in stage.ws.messages(DESIGN) if one.user == MIA]

        assert [stage.ws.world.files[one].name for one in sent.files] == names
