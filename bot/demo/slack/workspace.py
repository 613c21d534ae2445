"""The embedded Slack workspace: one server on loopback, and the people in it.

    async with await Workspace.start(manifest=manifest) as ws:
        client = AsyncWebClient(token=ws.bot_token, base_url=ws.api_url)
        delivery = await ws.command(MIA, DESIGN, "/image", "a fox")

The app under test connects to `api_url` with the tokens (Socket Mode), or gets signed requests
after `deliver_http(url)`. Faults for its calls: `bot.demo.faults`; for deliveries:
"redeliver" (called by the event's type) and "socket_drop" (by the envelope's type).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self, TypeVar

from aiohttp import web

from bot.demo.faults import Faults, through
from bot.demo.slack import api as slack_api
from bot.demo.slack import files as slack_files
from bot.demo.slack import forms as slack_forms
from bot.demo.slack import replies as slack_replies
from bot.demo.slack import seed as slack_seed
from bot.demo.slack.browser import Page
from bot.demo.slack.model import (
    BOT_USER_ID,
    TEAM_ID,
    App,
    Call,
    Channel,
    Json,
    Kind,
    Message,
    Pace,
    Role,
    User,
    View,
)
from bot.demo.slack.people import People
from bot.demo.slack.state import World
from bot.demo.slack.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

T = TypeVar("T")

LARGEST_BODY = 200 * 1024 * 1024  # bytes; a modal's file_input takes 100 MB


class Workspace(People):
    """A running workspace. `world` is its state, for looking at what has no method here."""

    team_id = TEAM_ID
    bot_user_id = BOT_USER_ID

    def __init__(self, world: World, faults: Faults) -> None:
        """Call `start` instead: the server needs a running loop."""
        super().__init__(Wire(world, faults))
        self.faults = faults
        self.page = Page(self)
        server = addresses(self.wire, self.page)
        self._runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.1)

    @classmethod
    async def start(
        cls,
        *,
        manifest: Json,
        port: int = 0,
        faults: Faults | None = None,
        clock: Callable[[], float] = time.time,
        pace: Pace | None = None,
    ) -> Self:
        """Serve on 127.0.0.1 (port 0: any free one). `clock` gives seconds since 1970."""
        world = World(App.from_manifest(manifest), clock, pace or Pace())
        slack_seed.seed(world)
        workspace = cls(world, faults or Faults())
        await workspace._runner.setup()
        await web.TCPSite(workspace._runner, "127.0.0.1", port).start()
        world.url = f"http://127.0.0.1:{workspace._runner.addresses[0][1]}"
        return workspace

    async def close(self) -> None:
        """Stop serving; deliveries and timers under way are given up."""
        self.world.close()
        await self.wire.close()
        await self.page.close()
        await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    # What the app needs to connect

    @property
    def url(self) -> str:
        """Where the page is."""
        return self.world.url

    @property
    def api_url(self) -> str:
        """The base of the Web API, with a slash at the end."""
        return f"{self.world.url}/api/"

    @property
    def bot_token(self) -> str:
        """xoxb-…."""
        return self.world.bot_token

    @property
    def app_token(self) -> str:
        """xapp-…, for Socket Mode."""
        return self.world.app_token

    @property
    def signing_secret(self) -> str:
        """Signs requests over HTTP."""
        return self.world.signing_secret

    def deliver_http(self, url: str | None) -> None:
        """From now on deliver to this request URL, signed; None: over Socket Mode again."""
        self.wire.request_url = url

    @property
    def connections(self) -> int:
        """How many Socket Mode connections the app has open."""
        return len(self.wire.sockets)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask the app to reconnect: "refresh_requested" or "warning"."""
        await self.wire.disconnect(reason)

    def drop_sockets(self) -> None:
        """Break every connection without a word."""
        self.wire.drop_sockets()

    # Looking and waiting

    @property
    def calls(self) -> list[Call]:
        """Every call of the app so far, oldest first."""
        return self.world.calls

    def calls_of(self, method: str) -> list[Call]:
        """The calls of one method."""
        return [call for call in self.world.calls if call.method == method]

    async def until(self, condition: Callable[[], T], *, seconds: float = 90) -> T:
        """Wait until the condition gives something true, looked at after each change here."""
        return await self.world.until(condition, seconds)

    async def events_delivered(self) -> None:
        """Wait until every event is acknowledged, or given up."""
        await self.until(lambda: not self.wire.busy)

    def messages(
        self, channel: str, *, user: str | None = None, thread_ts: str | None = None
    ) -> list[Message]:
        """The roots of a channel, or a thread with its root; with `user` their ephemerals too."""
        return [
            one
            for one in self.world.messages[channel].values()
            if one.only_for in (None, user)
            and (thread_ts in (one.ts, one.thread_ts) if thread_ts else not one.thread_ts)
        ]

    def ephemerals(self, user: str, channel: str) -> list[Message]:
        """What only this person sees, in the channel and its threads, oldest first."""
        return [one for one in self.world.messages[channel].values() if one.only_for == user]

    def elements(self, message: Message | View) -> list[Json]:
        """The buttons, selects and inputs of a message or a view."""
        blocks = message.blocks if isinstance(message, Message) else message.body["blocks"]
        return [element for _, element in slack_forms.elements(blocks)]

    def view(self, user: str) -> View | None:
        """The modal that the person sees."""
        stack = self.world.stacks.get(user, [])
        return stack[-1] if stack else None

    def home(self, user: str) -> View | None:
        """The person's App Home, if the app has published one."""
        return self.world.homes.get(user)

    def direct(self, user: str) -> Channel:
        """The person's direct message with the bot."""
        return self.world.direct(user)

    # Changing the world

    def add_user(self, user_id: str, name: str, *, role: Role = "member") -> User:
        """One more person."""
        user = User(user_id, name.lower(), name, role, "5b5b5b", TEAM_ID)
        self.world.users[user_id] = user
        return user

    def add_channel(
        self, channel_id: str, name: str, members: set[str], *, kind: Kind = "public"
    ) -> Channel:
        """One more channel; put `bot_user_id` among the members to have the bot in it."""
        return slack_seed.add_channel(self.world, channel_id, name, kind, members)

    def process_files(self) -> None:
        """Let Slack be done with processing every file, now."""
        slack_files.process(self.world, list(self.world.files))

    def send_stubs(self, *ids: str) -> None:
        """Events of these files or channels carry `check_file_info` stubs from now on."""
        self.world.stubs.update(ids)


def addresses(wire: Wire, page: Page) -> web.Application:
    """The addresses of the workspace, and what answers at each; not yet running."""
    world, faults = wire.world, wire.faults

    async def api(request: web.Request) -> web.StreamResponse:
        return await slack_api.serve(world, faults, request)

    async def upload(request: web.Request) -> web.StreamResponse:
        async def effect() -> web.StreamResponse:
            answer = await slack_files.receive(world, request)
            ok = answer.status == web.HTTPOk.status_code
            error = None if ok else answer.text
            world.record(Call("upload", dict(request.match_info), ok=ok, error=error))
            return answer

        return await through(faults, "upload", request, effect)

    async def download(request: web.Request) -> web.StreamResponse:
        async def effect() -> web.StreamResponse:
            if faults.take("login_page", "download") is not None:
                answer = slack_files.to_login(request)
            else:
                answer = slack_files.download(world, request)
            ok = answer.status == web.HTTPOk.status_code
            world.record(Call("download", dict(request.match_info), ok=ok))
            return answer

        return await through(faults, "download", request, effect)

    async def response_url(request: web.Request) -> web.StreamResponse:
        return await slack_replies.serve(world, faults, request)

    server = web.Application(client_max_size=LARGEST_BODY)
    server.add_routes(
        [
            web.route("*", "/api/{method}", api),
            web.post("/upload/v1/{file}/{secret}", upload),
            web.get("/files-pri/{team}-{file}/{name}", download),
            web.get("/files-pri/{team}-{file}/download/{name}", download),
            web.get("/login", slack_files.login_page),
            web.post("/commands/{team}/{number}/{secret}", response_url),
            web.post("/actions/{team}/{number}/{secret}", response_url),
            web.get("/link/", wire.serve_socket),
            *page.routes(),
        ]
    )
    return server
