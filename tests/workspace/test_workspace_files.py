"""Files: three steps in, one step out, and the traps on both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from bot.demo.slack.model import Pace
from bot.demo.slack.seed import DESIGN, GENERAL, MIA, NOAH, RANDOM
from bot.demo.slack.workspace import Workspace
from tests.workspace.raw import call, picture, refusal, section, share, upload, without_scope

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

LOGIN = "Sign in | Slack"


def showing(file_id: str) -> list[dict[str, Any]]:
    """An image block on a Slack file."""
    return [{"type": "image", "alt_text": "x", "slack_file": {"id": file_id}}]


async def get(
    http: aiohttp.ClientSession, url: str, token: str = ""
) -> tuple[int, bytes, list[int]]:
    """Status, body and the redirects before, as a client that follows them sees it."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with http.get(url, headers=headers) as answer:
        return answer.status, await answer.read(), [one.status for one in answer.history]


async def test_sharing_is_asynchronous(ws: Workspace, http: aiohttp.ClientSession) -> None:
    """Right after the third step there is no share yet; then comes a message in the thread."""
    root = await call(http, ws, "chat.postMessage", channel=DESIGN, text="root")
    file_id = await upload(http, ws, picture())
    ws.world.pace = Pace(sharing=3600)
    done = await call(
        http,
        ws,
        "files.completeUploadExternal",
        files=[{"id": file_id, "title": "Fox"}],
        channel_id=DESIGN,
        thread_ts=root["ts"],
    )
    info = await call(http, ws, "files.info", file=file_id)

    assert done["files"] == [{"id": file_id, "title": "Fox"}]
    assert "shares" not in info["file"]
    assert ws.messages(DESIGN, thread_ts=root["ts"])[1:] == []


async def test_a_shared_file_is_a_message_in_the_thread(
    ws: Workspace, http: aiohttp.ClientSession
) -> None:
    """The share is a file_share message of the bot, which files.info then points at."""
    root = await call(http, ws, "chat.postMessage", channel=DESIGN, text="root")
    file_id = await share(http, ws, DESIGN, picture(), thread_ts=root["ts"], initial_comment="here")
    message = ws.messages(DESIGN, thread_ts=root["ts"])[1]
    info = (await call(http, ws, "files.info", file=file_id))["file"]

    assert (message.subtype, message.files, message.text) == ("file_share", [file_id], "here")
    assert info["shares"]["public"][DESIGN] == [{"ts": message.ts, "thread_ts": root["ts"]}]
    assert (info["original_w"], info["original_h"], info["mimetype"]) == (12, 8, "image/png")


async def test_official_upload(ws: Workspace, sdk: AsyncWebClient) -> None:
    """files_upload_v2 of the official client works, with alt text."""
    await sdk.files_upload_v2(
        channel=DESIGN, file=picture(), filename="fox.png", title="Fox", alt_txt="A fox"
    )
    [message] = await ws.until(lambda: ws.messages(DESIGN))
    file = ws.world.files[message.files[0]]

    assert (file.title, file.alt_text, file.data) == ("Fox", "A fox", picture())


async def test_multipart_upload(ws: Workspace, http: aiohttp.ClientSession) -> None:
    """The upload address takes a multipart form as well as raw bytes."""
    data = picture()
    ticket = await call(http, ws, "files.getUploadURLExternal", filename="a.png", length=len(data))
    form = aiohttp.FormData()
    form.add_field("filename", data, filename="a.png")
    async with http.post(ticket["upload_url"], data=form) as answer:
        text = await answer.text()

    assert text == f"OK - {len(data)}"
    assert ws.world.files[ticket["file_id"]].data == data


async def test_upload_must_have_the_announced_length(
    ws: Workspace, http: aiohttp.ClientSession
) -> None:
    """Other than the announced number of bytes is refused, and cannot be completed."""
    ticket = await call(http, ws, "files.getUploadURLExternal", filename="a.png", length=5)
    async with http.post(ticket["upload_url"], data=b"1234") as answer:
        status = answer.status
    files = [{"id": ticket["file_id"]}]

    assert status == 400
    assert await refusal(http, ws, "files.completeUploadExternal", files=files) == "file_not_found"


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"filename": "a.png", "length": 0}, "missing_argument"),
        ({"filename": "a.png", "length": 1, "alt_txt": "x" * 1001}, "alt_txt_too_large"),
        ({"filename": "a.png", "length": 1, "alt_txt": "x" * 1000}, None),
        ({"length": 1}, "invalid_arguments"),
    ],
)
async def test_refused_announcements(
    ws: Workspace, http: aiohttp.ClientSession, args: dict[str, Any], error: str | None
) -> None:
    """An announcement needs a name, a length, and an alt text of at most 1,000 characters."""
    assert await refusal(http, ws, "files.getUploadURLExternal", **args) == error


async def test_completing_works_once(ws: Workspace, http: aiohttp.ClientSession) -> None:
    """The second completion of a file is refused and shares nothing."""
    file_id = await share(http, ws, DESIGN, picture())
    files = [{"id": file_id}]
    error = await refusal(http, ws, "files.completeUploadExternal", files=files, channel_id=DESIGN)

    assert error == "file_not_found"
    assert len(ws.messages(DESIGN)) == 1


async def test_sharing_needs_membership(ws: Workspace, http: aiohttp.ClientSession) -> None:
    """A file is not shared where the bot is not, and stays completable elsewhere."""
    file_id = await upload(http, ws, picture())
    files = [{"id": file_id}]
    method = "files.completeUploadExternal"

    assert await refusal(http, ws, method, files=files, channel_id=RANDOM) == "not_in_channel"
    assert await refusal(http, ws, method, files=files, channel_id=DESIGN) is None


async def test_too_many_files_at_once(ws: Workspace, http: aiohttp.ClientSession) -> None:
    """More than fourteen files in one call end in an internal_error."""
    files = [{"id": f"F{i:09d}"} for i in range(15)]

    assert await refusal(http, ws, "files.completeUploadExternal", files=files) == "internal_error"


async def test_slack_file_waits_for_processing(sdk: AsyncWebClient, ws: Workspace) -> None:
    """An image block on a file is refused until Slack has processed it, then shown."""
    await sdk.files_upload_v2(channel=DESIGN, file=picture(), filename="a.png")
    [message] = await ws.until(lambda: ws.messages(DESIGN))
    blocks = [section("x"), *showing(message.files[0])]
    with pytest.raises(SlackApiError) as refused:
        await sdk.chat_postMessage(channel=DESIGN, text="x", blocks=blocks)
    ws.process_files()
    await sdk.chat_postMessage(channel=DESIGN, text="x", blocks=blocks)
    answer = refused.value.response

    assert answer["error"] == "invalid_blocks"
    assert answer["errors"] == ["invalid slack file [json-pointer:/blocks/1/slack_file]"]
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {answer['errors'][0]}"]
    assert len(ws.messages(DESIGN)) == 2


@pytest.mark.parametrize("case", ["private", "webp", "deleted", "unknown"])
async def test_slack_file_that_never_works(
    ws: Workspace, http: aiohttp.ClientSession, case: str
) -> None:
    """A file shared nowhere, a webp, a deleted and an unknown file are invalid slack files."""
    kind = "WEBP" if case == "webp" else "PNG"
    file_id = await share(http, ws, None if case == "private" else DESIGN, picture(kind))
    ws.process_files()
    if case == "deleted":
        await call(http, ws, "files.delete", file=file_id)
    file_id = "F0UNKNOWN0" if case == "unknown" else file_id
    error = await refusal(
        http, ws, "chat.postMessage", channel=DESIGN, text="x", blocks=showing(file_id)
    )

    assert error == "invalid_blocks"


async def test_files_process_on_their_own(http: aiohttp.ClientSession, ws: Workspace) -> None:
    """With no test in the way, a shared file is processed a little later."""
    ws.world.pace = Pace(sharing=0, processing=0)
    file_id = await share(http, ws, DESIGN, picture())

    assert await ws.until(lambda: ws.world.files[file_id].processed)


async def test_download_with_the_token(ws: Workspace, http: aiohttp.ClientSession) -> None:
    """A person's file in the bot's channel is downloaded with the bot's token."""
    file = await ws.upload(MIA, "fox.png", picture())
    await ws.send(MIA, DESIGN, "", files=[file.id])
    info = (await call(http, ws, "files.info", file=file.id))["file"]
    for url in (info["url_private"], info["url_private_download"]):
        assert await get(http, url, ws.bot_token) == (200, picture(), [])


@pytest.mark.parametrize("case", ["no token", "wrong token", "not in channel", "fault"])
async def test_the_login_page_trap(ws: Workspace, http: aiohttp.ClientSession, case: str) -> None:
    """A download that fails ends, through a redirect, in a login page with status 200."""
    channel = RANDOM if case == "not in channel" else DESIGN
    file = await ws.upload(MIA, "fox.png", picture())
    await ws.send(MIA, channel, "", files=[file.id])
    url = f"{ws.url}/files-pri/{ws.team_id}-{file.id}/fox.png"
    if case == "fault":
        ws.faults.arm("login_page", "download")
    token = {"no token": "", "wrong token": "xoxb-wrong"}.get(case, ws.bot_token)
    status, body, redirects = await get(http, url, token)

    assert (status, redirects) == (200, [302])
    assert LOGIN in body.decode()


async def test_the_login_page_without_the_scope(http: aiohttp.ClientSession) -> None:
    """Without files:read the download is a login page too."""
    async with await Workspace.start(manifest=without_scope("files:read")) as ws:
        file = await ws.upload(MIA, "fox.png", picture())
        await ws.send(MIA, DESIGN, "", files=[file.id])
        url = f"{ws.url}/files-pri/{ws.team_id}-{file.id}/fox.png"
        _, body, _ = await get(http, url, ws.bot_token)

    assert LOGIN in body.decode()


async def test_unseen_files_are_not_found(ws: Workspace, http: aiohttp.ClientSession) -> None:
    """files.info knows nothing of a file in a channel without the bot, until it joins."""
    file = await ws.upload(MIA, "fox.png", picture())
    await ws.send(MIA, RANDOM, "", files=[file.id])
    assert await refusal(http, ws, "files.info", file=file.id) == "file_not_found"

    await ws.invite_bot(MIA, RANDOM)

    assert await refusal(http, ws, "files.info", file=file.id) is None


async def test_deleting_a_file_takes_its_message_along(
    ws: Workspace, http: aiohttp.ClientSession
) -> None:
    """A message that was nothing but the file goes; one with a comment stays without it."""
    first = await share(http, ws, DESIGN, picture())
    second = await share(http, ws, GENERAL, picture(), initial_comment="look")
    for file_id in (first, second):
        assert await refusal(http, ws, "files.delete", file=file_id) is None

    assert ws.messages(DESIGN) == []
    assert [(one.text, one.files) for one in ws.messages(GENERAL)] == [("look", [])]
    assert await refusal(http, ws, "files.info", file=first) == "file_deleted"


async def test_bot_deletes_only_its_own_files(ws: Workspace, http: aiohttp.ClientSession) -> None:
    """A person's file is not the bot's to delete."""
    file = await ws.upload(NOAH, "fox.png", picture())
    await ws.send(NOAH, DESIGN, "", files=[file.id])

    assert await refusal(http, ws, "files.delete", file=file.id) == "cant_delete_file"
