"""What the tests of the embedded provider share: a running one, a client, pictures, a clock."""

from __future__ import annotations

import io
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
from PIL import Image

from bot.demo.pixapi.server import Pixapi

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

GENERATE = "/v1/images/generations"
GENERATE_TASK = "/v1/async/images/generations"
EDIT = "/v1/images/edits"
EDIT_TASK = "/v1/async/images/edits"
ASK: dict[str, Any] = {"model": "gpt-image-2", "prompt": "a red fox", "quality": "low"}


class Clock:
    """Unix seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


class Client:
    """The provider and an HTTP client with its key."""

    def __init__(self, pixapi: Pixapi, http: httpx.AsyncClient) -> None:
        self.pixapi = pixapi
        self.http = http
        self.headers = {"Authorization": f"Bearer {pixapi.key}"}

    async def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """A JSON request with the key."""
        return await self.http.post(self.pixapi.url + path, json=body, headers=self.headers)

    async def upload(
        self, fields: dict[str, str], files: list[tuple[str, bytes]], path: str = EDIT
    ) -> httpx.Response:
        """A multipart request with the key; files are pairs of field and bytes."""
        parts = [(name, ("picture", data)) for name, data in files]
        url = self.pixapi.url + path
        return await self.http.post(url, data=fields, files=parts, headers=self.headers)

    async def poll(self, task: str) -> httpx.Response:
        """A task's state."""
        return await self.http.get(f"{self.pixapi.url}/v1/tasks/{task}", headers=self.headers)

    async def submit(self, **fields: Any) -> str:
        """A task's id."""
        answer = await self.post(GENERATE_TASK, ASK | fields)
        return str(answer.json()["id"])

    async def url(self) -> str:
        """The address of a fresh result."""
        answer = await self.post(GENERATE, ASK)
        return str(answer.json()["data"][0]["url"])


@asynccontextmanager
async def served(*, plain: bool = True, **options: Any) -> AsyncIterator[Client]:
    """A provider whose tasks are completed at once, and flat pictures."""
    settings: dict[str, Any] = {"task_seconds": 0, "plain": plain} | options
    async with (
        await Pixapi.start(**settings) as pixapi,
        httpx.AsyncClient(trust_env=False, timeout=30) as http,
    ):
        yield Client(pixapi, http)


def picture(
    size: tuple[int, int] = (64, 48), kind: str = "PNG", mode: str = "RGB", fill: Any = 120
) -> bytes:
    """An image file of one colour."""
    out = io.BytesIO()
    Image.new(mode, size, fill).save(out, kind)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    """The picture in these bytes, decoded to its end."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def word(answer: httpx.Response) -> str:
    """The error's word, in whichever of the two documented shapes."""
    error = answer.json()["error"]
    return str(error.get("type", error["code"]))
