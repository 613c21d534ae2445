"""Make the README's pictures from the demo's own page, so that they are always today's.

Needed beside Easel: Playwright for Python and a Chromium, of any version. In an environment that
has Easel's dependencies:

    pip install playwright && playwright install chromium
    python scripts/pictures.py

A Chromium of the system's: `python scripts/pictures.py --chromium /usr/bin/chromium`.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "images"
WIDTH, HEIGHT = 1280, 900
COLOURS = 256
LARGEST = 300_000  # bytes of a picture
BAR = 48  # pixels of the page's top bar, with the people one can be


def main() -> None:
    """Start the demo, walk through it, keep two pictures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--chromium", help="path of a Chromium (otherwise Playwright's own)")
    chromium = parser.parse_args().chromium
    sync_playwright = import_module("playwright.sync_api").sync_playwright  # no dependency of ours

    FOLDER.mkdir(parents=True, exist_ok=True)
    with demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light", locale="en-GB"
        )
        page.goto(address)
        page.get_by_test_id("channel-design").click()
        walk(page)
        browser.close()


def walk(page: Any) -> None:
    """Ask, look at the card; generate, reply with a sentence, look at the thread."""
    page.get_by_test_id("composer").fill("/image a red fox in the snow --quality high")
    page.get_by_test_id("send").click()
    generate = page.locator("[data-action-id='generate']")
    generate.wait_for()
    card = page.locator("#channel-messages .message").last
    box = card.bounding_box()
    keep(page, "card.png", left=box["x"], top=box["y"])
    generate.click()
    finished(page, "#channel-messages", "14 credits charged")
    page.locator(".replies").click()
    page.get_by_test_id("thread-composer").fill("@Easel make it night")
    page.get_by_test_id("thread-send").click()
    page.locator("#thread [data-action-id='generate']").click()
    finished(page, "#thread", "4 credits charged", pictures=3)
    page.locator("#channel-messages").get_by_text("2 images · 18 credits").wait_for()
    page.mouse.move(0, 0)
    keep(page, "thread.png")


def finished(page: Any, where: str, charged: str, *, pictures: int = 1) -> None:
    """Wait for a result, and for its pictures to be drawn."""
    page.locator(where).get_by_text(charged, exact=True).last.wait_for()
    page.wait_for_function(
        """([where, pictures]) => {
            const all = [...document.querySelectorAll(`${where} img`)];
            return all.length >= pictures && all.every((one) => one.complete && one.naturalWidth);
        }""",
        arg=[where, pictures],
    )


def keep(page: Any, name: str, *, left: float = 0, top: float = BAR) -> None:
    """What stands on the page right of `left` and below `top`, in few colours and few bytes."""
    clip = {"x": left, "y": top, "width": WIDTH - left, "height": HEIGHT - top}
    shot = Image.open(BytesIO(page.screenshot(clip=clip, animations="disabled", caret="hide")))
    path = FOLDER / name
    shot.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    if size > LARGEST:
        sys.exit(f"{path.name} has {size:,} bytes, more than {LARGEST:,}.")


@contextmanager
def demo() -> Iterator[str]:
    """The demo, running; its address."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bot", "demo", "--port", "0"]
        process = subprocess.Popen(  # noqa: S603 -- this project's own command
            command,
            cwd=folder,
            env=environment(folder),
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield address_of(process)
        finally:
            process.terminate()
            process.wait()


def environment(folder: str) -> dict[str, str]:
    """Nothing of the caller's settings; their home and path, and this very code."""
    return {"PATH": os.environ["PATH"], "HOME": folder, "PYTHONPATH": str(ROOT)}


def address_of(process: subprocess.Popen[str]) -> str:
    """The address that the demo prints."""
    for line in process.stdout or ():
        if found := re.search(r"http://\S+", line):
            return found[0]
    sys.exit("The demo did not start.")


if __name__ == "__main__":
    main()
