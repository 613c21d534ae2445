"""files.* methods, the upload address and downloads: a file's way in and out."""

from __future__ import annotations

import asyncio
import io
import mimetypes
import re
import secrets
import warnings
from typing import TYPE_CHECKING, Any

from aiohttp import web
from PIL import Image

from bot.demo.slack import shapes as slack_shapes
from bot.demo.slack.access import bot_sees_file, joined_channel, message_blocks, thread_root
from bot.demo.slack.model import BOT_USER_ID, Change, Channel, File, Json, Message, SlackError

if TYPE_CHECKING:
    from bot.demo.slack.args import Args
    from bot.demo.slack.state import World

LONGEST_ALT_TEXT = 1000  # characters; an image block's may have 2000
MOST_FILES = 14  # in one call; more were an internal_error (python-slack-sdk issue 1653)
LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body></body></html>"


def announce(
    world: World, user_id: str, name: str, size: int, *, alt_text: str = "", title: str = ""
) -> File:
    """A new file without bytes."""
    file = File(
        id=f"F{world.next_number():09d}",
        user=user_id,
        name=re.sub(r'[/\\?#%"<>]', "_", name),
        title=title or name,
        size=size,
        created=int(world.clock()),
        secret=secrets.token_hex(12),
        alt_text=alt_text,
        mimetype=mimetypes.guess_type(name)[0] or "application/octet-stream",
    )
    world.files[file.id] = file
    return file


async def fill(file: File, data: bytes) -> None:
    """Give a file its bytes; pictures are recognised by them, not by their names."""
    file.data = data
    kind, file.width, file.height = await asyncio.to_thread(_inspect, data)
    file.mimetype = kind or file.mimetype


def _inspect(data: bytes) -> tuple[str, int, int]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # only the header is read
        try:
            with Image.open(io.BytesIO(data)) as image:
                return Image.MIME.get(image.format or "", ""), image.width, image.height
        except (OSError, Image.DecompressionBombError):
            return "", 0, 0


def get_upload_url(world: World, args: Args) -> Json:
    """files.getUploadURLExternal: the first of three steps."""
    name = args.needed("filename")
    size = args.number("length", 0, 2**62)
    if size <= 0:
        raise SlackError("missing_argument")
    if len(args.text("alt_txt")) > LONGEST_ALT_TEXT:
        raise SlackError("alt_txt_too_large")
    file = announce(world, BOT_USER_ID, name, size, alt_text=args.text("alt_txt"))
    return {"upload_url": f"{world.url}/upload/v1/{file.id}/{file.secret}", "file_id": file.id}


async def receive(world: World, request: web.Request) -> web.Response:
    """The upload address, second step: raw bytes or one part of a multipart form."""
    file = world.files.get(request.match_info["file"])
    if file is None or file.secret != request.match_info["secret"] or file.completed:
        return web.Response(status=404, text="no such upload")
    if request.content_type == "multipart/form-data":
        part = await (await request.multipart()).next()
        data = bytes(await part.read()) if part is not None and hasattr(part, "read") else b""
    else:
        data = await request.read()
    if len(data) != file.size:
        return web.Response(status=400, text=f"expected {file.size} bytes, got {len(data)}")
    await fill(file, data)
    return web.Response(text=f"OK - {len(data)}")


def complete_upload(world: World, args: Args) -> Json:
    """files.completeUploadExternal, third step: the message appears a little later."""
    listed = args.structure("files", "invalid_arguments")
    if not isinstance(listed, list) or not listed:
        raise SlackError.explained("invalid_arguments", ["missing required field: files"])
    if len(listed) > MOST_FILES:
        raise SlackError("internal_error")
    files = [_ticket(world, one) for one in listed]
    places = [place for place in args.text("channels").split(",") if place]
    places += [args.text("channel_id")] if "channel_id" in args else []
    channels = [joined_channel(world, place) for place in places]
    if "thread_ts" in args and len(channels) != 1:
        raise SlackError("invalid_arguments")
    roots = [thread_root(world, channel, args.text("thread_ts")) for channel in channels]
    comment = args.text("initial_comment")
    blocks = message_blocks(world, args.structure("blocks", "invalid_blocks_format"))
    for file, one in zip(files, listed, strict=True):
        file.completed = True
        file.title = one.get("title") or file.title
    for channel, root in zip(channels, roots, strict=True):
        share_later(
            world,
            channel,
            files,
            text=comment,
            blocks=[] if comment else blocks,
            thread_ts=root.ts if root else None,
        )
    return {"files": [{"id": file.id, "title": file.title} for file in files]}


def _ticket(world: World, one: Any) -> File:
    file = world.files.get(one.get("id", "")) if isinstance(one, dict) else None
    if file is None or file.data is None or file.completed or file.user != BOT_USER_ID:
        raise SlackError("file_not_found")
    return file


def share_later(world: World, channel: Channel, files: list[File], **content: Any) -> None:
    """Post the bot's files soon, and have them processed some time after that."""
    ids = [file.id for file in files]

    def share() -> None:
        left = [file_id for file_id in ids if not world.files[file_id].deleted]
        if left:
            world.post(channel, user=BOT_USER_ID, files=left, subtype="file_share", **content)
            world.later(world.pace.processing, lambda: process(world, left))

    world.later(world.pace.sharing, share)


def process(world: World, ids: list[str]) -> None:
    """From now on image blocks may show these files."""
    for file_id in ids:
        world.files[file_id].processed = True


def file_info(world: World, args: Args) -> Json:
    """files.info."""
    return {"file": slack_shapes.file(world, _seen(world, args)), "comments": []}


def delete_file(world: World, args: Args) -> Json:
    """files.delete: the bot's own files only."""
    file = _seen(world, args)
    if file.user != BOT_USER_ID:
        raise SlackError("cant_delete_file")
    places = [
        world.message(place, share["ts"])
        for place, shares in file.shares.items()
        for share in shares
    ]
    for message in places:
        if message is not None:
            _take_out(world, message, file)
    file.deleted, file.data = True, None
    return {}


def _take_out(world: World, message: Message, file: File) -> None:
    """A message goes with its last file, unless it says something besides."""
    if message.files == [file.id] and not message.text and not message.blocks:
        world.delete(message)
    else:
        before = slack_shapes.message(world, message)
        message.files.remove(file.id)
        world.emit(Change("changed", message.channel, message, before))


def _seen(world: World, args: Args) -> File:
    file = world.files.get(args.needed("file"))
    if file is None or not (file.data or file.deleted) or not bot_sees_file(world, file):
        raise SlackError("file_not_found")
    if file.deleted:
        raise SlackError("file_deleted")
    return file


def download(world: World, request: web.Request) -> web.Response:
    """`url_private`: without a good token, scope and channel, the way to the login page."""
    file = world.files.get(request.match_info["file"])
    allowed = (
        request.headers.get("Authorization") == f"Bearer {world.bot_token}"
        and "files:read" in world.app.scopes
        and file is not None
        and file.data is not None
        and bot_sees_file(world, file)
    )
    if not allowed:
        return to_login(request)
    assert file is not None
    return web.Response(body=file.data, content_type=file.mimetype)


def to_login(request: web.Request) -> web.Response:
    """302 to a page of HTML with status 200, instead of 401 or 403: Slack's trap."""
    headers = {"Location": f"/login?redir={request.path}", "x-slack-meta": "?;acl_fail"}
    return web.Response(status=302, headers=headers)


async def login_page(request: web.Request) -> web.Response:
    """What a client that follows redirects takes for the file."""
    del request
    return web.Response(text=LOGIN_PAGE, content_type="text/html")
