"""The provider's second host: files, the key that must not come here, and its faults."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from bot.demo.faults import Gate
from tests.pixapi_server.provider_kit import opened, served


async def test_files_live_on_another_host() -> None:
    """A result's address has another port than the API, and gives a PNG with its length."""
    async with served() as client:
        url = await client.url()
        answer = await client.http.get(url)

        assert url.startswith(client.pixapi.cdn_url)
        assert client.pixapi.cdn_url != client.pixapi.url
        assert ("image/png", opened(answer.content).format) == (
            answer.headers["Content-Type"],
            "PNG",
        )
        assert len(answer.content) == int(answer.headers["Content-Length"])


async def test_the_key_is_refused_and_recorded() -> None:
    """A request that brings an Authorization header gets no file and is kept as a leak."""
    async with served() as client:
        url = await client.url()
        answer = await client.http.get(url, headers=client.headers)
        await client.http.get(url)

        assert answer.status_code == 400
        assert [url] == [client.pixapi.cdn_url + leak.path for leak in client.pixapi.cdn.leaks]
        assert len(client.pixapi.cdn.fetches) == 2


async def test_a_file_is_the_same_each_time() -> None:
    """Painted again after it has left the memory, a file has the same bytes."""
    async with served(plain=False) as client:
        url = await client.url()
        first = await client.http.get(url)
        client.pixapi.cdn._painted.clear()
        second = await client.http.get(url)

    assert first.content == second.content


async def test_an_unknown_file_is_not_found() -> None:
    """There is nothing under a name that was not given out."""
    async with served() as client:
        answer = await client.http.get(f"{client.pixapi.cdn_url}/none.png")

    assert answer.status_code == 404


@pytest.mark.parametrize("status", [403, 404])
async def test_an_address_may_expire_once(status: int) -> None:
    """An expired answer comes as often as it is armed; then the file is there."""
    async with served() as client:
        url = await client.url()
        client.pixapi.faults.arm("expired", "cdn", status=status)
        answers = [await client.http.get(url), await client.http.get(url)]

    assert [status, 200] == [answer.status_code for answer in answers]


async def test_an_address_may_expire_for_good() -> None:
    """The old address stays dead; polling the task again gives a fresh one to the same picture."""
    async with served() as client:
        task = await client.submit()
        old = (await client.poll(task)).json()["data"][0]["url"]
        client.pixapi.faults.arm("expired", "cdn", for_good=True)
        dead = [(await client.http.get(old)).status_code for _ in range(2)]
        new = (await client.poll(task)).json()["data"][0]["url"]
        fresh = await client.http.get(new)

        assert dead == [403, 404]
        assert opened(fresh.content).size == (1024, 1024)
        assert client.pixapi.billed == 1


async def test_an_address_may_redirect() -> None:
    """By default to another address of this host, else to where the test says."""
    async with served() as client:
        url = await client.url()
        client.pixapi.faults.arm("redirect", "cdn")
        followed = await client.http.get(url, follow_redirects=True)
        client.pixapi.faults.arm("redirect", "cdn", location="http://evil.example/")
        away = await client.http.get(url)

    assert (followed.status_code, len(followed.history)) == (200, 1)
    assert away.headers["Location"] == "http://evil.example/"


async def test_a_file_may_come_without_a_length() -> None:
    """Chunked, the same bytes arrive without Content-Length."""
    async with served() as client:
        url = await client.url()
        client.pixapi.faults.arm("no_length", "cdn")
        chunked, whole = await client.http.get(url), await client.http.get(url)

    assert "Content-Length" not in chunked.headers
    assert chunked.content == whole.content


@pytest.mark.parametrize("call", ["cdn", "submit"])
@pytest.mark.parametrize("kind", ["zero", "truncated", "text", "webp", "gif", "jpeg"])
async def test_a_picture_may_be_bad(kind: str, call: str) -> None:
    """A bad picture is empty, cut, no picture at all, or of another type than it says."""
    async with served(plain=False) as client:
        client.pixapi.faults.arm("bad_picture", call, kind=kind)
        body = (await client.poll(await client.submit())).json()
        data = (await client.http.get(body["data"][0]["url"])).content

    if kind in {"webp", "gif", "jpeg"}:
        assert opened(data).format == kind.upper()
        return
    assert (kind == "zero") == (not data)
    with pytest.raises(OSError, match=r"identify|truncated"):
        opened(data)


async def test_a_picture_may_be_huge() -> None:
    """A huge file announces its length and can be left in the middle."""
    async with served() as client:
        url = await client.url()
        client.pixapi.faults.arm("bad_picture", "cdn", kind="huge")
        async with client.http.stream("GET", url) as answer:
            first = await anext(answer.aiter_raw())

    assert answer.headers["Content-Length"] == "200000000"
    assert first.startswith(b"\x89PNG")


async def test_a_file_may_break_off() -> None:
    """A lost answer cuts the connection in the middle of the file."""
    async with served(plain=False) as client:
        url = await client.url()
        client.pixapi.faults.arm("lost_answer", "cdn")
        with pytest.raises(httpx.RemoteProtocolError):
            await client.http.get(url)


async def test_a_file_may_not_be_reached() -> None:
    """A lost request is dropped without an answer."""
    async with served() as client:
        url = await client.url()
        client.pixapi.faults.arm("lost_request", "cdn")
        with pytest.raises(httpx.RemoteProtocolError):
            await client.http.get(url)


async def test_the_host_may_fail() -> None:
    """Statuses, HTML pages, slowness and gates are armed as on the API."""
    async with served() as client:
        url = await client.url()
        gate = Gate()
        client.pixapi.faults.arm("status", "cdn", status=503, retry_after=2)
        failed = await client.http.get(url)
        client.pixapi.faults.arm("html", "cdn")
        page = await client.http.get(url)
        client.pixapi.faults.arm("slow", "cdn", seconds=0.01)
        client.pixapi.faults.arm("gate", "cdn", gate=gate)
        waiting = asyncio.create_task(client.http.get(url))
        await gate.reached.wait()
        gate.opened.set()

        assert (failed.status_code, failed.headers["Retry-After"]) == (503, "2")
        assert (page.status_code, page.headers["Content-Type"][:9]) == (502, "text/html")
        assert (await waiting).status_code == 200
