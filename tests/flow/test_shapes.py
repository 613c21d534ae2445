"""An edit without a size keeps its first picture's shape; the card says so before it is paid."""

from __future__ import annotations

import pytest
from PIL import Image

from bot.demo.slack.seed import DESIGN, MIA
from tests.flow.composers import LEDGER, TYPED, state
from tests.flow.forms import form
from tests.flow.inputs import NIGHT, attach
from tests.flow.stage import Stage, text_of
from tests.samples import encoded, telling

pytestmark = pytest.mark.usefixtures("spool")

WIDE = ("wide.png", encoded(Image.new("RGB", (1600, 1000), "teal"), "PNG"))
UPRIGHT = ("upright.jpg", telling("JPEG", Image.new("RGB", (160, 90), "teal"), orientation=6))
SHAPE = "No size was asked for: it comes in the shape of {}. --size auto leaves it to the model."


async def sent(stage: Stage) -> str:
    """The size that Pixapi was asked for, once."""
    await stage.pixapi.until(lambda: any("size" in one.fields for one in stage.pixapi.asked))
    [call] = stage.pixapi.asked
    return str(call.fields["size"])


@pytest.mark.parametrize(
    ("photo", "model", "size", "price"),
    [
        (WIDE, "", "1536x960", "4 credits"),
        (UPRIGHT, "", "864x1536", "4 credits"),
        (WIDE, " --model nano-banana-pro", "1024x640", "8 credits"),
        (("long.png", encoded(Image.new("RGB", (900, 100)), "PNG")), "", "1536x512", "4 credits"),
    ],
)
async def test_it_keeps_the_shape(
    stage: Stage, photo: tuple[str, bytes], model: str, size: str, price: str
) -> None:
    """The valid size of the 1K tier that is nearest to it as it is shown; the card says so."""
    async with stage.bot():
        await attach(stage, photo, said=f"{NIGHT}{model}")
        card = await stage.card(f"Generate · {price}")

        assert SHAPE.format(photo[0]) in text_of(card)
        assert f"{size.replace('x', '×')} (1K)" in text_of(card)

        await stage.press(card, "generate")

        assert await sent(stage) == size


@pytest.mark.parametrize(
    ("option", "size"), [("--size auto", "auto"), ("--size square", "1024x1024"),
                         ("--ratio 1:1", "1024x1024")],
)  # fmt: skip
async def test_what_is_asked_for_counts(stage: Stage, option: str, size: str) -> None:
    """A size, a ratio, and that the model is to choose: as it was said, without a word about it."""
    async with stage.bot():
        await attach(stage, WIDE, said=f"{NIGHT} {option}")
        card = await stage.card("Generate · 4 credits")

        assert "No size was asked for" not in text_of(card)

        await stage.press(card, "generate")

        assert await sent(stage) == size


async def test_from_a_form(stage: Stage) -> None:
    """A form with a picture starts with its shape; the model may choose instead."""
    async with stage.bot():
        photo = await stage.ws.upload(MIA, *WIDE)
        message = await stage.ws.send(MIA, DESIGN, "look", files=[photo.id])
        for chosen, size in ((None, "1536x960"), ("auto", "auto")):
            await stage.ws.shortcut(MIA, "edit_image", DESIGN, message.ts)
            view = await form(stage, "Generate · 4 credits")

            assert state(view, "compose_size") == "like"

            values = TYPED | ({"compose_size": chosen} if chosen else {})
            await stage.ws.submit_view(MIA, values)
            await stage.until_rows("SELECT count(*) FROM ledger WHERE kind = 'charged'", 1)

            assert await sent(stage) == size

            await stage.write("DELETE FROM ledger WHERE kind = 'charged'")
            stage.pixapi.calls.clear()


async def test_a_picture_added_to_a_form(stage: Stage) -> None:
    """A form that had no picture: one that is added gives its shape all the same."""
    async with stage.bot():
        photo = await stage.ws.upload(MIA, *WIDE)
        await stage.type("")
        view = await form(stage, "Generate · 4 credits")

        assert state(view, "compose_size") == "auto"

        await stage.ws.submit_view(MIA, {**TYPED, "compose_files": [photo.id]})

        assert await sent(stage) == "1536x960"


async def test_what_the_model_is_to_choose_stays_so(stage: Stage) -> None:
    """`--size auto` outlives the card's form."""
    async with stage.bot():
        await attach(stage, WIDE, said=f"{NIGHT} --size auto")
        await stage.press(await stage.card("Generate · 4 credits"), "change")
        view = await form(stage, "Generate · 4 credits")

        assert state(view, "compose_size") == "auto"

        await stage.ws.submit_view(MIA, {})

        assert await sent(stage) == "auto"


@pytest.mark.parametrize("size", [(1, 1), (1, 500)])
async def test_a_dot_is_no_input(stage: Stage, size: tuple[int, int]) -> None:
    """A picture of one pixel, as trackers are, is told and costs nothing."""
    async with stage.bot():
        await attach(stage, ("dot.gif", encoded(Image.new("RGB", size), "GIF")))
        await stage.card(f"dot.gif has {size[0]}×{size[1]} pixels: too few to be edited. Nothing")

        assert await stage.rows(LEDGER) == []
