"""What a person sees of the composer, and what they do in it."""

from __future__ import annotations

import io

from PIL import Image

from bot.demo.slack.model import View
from bot.demo.slack.seed import MIA
from tests.flow.stage import Stage


def png(color: str = "red", size: tuple[int, int] = (64, 64), mode: str = "RGB") -> bytes:
    """A small picture."""
    data = io.BytesIO()
    Image.new(mode, size, color).save(data, "PNG")
    return data.getvalue()


async def form(stage: Stage, submit: str = "Generate", *, user: str = MIA) -> View:
    """Wait until the person's modal has a submit button that begins so."""

    def found() -> View | None:
        view = stage.ws.view(user)
        return view if view and view.body["submit"]["text"].startswith(submit) else None

    view = await stage.ws.until(found)
    assert view is not None
    return view


async def saying(stage: Stage, text: str, *, user: str = MIA) -> View:
    """Wait until the person's modal says this somewhere."""

    def found() -> View | None:
        view = stage.ws.view(user)
        return view if view and text in str(view.body["blocks"]) else None

    view = await stage.ws.until(found)
    assert view is not None
    return view


def block_of(view: View, action: str) -> str:
    """The block_id around a control."""
    return next(
        str(block["block_id"])
        for block in view.body["blocks"]
        if block["type"] == "input" and block["element"]["action_id"] == action
    )


def options(view: View, action: str) -> list[str]:
    """The values that a menu offers."""
    element = next(
        block["element"]
        for block in view.body["blocks"]
        if block["type"] == "input" and block["element"]["action_id"] == action
    )
    return [option["value"] for option in element["options"]]


def actions_of(view: View) -> set[str]:
    """The controls of a modal."""
    return {block["element"]["action_id"] for block in view.body["blocks"] if "element" in block}
