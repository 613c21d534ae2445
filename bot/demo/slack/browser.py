"""What the workspace's web page asks of the server: state, messages, actions, live changes."""

from __future__ import annotations

import asyncio
import functools
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from bot.demo.slack import shapes as slack_shapes
from bot.demo.slack.model import Change, Channel, Json, NotPossibleError
from bot.demo.slack.sight import Sight

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.demo.slack.people import People

FOLDER = Path(__file__).parent / "page"


class Drawer(Protocol):
    """What the page's drawer shows of the app: somebody else's, for it is nothing of Slack's."""

    async def look(self, channel: str) -> Json:
        """What happened underneath in a channel."""
        ...

    def turn(self, kind: str, *, on: bool) -> None:
        """Turn a fault switch. Raises KeyError: no such one."""
        ...


def told(
    handler: Callable[[Page, Json], Awaitable[Json | None]],
) -> Callable[[Page, web.Request], Awaitable[web.StreamResponse]]:
    """A POST of JSON; what cannot be done comes back as a sentence for the person."""

    @functools.wraps(handler)
    async def answer(page: Page, request: web.Request) -> web.StreamResponse:
        try:
            body: Json = await request.json()
            return web.json_response({"ok": True, **(await handler(page, body) or {})})
        except NotPossibleError as refusal:
            return web.json_response({"ok": False, "error": str(refusal)})
        except (KeyError, ValueError, LookupError) as mistake:
            return web.json_response({"ok": False, "error": f"bad request: {mistake}"}, status=400)

    return answer


class Page:
    """The page's side of the server; one per workspace."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.world = people.world
        self.drawer: Drawer | None = None
        self._live: set[web.WebSocketResponse] = set()

    def routes(self) -> list[web.RouteDef]:
        """Everything that the page calls."""
        return [
            web.get("/", self.index),
            web.get("/page/assets/{name}", self.asset),
            web.get("/archives/{channel}/{message}", self.permalink),
            web.get("/page/state", self.state),
            web.get("/page/messages", self.messages),
            web.get("/page/file/{id}", self.file),
            web.get("/page/live", self.live),
            web.post("/page/upload", self.upload),
            web.post("/page/send", self.send),
            web.post("/page/action", self.action),
            web.post("/page/view/submit", self.submit),
            web.post("/page/view/close", self.close_view),
            web.post("/page/shortcut", self.shortcut),
            web.post("/page/home", self.home),
            web.post("/page/read", self.read),
            web.post("/page/join", self.join),
            web.get("/page/underneath", self.underneath),
            web.post("/page/faults", self.faults),
        ]

    async def close(self) -> None:
        """Hang up on the open pages."""
        for socket in list(self._live):
            await socket.close()

    # Files of the page itself

    async def index(self, request: web.Request) -> web.StreamResponse:
        """GET /."""
        del request
        return _static("index.html")

    async def asset(self, request: web.Request) -> web.StreamResponse:
        """GET /page/assets/{name}."""
        return _static(request.match_info["name"])

    async def permalink(self, request: web.Request) -> web.StreamResponse:
        """An address of chat.getPermalink leads to the page."""
        place = f"{request.match_info['channel']}/{request.match_info['message']}"
        raise web.HTTPFound(f"/#{place}")

    # Looking

    async def state(self, request: web.Request) -> web.StreamResponse:
        """GET /page/state?user=U."""
        return web.json_response(self._sight(request).state())

    async def messages(self, request: web.Request) -> web.StreamResponse:
        """GET /page/messages?user=U&channel=C[&thread_ts=T], oldest first."""
        sight = self._sight(request)
        channel = self._channel(sight, request)
        shown = sight.messages(channel, request.query.get("thread_ts"))
        return web.json_response({"messages": shown})

    async def file(self, request: web.Request) -> web.StreamResponse:
        """GET /page/file/{id}?user=U: the bytes, if the person may see them."""
        sight = self._sight(request)
        file = self.world.files.get(request.match_info["id"])
        if file is None or file.data is None or not sight.sees_file(file):
            raise web.HTTPNotFound(text="no such file")
        headers = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=file.data, content_type=file.mimetype, headers=headers)

    async def live(self, request: web.Request) -> web.StreamResponse:
        """WS /page/live?user=U: what changes, as it changes."""
        sight = self._sight(request)
        items: asyncio.Queue[Json] = asyncio.Queue()

        def take(change: Change) -> None:
            for item in sight.live(change):
                items.put_nowait(item)

        async def pump() -> None:
            while True:
                await socket.send_json(await items.get())

        socket = web.WebSocketResponse(timeout=1)
        await socket.prepare(request)
        self._live.add(socket)
        self.world.subscribers.append(take)
        pumping = asyncio.create_task(pump())
        try:
            async for _ in socket:
                pass
        finally:
            self.world.subscribers.remove(take)
            self._live.discard(socket)
            pumping.cancel()
            await asyncio.gather(pumping, return_exceptions=True)
        return socket

    # Doing

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """POST /page/upload?user=U&name=N, the bytes as the body."""
        sight = self._sight(request)
        name = request.query.get("name", "file")
        file = await self.people.upload(sight.me.id, name, await request.read())
        return web.json_response(sight.file(file))

    @told
    async def send(self, body: Json) -> Json | None:
        """POST /page/send; a text that starts with a slash is a command."""
        text = body.get("text", "").strip()
        if text.startswith("/"):
            name, _, rest = text.partition(" ")
            if body.get("thread_ts"):
                raise NotPossibleError(f"{name} is not supported in threads. Sorry!")
            await self.people.command(body["user"], body["channel"], name, rest.strip())
        else:
            await self.people.send(
                body["user"],
                body["channel"],
                text,
                thread_ts=body.get("thread_ts"),
                files=body.get("files"),
            )
        return None

    @told
    async def action(self, body: Json) -> Json | None:
        """POST /page/action: on a message, or (with `view_id`) in a modal or App Home."""
        entry = body.get("action", {})
        if "view_id" in body:
            user, view_id = body["user"], body["view_id"]
            view = self.people.shown_view(user, view_id)
            self.people.enter(view, body.get("state", {}).get("values", {}))
            await self.people.view_action(user, body["action_id"], view_id=view_id, entry=entry)
        else:
            value = entry.get("value") if entry.get("type") == "button" else None
            place = (body["user"], body["channel"], body["message_ts"])
            await self.people.click(*place, body["action_id"], value, entry=entry)
        return None

    @told
    async def submit(self, body: Json) -> Json | None:
        """POST /page/view/submit."""
        entries = body.get("values", {})
        delivery = await self.people.submit_view(
            body["user"], view_id=body["view_id"], entries=entries
        )
        return {"errors": delivery.errors} if delivery.errors else None

    @told
    async def close_view(self, body: Json) -> Json | None:
        """POST /page/view/close."""
        await self.people.close_view(body["user"], view_id=body["view_id"])
        return None

    @told
    async def shortcut(self, body: Json) -> Json | None:
        """POST /page/shortcut."""
        place = body.get("channel"), body.get("message_ts")
        await self.people.shortcut(body["user"], body["callback_id"], *place)
        return None

    @told
    async def home(self, body: Json) -> Json | None:
        """POST /page/home: the view that is there now; the app's next one comes live."""
        await self.people.open_home(body["user"])
        view = self.world.homes.get(body["user"])
        return {"view": slack_shapes.view(view) if view else None}

    @told
    async def read(self, body: Json) -> Json | None:
        """POST /page/read."""
        self.world.reads[body["user"], body["channel"]] = self.world.new_ts()
        return None

    @told
    async def join(self, body: Json) -> Json | None:
        """POST /page/join: invite the bot."""
        await self.people.invite_bot(body["user"], body["channel"])
        return None

    # The drawer

    async def underneath(self, request: web.Request) -> web.StreamResponse:
        """GET /page/underneath?user=U&channel=C; 204 where there is no drawer."""
        channel = self._channel(self._sight(request), request)
        if self.drawer is None:
            return web.Response(status=204)
        return web.json_response(await self.drawer.look(channel.id))

    @told
    async def faults(self, body: Json) -> Json | None:
        """POST /page/faults: turn a switch."""
        if self.drawer is None:
            raise NotPossibleError("There are no switches here.")
        self.drawer.turn(body["kind"], on=body["armed"])
        self.world.emit(Change("call"))  # every open drawer shows it
        return None

    def _channel(self, sight: Sight, request: web.Request) -> Channel:
        channel = self.world.channels.get(request.query.get("channel", ""))
        if channel is None or not sight.lists(channel):
            raise web.HTTPNotFound(text="no such channel")
        return channel

    def _sight(self, request: web.Request) -> Sight:
        first = next(iter(self.world.users))  # the page's first call does not know anybody yet
        person = self.world.users.get(request.query.get("user", first))
        if person is None:
            raise web.HTTPNotFound(text="no such user")
        return Sight(self.world, person)


def _static(name: str) -> web.StreamResponse:
    path = FOLDER / name
    if path.parent != FOLDER or not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers={"Cache-Control": "no-cache"})
