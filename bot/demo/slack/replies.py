"""Messages that an app sends back: in an acknowledgement, or to a `response_url`.

https://docs.slack.dev/interactivity/handling-user-interaction: five uses in thirty minutes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.demo.faults import through
from bot.demo.slack.access import message_blocks, thread_root
from bot.demo.slack.model import BOT_USER_ID, Call, Json, Message, ResponseUrl, SlackError

if TYPE_CHECKING:
    from bot.demo.faults import Faults
    from bot.demo.slack.state import World

URL_SECONDS = 30 * 60
URL_USES = 5
GONE = {"used_url", "expired_url", "invalid_blocks", "invalid_blocks_format"}  # answered with 404


async def serve(world: World, faults: Faults, request: web.Request) -> web.StreamResponse:
    """POST to a `response_url`."""

    async def effect() -> web.Response:
        body: Any = {}
        try:
            body = await request.json()
            use(world, request.match_info["secret"], body)
        except ValueError:
            return _refuse(world, body, "invalid_payload")
        except SlackError as refusal:
            return _refuse(world, body, refusal.error)
        world.record(Call("response_url", body, ok=True))
        return web.Response(text="ok")

    return await through(faults, "response_url", request, effect)


def _refuse(world: World, body: Any, error: str) -> web.Response:
    args = body if isinstance(body, dict) else {}
    world.record(Call("response_url", args, ok=False, error=error))
    status = 404 if error in GONE else 400
    return web.json_response({"ok": False, "error": error}, status=status)


def use(world: World, secret: str, body: Any) -> None:
    """One use of a `response_url`; a use that is refused does not count."""
    if not isinstance(body, dict):
        raise SlackError("invalid_payload")
    url = world.response_urls.get(secret)
    if url is None or world.clock() - url.issued > URL_SECONDS:
        raise SlackError("expired_url")
    if url.uses >= URL_USES:
        raise SlackError("used_url")
    original = world.message(url.channel, url.message_ts) if url.message_ts else None
    if body.get("delete_original"):
        if original:
            world.delete(original)
        if body.get("text") or body.get("blocks"):
            show(world, url, body)
    elif body.get("replace_original") and url.message_ts:
        _replace(world, original, body)
    else:
        show(world, url, body)
    url.uses += 1


def _replace(world: World, original: Message | None, body: Json) -> None:
    """Change the clicked message; when it is gone meanwhile, nothing is shown, as in Slack."""
    text, blocks = _content(world, body)
    if original:
        world.edit(original, text=text, blocks=blocks)


def show(world: World, url: ResponseUrl, body: Json) -> Message:
    """A new message: ephemeral for the person, or for everybody with "in_channel".

    Only the latter can go into a thread.
    """
    text, blocks = _content(world, body)
    channel = world.channels[url.channel]
    if body.get("response_type") != "in_channel":
        return world.post(channel, user=BOT_USER_ID, text=text, blocks=blocks, only_for=url.user)
    root = thread_root(world, channel, body.get("thread_ts") or "")
    return world.post(
        channel, user=BOT_USER_ID, text=text, blocks=blocks, thread_ts=root.ts if root else None
    )


def _content(world: World, body: Json) -> tuple[str, list[Json]]:
    blocks = message_blocks(world, body.get("blocks"))
    text = str(body.get("text") or "")
    if not text and not blocks:
        raise SlackError("no_text")
    return text, blocks
