"""A file that a person attached, on its way out of Slack."""

from __future__ import annotations

import asyncio
import traceback
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any

import pytest

from bot.core.job import FileId
from bot.demo.slack.seed import DESIGN, MIA
from bot.slack.client import Slack, open_slack
from bot.slack.errors import SlackBusy, SlackDown, SlackError, SlackLost, SlackRefused
from bot.slack.files import FileDetails, Problem
from tests.slack_client.crooked import CUT, Crooked, closed_port, plain, refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from bot.demo.slack.workspace import Workspace

FILE = FileId("F000000001")
LIMIT = 50_000
BODY = "12345678" * 1000


def at(url: str, size: int | None = len(BODY)) -> FileDetails:
    """A file that should be found at an address."""
    return FileDetails(FILE, "photo.png", "image/png", size, url)


def page(body: str = BODY, status: int = 200, **headers: object) -> Any:
    """An answer with a picture."""
    return plain(body, status, "image/png", **headers)


@pytest.fixture(name="target")
def _target() -> Iterator[IO[bytes]]:
    with TemporaryFile() as file:
        yield file


def content(target: IO[bytes]) -> bytes:
    """What is on disk."""
    target.seek(0)
    return target.read()


def info(**more: Any) -> dict[str, Any]:
    """An answer of files.info."""
    shape = {"id": FILE, "name": "photo.png", "mimetype": "image/png", "size": 5, "mode": "hosted"}
    return {"ok": True, "file": shape | {"url_private": "https://files.slack.com/x"} | more}


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (info(), None),
        (info(mode="tombstone"), Problem.GONE),
        (refused("file_deleted"), Problem.GONE),
        (refused("file_not_found"), Problem.GONE),
        (info(mode="hidden_by_limit"), Problem.HIDDEN),
        (info(file_access="access_denied"), Problem.DENIED),
        (refused("access_denied"), Problem.DENIED),
        (info(is_external=True), Problem.EXTERNAL),
        (info(mode="external"), Problem.EXTERNAL),
        (info(mode="snippet"), Problem.NOT_HOSTED),
        (info(mode="post"), Problem.NOT_HOSTED),
        (info(url_private=None), Problem.NOT_HOSTED),
    ],
)
async def test_what_slack_says_of_a_file(
    slack: Slack, crooked: Crooked, answer: Any, problem: Problem | None
) -> None:
    """Every reason why a file cannot be had is known before a byte of it is asked for."""
    crooked.say(answer)
    details = await slack.details(FILE)

    assert (FILE, problem) == (details.file, details.problem)
    assert crooked.requests[0].query["file"] == FILE


async def test_a_download_address_comes_first(slack: Slack, crooked: Crooked) -> None:
    """What is meant for downloading is taken rather than what is meant for looking at."""
    crooked.say(info(url_private_download="https://files.slack.com/x/download"))
    details = await slack.details(FILE)

    assert details == FileDetails(
        FILE, "photo.png", "image/png", 5, "https://files.slack.com/x/download"
    )


async def test_other_refusals_are_not_guessed_at(slack: Slack, crooked: Crooked) -> None:
    """A refusal that says nothing about the file (a missing scope) is raised as it is."""
    crooked.say(refused("missing_scope"))
    with pytest.raises(SlackRefused, match="missing_scope"):
        await slack.details(FILE)


async def test_the_very_bytes(acme: Slack, ws: Workspace, target: IO[bytes]) -> None:
    """What a person attached arrives on disk byte for byte, whatever its event said of it."""
    data = bytes(range(256)) * 3000
    file = await ws.upload(MIA, "photo.png", data)
    ws.send_stubs(file.id)
    await ws.send(MIA, DESIGN, "look", files=[file.id])
    details = await acme.details(FileId(file.id))
    length = await acme.download(details, target, 10**6)

    assert data == content(target)
    assert len(data) == length == details.size


async def test_the_token_goes_along(slack: Slack, crooked: Crooked, target: IO[bytes]) -> None:
    """Slack hands a file out to the bearer of the token, as it is and not compressed."""
    crooked.say(page())
    await slack.download(at(f"{crooked.url}/files-pri/x"), target, LIMIT)

    assert crooked.requests[0].headers["Authorization"] == "Bearer xoxb-secret"
    assert crooked.requests[0].headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "odd"])
async def test_what_is_packed_is_refused(
    slack: Slack, crooked: Crooked, target: IO[bytes], encoding: str
) -> None:
    """Bytes are taken as they are, and an encoding that nobody asked for is refused unread."""
    crooked.say(page(Content_Encoding=encoding))
    with pytest.raises(SlackRefused, match="encoded"):
        await slack.download(at(f"{crooked.url}/files-pri/x"), target, LIMIT)

    assert content(target) == b""


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/files-pri/x",
        "https://files.slack.com.evil.example/x",
        "https://evilslack.com/x",
        "http://files.slack.com/x",
        "https://files.slack.com:8443/x",
        "https://me:secret@files.slack.com/x",
        "https://files.slack.com@evil.example/x",
        "https://files.slack.com\\@evil.example/x",
        "http://127.0.0.1:9/x",
        "//files.slack.com/x",
        "file:///etc/passwd",
        "https://[",
        "",
    ],
)
async def test_the_token_goes_nowhere_else(url: str, target: IO[bytes]) -> None:
    """An address that is not https at Slack's own is never called: its token would be gone."""
    async with open_slack("xoxb-secret") as client:
        with pytest.raises(SlackRefused, match="elsewhere"):
            await client.download(at(url), target, LIMIT)

    assert content(target) == b""


async def test_loopback_does_not_reach_out(slack: Slack, target: IO[bytes]) -> None:
    """With the API on this machine, other hosts still have to be Slack's."""
    with pytest.raises(SlackRefused, match="elsewhere"):
        await slack.download(at("https://evil.example/x"), target, LIMIT)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (plain("<html>Sign in", 302, "text/html", location="/login"), "http_302"),
        (plain("<html>Sign in", 200, "text/html; charset=utf-8"), "web_page"),
        (page(status=401), "http_401"),
        (page(status=403), "http_403"),
        (page(status=404), "http_404"),
        (page(status=206), "http_206"),
        (page(BODY[1:]), "wrong_length"),
        (page(BODY + "9"), "wrong_length"),
        (page(""), "wrong_length"),
    ],
)
async def test_what_is_not_the_file(
    slack: Slack, crooked: Crooked, target: IO[bytes], answer: Any, code: str
) -> None:
    """A login page, a redirect, another length: each is told apart, asked once, never followed."""
    crooked.say(answer)
    with pytest.raises(SlackRefused, match=f"download: {code}"):
        await slack.download(at(f"{crooked.url}/x"), target, LIMIT)

    assert len(crooked.requests) == 1


async def test_the_trap_itself(acme: Slack, ws: Workspace, target: IO[bytes]) -> None:
    """Where Slack leads to its login page, nothing of that page is taken for the file."""
    file = await ws.upload(MIA, "photo.png", b"x" * 100)
    await ws.send(MIA, DESIGN, "look", files=[file.id])
    details = await acme.details(FileId(file.id))
    ws.faults.arm("login_page", "download")
    with pytest.raises(SlackRefused, match="http_302"):
        await acme.download(details, target, LIMIT)

    assert content(target) == b""


@pytest.mark.parametrize("trouble", [page(status=503), page(status=429, retry_after=1), CUT])
async def test_trouble_that_passes(
    slack: Slack, crooked: Crooked, target: IO[bytes], trouble: Any
) -> None:
    """After an answer that was lost, or came too soon, the file is asked for from its beginning."""
    crooked.say(trouble, page())
    await slack.download(at(f"{crooked.url}/x"), target, LIMIT)

    assert content(target) == BODY.encode()


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (page(status=500), SlackLost),
        (page(status=429, retry_after=1), SlackBusy),
        (page(status=429, retry_after=3600), SlackBusy),
        (CUT, SlackLost),
    ],
)
async def test_trouble_that_stays(
    slack: Slack, crooked: Crooked, target: IO[bytes], trouble: Any, error: type[SlackError]
) -> None:
    """What does not pass in a few tries is raised as what it is."""
    crooked.say(*[trouble] * 10)  # the connection library asks twice after a cut
    with pytest.raises(error):
        await slack.download(at(f"{crooked.url}/x"), target, LIMIT)


async def test_nobody_there(target: IO[bytes]) -> None:
    """A server that does not exist is no refusal."""
    port = await closed_port()
    async with open_slack("xoxb-secret", api_url=f"http://127.0.0.1:{port}/api/") as client:
        with pytest.raises(SlackDown):
            await client.download(at(f"http://127.0.0.1:{port}/x"), target, LIMIT)


async def test_errors_hold_no_address(slack: Slack, crooked: Crooked, target: IO[bytes]) -> None:
    """An address with a person's file name in it is in no error's text."""
    name = "plan" * 3
    crooked.say(page(status=302))
    with pytest.raises(SlackRefused) as refusal:
        await slack.download(at(f"{crooked.url}/{name}"), target, LIMIT)

    assert name not in "".join(traceback.format_exception(refusal.value))


async def test_broken_off_in_the_middle(target: IO[bytes]) -> None:
    """A file that broke off is begun anew: nothing of the first try stays."""
    tries = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal tries
        tries += 1
        await reader.readuntil(b"\r\n\r\n")
        body = BODY.encode() if tries > 1 else b"something else"
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n")
        writer.write(f"Content-Length: {len(BODY)}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, open_slack("xoxb-secret", api_url=f"{url}/api/") as client:
        await client.download(at(f"{url}/x"), target, LIMIT)

    assert (2, BODY.encode()) == (tries, content(target))


async def test_the_own_disk_is_not_slack(slack: Slack, crooked: Crooked, tmp_path: Path) -> None:
    """Where nothing can be written, it is said so, and Slack is not asked again and again."""
    path = tmp_path / "file"
    path.touch()
    with path.open("rb") as target, pytest.raises(OSError, match="truncate"):
        await slack.download(at(f"{crooked.url}/x"), target, LIMIT)

    assert crooked.requests == []


@dataclass(frozen=True)
class Endless:
    """Where it is, how many bytes each request could get, and whether one has begun."""

    url: str
    sent: list[int]
    begun: asyncio.Event


@asynccontextmanager
async def endless(begin: bytes) -> AsyncIterator[Endless]:
    """A server whose file has no end."""
    sent: list[int] = []
    begun, done = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(begin)
        sent.append(0)
        try:
            while sent[-1] < 10**9:
                writer.write(b"x" * 65_536)
                await writer.drain()
                sent[-1] += 65_536
                begun.set()
        except ConnectionError:
            pass
        finally:
            done.set()
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield Endless(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", sent, begun)
        if sent:
            await done.wait()


@pytest.mark.parametrize(("size", "most"), [(None, 1_000_000), (200_000, 200_000)])
@pytest.mark.parametrize("length", [b"", b"Content-Length: 60000000\r\n"])
async def test_it_stops_at_the_limit(
    target: IO[bytes], size: int | None, most: int, length: bytes
) -> None:
    """60 MB and more that say otherwise are cut off where the limit, or their word, ends."""
    begin = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n" + length + b"\r\n"
    async with (
        endless(begin) as server,
        open_slack("xoxb-secret", api_url=f"{server.url}/api/") as client,
    ):
        with pytest.raises(SlackRefused, match="too_large" if size is None else "wrong_length"):
            await client.download(at(f"{server.url}/x", size), target, 1_000_000)

    assert len(server.sent) == 1
    assert len(content(target)) <= most
    assert server.sent[0] < 30_000_000  # what the machine's own buffers take


async def test_it_is_not_begun_above_the_limit(
    slack: Slack, crooked: Crooked, target: IO[bytes]
) -> None:
    """A file that Slack says is too large is not asked for."""
    with pytest.raises(SlackRefused, match="too_large"):
        await slack.download(at(f"{crooked.url}/x", 60_000_000), target, 50_000_000)

    assert crooked.requests == []
    assert content(target) == b""


async def test_cancelled_on_the_way(target: IO[bytes]) -> None:
    """A download that nobody waits for any more ends at once."""
    begin = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n"
    async with (
        endless(begin) as server,
        open_slack("xoxb-secret", api_url=f"{server.url}/api/") as client,
    ):
        download = asyncio.create_task(client.download(at(f"{server.url}/x", None), target, 10**9))
        await server.begun.wait()
        download.cancel()
        with pytest.raises(asyncio.CancelledError):
            await download
