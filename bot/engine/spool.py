"""The exact number of a picture's bytes, which Slack wants before the first of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from tempfile import TemporaryFile
from typing import IO

from bot.pixapi.pictures import OpenPicture

CHUNK = 256 * 1024  # bytes


@asynccontextmanager
async def measured(opened: OpenPicture) -> AsyncIterator[tuple[int, AsyncIterable[bytes]]]:
    """A picture's length in bytes and its chunks: as they come where the provider says the length.

    Otherwise they go through a temporary file, so that memory stays flat.
    """
    if opened.length is not None:
        yield opened.length, opened.chunks
        return
    with TemporaryFile() as file:
        length = 0
        async for chunk in opened.chunks:
            length += await asyncio.to_thread(file.write, chunk)
        await asyncio.to_thread(file.seek, 0)
        yield length, _chunks(file)


async def _chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(file.read, CHUNK):
        yield chunk
