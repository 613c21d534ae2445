"""Opening a result: its stream, and what is refused."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from PIL import Image as Pillow

from bot.core.job import Size
from bot.pixapi.answers import Image
from bot.pixapi.client import PixapiClient
from bot.pixapi.errors import PictureError
from tests.pixapi_client.against import ASK, provider, reply, scripted, socket, whole
from tests.pixapi_client.memory import BOMB, peak
from tests.pixapi_client.picture_samples import OTHERS, SAMPLES


def told(data: bytes) -> tuple[Size, str]:
    """What Pillow says of a whole picture."""
    with Pillow.open(io.BytesIO(data)) as whole:
        return Size(*whole.size), str(whole.get_format_mimetype())


async def test_a_beginning_alone_is_no_picture() -> None:
    """A file that ends before its pixels are known, fetched or inside an answer."""
    start = SAMPLES["png"][:20]
    async with scripted(httpx.Response(200, content=start)) as (client, _):
        for image in (Image(content=start), Image(url="https://cdn.example/a.png")):
            with pytest.raises(PictureError) as refused:
                await whole(client, image)
            assert refused.value.code == "not_a_picture"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, identity", "odd"])
async def test_an_encoding_that_nobody_asked_for_is_refused(encoding: str) -> None:
    """A CDN that packs what was asked for as it is: refused by its header, never unpacked."""
    packed = httpx.Response(200, headers={"Content-Type": "image/png"}, content=BOMB)
    packed.headers["Content-Encoding"] = encoding
    async with scripted(packed) as (client, wire), peak() as most:
        with pytest.raises(PictureError) as refused:
            await whole(client, Image(url="https://cdn.example/a.png"))

    assert (refused.value.code, refused.value.transient) == ("encoded", False)
    assert len(wire.sent) == 1
    assert most[0] < 2_000_000


@pytest.mark.parametrize("encoding", ["identity", "Identity", ""])
async def test_as_it_is_may_be_said(encoding: str) -> None:
    """A CDN that says that nothing was done to the bytes."""
    plain = httpx.Response(200, headers={"Content-Encoding": encoding}, content=SAMPLES["png"])
    async with scripted(plain) as (client, _):
        assert SAMPLES["png"] == await whole(client, Image(url="https://cdn.example/a.png"))


async def test_a_result_streams_without_the_key() -> None:
    """The bytes of the CDN, its length, real pixels and type; the key stays at home."""
    async with provider() as served:
        outcome = await served.outcome()
        name = (outcome.images[0].url or "").rpartition("/")[2]
        async with served.client.open(outcome.images[0]) as picture:
            data = b"".join([chunk async for chunk in picture.chunks])

        assert data == await served.pixapi.cdn.data(name)
        assert (Size(1024, 1024), "image/png", len(data)) == (
            picture.size, picture.mime, picture.length)  # fmt: skip
        assert len(served.pixapi.cdn.fetches) == 1
        assert served.pixapi.cdn.leaks == []


async def test_a_result_without_a_length_streams_whole() -> None:
    """Chunked: the length is not known, the bytes are the same."""
    async with provider() as served:
        image = (await served.outcome()).images[0]
        expected = await whole(served.client, image)
        served.faults.arm("no_length", "cdn")
        async with served.client.open(image) as picture:
            assert picture.length is None
            assert expected == b"".join([chunk async for chunk in picture.chunks])


async def test_a_picture_inside_an_answer_opens_the_same_way() -> None:
    """Bytes instead of an address: the same stream, with its length."""
    data = SAMPLES["jpeg-profile"]
    async with scripted() as (client, _), client.open(Image(content=data)) as picture:
        assert (Size(640, 480), "image/jpeg") == (picture.size, picture.mime)
        assert picture.length == len(data)
        assert data == b"".join([chunk async for chunk in picture.chunks])


@pytest.mark.parametrize("name", SAMPLES)
async def test_pixels_are_known_before_the_picture_is_read(name: str) -> None:
    """Over a socket that gives a few bytes at a time; the first ones are not lost."""
    data = SAMPLES[name]

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(data))
        for start in range(0, 60, 7):
            writer.write(data[start : start + 7])
            await writer.drain()
        writer.write(data[63:])

    async with socket(drip) as client:
        address = f"{client._base}/a"
        async with client.open(Image(url=address)) as picture:
            assert told(data) == (picture.size, picture.mime)
            assert data == b"".join([chunk async for chunk in picture.chunks])


@pytest.mark.parametrize(("kind", "data"), OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize("inside", [True, False])
async def test_every_still_picture_is_one(kind: str, data: bytes, *, inside: bool) -> None:
    """Whatever Pillow reads is measured, and handed on byte for byte, from wherever it came."""
    image = Image(content=data) if inside else Image(url="https://cdn.example/a.png")
    answer = httpx.Response(200, content=data)
    async with scripted(answer) as (client, _), client.open(image) as picture:
        assert (Size(64, 48), f"image/{kind}") == (picture.size, picture.mime)
        assert picture.length == len(data)
        assert data == b"".join([chunk async for chunk in picture.chunks])


@pytest.mark.parametrize(("kind", "data"), OTHERS.values(), ids=OTHERS)
async def test_the_beginning_of_a_rare_picture_is_none(kind: str, data: bytes) -> None:
    """A file of another type that is cut off in its head is refused like any."""
    del kind
    async with scripted(httpx.Response(200, content=data[:12])) as (client, _):
        with pytest.raises(PictureError) as refused:
            await whole(client, Image(url="https://cdn.example/a.png"))

    assert refused.value.code == "not_a_picture"


@pytest.mark.parametrize("head", [b"%!PS-Adobe-3.0 EPSF-3.0\n", b"\x00\x00\x01\xba", b"text", b""])
async def test_what_is_no_picture_is_not_read_to_its_end(head: bytes) -> None:
    """Texts, films and what would need another program are refused by their first bytes."""
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        yield head
        while True:
            read += 1000
            yield bytes(1000)

    async with endless_answer(endless()) as client:
        with pytest.raises(PictureError) as refused:
            await whole(client, Image(url="https://cdn.example/a.png"))

    assert refused.value.code == "not_a_picture"
    assert read < 10_000


@asynccontextmanager
async def endless_answer(stream: AsyncIterator[bytes]) -> AsyncIterator[PixapiClient]:
    """A client whose network answers everything with this stream."""

    async def answer(request: httpx.Request) -> httpx.Response:
        del request
        return httpx.Response(200, content=stream)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        yield PixapiClient(http, base_url="https://api.example", key="sk_secret")


@pytest.mark.parametrize(
    ("fault", "values"),
    [
        ("expired", {"status": 403}),
        ("lost_request", {}),
        ("html", {"status": 502}),
        ("status", {"status": 429}),
        ("status", {"status": 500}),
    ],
)
async def test_what_passes_is_not_noticed(fault: str, values: dict[str, Any]) -> None:
    """A 403 once, a broken connection, a busy CDN: the picture comes at a later try."""
    async with provider() as served:
        image = (await served.outcome()).images[0]
        served.faults.arm(fault, "cdn", times=2, **values)

        assert await whole(served.client, image)


@pytest.mark.parametrize(
    ("answer", "code", "transient", "calls"),
    [
        (reply(403), "forbidden", True, 6),
        (reply(401), "forbidden", False, 1),
        (reply(404), "expired", False, 1),
        (reply(410), "expired", False, 1),
        (reply(301, location="https://elsewhere.example/a.png"), "redirected", False, 4),
        (reply(307, location="/b.png"), "redirected", False, 4),
        (reply(302), "redirected", False, 1),
        (reply(302, location="http://elsewhere.example/a.png"), "bad_address", False, 1),
        (reply(302, location="https://10.0.0.1/a.png"), "bad_address", False, 1),
        (reply(204), "unreachable", False, 1),
        (reply(500), "unreachable", True, 6),
        (reply(429, retry_after="60"), "unreachable", True, 1),
        (httpx.ReadTimeout("slow"), "unreachable", True, 6),
        (httpx.ConnectError("no"), "unreachable", True, 6),
        (httpx.Response(200), "not_a_picture", False, 1),
        (httpx.Response(200, content=b"<html>sign in</html>"), "not_a_picture", False, 1),
        (httpx.Response(200, content=b"\x89PNG\r\n\x1a\n"), "not_a_picture", False, 1),
        *(
            (httpx.Response(200, content=data), "not_a_picture", False, 1)
            for data in (
                b"\xff\xd8\xff\xd9\0\0\0\0",
                b"\xff\xd8\xff\xe0\x00\x04ab" + b"no marker",
                b"\xff\xd8\xff\xda\x00\x04ab" + bytes(30),
                b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\0\0\0\0\1" + bytes(30),
                b"RIFF\0\0\0\0WAVE" + bytes(30),
                b"RIFF\0\0\0\0WEBPVP8L" + bytes(30),
                b"GIF89a\0\0\0\0" + bytes(30),
            )
        ),
    ],
)
async def test_every_way_a_result_cannot_be_fetched(
    answer: Any, code: str, calls: int, *, transient: bool
) -> None:
    """Each with its code, whether it may pass, and the calls it makes."""
    async with scripted(answer) as (client, wire):
        with pytest.raises(PictureError) as failed:
            await whole(client, Image(url="https://cdn.example/a.png"))

    assert (code, transient) == (failed.value.code, failed.value.transient)
    assert calls == len(wire.sent)
    assert not any("authorization" in sent.headers for sent in wire.sent)


@pytest.mark.parametrize("kind", ["zero", "text"])
async def test_what_the_cdn_spoils_is_no_picture(kind: str) -> None:
    """Empty files and texts under a picture's name are refused by their bytes."""
    async with provider() as served:
        image = (await served.outcome()).images[0]
        served.spoil(kind)
        with pytest.raises(PictureError) as failed:
            await whole(served.client, image)

        assert failed.value.code == "not_a_picture"


@pytest.mark.parametrize("kind", ["webp", "gif", "jpeg"])
async def test_a_type_is_told_by_the_bytes(kind: str) -> None:
    """Whatever the answer's Content-Type says."""
    async with provider() as served:
        image = (await served.outcome()).images[0]
        served.spoil(kind)
        async with served.client.open(image) as picture:
            assert (f"image/{kind}", Size(1024, 1024)) == (picture.mime, picture.size)


async def test_a_picture_of_200_mb_is_refused_by_its_length() -> None:
    """Before it is read."""
    async with provider() as served:
        image = (await served.outcome()).images[0]
        served.spoil("huge")
        with pytest.raises(PictureError) as failed:
            await whole(served.client, image)

        assert failed.value.code == "too_large"


async def test_a_picture_without_a_length_ends_at_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is read is counted; what came inside an answer, too."""
    monkeypatch.setattr("bot.pixapi.pictures.MAX_PICTURE_BYTES", 100)
    async with provider() as served:
        image = (await served.outcome()).images[0]
        served.faults.arm("no_length", "cdn")
        async with served.client.open(image) as picture:
            with pytest.raises(PictureError) as failed:
                _ = [chunk async for chunk in picture.chunks]
        assert failed.value.code == "too_large"

        with pytest.raises(PictureError):
            await whole(served.client, Image(content=SAMPLES["png"]))


async def test_a_picture_that_breaks_off_may_be_opened_again() -> None:
    """The stream fails with what may pass, and never ends as if it were whole."""
    async with provider() as served:
        image = (await served.outcome()).images[0]
        served.faults.arm("lost_answer", "cdn")
        with pytest.raises(PictureError) as failed:
            await whole(served.client, image)

        assert failed.value.transient
        assert await whole(served.client, image)


async def test_a_stream_that_is_left_early_is_closed() -> None:
    """Leaving the context without reading gives the connection back."""
    async with provider() as served:
        image = (await served.outcome()).images[0]
        for _ in range(3):
            async with served.client.open(image):
                pass
        transport: Any = served.client._http._transport

        assert not transport._session.connector._acquired


async def test_a_bad_address_is_not_called_at_all() -> None:
    """Nothing leaves."""
    async with scripted(reply(200)) as (client, wire):
        with pytest.raises(PictureError):
            await whole(client, Image(url="http://cdn.example/a.png"))

    assert wire.sent == []


async def test_the_provider_needs_no_other_call_for_a_picture() -> None:
    """One submit, one poll, one fetch."""
    async with provider() as served:
        await whole(served.client, (await served.outcome(ASK)).images[0])

        assert [call.name for call in served.pixapi.calls] == ["submit", "poll"]
