"""The embedded Slack workspace: one server on loopback, and the people in it.

    async with await Workspace.start(manifest=manifest) as ws:
        client = AsyncWebClient(token=ws.bot_token, base_url=ws.api_url)
        delivery = await ws.command(MIA, DESIGN, "/image", "a fox")

The app under test connects to `api_url` with the tokens (Socket Mode), or gets signed requests
after `deliver_http(url)`. Faults for its calls: `bot.demo.slack.faults`; for deliveries:
"redeliver" (called by the event's type) and "socket_drop" (by the envelope's type).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Self, TypeVar

from aiohttp import web

from bot.demo.faults import Faults
from bot.demo.slack import clicks as slack_clicks
from bot.demo.slack import files as slack_files
from bot.demo.slack import forms as slack_forms
from bot.demo.slack import people as slack_people
from bot.demo.slack import seed as slack_seed
from bot.demo.slack import server as slack_server
from bot.demo.slack.app import BOT_USER_ID, App
from bot.demo.slack.browser import Page
from bot.demo.slack.model import (
    Call,
    Channel,
    Delivery,
    File,
    Json,
    Kind,
    Message,
    Pace,
    Role,
    User,
    View,
)
from bot.demo.slack.state import TEAM_ID, World
from bot.demo.slack.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

T = TypeVar("T")


class Workspace:
    """A running workspace. `world` is its state, for looking at what has no method here."""

    team_id = TEAM_ID
    bot_user_id = BOT_USER_ID

    def __init__(self, world: World, faults: Faults) -> None:
        """Call `start` instead: the server needs a running loop."""
        self.world = world
        self.faults = faults
        self.wire = Wire(world, faults)
        self.page = Page(self.wire)
        self._runner = web.AppRunner(
            slack_server.build(self.wire, self.page), access_log=None, shutdown_timeout=0.1
        )

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

    def post_as_other_bot(self, channel: str, text: str) -> Message:
        """A message of another app, with `bot_id` and subtype "bot_message"."""
        return slack_people.post_as_other_bot(self.world, channel, text)

    # Acting as a person

    async def command(self, user: str, channel: str, command: str, text: str = "") -> Delivery:
        """Type a slash command; `shown` is the message that its acknowledgement carried."""
        return await slack_people.command(self.wire, user, channel, command, text)

    async def click(
        self,
        user: str,
        channel: str,
        message_ts: str,
        action_id: str,
        value: str | list[str] | None = None,
    ) -> Delivery:
        """Press a button, or choose the option with this value, on a message or ephemeral.

        What the message showed before its last edits can be clicked as well: a stale screen.
        """
        return await slack_clicks.click(self.wire, user, channel, message_ts, action_id, value)

    async def send(
        self,
        user: str,
        channel: str,
        text: str,
        *,
        thread_ts: str | None = None,
        files: list[str] | None = None,
    ) -> Message:
        """Write a message or a reply; `files` are ids of `upload`."""
        return slack_people.send(self.world, user, channel, text, thread_ts=thread_ts, files=files)

    async def upload(self, user: str, name: str, data: bytes) -> File:
        """Attach a file, to send it or to put it into a form."""
        return await slack_people.upload(self.world, user, name, data)

    async def edit(self, user: str, channel: str, ts: str, text: str) -> None:
        """Change one's own message."""
        slack_people.edit(self.world, user, channel, ts, text)

    async def delete(self, user: str, channel: str, ts: str) -> None:
        """Delete one's own message."""
        slack_people.delete(self.world, user, channel, ts)

    async def invite_bot(self, user: str, channel: str) -> None:
        """Add the bot to a channel."""
        slack_people.invite_bot(self.world, user, channel)

    async def shortcut(
        self, user: str, callback_id: str, channel: str | None = None, message_ts: str | None = None
    ) -> Delivery:
        """Use a global shortcut, or a message shortcut on a message."""
        return await slack_people.shortcut(self.wire, user, callback_id, channel, message_ts)

    async def open_home(self, user: str) -> None:
        """Look at the app's Home tab; wait for `home(user)` to see what it publishes."""
        slack_people.open_home(self.world, user)

    async def view_action(
        self,
        user: str,
        action_id: str,
        value: str | list[str] | None = None,
        *,
        view_id: str | None = None,
    ) -> Delivery | None:
        """Press or choose in the open modal, or (by `view_id`) in a lower one or App Home."""
        view = slack_clicks.shown_view(self.world, user, view_id)
        return await slack_clicks.view_action(self.wire, user, view, action_id, value)

    async def submit_view(
        self, user: str, values: dict[str, Any] | None = None, *, view_id: str | None = None
    ) -> Delivery:
        """Press the modal's submit button.

        `values` by action_id: a text, an option's value, a list of values or of file ids; what is
        not named stays as it was.
        """
        view = slack_clicks.shown_view(self.world, user, view_id)
        entries = slack_clicks.filled(view, values or {})
        return await slack_clicks.submit(self.wire, user, view, entries)

    async def close_view(self, user: str, *, view_id: str | None = None) -> Delivery | None:
        """Close the modal without submitting; a delivery if it asked for `notify_on_close`."""
        view = slack_clicks.shown_view(self.world, user, view_id)
        return await slack_clicks.close(self.wire, user, view)
