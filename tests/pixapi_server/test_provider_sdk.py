"""The embedded provider as a client that nobody here wrote sees it: the OpenAI SDK."""

from __future__ import annotations

import base64
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import openai
import pytest
from openai import AsyncOpenAI, DefaultAsyncHttpxClient

from tests.pixapi_server.provider_kit import opened, picture, served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.pixapi_server.provider_kit import Client


@asynccontextmanager
async def sdk(client: Client, key: str | None = None) -> AsyncIterator[AsyncOpenAI]:
    """The SDK, on an HTTP client without proxies, without retries of its own."""
    async with DefaultAsyncHttpxClient(trust_env=False) as http:
        yield AsyncOpenAI(
            api_key=key or client.pixapi.key,
            base_url=f"{client.pixapi.url}/v1",
            http_client=http,
            max_retries=0,
        )


async def test_generate_gives_an_address_of_a_picture() -> None:
    """`images.generate` answers with a CDN address under which the picture of the size lies."""
    async with served(plain=False) as client, sdk(client) as ai:
        answer = await ai.images.generate(
            model="gpt-image-2", prompt="a fox", size="1024x1024", quality="low"
        )
        assert answer.data is not None
        assert answer.data[0].url is not None
        file = await client.http.get(answer.data[0].url)

        assert answer.data[0].url.startswith(client.pixapi.cdn_url)
        assert opened(file.content).size == (1024, 1024)
        assert answer.usage is not None
        assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens


async def test_generate_gives_bytes_when_asked() -> None:
    """`response_format=b64_json` carries the pictures in the answer."""
    async with served() as client, sdk(client) as ai:
        answer = await ai.images.generate(
            model="gpt-image-2", prompt="a fox", n=2, response_format="b64_json"
        )
        assert answer.data is not None
        pictures = [opened(base64.b64decode(item.b64_json or "")) for item in answer.data]

        assert [image.size for image in pictures] == [(1024, 1024)] * 2


async def test_edit_takes_one_image_several_and_a_mask() -> None:
    """`images.edit` works with a file, with a list of files and with a mask."""
    async with served(plain=False) as client, sdk(client) as ai:
        images = ai.images
        file = ("one.png", picture())
        mask = ("mask.png", picture(mode="RGBA", fill=(0, 0, 0, 0)))
        one = await images.edit(model="gpt-image-2", prompt="at night", image=file, quality="low")
        await images.edit(model="gpt-image-2", prompt="merge", image=[file, file], quality="low")
        await images.edit(
            model="gpt-image-2", prompt="a boat", image=file, mask=mask, quality="low"
        )

        assert one.data is not None
        assert [len(call.images) for call in client.pixapi.asked] == [1, 2, 1]
        assert [call.mask for call in client.pixapi.asked] == [False, False, True]


async def test_models_are_listed() -> None:
    """`models.list` names every model by its id."""
    async with served() as client, sdk(client) as ai:
        listed = [model.id async for model in ai.models.list()]

    assert "gpt-image-2" in listed
    assert "gemini-3-pro-image-preview" in listed


@pytest.mark.parametrize("shape", ["number", "word"])
async def test_errors_are_the_sdks_errors(shape: str) -> None:
    """Both documented error bodies raise the SDK's own exception for their status."""
    async with served() as client, sdk(client) as ai:
        client.pixapi.error_shape = "number" if shape == "number" else "word"
        async with sdk(client, "sk_wrong") as stranger:
            with pytest.raises(openai.AuthenticationError):
                await stranger.images.generate(model="gpt-image-2", prompt="a fox")
        with pytest.raises(openai.BadRequestError, match="size"):
            await ai.images.generate(model="gpt-image-2", prompt="x", size="256x256")
