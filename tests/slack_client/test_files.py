"""The bytes of a picture on their way into Slack."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from bot.core.job import ChannelId, FileId, Ts
from bot.demo.slack import seed as acme_studio
from bot.slack.client import Slack, open_slack
from bot.slack.errors import SlackDown, SlackError, SlackLost, SlackRefused
from bot.slack.files import MISSING, Upload, WrongLengthError
from bot.views.kit import Message
from tests.slack_client.crooked import CUT, Crooked, closed_port, plain, refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.demo.slack.workspace import Workspace

DESIGN, RANDOM = ChannelId(acme_studio.DESIGN), ChannelId(acme_studio.RANDOM)
CHUNK = b"x" * 65_536


async def source(*chunks: bytes) -> AsyncIterator[bytes]:
    """A source of bytes."""
    for chunk in chunks:
        yield chunk


def place(crooked: Crooked) -> Upload:
    """Where the server takes bytes."""
    return Upload(f"{crooked.url}/upload/v1/F1/secret", FileId("F1"))


async def test_bytes_arrive_as_they_are(slack: Slack, crooked: Crooked) -> None:
    """The bytes go raw, with their length and type, and without the token."""
    crooked.say(plain("OK - 131072"))
    await slack.send_bytes(place(crooked), source(CHUNK, CHUNK), 2 * len(CHUNK), "image/png")
    headers = crooked.requests[0].headers

    assert crooked.bodies == [CHUNK + CHUNK]
    assert headers["Content-Length"] == str(2 * len(CHUNK))
    assert headers["Content-Type"] == "image/png"
    assert "Transfer-Encoding" not in headers
    assert "Authorization" not in headers


async def test_bytes_are_not_gathered(slack: Slack, crooked: Crooked) -> None:
    """The next chunk is taken when the one before is on its way: 64 MB are never held."""
    given, begun = 0, asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 1
            begun.set()
            yield CHUNK

    stuck = asyncio.Event()

    async def swallow(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await stuck.wait()
        writer.close()

    server = await asyncio.start_server(swallow, "127.0.0.1", 0, limit=1024)
    async with server:
        port = server.sockets[0].getsockname()[1]
        upload = Upload(f"http://127.0.0.1:{port}/", FileId("F1"))
        task = asyncio.create_task(slack.send_bytes(upload, endless(), 2**40, "image/png"))
        await begun.wait()
        before = -1
        while before != given:
            before = given
            for _ in range(200):
                await asyncio.sleep(0)
        assert given * len(CHUNK) < 32_000_000
        stuck.set()
        with pytest.raises(SlackLost):
            await task
    assert crooked.requests == []


@pytest.mark.parametrize(
    "chunks", [(b"abc",), (b"abc", b"def", b"g"), (b"abcdefg",), (b"abcdef", b"g"), ()]
)
async def test_wrong_length(slack: Slack, crooked: Crooked, chunks: tuple[bytes, ...]) -> None:
    """A source that is not as long as announced is an error, whatever Slack says."""
    crooked.say(plain("OK - 6"))
    with pytest.raises(WrongLengthError):
        await slack.send_bytes(place(crooked), source(*chunks), 6, "image/png")


async def test_source_breaks(slack: Slack, crooked: Crooked) -> None:
    """An error of the source reaches the caller as it is, and Slack gets no whole file."""

    class SourceError(Exception):
        pass

    async def broken() -> AsyncIterator[bytes]:
        yield b"abc"
        raise SourceError

    with pytest.raises(SourceError):
        await slack.send_bytes(place(crooked), broken(), 6, "image/png")
    assert crooked.bodies == []


async def test_answers_to_bytes(slack: Slack, crooked: Crooked) -> None:
    """Anything but 200 is a failure, each of its kind, and none is tried again by itself."""
    crooked.say(plain("too large", 413), plain("", 503), CUT, plain("", 302, location="/login"))
    expected: list[tuple[type[SlackError], str]] = [
        (SlackRefused, "http_413"),
        (SlackLost, "http_503"),
        (SlackLost, "ServerDisconnectedError"),
        (SlackRefused, "http_302"),
    ]
    for kind, code in expected:
        with pytest.raises(kind) as caught:
            await slack.send_bytes(place(crooked), source(b"abc"), 3, "image/png")
        assert caught.value.code == code

    assert len(crooked.requests) == 4


async def test_errors_do_not_tell_the_address(slack: Slack) -> None:
    """The address is as good as a password: no error names it."""
    upload = Upload(f"http://127.0.0.1:{await closed_port()}/upload/v1/F1/secret", FileId("F1"))
    with pytest.raises(SlackDown) as caught:
        await slack.send_bytes(upload, source(b"abc"), 3, "image/png")

    assert "secret" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert caught.value.__suppress_context__


async def test_foreign_upload_address(slack: Slack, crooked: Crooked) -> None:
    """An upload address that is not Slack's gets no bytes, whoever named it."""
    elsewhere = "https://files.slack.com.example.com/upload/v1/1"
    crooked.say({"ok": True, "upload_url": elsewhere, "file_id": "F1"})
    with pytest.raises(SlackRefused) as caught:
        await slack.upload_address("fox.png", 3, "")
    assert caught.value.code == "upload_url_elsewhere"

    with pytest.raises(SlackRefused) as caught:
        await slack.send_bytes(Upload(elsewhere, FileId("F1")), source(b"abc"), 3, "image/png")
    assert caught.value.code == "upload_url_elsewhere"


async def test_loopback_address_from_slack() -> None:
    """With Slack itself as the API an upload address on this machine is refused."""
    async with open_slack("xoxb-secret") as slack:
        upload = Upload("http://127.0.0.1:1/upload", FileId("F1"))
        with pytest.raises(SlackRefused):
            await slack.send_bytes(upload, source(b"abc"), 3, "image/png")


async def test_missing_files(slack: Slack, crooked: Crooked) -> None:
    """Deleted, unknown and hidden files are facts to answer with, not errors."""
    crooked.say(
        refused("file_not_found"),
        refused("file_deleted"),
        {"ok": True, "file": {"id": "F1", "mode": "tombstone"}},
        {"ok": True, "file": {"id": "F1", "mode": "hidden_by_limit"}},
    )
    for _ in range(4):
        assert await slack.file(FileId("F1")) == MISSING

    crooked.say(refused("missing_scope"))
    with pytest.raises(SlackRefused):
        await slack.file(FileId("F1"))


async def test_where_a_file_is_shared(slack: Slack, crooked: Crooked) -> None:
    """Any of the places in which Slack names a conversation tells that a file is shared there."""
    file = {
        "id": "F1",
        "channels": ["C1"],
        "groups": None,
        "ims": [],
        "shares": {"public": {"C2": [{"ts": "1.1"}]}, "private": {"G1": []}},
    }
    crooked.say({"ok": True, "file": file}, {"ok": True, "file": {"id": "F1"}})
    expected = frozenset(map(ChannelId, ("C1", "C2", "G1")))

    assert (await slack.file(FileId("F1"))).shared_in == expected
    bare = await slack.file(FileId("F1"))
    assert (bare.exists, bare.shared_in, bare.processed, bare.size) == (True, frozenset(), False, 0)


# Against the embedded workspace


def png() -> bytes:
    """A small picture."""
    stream = io.BytesIO()
    Image.new("RGB", (8, 6), "orange").save(stream, "PNG")
    return stream.getvalue()


async def uploaded(acme: Slack, name: str = "fox.png") -> FileId:
    """A picture whose bytes Slack has and nobody sees."""
    data = png()
    upload = await acme.upload_address(name, len(data), "a fox " * 500)
    await acme.send_bytes(upload, source(data[:10], data[10:]), len(data), "image/png")
    return upload.file


async def test_upload(acme: Slack, ws: Workspace) -> None:
    """Two pictures are uploaded in three calls each and appear in the thread, bytes unchanged."""
    root = await acme.post(DESIGN, Message("root"))
    files = [await uploaded(acme), await uploaded(acme, "föx.png")]
    titles = ["*fox* &amp; friends", "é" * 300]
    await acme.share(list(zip(files, titles, strict=True)), DESIGN, thread=root)
    await ws.until(lambda: len(ws.messages(DESIGN, thread_ts=root)) == 2)

    assert ws.messages(DESIGN, thread_ts=root)[1].files == files
    stored = ws.world.files[files[0]]
    assert (stored.data, stored.title, len(stored.alt_text)) == (png(), titles[0], 1000)
    info = await acme.file(files[0])
    assert (info.exists, info.shared_in) == (True, frozenset({DESIGN}))
    assert (info.mime, info.size) == ("image/png", len(png()))


async def test_upload_not_shared(acme: Slack) -> None:
    """A file that was not shared yet is shared nowhere."""
    file = await uploaded(acme)

    assert (await acme.file(file)).shared_in == frozenset()


async def test_lost_share(acme: Slack, ws: Workspace) -> None:
    """A share whose answer was lost is not repeated; the file tells that it took effect."""
    root = await acme.post(DESIGN, Message("root"))
    file = await uploaded(acme)
    ws.faults.arm("lost_answer", "files.completeUploadExternal")
    with pytest.raises(SlackLost):
        await acme.share([(file, "fox")], DESIGN, thread=root)
    await ws.until(lambda: len(ws.messages(DESIGN, thread_ts=root)) == 2)

    assert DESIGN in (await acme.file(file)).shared_in
    assert len(ws.calls_of("files.completeUploadExternal")) == 1


@pytest.mark.parametrize("kind", ["lost_request", "lost_answer", "status"])
async def test_lost_bytes(acme: Slack, ws: Workspace, kind: str) -> None:
    """Bytes whose arrival is in doubt are sent again to a new address, by the caller."""
    data = png()
    upload = await acme.upload_address("fox.png", len(data), "")
    ws.faults.arm(kind, "upload", status=503)
    with pytest.raises(SlackLost):
        await acme.send_bytes(upload, source(data), len(data), "image/png")

    assert (await acme.file(await uploaded(acme))).exists


async def test_lost_address(acme: Slack, ws: Workspace) -> None:
    """An address that was lost costs nothing: the call is made again."""
    ws.faults.arm("lost_answer", "files.getUploadURLExternal")
    file = await uploaded(acme)

    assert (await acme.file(file)).exists
    assert len(ws.calls_of("files.getUploadURLExternal")) == 2


async def test_share_where_we_are_not(acme: Slack) -> None:
    """Files need membership, and Slack's word for that arrives."""
    file = await uploaded(acme)
    with pytest.raises(SlackRefused) as caught:
        await acme.share([(file, "fox")], RANDOM, thread=Ts("1700000000.000001"))

    assert caught.value.code == "not_in_channel"


async def test_picture_in_a_message(acme: Slack, ws: Workspace) -> None:
    """Before Slack has processed a file its picture is refused as just that; after it, shown."""
    root = await acme.post(DESIGN, Message("root"))
    file = await uploaded(acme)
    await acme.share([(file, "fox")], DESIGN, thread=root)
    await ws.until(lambda: len(ws.messages(DESIGN, thread_ts=root)) == 2)
    picture = {"type": "image", "alt_text": "a fox", "slack_file": {"id": file}}
    message = Message("root", (picture,))
    with pytest.raises(SlackRefused) as caught:
        await acme.update(DESIGN, root, message)
    assert caught.value.unprocessed_file
    ws.process_files()
    await acme.update(DESIGN, root, message)

    assert (await acme.file(file)).processed


async def test_deleted_file(acme: Slack, ws: Workspace) -> None:
    """A file that somebody deleted is missing."""
    file = await uploaded(acme)
    ws.world.files[file].deleted = True

    assert await acme.file(file) == MISSING
