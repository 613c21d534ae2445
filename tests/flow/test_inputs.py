"""Pictures to edit, from a message in Slack to the very bytes that Pixapi gets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pillow_heif import register_heif_opener

from bot import pictures
from bot.demo.faults import Gate
from bot.demo.slack.seed import DESIGN, MIA
from bot.engine import inputs
from tests.flow.inputs import attach
from tests.flow.stage import Stage, text_of
from tests.restart.process import process
from tests.samples import BAD, EIFFEL, PLAIN, encoded, leaving, noise, png_header, telling

pytestmark = pytest.mark.usefixtures("spool")

WIDE = encoded(Image.new("RGB", (5000, 50), "teal"), "JPEG")


async def nothing_came_of_it(stage: Stage) -> None:
    """No offer, no ledger line, no request to Pixapi."""
    assert await stage.rows("SELECT id FROM jobs") == []
    assert await stage.rows("SELECT kind FROM ledger") == []
    assert stage.submits() == 0


async def test_exactly_these_bytes(stage: Stage) -> None:
    """Pixapi gets the attached pictures in their order, without EXIF and else as they were."""
    pictures = [("a.png", telling("PNG")), ("b.jpg", telling("JPEG")), ("c.webp", telling("WEBP"))]
    mask = encoded(noise((64, 48), "RGBA"), "PNG")

    assert all(EIFFEL.encode() in data for _, data in pictures)

    async with stage.bot():
        await attach(stage, *pictures, ("Mask.png", mask))
        card = await stage.card("Generate · 4 credits")

        assert "1 image · 3 images to edit, 1 mask" in text_of(card)

        await stage.press(card, "generate")
        await stage.ws.until(stage.submits)

    asked = stage.pixapi.asked[0]
    assert asked.images == [leaving(data) for _, data in pictures]
    assert asked.mask


async def test_what_was_done_is_on_the_card(stage: Stage) -> None:
    """A picture that is scaled down is named on the card, pings nobody, and stays named."""
    async with stage.bot():
        await attach(stage, ("wide.jpg", WIDE), odd={"name": "<!channel>\u202e\n.jpg"})
        said = r"&lt;!channel&gt; \.jpg was scaled down from 5000×50 to 4096×41\."
        card = await stage.card(said)

        assert "<!channel>" not in text_of(card)
        assert "1 image to edit" in text_of(card)

        await stage.press(card, "choose_0")
        await stage.card(f"{said}.*Generate · 1 credit")


register_heif_opener()
MOVING = [noise((64, 48), seed=seed) for seed in range(3)]
GIF = encoded(MOVING[0], "GIF", save_all=True, append_images=MOVING[1:])
CONVERTED = (
    ("IMG_1.HEIC", encoded(noise((64, 48)), "HEIF"), "IMG_1.HEIC was converted from HEIC to JPEG."),
    ("a.tif", encoded(noise((64, 48)), "TIFF"), "a.tif was converted from TIFF to PNG."),
    ("ha.gif", GIF, "ha.gif was converted from GIF to PNG. Of its 3 pictures the first is edited."),
    (
        "scan.jpg",
        encoded(noise((5000, 50), "CMYK"), "JPEG"),
        "scan.jpg was converted to 8-bit sRGB and scaled down from 5000×50 to 4096×41.",
    ),
    (
        "moving.png",
        encoded(noise((8, 8)), "PNG", save_all=True, append_images=[noise((8, 8), seed=9)]),
        "Of moving.png's 2 pictures the first is edited.",
    ),
    ("plain.jpg", PLAIN["JPEG"], ""),
)


async def test_what_was_converted_is_on_the_card(stage: Stage) -> None:
    """Every still picture is taken; what it was made into is on the card, and is what is sent."""
    async with stage.bot():
        await attach(stage, *[(name, data) for name, data, _ in CONVERTED])
        card = await stage.card("Generate · 4 credits")
        said = text_of(card)

        assert [note for *_, note in CONVERTED if note not in said] == []
        assert "plain.jpg" not in said

        await stage.press(card, "generate")
        await stage.ws.until(stage.submits)

    assert stage.pixapi.asked[0].images == [leaving(data) for _, data, _ in CONVERTED]


async def test_slack_need_not_know_it(stage: Stage) -> None:
    """A photo that Slack calls a file of bytes is taken for what its name says."""
    async with stage.bot():
        await attach(stage, CONVERTED[0][:2], odd={"mimetype": "application/octet-stream"})
        await stage.card("converted from HEIC to JPEG.*Generate · 4 credits")


PHOTO = ("photo.png", PLAIN["PNG"])
NOT_SHARED = "Share it here again. Nothing was held."

ODD: dict[str, tuple[tuple[str, bytes], Any, tuple[str, Any] | None, str]] = {
    "login page": (PHOTO, None, ("login_page", {}), f"it asks Easel to sign in. {NOT_SHARED}"),
    "refused": (PHOTO, None, ("status", {"status": 403}), r"by Slack (http_403). Nothing was held"),
    "removed": (PHOTO, None, ("status", {"status": 404}), "was deleted while Easel fetched it."),
    "hidden": (PHOTO, {"mode": "hidden_by_limit"}, None, "is hidden by Slack"),
    "tombstone": (PHOTO, {"mode": "tombstone"}, None, "was deleted, or is in no conversation"),
    "denied": (PHOTO, {"file_access": "access_denied"}, None, "is not for Easel to see"),
    "external": (PHOTO, {"is_external": True}, None, "is kept outside Slack"),
    "snippet": (PHOTO, {"mode": "snippet"}, None, "is a Slack document or snippet"),
    "elsewhere": (
        PHOTO, {"url_private_download": "https://evil.example/x"}, None,
        "is not kept at Slack's own addresses",
    ),
    "60 MB": (PHOTO, {"size": 60_000_000}, None, "is too large: at most 50 MB can be edited"),
    "more than it says": (PHOTO, {"size": 5}, None, "did not arrive whole"),
    "less than it says": (PHOTO, {"size": 50_000}, None, "did not arrive whole"),
    "zero bytes": (PHOTO, {"size": 0}, None, "photo.png is empty. Nothing was held"),
    "Slack in trouble": (
        PHOTO, None, ("ratelimited", {"retry_after": 3600}),
        "Slack does not give Easel the picture at the moment. Nothing was held; try again.",
    ),
    **{
        reason: (("photo.png", BAD[reason][0]), None, None, f"photo.png {BAD[reason][1]}")
        for reason in ("text", "heic", "bomb", "short pixels")
    },
    "truncated": (("p.jpg", PLAIN["JPEG"][:-900]), None, None, "p.jpg is damaged or cut off"),
    "huge": (("p.png", png_header(30_000, 30_000)), None, None, "30,000×30,000 pixels"),
    "no mask": (("mask-1.png", PLAIN["PNG"]), None, None, "mask-1.png cannot be the mask: it has"),
    "opaque mask": (
        ("mask.png", encoded(Image.new("RGBA", (64, 48), "white"), "PNG")), None, None,
        "mask.png cannot be the mask: it is opaque everywhere, so nothing may change. A mask is",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("file", "odd", "fault", "sentence"), ODD.values(), ids=ODD)
async def test_each_bad_file_has_its_own_sentence(
    stage: Stage, file: tuple[str, bytes], odd: Any, fault: tuple[str, Any] | None, sentence: str
) -> None:
    """What cannot be edited is told at once, in a sentence of its own, and costs nothing."""
    first = [("first.png", PLAIN["PNG"])] if file[0].startswith("mask") else []
    async with stage.bot():
        if fault is not None:
            stage.faults.arm(fault[0], "download", **fault[1])
        await attach(stage, *first, file, odd=odd)
        await stage.ws.until(lambda: stage.ws.ephemerals(MIA, DESIGN))
        said = stage.ws.ephemerals(MIA, DESIGN)[0].text

        assert sentence in said
        assert "Nothing was held" in said
        await nothing_came_of_it(stage)


def test_no_two_reasons_read_alike() -> None:
    """Every cause has a sentence of its own, and each sentence is a whole one."""
    named = (pictures.NOT_A_PICTURE, pictures.DAMAGED)
    sentences = {*inputs._PROBLEMS.values(), *inputs._REFUSALS.values(), *named}

    assert len(sentences) >= len(inputs._PROBLEMS) + len(inputs._REFUSALS) + 2
    assert all(sentence.startswith(("is ", "was ", "did ")) for sentence in sentences)
    assert all(sentence.endswith(".") for sentence in sentences)


async def test_too_many_pictures(stage: Stage) -> None:
    """More than sixteen images are refused before any is fetched."""
    async with stage.bot():
        await attach(stage, *[(f"{n}.png", PLAIN["PNG"]) for n in range(17)])
        await stage.card("At most 16 images can be edited at once; here are 17. Nothing was held")

        assert stage.ws.calls_of("download") == []
        await nothing_came_of_it(stage)


async def test_gone_before_it_is_sent(stage: Stage) -> None:
    """A picture that was deleted between card and start ends the job: released, told, not sent."""
    async with stage.bot():
        [file] = await attach(stage, PHOTO)
        card = await stage.card("Generate · 4 credits")
        file.deleted = True
        await stage.press(card, "generate")
        await stage.card("can no longer be fetched from Slack.*You were not charged")

        assert stage.submits() == 0
        assert await stage.rows("SELECT kind FROM ledger ORDER BY seq") == [
            ("held",),
            ("released",),
        ]
        assert (await stage.quota())["Held"] == "0"


async def test_slack_in_trouble_before_it_is_sent(stage: Stage) -> None:
    """While Slack does not hand a picture out, a confirmed job waits, held; then it is made."""
    async with stage.bot():
        await attach(stage, PHOTO)
        card = await stage.card("Generate · 4 credits")
        stage.faults.arm("ratelimited", "download", times=5, retry_after=0)
        await stage.press(card, "generate")
        await stage.ws.until(lambda: stage.pixapi.asked)
        await stage.ws.until(lambda: stage.shares() == 1)

        assert stage.submits() == 1
        assert (await stage.quota())["Charged"] == "4"


async def test_stopped_while_it_is_fetched(stage: Stage) -> None:
    """Until the request leaves it can be stopped, even with its pictures on their way."""
    gate = Gate()
    async with stage.bot():
        await attach(stage, PHOTO)
        card = await stage.card("Generate · 4 credits")
        stage.faults.arm("gate", "download", gate=gate, when="before")
        await stage.press(card, "generate")
        await gate.reached.wait()
        root = next(
            one
            for one in stage.ws.world.messages[DESIGN].values()
            if one.user == stage.ws.bot_user_id and not one.only_for
        )
        await stage.press(root, "stop")
        await stage.ws.until(lambda: "Stopped" in root.text)
        gate.opened.set()

        assert (await stage.quota())["Held"] == "0"

    assert stage.submits() == 0


async def test_killed_while_it_is_fetched(stage: Stage, tmp_path: Path) -> None:
    """Killed with its pictures on their way, the job was never sent: the next start sends it."""
    gate = Gate()
    stage.extra = {"TMPDIR": str(tmp_path)}  # nobody who is killed tidies up
    async with process(stage) as easel:
        await attach(stage, PHOTO)
        card = await stage.card("Generate · 4 credits")
        stage.faults.arm("gate", "download", gate=gate, when="before")
        await stage.press(card, "generate")
        await gate.reached.wait()
        easel.kill()
        await easel.wait()
        gate.opened.set()
    async with stage.bot():
        await stage.ws.until(lambda: stage.shares() == 1)

    assert stage.submits() == 1
