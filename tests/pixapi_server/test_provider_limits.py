"""The contract's limits, on both sides of each; prices, keys and bodies."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.pixapi_server.provider_kit import (
    ASK,
    EDIT,
    EDIT_TASK,
    GENERATE,
    GENERATE_TASK,
    picture,
    served,
    word,
)

GPT = "gpt-image-2"
FLASH, NANO, PRO = (
    "gemini-3.1-flash-image-preview",
    "gemini-2.5-flash-image",
    "gemini-3-pro-image-preview",
)
MAX_BYTES = 50_000_000


@pytest.mark.parametrize(
    ("size", "taken"),
    [
        ("auto", True),
        ("1024x640", True),  # 655,360 pixels
        ("1008x640", False),
        ("3840x2160", True),  # 8,294,400 pixels
        ("3840x2176", False),
        ("2880x2896", False),
        ("3856x1440", False),  # past the longest edge
        ("1536x512", True),  # 3 : 1
        ("1552x512", False),
        ("1920x640", True),
        ("640x1936", False),
        ("1024x1025", False),  # no multiple of 16
        ("1000x1024", False),
        ("1024X1024", False),
        ("01024x1024", False),
        ("square", False),
        (1024, False),
    ],
)
async def test_custom_sizes_have_limits(size: Any, *, taken: bool) -> None:
    """GPT Image 2 takes exactly the sizes that its rules allow, and says that the size is wrong."""
    async with served() as client:
        answer = await client.post(GENERATE_TASK, ASK | {"size": size})

    assert (200 if taken else 400) == answer.status_code
    assert taken or answer.json()["error"]["message"].startswith("size: ")


@pytest.mark.parametrize(
    ("model", "size", "taken"),
    [
        (NANO, "1536x1024", True),
        (NANO, "1552x1024", False),  # no 2K cell
        (FLASH, "512x512", True),
        (FLASH, "4096x2304", True),
        (FLASH, "4112x2304", False),
        (PRO, "2048x1152", True),
        (PRO, "64x63", False),
        ("gpt-image-1.5", "1536x1024", True),
        ("gpt-image-1.5", "2048x1152", False),
    ],
)
async def test_each_model_has_its_sizes(model: str, size: str, *, taken: bool) -> None:
    """A model refuses a size for which it has no price."""
    async with served() as client:
        body = {"model": model, "prompt": "a fox", "size": size}
        answer = await client.post(GENERATE_TASK, body)

    assert (200 if taken else 400) == answer.status_code


CELLS = [
    (GPT, "1536x1024", "low", 1),
    (GPT, "1536x1024", "medium", 4),
    (GPT, "1536x1024", "high", 14),
    (GPT, "1536x1024", "auto", 14),
    (GPT, "1552x1024", "low", 2),
    (GPT, "2048x1152", "medium", 17),
    (GPT, "2048x2048", "high", 67),
    (GPT, "2064x1024", "low", 4),
    (GPT, "3840x2160", "medium", 34),
    (GPT, "3840x2160", "high", 133),
    (GPT, "auto", None, 14),
    (NANO, "1024x1024", None, 2),
    (FLASH, "512x512", None, 4),
    (FLASH, "1024x1024", None, 4),
    (FLASH, "2048x2048", None, 6),
    (FLASH, "4096x4096", None, 8),
    (PRO, "512x512", None, 8),
    (PRO, "1024x1024", None, 8),
    (PRO, "2048x2048", None, 8),
    (PRO, "2064x2064", None, 16),
]


@pytest.mark.parametrize(("model", "size", "quality", "each"), CELLS)
async def test_each_picture_is_billed_by_its_cell(
    model: str, size: str, quality: str | None, each: int
) -> None:
    """A request costs its cell times the pictures that came, in the answer and on the account."""
    body = {"model": model, "prompt": "a fox", "size": size, "n": 2}
    async with served(balance=1000) as client:
        answer = await client.post(GENERATE, body | ({"quality": quality} if quality else {}))

        assert 2 * each == answer.json()["costCredits"] == client.pixapi.billed
        assert 1000 - 2 * each == client.pixapi.balance


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"model": None}, "model"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": "  "}, "prompt"),
        ({"prompt": 7}, "prompt"),
        ({"prompt": "x" * 32_001}, "prompt"),
        ({"n": 0}, "n"),
        ({"n": 11}, "n"),
        ({"n": "2"}, "n"),
        ({"n": True}, "n"),
        ({"n": 1.0}, "n"),
        ({"quality": "best"}, "quality"),
        ({"response_format": "png"}, "response_format"),
        ({"async": True}, "async"),
        ({"background": "transparent"}, "background"),
        ({"image": "https://example.org/a.png"}, "image"),
        ({"model": FLASH}, "quality"),
    ],
)
async def test_a_wrong_field_is_named(change: dict[str, Any], field: str) -> None:
    """What the contract does not allow is refused with the field's name, and bills nothing."""
    async with served() as client:
        answer = await client.post(GENERATE, ASK | change)

        assert (answer.status_code, word(answer)) == (400, "invalid_request_error")
        assert answer.json()["error"]["message"].startswith(f"{field}: ")
        assert (client.pixapi.billed, client.pixapi.made) == (0, [])


@pytest.mark.parametrize(
    "change", [{"prompt": "x" * 32_000}, {"n": 1}, {"n": 10}, {"response_format": "url"}]
)
async def test_the_last_allowed_value_is_taken(change: dict[str, Any]) -> None:
    """A limit itself is still allowed."""
    async with served() as client:
        answer = await client.post(GENERATE_TASK, ASK | change)

    assert answer.status_code == 200


async def test_gemini_prompts_have_no_limit() -> None:
    """The limit on the prompt is GPT Image's."""
    async with served() as client:
        answer = await client.post(GENERATE_TASK, {"model": PRO, "prompt": "x" * 32_001})

    assert answer.status_code == 200


@pytest.mark.parametrize("name", ["nano-banana", "gpt-image-9"])
async def test_models_go_by_their_ids(name: str) -> None:
    """An alias or an unknown model is not found."""
    async with served() as client:
        answer = await client.post(GENERATE, {"model": name, "prompt": "a fox"})

    assert (answer.status_code, word(answer)) == (404, "model_not_found")


@pytest.mark.parametrize("key", ["", "Bearer sk_wrong", "sk_embedded_pixapi"])
@pytest.mark.parametrize("path", ["/v1/models", "/v1/tasks/task_1"])
async def test_every_endpoint_wants_the_key(path: str, key: str) -> None:
    """Without the right bearer key the answer is 401."""
    async with served() as client:
        answer = await client.http.get(client.pixapi.url + path, headers={"Authorization": key})

    assert (answer.status_code, word(answer)) == (401, "unauthorized")


async def test_generations_are_json() -> None:
    """A generation as a form, a broken body and one that is no object are refused."""
    async with served() as client:
        url = client.pixapi.url + GENERATE
        form = await client.http.post(url, data=ASK, headers=client.headers)
        headers = client.headers | {"Content-Type": "application/json"}
        broken = await client.http.post(url, content=b"{", headers=headers)
        listed = await client.http.post(url, content=b"[]", headers=headers)

    assert [form.status_code, broken.status_code, listed.status_code] == [400] * 3


@pytest.mark.parametrize(
    ("files", "field"),
    [
        ([], "image"),
        ([("image", picture())] * 17, "image"),
        ([("image", picture(kind="GIF"))], "image"),
        ([("image", b"no picture")], "image"),
        ([("image", b"")], "image"),
        ([("image", picture(kind="BMP") + bytes(MAX_BYTES))], "image"),
        ([("image", picture() + bytes(MAX_BYTES - len(picture())))], "image"),
        ([("image", picture()), ("picture", picture())], "picture"),
        ([("image", picture()), ("mask", picture(mode="RGB"))], "mask"),
        ([("image", picture()), ("mask", picture(kind="WEBP", mode="RGBA"))], "mask"),
        ([("image", picture()), ("mask", picture((64, 47), mode="RGBA"))], "mask"),
        ([("image", picture()), *[("mask", picture(mode="RGBA"))] * 2], "mask"),
    ],
)
async def test_wrong_files_are_refused(files: list[tuple[str, bytes]], field: str) -> None:
    """Images and masks that the contract does not allow are refused with the field's name."""
    async with served() as client:
        fields = {"model": GPT, "prompt": "at night"}
        answer = await client.upload(fields, files or [("", b"")])

    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith(f"{field}: ") or not files


@pytest.mark.parametrize(
    "files",
    [
        [("image", picture())] * 16,
        [("image", picture(kind="JPEG")), ("image", picture((9, 9), kind="WEBP"))],
        [("image", picture() + bytes(MAX_BYTES - len(picture()) - 1))],
        [("image", picture()), ("mask", picture(mode="RGBA")), ("image", picture((5, 5)))],
        [("image", picture()), ("mask", picture(mode="LA", fill=(9, 9)))],
    ],
)
async def test_files_up_to_the_limits_are_taken(files: list[tuple[str, bytes]]) -> None:
    """Sixteen images of the three types, each under 50 MB, and a mask of the first one's size."""
    async with served() as client:
        fields = {"model": GPT, "prompt": "at night", "n": "2", "quality": "low"}
        answer = await client.upload(fields, files, EDIT_TASK)

        assert answer.status_code == 200
        assert [name for name, _ in files].count("image") == len(client.pixapi.asked[0].images)


async def test_an_edit_may_name_its_images() -> None:
    """A JSON edit takes addresses on the provider's CDN and data URLs, alone or in a list."""
    async with served() as client:
        mine = await client.url()
        data = f"data:image/png;base64,{base64.b64encode(picture()).decode()}"
        taken = [
            await client.post(EDIT, ASK | {"image": image}) for image in (mine, data, [mine, data])
        ]
        other = await client.post(EDIT, ASK | {"image": "https://example.org/a.png"})

    assert [answer.status_code for answer in (*taken, other)] == [200, 200, 200, 400]


async def test_an_edit_of_auto_size_keeps_the_shape() -> None:
    """`size=auto` gives an edit the 1K size nearest to the first image's shape."""
    async with served() as client:
        sizes = []
        for size in ((300, 100), (100, 100), (90, 200)):
            fields = {"model": GPT, "prompt": "at night", "quality": "low"}
            answer = await client.upload(fields, [("image", picture(size))])
            sizes.append(answer.json()["size"])

    assert sizes == ["1536x1024", "1024x1024", "1024x1536"]


async def test_an_empty_account_pays_nothing() -> None:
    """What the account cannot pay, beside the tasks that are still open, is refused with 402."""
    async with served(balance=5, task_seconds=60) as client:
        first = await client.post(GENERATE_TASK, ASK | {"n": 3})
        second = await client.post(GENERATE_TASK, ASK | {"n": 3})

        assert (first.status_code, second.status_code) == (200, 402)
        assert word(second) == "insufficient_credits"
        assert client.pixapi.balance == 5
        client.pixapi.finish(first.json()["id"])
        assert client.pixapi.balance == 2


async def test_a_submit_is_not_idempotent() -> None:
    """The same call twice makes two tasks and bills twice."""
    async with served() as client:
        first, second = await client.submit(), await client.submit()

        assert first != second
        assert client.pixapi.billed == 2


async def test_what_is_not_there_is_not_found() -> None:
    """Unknown addresses, methods and tasks are errors in the provider's own form."""
    async with served() as client:
        address = await client.post("/v1/images/variations", ASK)
        method = await client.http.get(client.pixapi.url + GENERATE, headers=client.headers)
        task = await client.poll("task_none")

    assert [answer.status_code for answer in (address, method, task)] == [404, 405, 404]
    assert {"not_found"} == {word(answer) for answer in (address, method, task)}
